"""What every test shares: one torch thread, since the machine is shared too; no deadlines; and a small copy of the real project."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from hub.paths import Project
from tests.support import fault_table
from tests.support.projects import copy_project

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# A busy machine is no failure.
hypothesis.settings.register_profile("emohub", deadline=None)
hypothesis.settings.load_profile("emohub")
_MAIN = sys.modules["__main__"]


def pytest_configure(config: pytest.Config) -> None:
    """With pytest-xdist, the process that prints the table of faults reads no conftest below this one."""
    fault_table.install(config)


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Streamlit's test runner leaves its script behind as `__main__`, and every process that is spawned later would try to run it."""
    sys.modules["__main__"] = _MAIN
    yield
    sys.modules["__main__"] = _MAIN


@pytest.fixture
def small_project(tmp_path: Path) -> Project:
    """A project of its own with Emo Pillars and two of its story kits."""
    return copy_project(tmp_path / "project", kits=2)
