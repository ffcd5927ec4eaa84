"""A project with the real EmojiBench declarations, to draw a few small portraits and short clips in."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from hub.paths import Project
from hub.spec import ImageDatasetSpec, ImageGenerationSpec, Registry

REPOSITORY = Path(__file__).parents[2]
DATASET = "emojibench"
FEW = {"identities": 12, "clips": 3, "drivers": 1, "frames": 2}
"""48 portraits and 160 clips of two frames: the least that leaves every split two people and the test split every family of motion."""


def copy_emojibench(root: Path, **gates: Any) -> Project:
    """Copies what generating EmojiBench needs; `gates` replaces the declared gates, which are meant for more rows."""
    target = root / "builders" / DATASET
    target.mkdir(parents=True)
    for path in sorted((REPOSITORY / "builders" / DATASET).glob("*.*")):
        if path.suffix in (".yaml", ".j2"):
            shutil.copy(path, target / path.name)
    declaration = target / "dataset.yaml"
    declared = yaml.safe_load(declaration.read_text(encoding="utf-8"))
    declared["gates"] = gates
    declaration.write_text(yaml.safe_dump(declared, sort_keys=False), encoding="utf-8")
    return Project(root)


def emojibench_spec(project: Project) -> ImageDatasetSpec:
    spec = Registry(project).dataset(DATASET)
    assert isinstance(spec, ImageDatasetSpec)
    return spec


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
