"""A project with the real Emo8 declarations, to draw a few pictures in."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from hub.paths import Project
from hub.spec import ImageDatasetSpec, ImageGenerationSpec, Registry

REPOSITORY = Path(__file__).parents[2]
DATASET = "emo8"


def copy_emo8(root: Path, **gates: Any) -> Project:
    """Copies what generating Emo8 needs; `gates` replaces the declared gates, which are meant for thousands of pictures."""
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


def emo8_spec(project: Project) -> ImageDatasetSpec:
    spec = Registry(project).dataset(DATASET)
    assert isinstance(spec, ImageDatasetSpec)
    return spec


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
