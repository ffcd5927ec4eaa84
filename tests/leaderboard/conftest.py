"""What the page tests share: a project to look at and a copy to change. Each file fills its own."""

import shutil
from pathlib import Path

import pytest

from hub.paths import Project


@pytest.fixture
def shown(filled: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project that a test only looks at."""
    monkeypatch.setenv("EMOHUB_ROOT", str(filled.root))
    return filled


@pytest.fixture
def changed(filled: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of it that a test may change."""
    shutil.copytree(filled.root, tmp_path / "copy", symlinks=True)
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path / "copy"))
    return Project(tmp_path / "copy")
