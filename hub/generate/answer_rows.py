"""How answers lie in SQLite: the tables, a checksum an answer, and what SQLite's errors mean."""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.engine.base import Completion
from hub.errors import EmohubError

SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, request_id TEXT NOT NULL, text TEXT NOT NULL, finish_reason TEXT NOT NULL,
    prompt_tokens INTEGER, completion_tokens INTEGER, seed INTEGER NOT NULL, latency REAL NOT NULL, checksum TEXT
) WITHOUT ROWID;
"""
FIELDS = "key, request_id, text, finish_reason, prompt_tokens, completion_tokens, seed, latency"
GET = f"SELECT {FIELDS}, checksum FROM answers WHERE key = ?"
INSERT = f"INSERT OR IGNORE INTO answers ({FIELDS}, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
DAMAGE = (sqlite3.Error, UnicodeDecodeError)
"""What reading a damaged file can raise: SQLite quotes damaged names in what it says."""
PAGE = 4096
"""SQLite's page size, in bytes."""

Row = tuple[Any, ...]
"""An answer as it is stored, in the order of the schema, without its checksum."""


def checksum(row: Row) -> str:
    """Returns the first 64 bits of the SHA-256 of an answer's fields as text, hexadecimal."""
    return hashlib.sha256("\x1f".join(map(str, row)).encode()).hexdigest()[:16]


def row_of(key: str, request_id: str, completion: Completion) -> Row:
    """Returns an answer as it is stored."""
    counts = completion.prompt_tokens, completion.completion_tokens
    return (key, request_id, completion.text, completion.finish_reason, *counts, completion.seed, float(completion.latency))


def connect(path: Path, alone: bool) -> sqlite3.Connection:
    """Opens a file of answers for writing, with its tables."""
    # isolation_level=None: each statement commits by itself.
    database = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        if alone:
            database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("PRAGMA journal_mode=WAL")
        # With a write-ahead log, NORMAL survives any death of the process; only a power cut may lose the last answers.
        database.execute("PRAGMA synchronous=NORMAL")
        database.executescript(SCHEMA)
        _upgrade(database)
    except BaseException:
        database.close()
        raise
    return database


def _upgrade(database: sqlite3.Connection) -> None:
    """Gives the answers of an earlier version their checksums."""
    if any(column == "checksum" for _, column, *_ in database.execute("PRAGMA table_info(answers)")):
        return
    database.create_function("checksum_of", 8, lambda *row: checksum(row), deterministic=True)
    with transaction(database):
        database.execute("ALTER TABLE answers ADD COLUMN checksum TEXT")
        database.execute(f"UPDATE answers SET checksum = checksum_of({FIELDS})")


@contextlib.contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All of a block, or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def insert(database: sqlite3.Connection, rows: list[Row]) -> None:
    """Inserts answers with their checksums, in one transaction."""
    with transaction(database):
        database.executemany(INSERT, rows)


def is_damage(error: Exception) -> bool:
    """Whether an error says that the file is damaged, not that the disk is full, say."""
    if isinstance(error, sqlite3.OperationalError) and not hasattr(error, "sqlite_errorcode"):
        # Text that is no UTF-8.
        return True
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, UnicodeDecodeError) or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


@contextlib.contextmanager
def telling(path: Path) -> Iterator[None]:
    """Turns what SQLite and the disk refuse into one sentence."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        mend = {
            sqlite3.SQLITE_FULL: "free space on its disk and run the command again",
            sqlite3.SQLITE_READONLY: "make the file and its folder writable",
            sqlite3.SQLITE_CANTOPEN: "make its folder writable, with space on its disk",
            sqlite3.SQLITE_BUSY: "end the program that has it open",
            sqlite3.SQLITE_IOERR: "look whether its disk is full or failing, and run the command again",
        }.get(code, "move it away to start that step afresh")
        raise EmohubError(f"{path}: the answer store cannot be used ({error}); {mend}. What it holds is kept") from error
    except OSError as error:
        where = error.filename or path
        raise EmohubError(
            f"{where}: cannot be written ({error.strerror or error}); make it writable, or free space on its disk, and run the command again"
        ) from error
