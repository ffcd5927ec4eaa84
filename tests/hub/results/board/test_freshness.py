"""A board knows whether it is still about the results and declarations beside it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.paths import Project
from hub.results import write_record
from hub.results.board import write_board
from hub.results.board.freshness import inputs_digest
from hub.results.board.reading import read_overview
from hub.spec import Registry
from tests.support.exchange import declared_project
from tests.support.records import make_metrics, make_record, write_report


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project, _ = declared_project(tmp_path / "project")
    write_record(project.runs, make_record())
    return project


def test_a_board_holds_the_digest_of_what_it_was_made_of(project: Project) -> None:
    write_board(project, Registry(project))
    assert read_overview(project).inputs == inputs_digest(project)


def test_making_the_board_changes_nothing_that_it_is_made_of(project: Project) -> None:
    before = inputs_digest(project)
    write_board(project, Registry(project))
    assert inputs_digest(project) == before


CHANGES: dict[str, Callable[[Project], object]] = {
    "a new run": lambda project: write_record(project.runs, make_record(seed=1)),
    "a run computed again": lambda project: write_record(project.runs, make_record(metrics=make_metrics(0.4712345))),
    "a run gone": lambda project: shutil.rmtree(project.runs / "local"),
    "a dataset report": write_report,
    "a task's title": lambda project: (project.root / "benchmarks/tasks/goemotions.yaml").open("a").write("# changed\n"),
    "a model gone": lambda project: (project.root / "benchmarks/models/minilm.yaml").unlink(),
    "something sent in": lambda project: (
        (project.root / "results/imported/ada/goemotions/minilm").mkdir(parents=True)
        or (project.root / "results/imported/ada/goemotions/minilm/local-0.json").write_text("{}")
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_makes_another_board_makes_another_digest(project: Project, change: str) -> None:
    before = inputs_digest(project)
    CHANGES[change](project)
    assert inputs_digest(project) != before


def test_time_stamps_hidden_files_and_other_files_do_not_count(project: Project) -> None:
    before = inputs_digest(project)
    (path,) = project.runs.glob("*/*/*/*.json")
    path.touch()
    (path.parent / ".0.json.tmp.json").write_text("half")
    (path.parent / "notes.txt").write_text("x")
    (project.runs / ".cache").mkdir()
    (project.runs / ".cache" / "0.json").write_text("{}")
    assert inputs_digest(project) == before


def test_a_clone_elsewhere_has_the_same_digest(project: Project, tmp_path: Path) -> None:
    shutil.copytree(project.root, tmp_path / "clone")
    assert inputs_digest(Project(tmp_path / "clone")) == inputs_digest(project)


def test_an_empty_project_and_a_link_to_nothing_have_a_digest_too(tmp_path: Path) -> None:
    empty = inputs_digest(Project(tmp_path))
    (tmp_path / "results" / "runs").mkdir(parents=True)
    assert inputs_digest(Project(tmp_path)) == empty
    (tmp_path / "results" / "runs" / "0.json").symlink_to("nowhere")
    assert inputs_digest(Project(tmp_path)) != empty
