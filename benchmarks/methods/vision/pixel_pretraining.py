"""Pretraining of a pixel encoder on the task's own training images, once for all models that ask for the same."""

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.image_examples import ImageExamples
from benchmarks.image_pixels import person_crops, whole_images
from benchmarks.methods.base import Setting
from benchmarks.methods.clip.settings import PretrainedTeacher, SmallTeacher
from benchmarks.methods.clip.training import make_teacher, teacher_facts, teacher_rounds
from benchmarks.methods.uniemox import PretrainingSettings, pretrain, prompt_of, rounds
from benchmarks.methods.vision.pixel_network import EncoderShape, LoadedEncoder
from benchmarks.methods.vision.pixel_store import Trained, code_of, kept
from hub.console import Tick
from hub.errors import EmohubError

Teacher = PretrainedTeacher | SmallTeacher
Features = npt.NDArray[np.float32]


def pretraining_rounds(settings: PretrainingSettings, teacher: Teacher | None, rows: int) -> int:
    """Returns how many ticks `pretrained` will make: those of the teacher, and those of the encoder."""
    return (teacher_rounds(teacher, rows) if teacher is not None else 0) + rounds(rows, settings)


def pretrained(
    encoder: Any,
    declared: EncoderShape | LoadedEncoder,
    settings: PretrainingSettings,
    teacher: Teacher | None,
    train: ImageExamples,
    setting: Setting,
    tick: Tick,
) -> float:
    """Gives the encoder the weights it has after pretraining on `train`: from the work folder where they are, else trained now.

    Returns the seconds of training that were not spent now, because the work folder had the outcome.

    `declared` is how the encoder was made, and with the seed decides its first weights. Labels are read only if `settings.label_in_text`.
    """
    teaching = None if teacher is None else teacher_facts(teacher, train, setting.seed)
    facts = [declared.model_dump(mode="json"), settings.model_dump(mode="json"), teaching, train.fingerprint, setting.seed, code_of(f"{__name__}:pretrained")]

    def trained() -> Trained:
        image_features, text_features, borrowed = _features(settings, teacher, train, setting, tick)
        size = int(encoder.config.image_size)
        images = whole_images(train, size, setting.work)
        persons = person_crops(train, size, setting.work) if settings.sees_person else None
        has_person = np.logical_not(np.isnan(train.boxes).any(axis=1))
        curve = pretrain(encoder, images, persons, has_person, image_features, text_features, settings, setting.seed, setting.threads, tick)
        return encoder.state_dict(), curve, borrowed

    state, borrowed, is_new = kept(setting.work, "pretrained", facts, trained)
    if not is_new:
        encoder.load_state_dict(state)
        tick(pretraining_rounds(settings, teacher, len(train)))
    return borrowed


def _features(
    settings: PretrainingSettings, teacher: Teacher | None, train: ImageExamples, setting: Setting, tick: Tick
) -> tuple[Features | None, Features | None, float]:
    """Returns what the teacher makes of the images and of their texts, as far as the losses need it, and its training's seconds that were not spent now."""
    if teacher is None:
        return None, None, 0.0
    made = make_teacher(teacher, train, setting, tick)
    images = made.image_features(whole_images(train, made.image_size, setting.work))
    words = made.text_features(texts(train, settings, setting.class_names)) if settings.relation else None
    return images, words, made.borrowed_seconds


def texts(train: ImageExamples, settings: PretrainingSettings, names: tuple[str, ...]) -> list[str]:
    """Returns what the teacher reads of every image: its caption, and with `label_in_text` its class as well.

    Raises:
        EmohubError: an image has no caption, or the classes have no names.
    """
    if settings.label_in_text and not names:
        raise EmohubError("settings.pretraining.label_in_text needs the names of the classes, which this task does not give")
    labels = [" and ".join(names[number] for number in np.flatnonzero(row)) if settings.label_in_text else None for row in train.labels]
    try:
        return [prompt_of(caption, label) for caption, label in zip(train.captions, labels, strict=True)]
    except ValueError as error:
        raise EmohubError(f"settings.pretraining: {error}") from error
