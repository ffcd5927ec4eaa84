"""Where damaged files go: out of the way, never deleted, with the reason beside them."""

import shutil
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from hub.errors import EmohubError

_COMPANIONS = ("-wal", "-shm", "-journal", ".sha256")
"""What belongs to a file and goes with it: SQLite's own files, and a seal."""


def quarantine(path: Path, why: str) -> Path:
    """Moves a file into `.emohub/quarantine` and returns where it is now; `<new name>.txt` says why. No earlier file is ever replaced, whatever the clock says.

    A file outside any `.emohub` goes into `quarantine` beside it.

    Raises:
        EmohubError: it cannot be moved.
    """
    folder = _folder(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = _new_place(folder, path, why)
        shutil.move(path, place)
        for companion in _COMPANIONS:
            beside = path.with_name(path.name + companion)
            if beside.exists():
                shutil.move(beside, place.with_name(place.name + companion))
    except OSError as error:
        reason = error.strerror or error
        raise EmohubError(
            f"{path}: it is damaged ({why}) and cannot be moved to {folder} ({reason}); move it away yourself, or make the folder writable"
        ) from error
    return place


def _folder(path: Path) -> Path:
    work = next((folder for folder in path.absolute().parents if folder.name == ".emohub"), path.parent)
    return work / "quarantine"


def _new_place(folder: Path, path: Path, why: str) -> Path:
    """Takes a name by making the text of the reason: only one can make it."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for number in count(1):
        place = folder / f"{stamp}-{number}-{path.name}"
        try:
            with place.with_name(f"{place.name}.txt").open("x", encoding="utf-8") as reason:
                reason.write(f"{path}\n{why}\n")
        except FileExistsError:
            continue
        return place
    raise AssertionError("numbers do not end")
