"""A text method that learns which words go with which class, and writes down everything it was given to learn from."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.examples import Probabilities, TextExamples
from benchmarks.methods.base import MethodSettings, Setting, parse_settings
from hub.console import Tick
from hub.files import write_json
from hub.results import CurvePoint

REFERENCE = "tests.support.spy_classifier:SpyClassifier"


class SpySettings(MethodSettings):
    """Where the log goes, and whether a seed's training is cut off."""

    log: Path
    cut_off: Path | None = None
    """While this file exists, training with seed 1 is interrupted."""


class SpyClassifier:
    """Counts words by class. What it learnt first stays; a second `fit` adds to it."""

    checkpoints = True
    inference_settings: frozenset[str] = frozenset()

    def __init__(self, settings: dict[str, Any], setting: Setting) -> None:
        self._settings = parse_settings(SpySettings, settings)
        self._setting = setting
        self._counts: dict[str, list[float]] = {}
        self.parameters = 0

    def rounds(self, examples: TextExamples) -> int:
        return 1

    def fit(self, train: TextExamples, validation: TextExamples, tick: Tick) -> Sequence[CurvePoint]:
        if self._setting.seed == 1 and self._settings.cut_off and self._settings.cut_off.exists():
            raise KeyboardInterrupt
        with self._settings.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps({"seed": self._setting.seed, "train": train.ids, "validation": validation.ids}) + "\n")
        for text, labels in zip(train.texts, train.labels, strict=True):
            for word in text.split():
                self._counts[word] = (np.array(self._counts.get(word, [0.0] * self._setting.classes)) + labels).tolist()
        tick()
        return (CurvePoint(step=1, loss=0.5),)

    def predict(self, examples: TextExamples) -> Probabilities:
        return np.array([self._probabilities(text) for text in examples.texts], dtype=np.float32).reshape(-1, self._setting.classes)

    def save(self, folder: Path) -> None:
        write_json(folder / "counts.json", self._counts)

    def load(self, folder: Path) -> None:
        self._counts = json.loads((folder / "counts.json").read_text(encoding="utf-8"))

    def _probabilities(self, text: str) -> list[float]:
        seen = [np.array(self._counts[word]) for word in text.split() if word in self._counts]
        # The most telling word decides.
        shares = [counts / counts.sum() for counts in seen if counts.sum()]
        best: list[float] = max(shares, key=lambda share: share.max(), default=np.zeros(self._setting.classes)).tolist()
        return best


def fits(log: Path) -> list[dict[str, Any]]:
    """Returns what each training was given: its seed, and the ids of train and validation."""
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
