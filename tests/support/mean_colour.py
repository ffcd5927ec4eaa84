"""An image classifier that learns each class's mean colour, or counts how often a class holds: tiny, real and deterministic."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.examples import Probabilities
from benchmarks.image_examples import ImageExamples
from benchmarks.image_pixels import whole_images
from benchmarks.methods.base import MethodSettings, Setting, parse_settings
from hub.console import Tick
from hub.files import write_json
from hub.results import CurvePoint

REFERENCE = "tests.support.mean_colour:MeanColourClassifier"
_SIZE = 4


class MeanColourSettings(MethodSettings):
    """Where a line is written for every training."""

    log: Path


class MeanColourClassifier:
    """The nearer an image's mean colour to that of a class, the more probable the class; with several classes a row each is judged alone."""

    checkpoints = True
    inference_settings: frozenset[str] = frozenset()

    def __init__(self, settings: dict[str, Any], setting: Setting) -> None:
        self._settings = parse_settings(MeanColourSettings, settings)
        self._setting = setting
        self._means = np.zeros((setting.classes, 3))
        self._several = False
        self.parameters = setting.classes * 3

    def rounds(self, examples: ImageExamples) -> int:
        return 1

    def fit(self, train: ImageExamples, validation: ImageExamples, tick: Tick) -> Sequence[CurvePoint]:
        with self._settings.log.open("a", encoding="utf-8") as log:
            given = {"train": train.ids, "validation": validation.ids, "class_names": self._setting.class_names, "work": str(self._setting.work)}
            log.write(json.dumps({**given, "seed": self._setting.seed}) + "\n")
        colours = self._colours(train)
        self._means = np.stack([colours[rows].mean(axis=0) for rows in train.labels.T])
        self._several = bool((train.labels.sum(axis=1) != 1).any())
        tick()
        return (CurvePoint(step=1, loss=0.5),)

    def predict(self, examples: ImageExamples) -> Probabilities:
        distances = np.linalg.norm(self._colours(examples)[:, None] - self._means, axis=2)
        likeness = np.exp(-distances / 20)
        chosen: Probabilities = (likeness if self._several else likeness / likeness.sum(axis=1, keepdims=True)).astype(np.float32)
        return chosen

    def save(self, folder: Path) -> None:
        write_json(folder / "means.json", {"means": self._means.tolist(), "several": self._several})

    def load(self, folder: Path) -> None:
        kept = json.loads((folder / "means.json").read_text(encoding="utf-8"))
        self._means, self._several = np.array(kept["means"]), kept["several"]

    def _colours(self, examples: ImageExamples) -> npt.NDArray[np.float64]:
        return whole_images(examples, _SIZE, self._setting.work).reshape(len(examples), -1, 3).mean(axis=1).astype(np.float64)


def trainings(log: Path) -> list[dict[str, Any]]:
    """Returns what each training was given."""
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
