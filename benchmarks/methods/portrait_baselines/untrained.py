"""What the portrait animation baselines share: nothing is learnt in rounds, nothing is kept."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.methods.animation import AnimationSetting
from benchmarks.methods.base import MethodSettings, parse_settings
from benchmarks.methods.follow_your_emoji.retargeting import retarget
from benchmarks.portrait_examples import Pair, Portrait
from hub.console import Tick
from hub.errors import EmohubError
from hub.faces import FaceTrack
from hub.results import CurvePoint


class NoSettings(MethodSettings):
    """There are none."""


class UntrainedAnimator:
    """An animator without parameters."""

    parameters = 0
    checkpoints = False
    inference_settings: frozenset[str] = frozenset()

    def __init__(self, settings: dict[str, Any], setting: AnimationSetting) -> None:
        parse_settings(NoSettings, settings)
        self._setting = setting

    def rounds(self, train: Sequence[Pair]) -> int:
        return 0

    def fit(self, train: Sequence[Pair], validation: Sequence[Pair], tick: Tick) -> Sequence[CurvePoint]:
        return ()

    def save(self, folder: Path) -> None:
        raise EmohubError(f"{type(self).__name__} learns nothing that could be saved")

    def load(self, folder: Path) -> None:
        raise EmohubError(f"{type(self).__name__} learns nothing that could be loaded from {folder}")


def followed(portrait: Portrait, driving: FaceTrack) -> FaceTrack:
    """Returns where the portrait's landmarks are to be in every frame, in its own pixels. A frame without a driver's face repeats the one before it, or the
    first that has one; a portrait without landmarks takes the driver's as they are.

    Raises:
        ValueError: no driving frame has a face.
    """
    found = np.setdiff1d(np.arange(len(driving)), driving.missing)
    if not len(found):
        raise ValueError(f"none of the {len(driving)} driving frames has a face: choose a clip in which one is found")
    held = found[np.maximum(np.searchsorted(found, np.arange(len(driving)), side="right") - 1, 0)]
    height, width = portrait.image.shape[:2]
    reference = None if portrait.face is None or portrait.face.missing else portrait.face
    return retarget(driving.frames(held.tolist()), reference).resized(width, height)
