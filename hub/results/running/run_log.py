"""What a run said while it ran: `.emohub/logs/<profile>/<task>/<model>/<seed>.log`. It stays on the machine of the run, beside the work in progress."""

import contextlib
import logging
import os
import re
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.console import listening
from hub.curate.secret_patterns import withhold
from hub.paths import Project
from hub.results.display import printable
from hub.results.record import RunRecord

LARGEST = 512_000
"""Bytes a log may have; of a longer one the later half is kept."""
_LONGEST_LINE = 2_000
_LEFT_OUT = "(earlier lines were left out)"
_END = "the record was made at "
_SECRETS = re.compile(
    r"\b(?:hf|ghp|gho|ghu|ghs|ghr|github_pat|api_org)_[A-Za-z0-9_]{16,}|\bsk-[A-Za-z0-9_-]{16,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"
)
"""Shorter and other ones than hub.curate.secret_patterns looks for: a log has nothing to lose by it."""
_NAMED_SECRET = re.compile(r"(?i)\b([\w-]*(?:token|secret|passwd|password|api[_-]?key)[\w-]*)(\s*[=:]\s*)(?!\s)[^\s,;]{6,}")
_AUTHORITY = re.compile(r"(?<=://)[^\s/@]+@")
_ABSOLUTE = re.compile(r"(?<![\w.:/~>)\]-])/(?:[^\s/:'\"]+/)+([^\s/:'\"]*)|\b[A-Za-z]:\\(?:[^\s\\:'\"]+\\)+([^\s\\:'\"]*)")
_SECRET_VARIABLE = re.compile(r"(?i)token|secret|passw|api_?key|credential")
_LOUD = ("transformers", "datasets", "diffusers", "huggingface_hub", "torch")
"""Libraries whose loggers may not hand their warnings on to the root."""


@dataclass(frozen=True, slots=True)
class LogTail:
    """The last lines of a run's log, printable."""

    lines: tuple[str, ...]
    cut: bool
    """Whether there were more."""
    of_this_run: bool
    """Whether it is the log of the very run that the record tells of, and not of another one with its name."""


def log_file(project: Project, profile: str, task: str, model: str, seed: int) -> Path:
    return project.work / "logs" / profile / task / model / f"{seed}.log"


def redact(text: str, root: Path) -> str:
    """Returns text without what is nobody else's business: secrets, and the way to the project, the home and other folders."""
    for name, value in os.environ.items():
        if len(value) >= 8 and _SECRET_VARIABLE.search(name):
            text = text.replace(value, "(withheld)")
    text = _AUTHORITY.sub("", _NAMED_SECRET.sub(r"\1\2(withheld)", _SECRETS.sub("(withheld)", withhold(text, "(withheld)"))))
    text = text.replace(f"{root}{os.sep}", "").replace(str(root), ".")
    return _ABSOLUTE.sub(lambda match: f"…/{match[1] or match[2] or ''}", text)


class RunLog:
    """Writes one log, line by line: whoever reads meanwhile sees whole lines."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path, self._root = path, root
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        self._size = 0

    def add(self, text: str) -> None:
        """Adds what was said just now."""
        self._write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}  {line}" for line in text.splitlines() if line.strip())

    def copy(self, lines: Iterable[str]) -> None:
        """Adds lines of another log."""
        self._write(lines)

    def close(self, record: RunRecord) -> None:
        """Adds of which record this was the log."""
        self.add(f"{_END}{record.finished.isoformat()}")

    def _write(self, lines: Iterable[str]) -> None:
        text = "".join(printable(redact(line, self._root), _LONGEST_LINE) + "\n" for line in lines).encode()
        # No run fails because nothing can be noted: the disk may be full.
        with contextlib.suppress(OSError):
            with self._path.open("ab", buffering=0) as file:
                file.write(text)
            self._size += len(text)
            if self._size > LARGEST:
                self._halve()

    def _halve(self) -> None:
        kept = self._path.read_bytes()[-LARGEST // 2 :].partition(b"\n")[2]
        temporary = self._path.with_suffix(".tmp")
        temporary.write_bytes(f"{_LEFT_OUT}\n".encode() + kept)
        temporary.replace(self._path)
        self._size = len(kept)


@contextlib.contextmanager
def logged(path: Path, root: Path) -> Iterator[RunLog]:
    """Writes what is said, and what libraries warn of, to a new log for the length of a block."""
    log = RunLog(path, root)
    with listening(log.add), _warnings_to(log):
        yield log


@contextlib.contextmanager
def _warnings_to(log: RunLog) -> Iterator[None]:
    """Python's warnings and those of loggers; they go where they went before, too."""
    shown = warnings.showwarning

    def show(message: Any, category: type[Warning], filename: str, lineno: int, *rest: Any, **more: Any) -> None:
        log.add(f"{category.__name__}: {message}")
        shown(message, category, filename, lineno, *rest, **more)

    handler = _Warnings(log, forward=not logging.getLogger().handlers)
    loggers = [logging.getLogger(), *(logger for logger in map(logging.getLogger, _LOUD) if not logger.propagate)]
    warnings.showwarning = show
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        warnings.showwarning = shown
        for logger in loggers:
            logger.removeHandler(handler)


class _Warnings(logging.Handler):
    """Notes warnings. Where nobody else prints them, Python would have: so it does (`forward`)."""

    def __init__(self, log: RunLog, forward: bool) -> None:
        super().__init__(logging.WARNING)
        self._log, self._forward = log, forward

    def emit(self, record: logging.LogRecord) -> None:
        self._log.add(f"{record.name}: {record.getMessage()}")
        if self._forward and record.name.partition(".")[0] not in _LOUD and logging.lastResort is not None:
            logging.lastResort.handle(record)


def read_log_tail(project: Project, record: RunRecord, lines: int = 400) -> LogTail | None:
    """Returns the last lines of a record's log; None where this machine has none, as for a run that was fetched or made before there were logs."""
    path = log_file(project, record.profile, record.task, record.model, record.seed)
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LARGEST))
            content = file.read(LARGEST)
    except OSError:
        return None
    kept: deque[str] = deque(maxlen=lines)
    count = 0
    for line in content.decode("utf-8", "replace").splitlines():
        kept.append(printable(redact(line, project.root), _LONGEST_LINE))
        count += 1
    mine = any(f"{_END}{record.finished.isoformat()}" in line for line in kept)
    return LogTail(tuple(kept), count > lines or size > LARGEST or _LEFT_OUT in kept, mine)
