"""A damaged file of answers is replaced by a fresh one with all that is whole. Killed at any point, that goes on where it was."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.console import say
from hub.durable.quarantine import quarantine
from hub.generate.answer_rows import DAMAGE, FIELDS, PAGE, SCHEMA, Row, checksum, insert

MENDED = ".mended"
"""Ends the name of what was saved from a damaged file, until it takes its place."""


def mend(path: Path, why: str, alone: bool) -> None:
    """Moves a damaged file into quarantine and puts what is whole in its place; says how much that is. Nobody may have the file open.

    Raises:
        EmohubError: it cannot be moved away.
    """
    fresh = path.with_name(f"{path.name}.mending")
    _remove(fresh)
    saved, expected = _salvage(path, fresh, alone)
    # Killed before this line, it is done anew; after it, the next to open the file ends it.
    fresh.replace(_mended(path))
    place = quarantine(path, why)
    _mended(path).replace(path)
    lost = f"{expected - saved:,} are lost" if expected is not None and expected >= saved else "how many are lost is not known"
    say(f"{path}: the answer store was damaged ({why}): {saved:,} answers are saved, {lost}; lost ones are asked again. The damaged file is {place}")


def finish_mending(path: Path) -> None:
    """Ends what was interrupted after the saving, and forgets what was interrupted before."""
    _remove(path.with_name(f"{path.name}.mending"))
    _remove(path.with_name(f"{path.name}.mending.copy"))
    if _mended(path).exists():
        if path.exists():
            quarantine(path, "it was damaged, and was being mended")
        _mended(path).replace(path)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _salvage(damaged: Path, fresh: Path, alone: bool) -> tuple[int, int | None]:
    """Writes all answers with a right checksum into a fresh file; returns how many, and how many the damaged file says that it held."""
    with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as target:
        target.execute(f"PRAGMA page_size={PAGE}")
        # Until it is flushed as a whole, this file is worth nothing.
        target.execute("PRAGMA synchronous=OFF")
        target.executescript(SCHEMA)
        saved, expected = _copy_readable(damaged, target, alone)
        if not saved:
            # A damaged first page hides all others: it says little but where the tables begin, which is the same in every file.
            copy = fresh.with_name(f"{fresh.name}.copy")
            shutil.copyfile(damaged, copy)
            _replace_first_page(copy, fresh.read_bytes()[:PAGE])
            saved, expected = _copy_readable(copy, target, alone)
            _remove(copy)
    with fresh.open("rb") as written:
        os.fsync(written.fileno())
    return saved, expected


def _replace_first_page(path: Path, page: bytes) -> None:
    pages = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        # The file's length in pages stands at byte 28, its free pages at 32 to 40. (https://sqlite.org/fileformat2.html#the_database_header)
        file.write(page[:28] + pages.to_bytes(4, "big") + bytes(8) + page[40:])


def _copy_readable(damaged: Path, target: sqlite3.Connection, alone: bool) -> tuple[int, int | None]:
    with contextlib.closing(sqlite3.connect(damaged, isolation_level=None)) as source:
        source.text_factory = lambda content: content.decode("utf-8", "replace")
        about: dict[Any, Any] = {}
        with contextlib.suppress(*DAMAGE):
            if alone:
                source.execute("PRAGMA locking_mode=EXCLUSIVE")
            about = dict(source.execute("SELECT key, value FROM about").fetchall())
        for start in range(256):
            insert(target, list(_readable(source, f"{start:02x}", f"{start + 1:02x}" if start < 255 else "g")))
    if "fingerprint" in about:
        target.execute("INSERT OR REPLACE INTO about VALUES ('fingerprint', ?)", (str(about["fingerprint"]),))
    (saved,) = target.execute("SELECT COUNT(*) FROM answers").fetchone()
    expected = str(about.get("number"))
    return int(saved), int(expected) if expected.isdecimal() else None


def _readable(source: sqlite3.Connection, first: str, end: str) -> Iterator[Row]:
    """Yields what is whole of the answers with keys from `first` up to `end`: from both sides towards a page that cannot be read."""
    for order in ("ASC", "DESC"):
        try:
            for row in source.execute(f"SELECT {FIELDS}, checksum FROM answers WHERE key >= ? AND key < ? ORDER BY key {order}", (first, end)):
                if checksum(row[:-1]) == row[-1]:
                    yield row
            return
        except DAMAGE:
            continue


def _mended(path: Path) -> Path:
    return path.with_name(path.name + MENDED)
