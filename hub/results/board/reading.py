"""Reads the files of the board back. They may come from others, as run records may: validated, size-limited, and a broken one says so in a sentence."""

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hub.errors import EmohubError
from hub.files import write_text
from hub.paths import Project
from hub.results.board.views import Overview, RunLine, TaskBoard
from hub.results.untrusted import first_problem

LARGEST = 100_000_000
"""Bytes."""


def overview_file(project: Project) -> Path:
    return project.board / "overview.json"


def runs_file(project: Project) -> Path:
    return project.board / "runs.json"


def task_file(project: Project, profile: str, task: str) -> Path:
    return project.board / "tasks" / profile / f"{task}.json"


def read_overview(project: Project) -> Overview:
    """Raises EmohubError where there is no readable board, as do the functions below."""
    found: Overview = _read(overview_file(project), Overview)
    return found


def read_task_board(project: Project, profile: str, task: str) -> TaskBoard:
    """Both names must be ones that the overview gives: they are part of a path."""
    found: TaskBoard = _read(task_file(project, profile, task), TaskBoard)
    return found


def read_run_lines(project: Project) -> tuple[RunLine, ...]:
    found: tuple[RunLine, ...] = _read(runs_file(project), tuple[RunLine, ...])
    return found


def write_view(path: Path, view: Any, type: Any) -> None:
    """Writes a view as JSON, atomically."""
    write_text(path, _adapter(type).dump_json(view, indent=1).decode() + "\n")


def _read(path: Path, type: Any) -> Any:
    try:
        if path.stat().st_size > LARGEST:
            raise EmohubError(f"{path.name}: larger than {LARGEST:,} bytes; write it again with `emohub board`")
        return _adapter(type).validate_json(path.read_bytes())
    except OSError as error:
        raise EmohubError(f"{path.name}: cannot be read ({error.strerror}); write it with `emohub board`") from error
    except ValidationError as error:
        raise EmohubError(f"{path.name}: {first_problem(error, 'the file')}; write it again with `emohub board`") from error


@cache
def _adapter(type: Any) -> TypeAdapter[Any]:
    return TypeAdapter(type)
