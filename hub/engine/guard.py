"""Runs one command, and ends its whole process group when the process that asked for it is gone, however that one died.

Started by `hub.engine.process` as a script, first in a process group of its own, with a pipe from its parent as standard input: nothing
is ever written to it, so that it becomes readable only when the parent's end closes. Standard library only, for it must start at once.
"""

import os
import select
import signal
import subprocess
import sys

_INTERVAL = 0.2


def main() -> int:
    parent = os.getppid()
    try:
        child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    except OSError as error:
        print(f"cannot start {sys.argv[1]}: {error.strerror}", file=sys.stderr)
        return 127
    while child.poll() is None:
        closed, _, _ = select.select([0], [], [], _INTERVAL)
        if closed or os.getppid() != parent:
            os.killpg(0, signal.SIGKILL)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


if __name__ == "__main__":
    sys.exit(main())
