"""What every page begins with: a board, or why there is none and what to do. Run by Streamlit's own test driver against a project on disk."""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hub.errors import EmohubError
from hub.paths import Project
from hub.results import write_record
from hub.results.board import write_board
from hub.results.board.reading import overview_file, read_overview, runs_file
from hub.spec import Registry
from tests.support.app_test import open_script
from tests.support.records import fill_project, make_record

pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")
opened = partial(open_script, str(Path(__file__).parents[2] / "leaderboard" / "app.py"))
STALE = "changed after this board was made"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    return Project(tmp_path)


@pytest.fixture
def filled(project: Project) -> Project:
    fill_project(project.root)
    write_board(project, Registry(project))
    return project


def words(app: Any) -> str:
    shown = [*app.title, *app.markdown, *app.caption, *app.text, *app.info, *app.warning, *app.error, *app.code, *app.subheader]
    return "\n".join(str(element.value) for element in shown)


def buttons(app: Any) -> list[str]:
    return [button.label for button in app.button]


def test_without_runs_the_page_says_what_to_do(project: Project) -> None:
    app = opened()
    assert "There are no runs yet." in words(app)
    assert "make repro" in words(app)


def test_a_board_of_no_runs_says_the_same(project: Project) -> None:
    write_board(project, Registry(project))
    assert "There are no runs yet." in words(opened())


def test_outside_a_project_the_page_says_where_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(start: Path | None = None) -> Project:
        raise EmohubError("not inside an emohub project")

    monkeypatch.setattr(Project, "find", find)
    app = opened()
    assert "Start the app in the folder that holds dvc.yaml" in words(app)
    assert not app.button


def test_a_filled_project_is_shown_and_is_up_to_date(filled: Project) -> None:
    app = opened()
    assert STALE not in words(app)
    assert "Who leads" in words(app)


def test_runs_without_a_board_offer_to_make_it_and_the_button_does(project: Project) -> None:
    fill_project(project.root)
    app = opened()
    assert "There are runs, but no board of them." in words(app)
    assert buttons(app) == ["Make the board"]
    app.button(key="make-board").click().run()
    assert not app.exception
    assert read_overview(project).runs > 0
    assert "Who leads" in words(app)
    assert STALE not in words(app)


def test_a_change_after_the_board_was_made_is_said_and_the_button_brings_it_up_to_date(filled: Project) -> None:
    write_record(filled.runs, make_record(seed=7))
    app = opened()
    assert STALE in words(app)
    runs = read_overview(filled).runs
    app.button(key="make-board").click().run()
    assert not app.exception
    assert read_overview(filled).runs == runs + 1
    assert STALE not in words(app)


def test_runs_that_all_went_away_leave_an_empty_board_after_the_button(filled: Project) -> None:
    shutil.rmtree(filled.runs)
    app = opened()
    assert STALE in words(app)
    app.button(key="make-board").click().run()
    assert "There are no runs yet." in words(app)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"inputs": 1}'])
def test_a_broken_overview_is_one_sentence_and_can_be_made_again(filled: Project, content: str) -> None:
    overview_file(filled).write_text(content)
    app = opened()
    assert "overview.json" in words(app).replace("\\", "")
    assert str(filled.root) not in words(app).replace("\\", "")
    app.button(key="make-board").click().run()
    assert "Who leads" in words(app)


def test_another_broken_file_of_the_board_is_a_sentence_on_the_page_that_needs_it(filled: Project) -> None:
    runs_file(filled).write_text("{")
    app = opened()
    assert "runs.json" in words(app).replace("\\", "")
    assert str(filled.root) not in words(app).replace("\\", "")


def test_a_board_that_cannot_be_written_says_so(project: Project) -> None:
    fill_project(project.root)
    # A file where the folder belongs: even root cannot write below it.
    project.board.write_text("")
    app = opened()
    app.button(key="make-board").click().run()
    assert not app.exception
    assert "cannot be written here" in words(app)
    assert str(project.root) not in words(app)


def test_a_wrong_declaration_keeps_the_board_from_being_made_and_not_from_being_shown(filled: Project) -> None:
    folder = filled.root / "benchmarks" / "models"
    folder.mkdir(parents=True)
    (folder / "minilm.yaml").write_text("name: [")
    app = opened()
    assert STALE in words(app) and "Who leads" in words(app)
    app.button(key="make-board").click().run()
    assert not app.exception
    assert "minilm.yaml" in words(app).replace("\\", "")
    assert "Who leads" in words(app)
