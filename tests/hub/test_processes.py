"""Worker processes end when the one that they work for is killed, and say nothing of Ctrl-C."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hub.live_state import process_start
from hub.processes import worker_pool

REPOSITORY = Path(__file__).parents[2]
_PARENT = """
import os, time
from hub.processes import worker_pool

if __name__ == "__main__":
    with worker_pool(2) as pool:
        pool.submit(time.sleep, 0.5).result()
        print(*pool._processes, flush=True)
        busy = pool.submit(time.sleep, {busy})
        try:
            busy.result()
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            raise SystemExit(130)
"""


def _start(folder: Path, busy: float) -> "subprocess.Popen[str]":
    script = folder / "parent.py"
    script.write_text(_PARENT.format(busy=busy), encoding="utf-8")
    variables = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen([sys.executable, str(script)], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def _wait_for(found: Callable[[], bool]) -> None:
    limit = time.monotonic() + 120
    while not found():
        assert time.monotonic() < limit, "it did not come"
        time.sleep(0.02)


def test_workers_idle_or_busy_leave_when_their_parent_is_killed(tmp_path: Path) -> None:
    with _start(tmp_path, busy=3600) as parent:
        assert parent.stdout is not None
        workers = [int(number) for number in parent.stdout.readline().split()]
        assert len(workers) == 2 and all(map(process_start, workers))
        parent.kill()
        _wait_for(lambda: not any(map(process_start, workers)))


def test_an_interrupt_of_the_whole_group_is_the_parents_alone(tmp_path: Path) -> None:
    with _start(tmp_path, busy=1) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        os.killpg(parent.pid, signal.SIGINT)
        out, complaints = parent.communicate(timeout=120)
    assert (out, complaints, parent.returncode) == ("interrupted\n", "", 130)


def test_every_process_is_there_before_the_first_work() -> None:
    with worker_pool(3) as pool:
        assert len(pool._processes) == 3
        assert len({pool.submit(os.getpid).result() for _ in range(3)}) >= 1
