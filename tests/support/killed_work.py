"""Work in a forked process that is killed after a while, wherever it is then."""

import os
import signal
import time
from collections.abc import Callable


def kill_after(seconds: float, work: Callable[[], object]) -> bool:
    """Returns whether it was killed before its end."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
