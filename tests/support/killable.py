"""Functions in processes of their own that can be killed at any moment. A helper imports once and forks for each, so that a test can kill many."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any

_CHANGES = frozenset({"os.chmod", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate", "sqlite3.connect", "fcntl.flock"})
"""Audit events at which a process is about to change what lies on the disk; `open` counts too where it is for writing."""


@dataclass(frozen=True)
class Ending:
    """How a process ended."""

    code: int
    """Negative: the signal that ended it."""
    changes: int | None
    """How often it changed what lies on the disk; None if it was killed."""
    seconds: float
    said: str
    """On standard error."""
    group: int
    """Its process group, which is its own."""

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Killable:
    """Starts functions of one module, named by `module:function`, with texts as arguments; one at a time."""

    def __init__(self, process: "subprocess.Popen[str]", complaints: Path) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in: IO[str] = process.stdin
        self._out: IO[str] = process.stdout
        self._complaints = complaints
        self._out.readline()  # it has imported everything

    def kill_at(self, moment: Callable[[], bool], function: str, *arguments: str) -> bool:
        """Starts a function and kills its process (SIGKILL) as soon as the moment has come; returns whether it was killed before its end."""
        return self.signal_at(moment, signal.SIGKILL, function, *arguments).killed

    def signal_at(self, moment: Callable[[], bool], number: int, function: str, *arguments: str) -> Ending:
        """Starts a function and signals its whole group as soon as the moment has come, as a terminal does; SIGKILL goes to the process alone."""
        return self._ended(moment, number, 0, function, *arguments)

    def kill_before_change(self, number: int, function: str, *arguments: str) -> Ending:
        """Starts a function that is killed (SIGKILL) when it is about to change what lies on the disk for the `number`-th time, counted from 1."""
        return self._ended(lambda: False, signal.SIGKILL, number, function, *arguments)

    def run(self, function: str, *arguments: str) -> Ending:
        """Runs a function to its end."""
        return self._ended(lambda: False, signal.SIGKILL, 0, function, *arguments)

    def _ended(self, moment: Callable[[], bool], number: int, dies_at: int, function: str, *arguments: str) -> Ending:
        started = time.monotonic()
        self._in.write(json.dumps([dies_at, function, *arguments]) + "\n")
        self._in.flush()
        pid = int(self._out.readline())
        while not moment() and not _has_ended(pid):
            time.sleep(0.0005)
        with contextlib.suppress(ProcessLookupError):
            (os.kill if number == signal.SIGKILL else os.killpg)(pid, number)
        code, changes = json.loads(self._out.readline())
        return Ending(code, changes, time.monotonic() - started, self._complaints.read_text(encoding="utf-8", errors="replace"), pid)


@contextlib.contextmanager
def killable(modules: list[str], environment: Mapping[str, str] | None = None) -> Iterator[Killable]:
    """A helper that has imported `modules`, for the length of a block."""
    root = Path(__file__).parents[2]
    with tempfile.NamedTemporaryFile(prefix="said-") as complaints:
        command = [sys.executable, "-m", "tests.support.killable", complaints.name, *modules]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, cwd=root, env=environment, text=True, **pipes) as process:
            try:
                yield Killable(process, Path(complaints.name))
            finally:
                process.kill()


def living(group: int) -> list[int]:
    """The processes of a group that have not ended."""
    return [process for process, state, found in _processes() if found == group and state not in "ZX"]


def _processes() -> Iterator[tuple[int, str, int]]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The second field is the name in brackets, and may hold anything.
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            yield int(path.parent.name), fields[0], int(fields[2])


def _has_ended(pid: int) -> bool:
    """Whether a process is gone, or would be if it were asked for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def _serve(complaints: str, modules: list[str]) -> None:
    for module in modules:
        import_module(module)
    print("ready", flush=True)
    for line in sys.stdin:
        dies_at, name, *arguments = json.loads(line)
        counted, counts = os.pipe()
        child = os.fork()
        if child == 0:
            os.setsid()
            # It may be ignored where the tests run in the background.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os.dup2(os.open(os.devnull, os.O_RDWR), 0)
            os.dup2(0, 1)
            os.dup2(os.open(complaints, os.O_WRONLY | os.O_TRUNC | os.O_APPEND), 2)
            code, changes = _called(dies_at, name, arguments)
            os.write(counts, str(changes).encode())
            os._exit(code)
        os.close(counts)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        # Not until its end: those that a killed process leaves behind may hold the pipe open.
        os.set_blocking(counted, False)
        with contextlib.suppress(BlockingIOError):
            changes = int(os.read(counted, 32) or -1)
        code = os.waitstatus_to_exitcode(status)
        print(json.dumps([code, None if code < 0 else changes]), flush=True)
        os.close(counted)


def _called(dies_at: int, name: str, arguments: list[str]) -> tuple[int, int]:
    """Calls a function; returns its exit code and how often it changed what lies on the disk."""
    module, _, function = name.partition(":")
    changes = 0

    def count(event: str, details: tuple[Any, ...]) -> None:
        nonlocal changes
        if event in _CHANGES or (event == "open" and isinstance(details[2], int) and details[2] & (os.O_WRONLY | os.O_RDWR)):
            changes += 1
            if changes == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    try:
        getattr(import_module(module), function)(*arguments)
    except SystemExit as end:
        return (end.code if isinstance(end.code, int) else 0 if end.code is None else 1), changes
    except BaseException:
        traceback.print_exc()
        return 1, changes
    finally:
        sys.stderr.flush()
    return 0, changes


if __name__ == "__main__":
    _serve(sys.argv[1], sys.argv[2:])
