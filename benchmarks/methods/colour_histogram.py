"""The floor for images: which colours an image has, how much of each, and a logistic regression. It sees no shapes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydantic import Field

from benchmarks.examples import Probabilities
from benchmarks.image_examples import ImageExamples
from benchmarks.image_pixels import Pixels, whole_images
from benchmarks.methods.base import MethodSettings, Setting, parse_settings
from benchmarks.methods.vision.pixel_logistic import Features, LogisticModel, fit_logistic
from hub.console import Tick
from hub.errors import EmohubError
from hub.results import CurvePoint


class ColourHistogramSettings(MethodSettings):
    """How finely colours are told apart."""

    image_size: int = Field(64, ge=1)
    hues: int = Field(8, ge=1, le=256)
    saturations: int = Field(4, ge=1, le=256)
    values: int = Field(4, ge=1, le=256)
    inverse_regularisations: tuple[float, ...] = Field((0.001, 0.01, 0.1, 1.0), min_length=1)
    """scikit-learn's C; validation chooses."""


class ColourHistogramClassifier:
    """The square roots of a joint histogram of hue, saturation and value, then one logistic regression."""

    checkpoints = True
    inference_settings: frozenset[str] = frozenset()

    def __init__(self, settings: dict[str, Any], setting: Setting) -> None:
        self._settings = parse_settings(ColourHistogramSettings, settings)
        self._setting = setting
        self._model: LogisticModel | None = None
        self.parameters = (self._settings.hues * self._settings.saturations * self._settings.values + 1) * setting.classes

    def rounds(self, examples: ImageExamples) -> int:
        return len(self._settings.inverse_regularisations)

    def fit(self, train: ImageExamples, validation: ImageExamples, tick: Tick) -> Sequence[CurvePoint]:
        looked_at = self._features(validation), validation.labels
        self._model = fit_logistic(self._features(train), train.labels, looked_at, self._settings.inverse_regularisations, tick)
        return ()

    def predict(self, examples: ImageExamples) -> Probabilities:
        return self._ready().predict(self._features(examples))

    def save(self, folder: Path) -> None:
        self._ready().save(folder)

    def load(self, folder: Path) -> None:
        self._model = LogisticModel.load(folder)

    def _features(self, examples: ImageExamples) -> Features:
        settings = self._settings
        pixels = whole_images(examples, settings.image_size, self._setting.work)
        return colour_histograms(pixels, settings.hues, settings.saturations, settings.values)

    def _ready(self) -> LogisticModel:
        if self._model is None:
            raise EmohubError("the colour histogram classifier has learnt nothing yet: call fit or load first")
        return self._model


def colour_histograms(pixels: Pixels, hues: int, saturations: int, values: int) -> Features:
    """Returns (rows, hues × saturations × values): the square root of the share of each image's pixels in every bin, so that a row has length 1."""
    bins = np.array([hues, saturations, values], dtype=np.int64)
    found = np.zeros((len(pixels), int(bins.prod())), dtype=np.float32)
    for row, image in enumerate(pixels):
        channels = np.asarray(Image.fromarray(image).convert("HSV"), dtype=np.int64).reshape(-1, 3) * bins // 256
        numbers = (channels[:, 0] * saturations + channels[:, 1]) * values + channels[:, 2]
        found[row] = np.sqrt(np.bincount(numbers, minlength=found.shape[1]) / len(numbers))
    return found
