"""The text chain over a few story kits: generated, curated and built in a project of its own."""

import shutil
from pathlib import Path

from hub.curate import curate
from hub.generate import generate
from hub.paths import Project
from tests.support.projects import DATASET, REPOSITORY, copy_project, dataset, generation


def curated_project(root: Path, kits: int = 12) -> Project:
    """A project with raw and clean tables of Emo Pillars, and its card's template."""
    project = copy_project(root, kits)
    shutil.copy(REPOSITORY / "builders" / DATASET / "card.md.j2", root / "builders" / DATASET)
    generate(project, dataset(project), generation())
    curate(project, dataset(project), "local", complete=False)
    return project
