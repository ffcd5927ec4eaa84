"""The resumable store: every answer an engine ever gave for one step, its prompt, its sampling and its engine.

One SQLite file a fingerprint. An answer is committed the moment it arrives, so killing the process at any point loses at most the
requests in flight. The file lies outside DVC's outputs, which DVC deletes before it retries a stage.

Several processes that share the work write a part each, and `merge_parts` takes the parts into the main files.
"""

import contextlib
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from hub.console import say
from hub.durable.lock import locked
from hub.engine.base import Completion, Request
from hub.errors import EmohubError
from hub.files import canonical_json, digest
from hub.generate.answer_file import AnswerFile
from hub.generate.answer_mending import MENDED
from hub.generate.answer_rows import checksum, row_of, telling

_PARTS = "parts"
_FIELDS = "request_id, text, finish_reason, prompt_tokens, completion_tokens, seed, latency"


class AnswerStore:
    """Answers by request key. Used as a context manager."""

    def __init__(self, folder: Path, fingerprint: Mapping[str, Any], part: str | None = None) -> None:
        """Opens `<folder>/<hash of fingerprint>.sqlite`, made if need be, for this process alone.

        With a `part`, one of several processes that share the work: the file above is only looked into, and answers go to
        `<folder>/parts/<hash>.<part>.sqlite`, which no other process may use.

        Raises:
            EmohubError: another process uses the file, or it cannot be opened or written.
            ValueError: the part's name is no plain word.
        """
        if part is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", part):
            raise ValueError(f"the part of a store is named {part!r}: expected letters, digits, - and _ only")
        main = folder / f"{_stem(fingerprint)}.sqlite"
        self.path = main if part is None else folder / _PARTS / f"{_stem(fingerprint)}.{part}.sqlite"
        self._main: KeptAnswers | None = None
        self._main_is_damaged = False
        with contextlib.ExitStack() as opened:
            opened.enter_context(_locked(self.path))
            self._file = AnswerFile(self.path, alone=part is not None)
            opened.callback(self._file.abandon)
            self._file.set_about("fingerprint", canonical_json(fingerprint))
            if part is not None and main.exists():
                self._main = opened.enter_context(KeptAnswers(main))
            self._opened = opened.pop_all()

    def get(self, request: Request) -> Completion | None:
        """Returns the stored answer to exactly this request, if there is one."""
        found = self._file.get(request.key)
        return self._from_main(request, self._main) if found is None and self._main is not None else found

    def put(self, request: Request, completion: Completion) -> None:
        """Stores an answer durably. A second answer to the same request is ignored.

        Raises:
            EmohubError: the disk is full, or refuses for another reason. What was stored before is kept.
        """
        self._file.put(row_of(request.key, request.id, completion))

    @property
    def fingerprint(self) -> dict[str, Any]:
        found = json.loads(self._file.about("fingerprint") or "")
        assert isinstance(found, dict)
        return found

    def __len__(self) -> int:
        """How many answers its own file holds."""
        return len(self._file)

    def _from_main(self, request: Request, main: "KeptAnswers") -> Completion | None:
        try:
            return main.of(request)
        except (sqlite3.Error, ValueError) as error:
            if not self._main_is_damaged:
                say(f"{main.path}: the answer store is damaged ({error}); what cannot be read is asked again, and the next merge mends it")
            self._main_is_damaged = True
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._opened:
            try:
                self._file.close()
            except EmohubError:
                # What went wrong before says more.
                if error is None:
                    raise


class KeptAnswers:
    """A store to look into and never to write to. Without a write-ahead log beside it nothing at all is made, so that a read-only folder will do.

    Its methods raise sqlite3.Error or ValueError where the file is no store, or what is asked for is damaged.
    """

    def __init__(self, path: Path, longest: int | None = None) -> None:
        """`longest` is in bytes of UTF-8: of a longer answer, no more than so many characters are read, and its checksum is not looked at."""
        quiet = not path.with_name(f"{path.name}-wal").exists()
        self.path = path
        self._longest = longest
        self._database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{'&immutable=1' if quiet else ''}", uri=True, timeout=5)
        self._checked: bool | None = None

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
        limit = -1 if self._longest is None else self._longest
        fields = _FIELDS.replace("text", "CASE WHEN :limit < 0 OR length(CAST(text AS BLOB)) <= :limit THEN text ELSE substr(text, 1, :limit) END")
        mark = "checksum" if self._has_checksums else "NULL"
        query = f"SELECT key, {fields}, {mark}, :limit < 0 OR length(CAST(text AS BLOB)) <= :limit FROM answers WHERE {column} = :value LIMIT 1"
        found = self._database.execute(query, {"limit": limit, "value": value}).fetchone()
        if found is None:
            return None
        *row, kept, whole = found
        if self._has_checksums and whole and checksum(tuple(row)) != kept:
            raise ValueError(f"the checksum of the answer to {row[1]!r} is wrong")
        return Completion(*row[2:])

    @property
    def _has_checksums(self) -> bool:
        """Stores of an earlier version have none until they are opened for writing."""
        if self._checked is None:
            self._checked = any(column == "checksum" for _, column, *_ in self._database.execute("PRAGMA table_info(answers)"))
        return self._checked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._database.close()


def merge_parts(folder: Path) -> int:
    """Takes every part of the stores in a folder into its main file, flushed to disk, and deletes it; returns the number of new answers.

    Killed at any point it loses nothing: run it again.

    Raises:
        EmohubError: a part, or a main file, is still in use; the message names the process and its host.
    """
    found = [*(folder / _PARTS).glob("*.sqlite"), *(folder / _PARTS).glob(f"*.sqlite{MENDED}")]
    # A part whose mending was interrupted may have no file of its own name.
    parts = sorted({path.with_name(path.name.removesuffix(MENDED)) for path in found})
    return sum(_merge(part, folder / f"{part.name.partition('.')[0]}.sqlite") for part in parts)


def _merge(part: Path, main: Path) -> int:
    with _locked(part), _locked(main):
        source = AnswerFile(part, alone=True)
        target = AnswerFile(main)
        try:
            fingerprint = source.about("fingerprint") or ""
            # Whoever opens the file next knows it, if this one is damaged.
            if hashlib.sha256(fingerprint.encode()).hexdigest().startswith(main.stem):
                target.set_about("fingerprint", fingerprint)
            new = target.put_all(source.rows())
            target.close()
        finally:
            source.abandon()
            target.abandon()
        _flush_folder(main.parent)
        with telling(part):
            # The lock goes last: whoever takes it makes a new part.
            for suffix in (".sha256", "-wal", "-shm", "", ".lock.owner", ".lock"):
                part.with_name(part.name + suffix).unlink(missing_ok=True)
    return new


def _stem(fingerprint: Mapping[str, Any]) -> str:
    return digest(fingerprint)[:24]


def _locked(path: Path) -> contextlib.AbstractContextManager[None]:
    return locked(path.with_name(f"{path.name}.lock"), "writing to this answer store")


def _flush_folder(folder: Path) -> None:
    """Makes a new file's name as durable as its content."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
