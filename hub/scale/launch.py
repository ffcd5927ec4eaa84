"""One launch: has an executor run a work in shares, shows how far it is, and says what came of it."""

import asyncio
import contextlib
import os
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from hub.console import progress, say
from hub.engine.process import GuardedProcess, last_words
from hub.errors import EmohubError
from hub.paths import Project
from hub.scale.slurm import in_queue
from hub.scale.work import Launch, Outcome, Work, ranks_lost, read_launch, read_outcomes
from hub.spec.scale import ScaleSpec

_SECONDS_BETWEEN_LOOKS = 0.5
_SECONDS_FOR_FILES = 30.0
"""How long files of ranks that have ended may take to be seen here, on a shared file system."""
_KEPT = 5
"""Launches whose logs are kept."""


def launch(project: Project, work: Work, scale: ScaleSpec, before: Callable[[], object] = lambda: None) -> list[Outcome]:
    """Runs a work in `scale.tasks` shares; returns every rank's outcome, by rank.

    A Slurm job that an earlier launch of the same work left running is waited for, and no other is submitted; `before` is
    called when there is none, before any rank begins.

    Raises:
        EmohubError: the executor cannot be used, or ranks failed; what was done is kept.
    """
    launches = project.work / "scale"
    current = _running_before(launches, work) if scale.executor == "slurm" else None
    if current is None:
        before()
        current = _begin(launches, work, scale)
        say(f"{work.title}: {scale.tasks} shares, executor {scale.executor} (logs in {current.log.parent})")
        asyncio.run(_execute(current))
        current = read_launch(current.folder)
    else:
        say(f"{work.title}: Slurm job {current.job} is at work on it already; waiting for that")
    if current.job is not None:
        _wait_for_slurm(current, current.job)
    return _checked(current)


async def _execute(current: Launch) -> None:
    """Runs the executor until it ends, or until what is left of a local one can only wait for processes that were killed."""
    command = [sys.executable, "-m", "hub.scale.executors", str(current.folder)]
    process = await GuardedProcess.start(command, os.environ, current.log)
    ended = asyncio.create_task(process.wait())
    try:
        with _shown(current) as look:
            while not ended.done():
                await asyncio.wait({ended}, timeout=_SECONDS_BETWEEN_LOOKS)
                look()
                lost = ranks_lost(current.outcomes) if current.scale.executor == "local" else []
                if lost and len(lost) + _ended(current) == current.scale.tasks:
                    break  # A pool waits for ever for what a killed process had taken.
    finally:
        ended.cancel()
        await process.stop()
    if current.trouble.is_file():
        raise EmohubError(f"{current.work.title}: {current.trouble.read_text(encoding='utf-8')}")


@contextlib.contextmanager
def _shown(current: Launch) -> Iterator[Callable[[], None]]:
    """Shows how many ranks have ended; yields the function that looks."""
    seen = 0
    with progress(f"{current.work.title}: shares", current.scale.tasks) as tick:

        def look() -> None:
            nonlocal seen
            now = _ended(current)
            if now > seen:
                tick(now - seen)
                seen = now

        yield look


def _wait_for_slurm(current: Launch, job: str) -> None:
    try:
        with _shown(current) as look:
            while _ended(current) < current.scale.tasks and in_queue(job):
                time.sleep(_SECONDS_BETWEEN_LOOKS)
                look()
            deadline = time.monotonic() + _SECONDS_FOR_FILES
            while _ended(current) < current.scale.tasks and time.monotonic() < deadline:
                time.sleep(_SECONDS_BETWEEN_LOOKS)
            look()
    except KeyboardInterrupt:
        say(f"Slurm job {job} goes on: the same command waits for it again, `scancel {job}` ends it")
        raise


def _checked(current: Launch) -> list[Outcome]:
    outcomes, tasks = read_outcomes(current.outcomes), current.scale.tasks
    failed = [outcome for outcome in outcomes if outcome.error]
    lost = sorted(set(range(tasks)) - {outcome.rank for outcome in outcomes})
    if failed:
        others = f" ({len(failed) - 1} other shares failed too)" if len(failed) > 1 else ""
        raise EmohubError(f"{current.work.title}: share {failed[0].rank} on {failed[0].host} failed: {failed[0].error}{others}")
    if lost:
        shown = ", ".join(map(str, lost[:10])) + (" …" if len(lost) > 10 else "")
        raise EmohubError(
            f"{current.work.title}: {len(lost)} of {tasks} shares were ended from outside, perhaps for want of memory or time ({shown}); "
            f"what they had stored is kept: run the same command to go on. Their logs are in {current.log.parent}:\n{last_words(current.log)}"
        )
    return outcomes


def _ended(current: Launch) -> int:
    return len(list(current.outcomes.glob("*.json")))


def _running_before(launches: Path, work: Work) -> Launch | None:
    """An earlier launch of the same work whose Slurm job has not ended."""
    for folder in sorted(launches.glob("*/"), reverse=True):
        with contextlib.suppress(EmohubError):
            earlier = read_launch(folder)
            if earlier.work.key == work.key and earlier.job is not None and in_queue(earlier.job):
                return earlier
    return None


def _begin(launches: Path, work: Work, scale: ScaleSpec) -> Launch:
    for old in sorted(launches.glob("*/"))[: -_KEPT + 1]:
        shutil.rmtree(old, ignore_errors=True)
    new = Launch(work, scale, launches / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}")
    new.outcomes.mkdir(parents=True)
    new.write()
    return new
