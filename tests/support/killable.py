"""Functions in processes of their own that can be killed at any moment. A helper imports once and forks for each, so that a test can kill many."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import IO


class Killable:
    """Starts functions of one module, named by `module:function`, with texts as arguments; one at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in: IO[str] = process.stdin
        self._out: IO[str] = process.stdout
        self._out.readline()  # it has imported everything

    def kill_at(self, moment: Callable[[], bool], function: str, *arguments: str) -> bool:
        """Starts a function and kills its process (SIGKILL) as soon as the moment has come; returns whether it was killed before its end."""
        self._in.write(json.dumps([function, *arguments]) + "\n")
        self._in.flush()
        pid = int(self._out.readline())
        while not moment() and _is_there(pid):
            time.sleep(0.0005)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return int(self._out.readline()) == -signal.SIGKILL


@contextlib.contextmanager
def killable(modules: list[str], environment: Mapping[str, str] | None = None) -> Iterator[Killable]:
    """A helper that has imported `modules`, for the length of a block."""
    command = [sys.executable, "-m", "tests.support.killable", *modules]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield Killable(process)
        finally:
            process.kill()


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _serve(modules: list[str]) -> None:
    for module in modules:
        import_module(module)
    print("ready", flush=True)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        module, _, function = name.partition(":")
        child = os.fork()
        if child == 0:
            try:
                getattr(import_module(module), function)(*arguments)
            except Exception:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1:])
