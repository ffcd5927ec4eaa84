"""What the renderer knows of a picture exactly."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels, inside the picture; pixel edges are at whole numbers."""

POINTS = 70
"""300-W's 68 face points and the two pupils, as OpenPose orders them: 0-16 jaw, 17-21 the brow on the picture's left, 22-26 the other, 27-35 nose, 36-41 the
eye on the picture's left, 42-47 the other, 48-59 outer lips, 60-67 inner lips, 68 the pupil on the picture's left, 69 the other."""


@dataclass(frozen=True, slots=True)
class FaceTruth:
    """One face."""

    points: Floats
    """(70, 3): x and y in pixels, and depth in pixels towards the viewer, 0 at the centre of the head. Points may lie outside the picture."""
    visible: npt.NDArray[np.bool_]
    """(70,): inside the picture and not on the far side of the head. Hands and glasses do not count."""
    rotation: tuple[float, float, float]
    """Yaw, pitch, roll in degrees, as in `Expression`."""
    action_units: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Truth:
    """What is where."""

    person: Box | None = None
    """Of all that is seen of the figure."""
    face: FaceTruth | None = None
    """None when no face is seen."""
    objects: Mapping[str, Box] = field(default_factory=dict)
