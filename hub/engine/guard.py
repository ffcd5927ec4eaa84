"""Runs one command, and ends its whole process group when it ends or the process that asked for it is gone, however that one died.

Started by `hub.engine.process` as a script, first in a process group of its own, with a pipe from its parent as standard input: nothing
is ever written to it, so that it becomes readable only when the parent closes its end, or dies. Standard library only, for it must start at once.

With `--scratch` before the command, its temporary files go into a folder that is removed afterwards. A server that is killed leaves shared memory behind
too; Python's resource trackers remove it when everybody else is gone, so they are killed last.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

_INTERVAL = 0.2
_PROCESSES = Path("/proc")
_TRACKER = b"multiprocessing.resource_tracker"
_PATIENCE = 5.0
"""Seconds that resource trackers get to clear up."""


def main() -> int:
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: asked.append(number))
    if sys.argv[1] == "--scratch":
        with tempfile.TemporaryDirectory(prefix="emohub-server-", ignore_cleanup_errors=True) as scratch:
            return _run(sys.argv[2:], {**os.environ, "TMPDIR": scratch}, asked)
    return _run(sys.argv[1:], os.environ, asked)


def _run(command: list[str], environment: Mapping[str, str], asked: list[int]) -> int:
    """Returns the command's exit code, with 128 added to the signal that killed it. Once a signal is in `asked`, it is ended too."""
    parent = os.getppid()
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment)
    except OSError as error:
        print(f"cannot start {command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    while child.poll() is None and not asked:
        closed, _, _ = select.select([0], [], [], _INTERVAL)
        if closed or os.getppid() != parent:
            break
    code = child.poll()
    _end_group()
    if code is None:
        return 128 + signal.SIGKILL
    return code if code >= 0 else 128 - code


def _end_group() -> None:
    """Kills all processes of the group but this one."""
    if not _PROCESSES.is_dir():  # Not Linux: what there is, at once, this process included.
        os.killpg(0, signal.SIGKILL)
    deadline = time.monotonic() + _PATIENCE
    while others := list(_others()):
        late = time.monotonic() > deadline
        for pid, tracker in others:
            if late or not tracker:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _others() -> Iterator[tuple[int, bool]]:
    """Yields the other living processes of this group, and whether each is a resource tracker."""
    group = os.getpgrp()
    for folder in _PROCESSES.glob("[0-9]*"):
        if int(folder.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):  # It may end while it is looked at.
            state, _, its_group = (folder / "stat").read_bytes().rpartition(b")")[2].split()[:3]
            if int(its_group) == group and state not in (b"Z", b"X"):
                yield int(folder.name), _TRACKER in (folder / "cmdline").read_bytes()


if __name__ == "__main__":
    sys.exit(main())
