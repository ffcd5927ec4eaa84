"""What a portrait animation method offers a runner."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.portrait_examples import Pair, Pixels, Portrait
from hub.console import Tick
from hub.faces import FaceTrack
from hub.results import CurvePoint


@dataclass(frozen=True, slots=True)
class AnimationSetting:
    """What a method may know of the run it is in."""

    seed: int
    threads: int
    size: int
    """Width and height of every picture and frame in pixels."""
    network: bool = False
    """Whether weights may be downloaded."""
    work: Path | None = None
    """A folder for what is worth keeping between runs, such as a training that several models share; None keeps nothing."""


class Animator(Protocol):
    """Moves a portrait as landmarks tell it. Made from the model's settings and an `AnimationSetting`."""

    parameters: int
    checkpoints: bool
    """Whether what was learnt can be saved."""
    inference_settings: frozenset[str]
    """Settings that change outputs alone: models that differ in nothing else share one training."""

    def rounds(self, train: Sequence[Pair]) -> int:
        """How many ticks `fit` will make."""
        ...

    def fit(self, train: Sequence[Pair], validation: Sequence[Pair], tick: Tick) -> Sequence[CurvePoint]:
        """Learns. Validation is only watched."""
        ...

    def animate(self, portrait: Portrait, driving: FaceTrack) -> Pixels:
        """Returns the portrait in motion, (frames, height, width, 3).

        It is given the driver's landmarks and never the driver's pixels, so that self-reenactment cannot be copied.
        """
        ...

    def save(self, folder: Path) -> None:
        """Writes what was learnt, in files without code."""
        ...

    def load(self, folder: Path) -> None: ...
