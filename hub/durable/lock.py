"""One owner at a time. The operating system holds the lock, so that a killed process holds nothing; who the owner is stands beside it."""

import contextlib
import json
import os
import shlex
import socket
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from hub.errors import EmohubError
from hub.live_state import process_start

_PATIENCE = 1.0
"""Seconds until a lock counts as taken: a process that starts another one lends it its open files for a moment, even while it is being killed."""


@dataclass(frozen=True)
class Owner:
    """Who holds a lock. `process_start` is the mark of `hub.live_state.process_start`, `since` ISO 8601 in UTC."""

    process: int
    host: str
    process_start: str | None
    since: str
    doing: str
    command: str

    @property
    def is_here(self) -> bool:
        return self.host == socket.gethostname()

    @property
    def has_ended(self) -> bool:
        """Whether the owner is known not to run any more. Of another host nothing is known."""
        return self.is_here and process_start(self.process) != self.process_start


@contextlib.contextmanager
def locked(path: Path, doing: str) -> Iterator[None]:
    """Holds the lock file `path` for the length of a block. `doing` completes "somebody is ..." for whoever comes second.

    The lock goes with its process, however that ends, and is not inherited by children. The empty lock file stays: to delete it could let two in.
    The owner is described in `<path>.owner`.

    Raises:
        EmohubError: another process, or another part of this one, holds the lock; or the file cannot be made.
    """
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=_PATIENCE)
    except Timeout as error:
        raise EmohubError(_refusal(path, owner_of(path))) from error
    except OSError as error:
        raise EmohubError(f"{path}: no lock can be taken there ({error.strerror or error}); make its folder writable, or free space on its disk") from error
    record, mine = _record(path), os.getpid()
    try:
        _introduce(record, doing)
        yield
    finally:
        # A forked child that leaves the block has nothing to give back.
        if os.getpid() == mine:
            with contextlib.suppress(OSError):
                record.unlink(missing_ok=True)
            lock.release()


def owner_of(path: Path) -> Owner | None:
    """Who last took the lock `path` and did not give it back: its owner, or one that was killed. None if nobody, or nobody that can be read."""
    try:
        return Owner(**json.loads(_record(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _record(path: Path) -> Path:
    return path.with_name(f"{path.name}.owner")


def _introduce(record: Path, doing: str) -> None:
    try:
        # Not by way of a temporary file, which a kill would leave behind: whoever reads half a record is told that there is none.
        record.write_text(json.dumps(asdict(_myself(doing))) + "\n", encoding="utf-8")
    except OSError as error:
        raise EmohubError(f"{record}: cannot be written ({error.strerror or error}); make its folder writable, or free space on its disk") from error


def _myself(doing: str) -> Owner:
    process = os.getpid()
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])[:300]
    return Owner(process, socket.gethostname(), process_start(process), datetime.now(UTC).isoformat(timespec="seconds"), doing, command)


def _refusal(path: Path, owner: Owner | None) -> str:
    if owner is None or owner.has_ended:
        return f"{path}: somebody holds this lock who has not said who it is; wait until it ends (`fuser {path}` shows its process)"
    stop = f"stop it with `kill {owner.process}`" + ("" if owner.is_here else f" on {owner.host}")
    return f"{path}: process {owner.process} on {owner.host} is {owner.doing} since {owner.since} ({owner.command}); wait until it ends, or {stop}"
