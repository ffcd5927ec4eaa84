"""The resumable store: every answer an engine ever gave for one step, its prompt, its sampling and its engine.

One SQLite file a fingerprint. An answer is committed the moment it arrives, so killing the process at any point loses at most the
requests in flight. The file lies outside DVC's outputs, which DVC deletes before it retries a stage.
"""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

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
        row = self._database.execute(
            "SELECT text, finish_reason, prompt_tokens, completion_tokens, seed, latency FROM answers WHERE key = ?", (request.key,)
        ).fetchone()
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
