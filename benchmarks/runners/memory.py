"""The most memory that a piece of work takes."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

_INTERVAL = 0.02
_MEGABYTE = 1_000_000


@dataclass
class Peak:
    """Filled when the work is done."""

    megabytes: float = 0.0


@contextmanager
def peak_memory() -> Iterator[Peak]:
    """Measures what is done inside it.

    On a GPU: the most memory that torch had allotted there. Else: the most resident memory of this process, the interpreter and all that is loaded included,
    looked at every 20 ms; without psutil it is the process's highest since it began.
    """
    peak, cuda = Peak(), _cuda()
    if cuda is not None:
        cuda.reset_peak_memory_stats()
        yield peak
        peak.megabytes = float(cuda.max_memory_allocated()) / _MEGABYTE
        return
    stop = threading.Event()
    sampler = threading.Thread(target=_sample, args=(peak, stop), daemon=True)
    sampler.start()
    try:
        yield peak
    finally:
        stop.set()
        sampler.join()


def _cuda() -> Any:
    # Only if a method has imported torch already: the baselines have no use for it.
    torch = sys.modules.get("torch")
    return torch.cuda if torch is not None and torch.cuda.is_available() else None


def _sample(peak: Peak, stop: threading.Event) -> None:
    while True:
        peak.megabytes = max(peak.megabytes, _resident() / _MEGABYTE)
        if stop.wait(_INTERVAL):
            return


def _resident() -> float:
    try:
        import psutil
    except ImportError:
        import resource

        # Kilobytes, except on macOS.
        unit = 1 if sys.platform == "darwin" else 1024
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
    return float(psutil.Process().memory_info().rss)
