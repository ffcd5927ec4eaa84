"""Functions that hold a lock, in processes of their own."""

import os
import subprocess
import sys
import time
from pathlib import Path

from hub.durable.lock import locked
from hub.errors import EmohubError


def hold(lock: str, ready: str) -> None:
    """Holds a lock until it is killed."""
    with locked(Path(lock), "holding still"):
        Path(ready).touch()
        time.sleep(600)


def hold_with_children(lock: str, ready: str) -> None:
    """Holds a lock, with two children that live on: one forked, one started. Their numbers are in `ready`."""
    with locked(Path(lock), "holding still"):
        started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        forked = os.fork()
        if forked == 0:
            time.sleep(600)
            os._exit(0)
        _appear(ready, f"{started.pid} {forked}")
        time.sleep(600)


def take_when_told(lock: str, start: str, out: str) -> None:
    """Takes a lock as soon as `start` appears and keeps it until it is killed; writes whether it got it."""
    Path(f"{out}.here").touch()
    while not Path(start).exists():
        time.sleep(0.0005)
    try:
        with locked(Path(lock), "racing"):
            _appear(out, "won")
            time.sleep(600)
    except EmohubError as error:
        _appear(out, str(error))


def _appear(path: str, text: str) -> None:
    """Writes a file that is never seen half."""
    partial = Path(f"{path}.partial")
    partial.write_text(text)
    partial.rename(path)


if __name__ == "__main__":
    {"hold": hold, "children": hold_with_children, "take": take_when_told}[sys.argv[1]](*sys.argv[2:])
