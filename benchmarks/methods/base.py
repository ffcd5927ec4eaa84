"""What a text method offers a runner."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from benchmarks.examples import Probabilities, TextExamples
from benchmarks.image_examples import ImageExamples
from hub.console import Tick
from hub.errors import DeclarationError
from hub.results import CurvePoint


@dataclass(frozen=True, slots=True)
class FirstStage:
    """Another task's images."""

    images: ImageExamples
    class_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a method may know of the run it is in."""

    classes: int
    seed: int
    threads: int
    network: bool
    """Whether weights may be downloaded."""
    class_names: tuple[str, ...] = ()
    """In the order of the columns, where the runner gives them."""
    work: Path | None = None
    """A folder for what is worth keeping between runs, such as decoded images; None keeps nothing."""
    first_stage: FirstStage | None = None
    """What to pretrain on instead of the task's own images, for methods that say they have one."""


class TextClassifier(Protocol):
    """Learns from labelled texts and gives every class a probability. Made from the model's settings and a `Setting`."""

    parameters: int
    checkpoints: bool
    """Whether what was learnt can be saved and gone on from."""
    inference_settings: frozenset[str]
    """Settings that change predictions alone: models that differ in nothing else share one training."""

    def rounds(self, examples: TextExamples) -> int:
        """How many ticks `fit` will make."""
        ...

    def fit(self, train: TextExamples, validation: TextExamples, tick: Tick) -> Sequence[CurvePoint]:
        """Learns; a second call goes on from what the first one learnt. Validation is only watched."""
        ...

    def predict(self, examples: TextExamples) -> Probabilities: ...

    def save(self, folder: Path) -> None:
        """Writes what was learnt, in files without code."""
        ...

    def load(self, folder: Path) -> None: ...


class MethodSettings(BaseModel):
    """Base of every method's own settings: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Settings = TypeVar("Settings", bound=MethodSettings)


def parse_settings(model: type[Settings], values: dict[str, Any]) -> Settings:
    """Validates the settings of a model declaration."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DeclarationError(f"settings.{place}: {first['msg']} (valid: {', '.join(sorted(model.model_fields))})") from error
