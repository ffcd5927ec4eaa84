"""A child process that lives no longer than this one: in a process group of its own, under a guard, its output in a log file."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

_GUARD = Path(__file__).with_name("guard.py")
_ERROR = re.compile(r"\b[A-Za-z]*(?:Error|Exception): .+")
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


_PATIENCE = 15.0
"""Seconds that a guard gets to clear up, before it is killed with everything that is left."""


class GuardedProcess:
    """Its guard ends its whole group, and clears up after it, on `stop`; and if this process dies first, even by SIGKILL."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, command: Sequence[str], environment: Mapping[str, str], log: Path, scratch: bool = False) -> Self:
        """Starts a command; what it prints is appended to `log`. A command that does not exist ends at once with code 127.

        `scratch` gives it a folder of its own for temporary files, on this machine only, that is gone when it is.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(_GUARD),
                *(["--scratch"] if scratch else []),
                *command,
                env=dict(environment),
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(process)

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> str:
        """Waits for the end and says how it came."""
        code = await self._process.wait()
        number = -code if code < 0 else code - 128
        if number in set(signal.Signals):
            return f"was killed by {signal.Signals(number).name}"
        return f"ended with code {code}"

    async def stop(self) -> None:
        """Ends the process and all its children, and waits for that. Safe to call in any state."""
        assert self._process.stdin
        self._process.stdin.close()  # The guard takes it for this process's death.
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._process.returncode and self._process.returncode < 0:  # The guard itself was killed.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def last_words(log: Path, errors: int = 4, lines: int = 10) -> str:
    """Returns the last different errors in a log, then its last lines, indented for a message.

    The errors stand first because what matters is often far above the end, before everything that a server says while it goes down.
    """
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 2**18))
        text = file.read().decode("utf-8", "replace")
    said = [line.rstrip()[:300] for line in _COLOURS.sub("", text).splitlines() if line.strip()]
    raised = list(dict.fromkeys(match.group() for line in reversed(said) if (match := _ERROR.search(line))))
    chosen = [*reversed(raised[:errors]), *(["..."] if raised else []), *said[-lines:]]
    return "\n".join(f"    {line}" for line in chosen) or "    (it printed nothing)"


def free_port() -> int:
    """Returns a loopback port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
