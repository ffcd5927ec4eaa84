"""A project with the declarations of this repository and made-up results, to send results out of and take them into."""

import shutil
from pathlib import Path
from typing import Any

from hub.paths import Project
from hub.results import RunRecord
from hub.results.exchange.every_eval_ever import Named, log_of
from hub.spec import Registry

REPOSITORY = Path(__file__).parents[2]


def declared_project(root: Path) -> tuple[Project, Registry]:
    """Returns a project at `root` with this repository's tasks, models and profiles, and nothing measured."""
    for folder in ("tasks", "models"):
        shutil.copytree(REPOSITORY / "benchmarks" / folder, root / "benchmarks" / folder)
    shutil.copytree(REPOSITORY / "profiles", root / "profiles")
    project = Project(root)
    return project, Registry(project)


def foreign(registry: Registry, record: RunRecord) -> dict[str, Any]:
    """Returns a record as the JSON values of an Every Eval Ever record."""
    return log_of(record, Named(registry.task(record.task), registry.model(record.model).title)).as_json()
