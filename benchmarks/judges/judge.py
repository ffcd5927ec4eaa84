"""What a judge of generated pictures offers."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class LandmarkJudge(Protocol):
    """Finds landmarks again."""

    name: str
    """To be recorded beside the numbers."""

    def detect(self, frames: Pixels) -> Floats:
        """Returns (frames, 70, 2) places of FACE_70 in pixels of (frames, height, width, 3) uint8 frames; NaN in frames where it finds no face."""
        ...


class IdentityJudge(Protocol):
    """Tells people apart."""

    name: str
    """To be recorded beside the numbers."""

    def embed(self, frames: Pixels) -> Floats:
        """Returns (frames, dimensions) vectors of length one: the cosine between two says how alike their people look."""
        ...
