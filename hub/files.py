"""Files written so that a reader sees the old content or the new one, never half of it; and content hashes."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.errors import EmohubError
from hub.live_state import process_start


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a temporary path in the same folder; on success it is flushed to disk and renamed to `path`, on failure removed.

    What a killed process left of its own attempt is removed too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.{_host()}-{os.getpid()}-{process_start(os.getpid())}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _remove_abandoned(path: Path) -> None:
    """Removes the temporary files for `path` whose process on this host has ended."""
    prefix = f".{path.name}.{_host()}-"
    with os.scandir(path.parent) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(prefix)]
    for name in names:
        found = re.fullmatch(r"(\d+)-(\w*)\.\w+\.tmp", name.removeprefix(prefix))
        if found and process_start(int(found[1])) != found[2]:
            (path.parent / name).unlink(missing_ok=True)


def _host() -> str:
    """A short mark of this machine: folders may be shared by several."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


@contextlib.contextmanager
def working_folder(place: Path) -> Iterator[Path]:
    """Yields an empty folder for the length of a block; what a killed process left in it is gone. The caller sees to it that nobody else uses it."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Writes UTF-8 text atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Writes JSON atomically, with a stable layout."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path, rebuild: str = "run `dvc repro`") -> Any:
    """Reads a JSON file. `rebuild` says how to make it again.

    Raises:
        EmohubError: it is missing, cut short or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EmohubError(f"{path}: there is no such file; {rebuild} to make it") from error
    except OSError as error:
        raise EmohubError(f"{path}: cannot be read ({error.strerror or error}); make it readable") from error
    except (ValueError, RecursionError) as error:
        raise EmohubError(f"{path}: not readable as JSON ({error}); delete it and {rebuild} to make it again") from error


def canonical_json(value: Any) -> str:
    """Returns the one JSON text that equal values share."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """Returns the SHA-256 (hexadecimal) of a JSON-like value."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Returns the SHA-256 (hexadecimal) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(folder: Path, pattern: str = "**/*") -> str:
    """Returns one SHA-256 over the relative names and contents of the files below `folder`."""
    files = sorted(path for path in folder.glob(pattern) if path.is_file())
    return digest({str(path.relative_to(folder)): file_digest(path) for path in files})


def seed_from(*parts: str) -> int:
    """Returns a 31-bit seed that depends on nothing but `parts`: never on order, batch or world size."""
    joined = "\x1f".join(parts).encode()
    return int.from_bytes(hashlib.sha256(joined).digest()[:4], "big") & 0x7FFF_FFFF


def fraction_from(*parts: str) -> float:
    """Returns a number in [0, 1) that depends on nothing but `parts`."""
    return seed_from(*parts) / 2**31
