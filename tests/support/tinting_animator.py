"""An animator that is trained in no time: frame by frame a little redder, by as much as its training says."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.methods.animation import AnimationSetting
from benchmarks.methods.base import MethodSettings, parse_settings
from benchmarks.portrait_examples import Pair, Pixels, Portrait
from hub.console import Tick
from hub.faces import FaceTrack
from hub.files import write_json
from hub.results import CurvePoint

REFERENCE = f"{__name__}:TintingAnimator"


class TintSettings(MethodSettings):
    red: int = 1
    """What trainings are told apart by."""
    green: int = 0


class TintingAnimator:
    """Gives frames two at a time, and has no other way."""

    checkpoints = True
    settings_type = TintSettings
    inference_settings = frozenset({"green"})
    parameters = 1

    def __init__(self, settings: dict[str, Any], setting: AnimationSetting) -> None:
        self._settings = parse_settings(TintSettings, settings)
        self._red = 0

    def rounds(self, train: Sequence[Pair]) -> int:
        return 0

    def fit(self, train: Sequence[Pair], validation: Sequence[Pair], tick: Tick) -> Sequence[CurvePoint]:
        return ()

    def stream(self, portrait: Portrait, driving: FaceTrack) -> Iterator[Pixels]:
        for start in range(0, len(driving), 2):
            red = self._red * np.arange(start, min(start + 2, len(driving)))
            colours = np.stack([red, np.full_like(red, self._settings.green), np.zeros_like(red)], axis=1).astype(np.uint8)
            yield np.broadcast_to(colours[:, None, None], (len(red), *portrait.image.shape))

    def animate(self, portrait: Portrait, driving: FaceTrack) -> Pixels:
        raise AssertionError("frames are to be taken as they are finished")

    def save(self, folder: Path) -> None:
        raise AssertionError("see keep")

    def load(self, folder: Path) -> None:
        self._red = json.loads((folder / "red.json").read_text(encoding="utf-8"))


def keep(folder: Path, red: int, settings: dict[str, Any], size: int = 64, finished: bool = True) -> Path:
    """Writes what a training would leave in a folder."""
    write_json(folder / "red.json", red)
    write_json(folder / "animator.json", {"method": REFERENCE, "size": size, "settings": parse_settings(TintSettings, settings).model_dump()})
    if finished:
        write_json(folder / "fit.json", {"seconds": 0.0, "curve": []})
    return folder
