"""A project with the real declarations of one image dataset, to draw a few pictures in."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from hub.paths import Project
from hub.spec import ImageDatasetSpec, Registry

REPOSITORY = Path(__file__).parents[2]


def copy_image_dataset(root: Path, dataset: str, **gates: Any) -> Project:
    """Copies what generating a dataset needs; `gates` replaces the declared gates, which are meant for thousands of pictures."""
    target = root / "builders" / dataset
    target.mkdir(parents=True)
    for path in sorted((REPOSITORY / "builders" / dataset).glob("*.*")):
        if path.suffix in (".yaml", ".j2"):
            shutil.copy(path, target / path.name)
    declaration = target / "dataset.yaml"
    declared = yaml.safe_load(declaration.read_text(encoding="utf-8"))
    declared["gates"] = gates
    declaration.write_text(yaml.safe_dump(declared, sort_keys=False), encoding="utf-8")
    return Project(root)


def image_spec(project: Project, dataset: str) -> ImageDatasetSpec:
    spec = Registry(project).dataset(dataset)
    assert isinstance(spec, ImageDatasetSpec)
    return spec
