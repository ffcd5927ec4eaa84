"""Trains a model once and keeps it: the same method, settings, code, seed and data are never trained a second time, whichever model or task asks."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from benchmarks.examples import Probabilities
from hub.console import Tick, progress, say, shorten
from hub.files import write_json
from hub.results import CurvePoint

Examples = TypeVar("Examples")
Given = TypeVar("Given", contravariant=True)


class Learner(Protocol[Given]):
    """Learns from examples of any kind, and can be kept: what classifiers and animators share."""

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


def fit(learner: Learner[Examples], train: Examples, validation: Examples, title: str) -> Fit:
    """Trains, with progress."""
    started = time.perf_counter()
    with progress(title, learner.rounds(train)) as tick:
        curve = learner.fit(train, validation, tick)
    # A method may have taken a training that it shares with other models from the work folder; what that took is part of this model's cost.
    return Fit(tuple(curve), time.perf_counter() - started + getattr(learner, "borrowed_seconds", 0.0))


def fit_once(learner: Learner[Examples], train: Examples, validation: Examples, title: str, folder: Path) -> Fit:
    """Trains and keeps the model in `folder`, or takes it from there."""
    account = folder / "fit.json"
    if not account.is_file():
        done = fit(learner, train, validation, title)
        learner.save(folder)
        # Written last: a folder without it was interrupted and counts as empty.
        write_json(account, {"seconds": done.seconds, "curve": [point.model_dump() for point in done.curve]})
        return done
    learner.load(folder)
    kept = json.loads(account.read_text(encoding="utf-8"))
    say(f"{title}: already trained, in {shorten(kept['seconds'])}")
    return Fit(tuple(CurvePoint.model_validate(point) for point in kept["curve"]), float(kept["seconds"]))
