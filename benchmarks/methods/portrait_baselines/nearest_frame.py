"""A look-up: somebody else who once made that face."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.spatial.distance import cdist

from benchmarks.methods.animation import AnimationSetting
from benchmarks.methods.portrait_baselines.untrained import UntrainedAnimator, followed
from benchmarks.portrait_examples import Clip, Pair, Pixels, Portrait
from hub.console import Tick
from hub.errors import EmohubError
from hub.faces import FaceTrack, LandmarkScheme
from hub.results import CurvePoint

Places = npt.NDArray[np.float32]


class NearestTrainingFrame(UntrainedAnimator):
    """Shows the training frame whose drawn landmarks (eyes, brows, inner lips, pupils) are nearest to the portrait's after retargeting, whoever it shows; the
    first in the order of the training pairs where several are equally near."""

    def __init__(self, settings: dict[str, Any], setting: AnimationSetting) -> None:
        super().__init__(settings, setting)
        self._frames: Pixels = np.zeros((0, setting.size, setting.size, 3), dtype=np.uint8)
        self._places: Places = np.zeros((0, 0), dtype=np.float32)

    def fit(self, train: Sequence[Pair], validation: Sequence[Pair], tick: Tick) -> Sequence[CurvePoint]:
        """Keeps every training frame with a face.

        Raises:
            EmohubError: there is none.
        """
        clips = {pair.driving.id: pair.driving for pair in train}
        kept = [(clip, np.setdiff1d(np.arange(len(clip.face)), clip.face.missing)) for clip in clips.values()]
        if not any(len(found) for _, found in kept):
            raise EmohubError("no frame of the training pairs has a face, so none can be the nearest: check that the dataset has landmarks")
        self._frames = np.concatenate([_of_size(clip, found, self._setting.size) for clip, found in kept])
        self._places = np.concatenate([_places(clip.face)[found] for clip, found in kept])
        return ()

    def animate(self, portrait: Portrait, driving: FaceTrack) -> Pixels:
        """Returns training frames at the setting's size.

        Raises:
            EmohubError: `fit` was not called.
        """
        if not len(self._frames):
            raise EmohubError("the nearest training frame is looked for among none: call fit first")
        distances = cdist(_places(followed(portrait, driving)), self._places, "sqeuclidean")
        nearest: Pixels = self._frames[distances.argmin(axis=1)]
        return nearest


def _places(track: FaceTrack) -> Places:
    """Returns (frames, values): where the drawn points are, in shares of the picture."""
    drawn: Places = track.resized(1, 1).points[:, _drawn_points(track.scheme), :2]
    return drawn.reshape(len(track), -1)


def _drawn_points(scheme: LandmarkScheme) -> list[int]:
    lines = (*scheme.eyes, *scheme.brows, scheme.inner_lips, scheme.pupils)
    return [point for line in lines for point in line]


def _of_size(clip: Clip, chosen: npt.NDArray[np.int_], size: int) -> Pixels:
    frames = clip.frames[chosen]
    if frames.shape[1:3] == (size, size):
        return frames
    resized = [np.asarray(Image.fromarray(frame).resize((size, size), Image.Resampling.LANCZOS)) for frame in frames]
    return np.stack(resized) if resized else np.zeros((0, size, size, 3), dtype=np.uint8)
