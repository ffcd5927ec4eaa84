"""Which points a face has, and where they are over the frames of a clip."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
SchemeName = Literal["face_70", "mediapipe_478"]
Line = tuple[int, ...]
"""Numbers of points that are joined in this order."""


@dataclass(frozen=True, slots=True)
class LandmarkScheme:
    """What the points of a face stand for. Left and right are the picture's, seen by the viewer. Eyes, lips and irises are closed lines, the others open."""

    name: SchemeName
    count: int
    eyes: tuple[Line, Line]
    brows: tuple[Line, Line]
    outer_lips: Line
    inner_lips: Line
    nose: Line
    oval: Line
    """The face's contour: the jaw from ear to ear, and the forehead where the scheme has it."""
    pupils: tuple[int, int]
    ears: tuple[int, int]
    """The contour's points beside the two eyes, where ears begin."""


def _range(first: int, last: int) -> Line:
    return tuple(range(first, last + 1))


FACE_70 = LandmarkScheme(
    name="face_70",
    count=70,
    eyes=(_range(36, 41), _range(42, 47)),
    brows=(_range(17, 21), _range(22, 26)),
    outer_lips=_range(48, 59),
    inner_lips=_range(60, 67),
    nose=_range(27, 35),
    oval=_range(0, 16),
    pupils=(68, 69),
    ears=(0, 16),
)
"""300-W's 68 points and the two pupils, as OpenPose orders them. What the renderer knows, and what published datasets hold."""


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """The landmarks of one face in every frame of a clip; a picture is a clip of one frame."""

    scheme: LandmarkScheme
    points: Floats
    """(frames, points, 3): x and y in pixels from the upper left corner, and depth in pixels towards the viewer, 0 at the centre of the head. NaN in frames
    where no face was found. Points may lie outside the picture."""
    visible: npt.NDArray[np.bool_]
    """(frames, points): inside the picture and not on the far side of the head."""
    rotation: Floats
    """(frames, 3): yaw to the picture's right, pitch up, roll clockwise, in degrees, as in `hub.engine.render.Expression`."""
    width: int
    """Of the frames, in pixels."""
    height: int

    def __post_init__(self) -> None:
        frames, count = len(self.points), self.scheme.count
        for name, expected in (("points", (frames, count, 3)), ("visible", (frames, count)), ("rotation", (frames, 3))):
            found = getattr(self, name).shape
            if found != expected:
                raise ValueError(f"{name} of a {self.scheme.name} track of {frames} frames has shape {found}, expected {expected}")

    def __len__(self) -> int:
        return len(self.points)

    @property
    def missing(self) -> tuple[int, ...]:
        """The frames in which no face was found."""
        return tuple(int(frame) for frame in np.flatnonzero(np.isnan(self.points).any(axis=(1, 2))))

    def frames(self, chosen: Sequence[int] | slice) -> Self:
        """Returns the track of some of the frames, in the order given."""
        kept = chosen if isinstance(chosen, slice) else list(chosen)
        return replace(self, points=self.points[kept], visible=self.visible[kept], rotation=self.rotation[kept])

    def resized(self, width: int, height: int) -> Self:
        """Returns the track as it is after the frames were resized; depth is scaled as x is."""
        factor = np.array([width / self.width, height / self.height, width / self.width], dtype=np.float32)
        return replace(self, points=(self.points * factor).astype(np.float32), width=width, height=height)
