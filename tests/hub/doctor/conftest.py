"""The project that the doctor looks at."""

import shutil
from pathlib import Path

import pytest

from hub.paths import Project
from tests.support.projects import REPOSITORY


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of the declarations, without what was built."""
    for name in ("builders", "benchmarks", "profiles"):
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "kits", "*.py"))
    for name in ("dvc.yaml", "graph.yaml", "params.yaml"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    return Project(tmp_path)
