"""The board's files are read back as they were written, and what others may have put there is refused in a sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import EmohubError
from hub.paths import Project
from hub.results.board import reading, write_board
from hub.results.board.reading import overview_file, read_overview, read_run_lines, read_task_board, runs_file, task_file, write_view
from hub.results.board.views import Overview, RunLine, TaskBoard
from hub.spec import Registry
from tests.support.records import TASKS, fill_project

Read = Callable[[Project], object]
FILES: list[tuple[Callable[[Project], Path], Read]] = [
    (overview_file, read_overview),
    (runs_file, read_run_lines),
    (lambda project: task_file(project, "local", "goemotions"), lambda project: read_task_board(project, "local", "goemotions")),
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = fill_project(tmp_path_factory.mktemp("project"), seeds=(0, 1))
    write_board(project, Registry(project))
    return project


@pytest.fixture
def copied(filled: Project, tmp_path: Path) -> Project:
    """A project with nothing but the three files."""
    project = Project(tmp_path)
    for place, _ in FILES:
        place(project).parent.mkdir(parents=True, exist_ok=True)
        place(project).write_bytes(place(filled).read_bytes())
    return project


def test_what_was_written_is_read_back(filled: Project, tmp_path: Path) -> None:
    for (place, read), type in zip(FILES, (Overview, tuple[RunLine, ...], TaskBoard), strict=True):
        copy = tmp_path / "copy.json"
        write_view(copy, read(filled), type)
        assert copy.read_bytes() == place(filled).read_bytes()


def test_the_overview_names_every_table_and_its_winner(filled: Project) -> None:
    overview = read_overview(filled)
    assert {(entry.profile, entry.task) for entry in overview.tasks} == {("local", task) for task in TASKS}
    for entry in overview.tasks:
        board = read_task_board(filled, entry.profile, entry.task)
        measured = [row for row in board.rows if row.status == "measured"]
        assert entry.measured == len(measured)
        if measured:
            winner = next(row for row in measured if row.model == entry.winner)
            assert winner.rank == 1 and winner.main == entry.score
        else:
            assert entry.winner is None and entry.unavailable


def test_a_run_line_stands_for_every_record_with_the_latest_first(filled: Project) -> None:
    lines = read_run_lines(filled)
    assert {f"{line.place}.json" for line in lines} == {path.relative_to(filled.runs).as_posix() for path in filled.runs.glob("*/*/*/*.json")}
    assert [line.finished for line in lines] == sorted((line.finished for line in lines), reverse=True)
    assert all((line.reason is None) == (line.status == "complete") for line in lines)


@pytest.mark.parametrize(("place", "read"), FILES)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"rows": 1e999}', b'[{"profile": "local"}]'])
def test_another_content_is_one_sentence_that_names_the_file_and_the_way_out(copied: Project, place: Any, read: Read, content: bytes) -> None:
    if (content, read) == (b"[]", read_run_lines):
        return
    place(copied).write_bytes(content)
    with pytest.raises(EmohubError, match=rf"^{place(copied).name}: .*`emohub board`$") as caught:
        read(copied)
    assert str(copied.root) not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("place", "read"), FILES)
def test_a_file_that_is_missing_or_too_large_is_not_read(copied: Project, place: Any, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LARGEST", 10)
    with pytest.raises(EmohubError, match="larger than 10 bytes"):
        read(copied)
    place(copied).unlink()
    with pytest.raises(EmohubError, match="No such file"):
        read(copied)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=3), max_leaves=5)


def places(value: Any, before: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, one in inner for place in [(*before, key), *places(one, (*before, key))]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.data())
def test_anything_at_any_place_is_read_or_refused(copied: Project, filled: Project, data: st.DataObject) -> None:
    place, read = data.draw(st.sampled_from(FILES))
    value = json.loads(place(filled).read_text(encoding="utf-8"))
    *way, last = data.draw(st.sampled_from(places(value)[:2000]))
    inner = value
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(JSON)
    place(copied).write_text(json.dumps(value), encoding="utf-8")
    try:
        read(copied)
    except EmohubError as error:
        assert "emohub board" in str(error)
