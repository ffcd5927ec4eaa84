"""What the fault-injection tests share: the table of what was tried and what it cost, and a small project in which every command ran once in peace."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import astuple

import pytest

from hub.paths import Project
from tests.support import fault_table
from tests.support.fault_project import COMMAND, EVERYTHING, HEAVY, make_project, variables
from tests.support.fault_table import PROPERTY, Fault
from tests.support.killable import Killable, killable


def pytest_configure(config: pytest.Config) -> None:
    fault_table.install(config)


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`tally(what, tried, crashed, lost, repeated, remark)` adds a row to the table that is printed at the end. Rows of the same `what` are added up."""

    def count(what: str, tried: int, crashed: int = 0, lost: int = 0, repeated: int = 0, remark: str = "") -> None:
        request.node.user_properties.append((PROPERTY, astuple(Fault(what, tried, crashed, lost, repeated, remark))))

    return count


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killable]:
    """Runs commands in processes that can be killed."""
    project = make_project(tmp_path_factory.mktemp("processes") / "project")
    with killable(["tests.support.fault_project", *HEAVY], variables(project)) as started:
        yield started


@pytest.fixture(scope="session")
def calm(processes: Killable, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which every command ran once. Nobody may change it."""
    project = make_project(tmp_path_factory.mktemp("calm") / "project")
    for arguments in EVERYTHING:
        ending = processes.run(COMMAND, str(project.root), *arguments)
        assert ending.code == 0, ending.said
    return project


@pytest.fixture
def project(calm: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the calm project."""
    root = tmp_path_factory.mktemp("struck") / "project"
    shutil.copytree(calm.root, root, symlinks=True)
    return Project(root)
