"""What this process is doing, for others to look at: one small file a process in `.emohub/live`, gone when there is nothing left to do.

A process that is killed leaves its file. It says when the process was started, so that readers know it for what it is, even if the number was given again.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hub.errors import EmohubError
from hub.paths import Project

SECONDS_BETWEEN_WRITES = 1.0


@dataclass
class Work:
    """One thing that is being done, out of things it may be part of. Times are seconds since 1970."""

    title: str
    total: int
    """0 where nobody knows how much there is."""
    done: int
    begun_with: int
    """What was done before: it says nothing of how fast it goes."""
    started: float
    kind: str = "work"
    """`pipeline` where the title is a stage of DVC's graph."""


@dataclass
class _State:
    """Of one process: a fork begins with nothing of its own."""

    process: int
    folder: Path | None
    works: list[Work] = field(default_factory=list)
    written: float = float("-inf")
    """By a clock that nobody sets back."""


_state: _State | None = None


@contextlib.contextmanager
def working(title: str, total: int = 0, done: int = 0, kind: str = "work") -> Iterator[Work]:
    """Shows that something is done, for the length of a block. Call `show` after a change of the yielded work."""
    state = _own_state()
    work = Work(title, total, done, done, time.time(), kind)
    state.works.append(work)
    show(at_once=True)
    try:
        yield work
    finally:
        state.works.remove(work)
        show(at_once=True)


def show(at_once: bool = False) -> None:
    """Writes the state, at most once a second unless `at_once`."""
    state, now = _state, time.monotonic()
    if state is None or state.process != os.getpid() or state.folder is None or not (at_once or now - state.written >= SECONDS_BETWEEN_WRITES):
        return
    state.written = now
    path = state.folder / f"{state.process}.json"
    # Nobody's work fails because it cannot be watched: the folder may be read-only or the disk full.
    with contextlib.suppress(OSError):
        if state.works:
            _replace(path, _described(state, time.time()))
        else:
            path.unlink(missing_ok=True)


def process_start(process: int) -> str | None:
    """Returns a mark of when a process was started, the same as long as it lives; None if it is not running, and "" where the system does not say."""
    if not Path("/proc/self/stat").is_file():
        return "" if _is_there(process) else None
    try:
        # The second field is the name in brackets, and may hold anything.
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    # A zombie has ended, though nobody asked it how.
    return None if fields[0] in "ZX" else fields[19]


def _own_state() -> _State:
    global _state
    process = os.getpid()
    if _state is None or _state.process != process:
        _state = _State(process, None)
    if not _state.works:
        # Looked for anew each time: a test, or a program that uses this package, may go from one project to another.
        _state.folder = _folder()
    return _state


def _folder() -> Path | None:
    try:
        return Project.find().work / "live"
    except (EmohubError, OSError):
        return None


def _described(state: _State, now: float) -> dict[str, Any]:
    return {
        "pid": state.process,
        "process_start": process_start(state.process),
        "stage": os.environ.get("DVC_STAGE"),
        "updated": now,
        "works": [asdict(work) for work in state.works],
    }


def _replace(path: Path, value: dict[str, Any]) -> None:
    """Like hub.files.write_text, without waiting for the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(value), encoding="utf-8")
    temporary.replace(path)


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
