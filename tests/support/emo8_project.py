"""A project with the real Emo8 declarations, to draw a few pictures in."""

from pathlib import Path
from typing import Any

from hub.paths import Project
from hub.spec import ImageDatasetSpec, ImageGenerationSpec
from tests.support.image_project import copy_image_dataset, image_spec

DATASET = "emo8"


def copy_emo8(root: Path, **gates: Any) -> Project:
    return copy_image_dataset(root, DATASET, **gates)


def emo8_spec(project: Project) -> ImageDatasetSpec:
    return image_spec(project, DATASET)


def emo8_settings(**changes: Any) -> ImageGenerationSpec:
    """Eighty small pictures, two of every emotion in every style."""
    declared = {
        "kind": "images",
        "engine": {"kind": "render", "workers": 1},
        "size": 64,
        "batch_size": 20,
        "options": {"images": 120, "people": 20, "animals": 10, "scenes_per_place": 10},
    }
    return ImageGenerationSpec.model_validate({**declared, **changes}, strict=False)
