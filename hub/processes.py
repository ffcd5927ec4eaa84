"""Pools of processes that belong to this one: they end when it ends, however that comes, and leave Ctrl-C to it."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection, resource_tracker


def worker_pool(workers: int) -> ProcessPoolExecutor:
    """Returns a pool whose processes are all started, and serve this process alone.

    Spawned, because a forked process would inherit threads and locks in whatever state they are.
    """
    pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"), initializer=serve_the_parent)
    with _interrupts_withheld():
        # All are started now. One that is started while the pool deals with another's death may be waited for for ever.
        for _ in range(workers):
            pool.submit(_be_there)
    return pool


def serve_the_parent() -> None:
    """The initializer of a worker process: an interrupt is the parent's to answer, and the parent's end is this process's end.

    Without it the workers of a killed parent wait for work for ever, because each of them keeps the others' pipes open.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None, "only a worker has a parent to serve"
    threading.Thread(target=_leave_after, args=(parent.sentinel,), name="leave-with-parent", daemon=True).start()


def _leave_after(sentinel: int) -> None:
    connection.wait([sentinel])
    # Nothing may hold it up: no handlers, no other threads, no flushing into pipes that nobody reads.
    os._exit(1)


def _be_there() -> None:
    """Has a process started for it."""


@contextlib.contextmanager
def _interrupts_withheld() -> Iterator[None]:
    """Ctrl-C waits until the end of the block. Processes that are started in it never hear of one, not even while they import."""
    # Starting the tracker would end the withholding, so it must run already.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
