"""One SQLite file of answers that guards what it holds: an answer has a checksum, a properly closed file has a seal, a damaged one is mended."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from hub.console import say
from hub.durable.sealed import condition, seal, seal_of
from hub.engine.base import Completion
from hub.generate.answer_mending import finish_mending, mend
from hub.generate.answer_rows import DAMAGE, FIELDS, GET, INSERT, PAGE, Row, checksum, connect, insert, is_damage, telling

_ROWS_AT_ONCE = 2_000
"""Of a bulk: a transaction of this size keeps the write-ahead log small."""
_LOG_HEADER, _LOG_FRAME = 32, 24 + PAGE
"""SQLite's sizes, in bytes. Each page in a log is preceded by a header."""


class AnswerFile:
    """Answers by request key. One process at a time writes to it; the caller holds a lock."""

    def __init__(self, path: Path, alone: bool = False) -> None:
        """Opens the file, made if need be; a file that was not closed properly is checked, and mended where it is damaged.

        `alone`: no other process may even look, so that SQLite needs no shared memory, which network file systems do not have.

        Raises:
            EmohubError: it cannot be opened, written or moved away.
        """
        self.path = path
        self._alone = alone
        self._database: sqlite3.Connection | None = None
        self._sealed = False
        with telling(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            finish_mending(path)
            try:
                self._open()
            except BaseException:
                self._disconnect()
                raise

    def get(self, key: str) -> Completion | None:
        """Returns the answer to a request. One that is damaged is none: the file is mended, and what is lost is said."""
        found = self._one(GET, key)
        if found is None:
            return None
        if checksum(found[:-1]) != found[-1]:
            with telling(self.path):
                self._mend(f"the checksum of the answer to {found[1]!r} is wrong")
            return None
        return Completion(*found[2:-1])

    def put(self, row: Row) -> None:
        """Stores an answer durably. A second answer to the same request is ignored."""
        self._change(INSERT, (*row, checksum(row)))

    def put_all(self, rows: Iterable[Row]) -> int:
        """Stores many answers, flushed to disk before it returns; returns how many were new."""
        before = len(self)
        with telling(self.path):
            self._changing().execute("PRAGMA synchronous=FULL")
            waiting: list[Row] = []
            for row in rows:
                waiting.append((*row, checksum(row)))
                if len(waiting) == _ROWS_AT_ONCE:
                    insert(self._connection, waiting)
                    waiting = []
            insert(self._connection, waiting)
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return len(self) - before

    def rows(self) -> Iterator[Row]:
        """Yields every answer, in the order of the keys."""
        with telling(self.path):
            yield from self._connection.execute(f"SELECT {FIELDS} FROM answers ORDER BY key")

    def about(self, key: str) -> str | None:
        """Returns what is written about the answers."""
        found = self._one("SELECT value FROM about WHERE key = ?", key)
        return None if found is None else str(found[0])

    def set_about(self, key: str, value: str) -> None:
        if self.about(key) != value:
            self._change("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, value))

    def __len__(self) -> int:
        found = self._one("SELECT COUNT(*) FROM answers")
        assert found is not None
        return int(found[0])

    def close(self) -> None:
        """Closes the file and seals it, so that the next one to open it need not read every answer."""
        if self._database is None:
            return
        with telling(self.path):
            if not self._sealed:
                self.set_about("number", str(len(self)))
            busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._disconnect()
            # Somebody who looks in at this moment keeps a part of the answers in the log: then the next one checks everything.
            if not self._sealed and not busy:
                seal(self.path)

    def abandon(self) -> None:
        """Closes the file and leaves it unsealed: after a failure, nothing more is written to its disk."""
        self._disconnect()

    @property
    def _connection(self) -> sqlite3.Connection:
        assert self._database is not None, f"{self.path} is closed"
        return self._database

    def _changing(self) -> sqlite3.Connection:
        """The connection, to write with: from here on the seal does not hold."""
        if self._sealed:
            seal_of(self.path).unlink(missing_ok=True)
            self._sealed = False
        return self._connection

    def _disconnect(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _open(self) -> None:
        found = condition(self.path)
        self._sealed = found == "whole" and not _size(_log_of(self.path))
        fault = "the file is empty, its log is not" if found != "missing" and self.path.stat().st_size == 0 and _size(_log_of(self.path)) else None
        try:
            if fault is None:
                written = _frames(_log_of(self.path))
                self._database = connect(self.path, self._alone)
                _, read, _ = self._database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
                if written > max(read, 0):
                    say(f"{self.path}: the end of its log is not whole: it was being written, or is damaged. What is missing is asked again")
                fault = None if self._sealed or found == "missing" else _fault(self._database, sealed=found == "broken")
        except DAMAGE as error:
            if not is_damage(error):
                raise
            fault = str(error)
        if fault is not None:
            self._mend(fault)

    def _mend(self, why: str) -> None:
        """Puts a fresh file with all that is whole in the place of a damaged one."""
        self._disconnect()
        mend(self.path, why, self._alone)
        self._database = connect(self.path, self._alone)
        self._sealed = False

    def _one(self, query: str, *values: str) -> Row | None:
        """Returns one row, of a file that is mended first if need be."""
        try:
            found: Row | None = self._connection.execute(query, values).fetchone()
        except DAMAGE as error:
            with telling(self.path):
                self._mend_after(error)
                found = self._connection.execute(query, values).fetchone()
        return found

    def _change(self, query: str, row: Row) -> None:
        try:
            self._changing().execute(query, row)
        except (*DAMAGE, OSError) as error:
            with telling(self.path):
                self._mend_after(error)
                self._changing().execute(query, row)

    def _mend_after(self, error: Exception) -> None:
        if not is_damage(error):
            raise error
        self._mend(str(error))


def _fault(database: sqlite3.Connection, sealed: bool) -> str | None:
    """Reads everything and returns what is wrong first, or None. A file that was sealed says how many answers it holds."""
    (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        return " ".join(str(found).split())
    count = wrong = 0
    for row in database.execute(f"SELECT {FIELDS}, checksum FROM answers"):
        count += 1
        wrong += checksum(row[:-1]) != row[-1]
    if wrong:
        return f"{wrong:,} answers with a wrong checksum"
    expected = database.execute("SELECT value FROM about WHERE key = 'number'").fetchone() if sealed else (str(count),)
    return None if expected == (str(count),) else "answers are missing"


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _frames(log: Path) -> int:
    """Returns how many pages were written to a log since SQLite last began it anew, whole or not. (https://sqlite.org/fileformat2.html#the_write_ahead_log)

    SQLite reads up to the first damaged one and forgets the rest without a word.
    """
    if not log.exists():
        return 0
    content = log.read_bytes()
    frames = [content[start + 8 : start + 16] for start in range(_LOG_HEADER, len(content), _LOG_FRAME)]
    if (len(content) - _LOG_HEADER) % _LOG_FRAME:
        return len(frames)
    # Both places that say which pages are current may be damaged.
    current = {content[16:24], *frames[:1]}
    return max((number for number, salts in enumerate(frames, start=1) if salts in current), default=0)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
