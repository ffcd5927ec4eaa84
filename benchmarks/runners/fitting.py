"""Trains a model once and keeps it: the same method, settings, code, seed and data are never trained a second time, whichever model or task asks."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.examples import TextExamples
from benchmarks.methods.base import TextClassifier
from hub.console import progress, say, shorten
from hub.files import write_json
from hub.results import CurvePoint


@dataclass(frozen=True, slots=True)
class Fit:
    """What a training left behind, beside the model: its curve, and its seconds when it was really done."""

    curve: tuple[CurvePoint, ...]
    seconds: float


def fit(classifier: TextClassifier, train: TextExamples, validation: TextExamples, title: str) -> Fit:
    """Trains, with progress."""
    started = time.perf_counter()
    with progress(title, classifier.rounds(train)) as tick:
        curve = classifier.fit(train, validation, tick)
    return Fit(tuple(curve), time.perf_counter() - started)


def fit_once(classifier: TextClassifier, train: TextExamples, validation: TextExamples, title: str, folder: Path) -> Fit:
    """Trains and keeps the model in `folder`, or takes it from there."""
    account = folder / "fit.json"
    if not account.is_file():
        done = fit(classifier, train, validation, title)
        classifier.save(folder)
        # Written last: a folder without it was interrupted and counts as empty.
        write_json(account, {"seconds": done.seconds, "curve": [point.model_dump() for point in done.curve]})
        return done
    classifier.load(folder)
    kept = json.loads(account.read_text(encoding="utf-8"))
    say(f"{title}: already trained, in {shorten(kept['seconds'])}")
    return Fit(tuple(CurvePoint.model_validate(point) for point in kept["curve"]), float(kept["seconds"]))
