"""What a person sees while something runs: a live bar on a terminal, plain lines elsewhere, nothing when quiet."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

QUIET = False
"""Set once by the command line's --quiet."""

_PLAIN_INTERVAL = 10.0


class Tick(Protocol):
    """Reports that `count` more units are done."""

    def __call__(self, count: int = 1) -> None: ...


def say(text: str) -> None:
    """Prints one line of progress to standard error, so that standard output stays data."""
    if not QUIET:
        print(text, file=sys.stderr, flush=True)


def shorten(seconds: float) -> str:
    """Returns a duration as 4s, 2m05s or 3h07m."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


@contextmanager
def progress(title: str, total: int, done: int = 0) -> Iterator[Tick]:
    """Shows how far `title` is, and how long it will take; yields the function to call as units finish."""
    if QUIET:
        yield lambda count=1: None
    elif sys.stderr.isatty():
        yield from _live(title, total, done)
    else:
        yield from _plain(title, total, done)


def _live(title: str, total: int, done: int) -> Iterator[Tick]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total, completed=done)
        yield lambda count=1: bar.advance(task, count)


def _plain(title: str, total: int, done: int) -> Iterator[Tick]:
    started = spoken = time.monotonic()
    fresh = 0

    def tick(count: int = 1) -> None:
        nonlocal fresh, spoken
        fresh += count
        now = time.monotonic()
        if fresh and now - spoken >= _PLAIN_INTERVAL:
            spoken = now
            left = (now - started) / fresh * (total - done - fresh)
            # The first few units say little: whatever was prepared before them counts as theirs.
            estimate = f", about {shorten(left)} left" if fresh * 50 >= total else ""
            say(f"{title}: {done + fresh:,}/{total:,}{estimate}")

    yield tick
    say(f"{title}: {done + fresh:,}/{total:,} in {shorten(time.monotonic() - started)}")
