"""CLIP without training on labels: the class whose sentences lie nearest to the image (Radford et al. 2021, section 3.1)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, field_validator
from scipy.special import softmax

from benchmarks.examples import Probabilities
from benchmarks.image_examples import ImageExamples
from benchmarks.image_pixels import whole_images
from benchmarks.methods.base import MethodSettings, Setting, parse_settings
from benchmarks.methods.clip.kept import FrozenClip
from benchmarks.methods.clip.settings import TeacherSettings
from benchmarks.methods.vision.fine_tuning import several_classes
from hub.console import Tick
from hub.errors import EmohubError
from hub.results import CurvePoint

_PROMPTS = (
    "An image that makes people feel {emotion}.",
    "An image that evokes {emotion}.",
    "A picture of {emotion}.",
    "A scene that is full of {emotion}.",
    "The feeling in this image is {emotion}.",
)


class ClipZeroShotSettings(MethodSettings):
    """Which CLIP, and what it is asked."""

    teacher: TeacherSettings
    prompts: tuple[str, ...] = Field(_PROMPTS, min_length=1)
    """Sentences with `{emotion}` in the place of the class; their vectors are averaged."""
    scale: float = Field(100.0, gt=0)
    """Of the cosine, before the softmax. It changes how sure a prediction is, not which class it is."""

    @field_validator("prompts")
    @classmethod
    def _name_the_class(cls, prompts: tuple[str, ...]) -> tuple[str, ...]:
        for prompt in prompts:
            if "{emotion}" not in prompt:
                raise ValueError(f"the prompt {prompt!r} does not say where the class goes; write {{emotion}} there")
        return prompts


class ClipZeroShotClassifier:
    """Uses no label. A small teacher is trained on the training images' captions first, which do not name the class, so it knows the words in them alone."""

    checkpoints = True
    inference_settings = frozenset({"prompts", "scale"})

    def __init__(self, settings: dict[str, Any], setting: Setting) -> None:
        self._settings = parse_settings(ClipZeroShotSettings, settings)
        self._setting = setting
        if len(setting.class_names) != setting.classes:
            raise EmohubError("zero-shot classification needs the name of every class, which this task does not give")
        self._clip = FrozenClip(self._settings.teacher, setting)
        self._several = False

    @property
    def parameters(self) -> int:
        return self._clip.parameters

    @property
    def borrowed_seconds(self) -> float:
        return self._clip.teacher.borrowed_seconds

    def rounds(self, examples: ImageExamples) -> int:
        return self._clip.rounds(examples)

    def fit(self, train: ImageExamples, validation: ImageExamples, tick: Tick) -> Sequence[CurvePoint]:
        self._several = several_classes(train.labels)
        self._clip.make(train, tick)
        return ()

    def predict(self, examples: ImageExamples) -> Probabilities:
        """Returns a softmax over the classes; where images may have several, the cosine moved to between 0 and 1, whose order is all that counts."""
        if not len(examples):
            return np.zeros((0, self._setting.classes), dtype=np.float32)
        teacher = self._clip.teacher
        images = teacher.image_features(whole_images(examples, teacher.image_size, self._setting.work))
        cosines = images @ self._class_vectors().T
        found: Probabilities = ((1 + cosines) / 2 if self._several else softmax(self._settings.scale * cosines, axis=1)).astype(np.float32)
        return found

    def save(self, folder: Path) -> None:
        self._clip.save(folder, {"several_classes": self._several})

    def load(self, folder: Path) -> None:
        self._several = bool(self._clip.load(folder)["several_classes"])

    def _class_vectors(self) -> Any:
        """Returns (classes, width) vectors of length 1."""
        prompts = self._settings.prompts
        texts = [prompt.format(emotion=name.replace("_", " ")) for name in self._setting.class_names for prompt in prompts]
        means = self._clip.teacher.text_features(texts).reshape(len(self._setting.class_names), len(prompts), -1).mean(axis=1)
        return means / np.linalg.norm(means, axis=1, keepdims=True)
