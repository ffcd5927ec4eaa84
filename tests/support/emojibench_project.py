"""A project with the real EmojiBench declarations, to draw a few small portraits and short clips in."""

from pathlib import Path
from typing import Any

from hub.paths import Project
from hub.spec import ImageDatasetSpec, ImageGenerationSpec
from tests.support.image_project import copy_image_dataset, image_spec

DATASET = "emojibench"
FEW = {"identities": 12, "clips": 3, "drivers": 1, "frames": 2}
"""48 portraits and 160 clips of two frames: the least that leaves every split two people and the test split every family of motion."""


def copy_emojibench(root: Path, **gates: Any) -> Project:
    return copy_image_dataset(root, DATASET, **gates)


def emojibench_spec(project: Project) -> ImageDatasetSpec:
    return image_spec(project, DATASET)


def emojibench_settings(engine: dict[str, Any] | None = None, **options: Any) -> ImageGenerationSpec:
    """Pictures of 64 pixels by the renderer, in one process, unless another `engine` is given."""
    declared = {
        "kind": "images",
        "engine": engine or {"kind": "render", "workers": 1},
        "size": 64,
        "batch_size": 60,
        "options": {**FEW, **options},
    }
    return ImageGenerationSpec.model_validate(declared, strict=False)
