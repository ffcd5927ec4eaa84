"""Trains a model once and keeps it: the same method, settings, code, seed and data are never trained a second time, whichever model or task asks.

In how many processes it was trained is no part of that: the outcome is the same up to rounding (and other dropout), so that what a cluster trained is taken
by any machine. How it really was trained is kept with it and stands in the run record.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from benchmarks.examples import Probabilities
from benchmarks.processes import agreed, processes, wait
from hub.console import Tick, progress, say, shorten
from hub.durable.sealed import intact, seal, seal_of
from hub.errors import EmohubError
from hub.files import write_json
from hub.results import CurvePoint, Launch

Examples = TypeVar("Examples")
Given = TypeVar("Given", contravariant=True)
_ACCOUNT = "fit.json"
_SEALS = seal_of(Path("any")).suffix


class Learner(Protocol[Given]):
    """Learns from examples of any kind, and can be kept: what classifiers and animators share.

    A method that can be trained in several processes has an attribute `launches` with the strategies it can be trained under.
    """

    parameters: int
    checkpoints: bool
    inference_settings: frozenset[str]

    def rounds(self, examples: Given, /) -> int: ...

    def fit(self, train: Given, validation: Given, tick: Tick) -> Sequence[CurvePoint]: ...

    def save(self, folder: Path) -> None: ...

    def load(self, folder: Path) -> None: ...


class Classifier(Learner[Given], Protocol[Given]):
    """What `benchmarks.methods.base.TextClassifier` says, over examples of any kind: texts or images."""

    def predict(self, examples: Given) -> Probabilities: ...


@dataclass(frozen=True, slots=True)
class Fit:
    """What a training left behind, beside the model: its curve, and its seconds when it was really done, those of a shared part included."""

    curve: tuple[CurvePoint, ...]
    seconds: float
    launch: Launch | None = None
    """How it was launched; None: in one process."""


def fit(learner: Learner[Examples], train: Examples, validation: Examples, title: str) -> Fit:
    """Trains, with progress."""
    started = time.perf_counter()
    with _progress(title, learner.rounds(train)) as tick:
        curve = learner.fit(train, validation, tick)
    together = processes()
    launch = Launch(processes=together.count, strategy=together.strategy) if together.count > 1 else None
    # A method may have taken a training that it shares with other models from the work folder; what that took is part of this model's cost.
    return Fit(tuple(curve), time.perf_counter() - started + getattr(learner, "borrowed_seconds", 0.0), launch)


def fit_once(
    learner: Learner[Examples],
    train: Examples,
    validation: Examples,
    title: str,
    folder: Path,
    elsewhere: Callable[[], None] | None = None,
) -> Fit:
    """Trains and keeps the model in `folder`, or takes it from there.

    Args:
        learner: what is trained, or brought to where the kept one was.
        train: what it learns from.
        validation: what it is watched on.
        title: what is shown of it.
        folder: of this training alone.
        elsewhere: has other processes do the training, which leave it in `folder`; None trains here.

    Raises:
        EmohubError: the other processes failed, or left it somewhere else.
    """
    # One process looks and tells the others, for what is broken is moved away.
    if agreed(processes().first and _whole(folder)):
        done = _taken(learner, folder)
        say(f"{title}: already trained, in {shorten(done.seconds)}")
        return done
    if elsewhere is None:
        done = fit(learner, train, validation, title)
        if processes().first:
            _keep(learner, done, folder)
        wait()
        return done
    elsewhere()
    if not _whole(folder):
        raise EmohubError(f"{title}: the processes that train it have ended and left nothing in {folder}: did code or data change meanwhile? Run it again")
    return _taken(learner, folder)


@contextmanager
def _progress(title: str, rounds: int) -> Iterator[Tick]:
    """Of several processes one is shown."""
    if processes().first:
        with progress(title, rounds) as tick:
            yield tick
    else:
        yield lambda count=1: None


def _keep(learner: Learner[Examples], done: Fit, folder: Path) -> None:
    account = folder / _ACCOUNT
    account.unlink(missing_ok=True)
    learner.save(folder)
    files = sorted(path.name for path in folder.iterdir() if path.is_file() and path.suffix != _SEALS and not path.name.startswith("."))
    for name in files:
        seal(folder / name)
    told = {"seconds": done.seconds, "curve": [point.model_dump() for point in done.curve], "files": files}
    # Written last: a folder without it was interrupted and counts as empty.
    write_json(account, told if done.launch is None else {**told, "launch": done.launch.model_dump()})
    seal(account)


def _whole(folder: Path) -> bool:
    """Whether a finished training lies there, with every file as it was sealed."""
    return intact(folder / _ACCOUNT) and all([intact(folder / name) for name in _account(folder)["files"]])


def _account(folder: Path) -> dict[str, Any]:
    account: dict[str, Any] = json.loads((folder / _ACCOUNT).read_text(encoding="utf-8"))
    return account


def _taken(learner: Learner[Examples], folder: Path) -> Fit:
    learner.load(folder)
    kept = _account(folder)
    launch = Launch.model_validate(kept["launch"]) if "launch" in kept else None
    return Fit(tuple(CurvePoint.model_validate(point) for point in kept["curve"]), float(kept["seconds"]), launch)
