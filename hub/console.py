"""What a person sees while something runs: a live bar on a terminal, plain lines elsewhere, nothing when quiet.

Who listens (a run's log) hears the plain lines in every case, and `hub.live_state` shows to others how far it is.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from hub import live_state

QUIET = False
"""Set once by the command line's --quiet."""

_PLAIN_INTERVAL = 10.0
_listeners: list[Callable[[str], None]] = []


class Tick(Protocol):
    """Reports that `count` more units are done."""

    def __call__(self, count: int = 1) -> None: ...


def say(text: str) -> None:
    """Prints one line of progress to standard error, so that standard output stays data."""
    _note(text)
    if not QUIET:
        print(text, file=sys.stderr, flush=True)


@contextmanager
def listening(hear: Callable[[str], None]) -> Iterator[None]:
    """Lets `hear` have every line that is said, for the length of a block: printed or not."""
    _listeners.append(hear)
    try:
        yield
    finally:
        _listeners.remove(hear)


def _note(text: str) -> None:
    for hear in tuple(_listeners):
        hear(text)


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
    with live_state.working(title, total, done) as work, _shown(title, total, done) as advance:

        def tick(count: int = 1) -> None:
            work.done += count
            live_state.show()
            advance(count)

        yield tick


@contextmanager
def _shown(title: str, total: int, done: int) -> Iterator[Tick]:
    if not QUIET and sys.stderr.isatty():
        with _lines(title, total, done, _note) as note, _bar(title, total, done) as advance:

            def both(count: int = 1) -> None:
                note(count)
                advance(count)

            yield both
    else:
        with _lines(title, total, done, say) as tick:
            yield tick


@contextmanager
def _bar(title: str, total: int, done: int) -> Iterator[Tick]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total, completed=done)
        yield lambda count=1: bar.advance(task, count)


@contextmanager
def _lines(title: str, total: int, done: int, tell: Callable[[str], None]) -> Iterator[Tick]:
    """Tells a line now and then, and one at the end."""
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
            tell(f"{title}: {done + fresh:,}/{total:,}{estimate}")

    yield tick
    tell(f"{title}: {done + fresh:,}/{total:,} in {shorten(time.monotonic() - started)}")
