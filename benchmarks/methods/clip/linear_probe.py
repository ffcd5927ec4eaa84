"""Logistic regression on the image features of a frozen CLIP (Radford et al. 2021, section 3.2)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from benchmarks.examples import Probabilities
from benchmarks.image_examples import ImageExamples
from benchmarks.image_pixels import whole_images
from benchmarks.methods.base import MethodSettings, Setting, parse_settings
from benchmarks.methods.clip.kept import FrozenClip
from benchmarks.methods.clip.settings import TeacherSettings
from benchmarks.methods.vision.pixel_logistic import Features, LogisticModel, fit_logistic
from hub.console import Tick
from hub.errors import EmohubError
from hub.results import CurvePoint


class ClipLinearProbeSettings(MethodSettings):
    """Which CLIP, and how the linear layer is regularised."""

    teacher: TeacherSettings
    inverse_regularisations: tuple[float, ...] = Field((0.0001, 0.001, 0.01, 0.1, 1.0), min_length=1)
    """scikit-learn's C; validation chooses."""


class ClipLinearProbeClassifier:
    """Image features of length 1, standardised, then one logistic regression."""

    checkpoints = True
    inference_settings: frozenset[str] = frozenset()

    def __init__(self, settings: dict[str, Any], setting: Setting) -> None:
        self._settings = parse_settings(ClipLinearProbeSettings, settings)
        self._setting = setting
        self._clip = FrozenClip(self._settings.teacher, setting)
        self._model: LogisticModel | None = None

    @property
    def parameters(self) -> int:
        return self._clip.parameters + (0 if self._model is None else self._model.parameters)

    @property
    def borrowed_seconds(self) -> float:
        return self._clip.teacher.borrowed_seconds

    def rounds(self, examples: ImageExamples) -> int:
        return self._clip.rounds(examples) + len(self._settings.inverse_regularisations)

    def fit(self, train: ImageExamples, validation: ImageExamples, tick: Tick) -> Sequence[CurvePoint]:
        self._clip.make(train, tick)
        looked_at = self._features(validation), validation.labels
        self._model = fit_logistic(self._features(train), train.labels, looked_at, self._settings.inverse_regularisations, tick)
        return ()

    def predict(self, examples: ImageExamples) -> Probabilities:
        return self._ready().predict(self._features(examples))

    def save(self, folder: Path) -> None:
        self._ready().save(folder)
        self._clip.save(folder, {})

    def load(self, folder: Path) -> None:
        self._model = LogisticModel.load(folder)
        self._clip.load(folder)

    def _features(self, examples: ImageExamples) -> Features:
        teacher = self._clip.teacher
        return teacher.image_features(whole_images(examples, teacher.image_size, self._setting.work))

    def _ready(self) -> LogisticModel:
        if self._model is None:
            raise EmohubError("the linear probe has learnt nothing yet: call fit or load first")
        return self._model
