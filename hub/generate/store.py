"""The resumable store: every answer an engine ever gave for one step, its prompt, its sampling and its engine.

One SQLite file a fingerprint. An answer is committed the moment it arrives, so killing the process at any point loses at most the
requests in flight. The file lies outside DVC's outputs, which DVC deletes before it retries a stage.
"""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from hub.engine.base import Completion, Request
from hub.errors import EmohubError
from hub.files import canonical_json, digest

_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, request_id TEXT NOT NULL, text TEXT NOT NULL, finish_reason TEXT NOT NULL,
    prompt_tokens INTEGER, completion_tokens INTEGER, seed INTEGER NOT NULL, latency REAL NOT NULL
) WITHOUT ROWID;
"""


_ANSWER = "finish_reason, prompt_tokens, completion_tokens, seed, latency FROM answers"


class AnswerStore:
    """Answers by request key. Used as a context manager."""

    def __init__(self, folder: Path, fingerprint: Mapping[str, Any]) -> None:
        """Opens `<folder>/<hash of fingerprint>.sqlite`, made if need be.

        Raises:
            EmohubError: the file is not a store, or cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{digest(fingerprint)[:24]}.sqlite"
        try:
            # isolation_level=None: each statement commits by itself.
            self._database = sqlite3.connect(self.path, isolation_level=None, timeout=30)
            self._database.execute("PRAGMA journal_mode=WAL")
            # With a write-ahead log, NORMAL survives any death of the process; only a power cut may lose the last answers.
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.executescript(_SCHEMA)
            self._database.execute("INSERT OR REPLACE INTO about VALUES ('fingerprint', ?)", (canonical_json(fingerprint),))
        except sqlite3.DatabaseError as error:
            raise EmohubError(f"{self.path}: the answer store cannot be used ({error}); move it away to start that step afresh") from error

    def get(self, request: Request) -> Completion | None:
        """Returns the stored answer to exactly this request, if there is one."""
        row = self._database.execute(f"SELECT text, {_ANSWER} WHERE key = ?", (request.key,)).fetchone()
        return Completion(*row) if row else None

    def put(self, request: Request, completion: Completion) -> None:
        """Stores an answer durably. A second answer to the same request is ignored."""
        self._database.execute(
            "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                request.key,
                request.id,
                completion.text,
                completion.finish_reason,
                completion.prompt_tokens,
                completion.completion_tokens,
                completion.seed,
                completion.latency,
            ),
        )

    @property
    def fingerprint(self) -> dict[str, Any]:
        (value,) = self._database.execute("SELECT value FROM about WHERE key = 'fingerprint'").fetchone()
        found = json.loads(value)
        assert isinstance(found, dict)
        return found

    def __len__(self) -> int:
        (count,) = self._database.execute("SELECT COUNT(*) FROM answers").fetchone()
        return int(count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._database.close()


class KeptAnswers:
    """A store to look into and never to write to. Without a write-ahead log beside it nothing at all is made, so that a read-only folder will do.

    Its methods raise sqlite3.Error or ValueError where the file is no store.
    """

    def __init__(self, path: Path, longest: int) -> None:
        """`longest` is in characters: of an answer, no more are read."""
        quiet = not path.with_name(f"{path.name}-wal").exists()
        self._longest = longest
        self._database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if quiet else ''}", uri=True, timeout=5)

    @property
    def step(self) -> str | None:
        """The step whose answers these are."""
        row = self._database.execute("SELECT value FROM about WHERE key = 'fingerprint' AND length(value) < 1000000").fetchone()
        fingerprint = json.loads(row[0]) if row else None
        return str(fingerprint.get("step")) if isinstance(fingerprint, dict) else None

    def of(self, request: Request) -> Completion | None:
        """The answer to exactly this request."""
        return self._found("key", request.key)

    def of_id(self, id: str) -> Completion | None:
        """An answer to a request with this id, whatever its prompt and seed."""
        return self._found("request_id", id)

    def _found(self, column: Literal["key", "request_id"], value: str) -> Completion | None:
        found = self._database.execute(f"SELECT substr(text, 1, {self._longest:d}), {_ANSWER} WHERE {column} = ? LIMIT 1", (value,)).fetchone()
        return Completion(*found) if found else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._database.close()
