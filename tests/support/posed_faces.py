"""Rendered clips of faces in motion, with their exact landmarks."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from hub.engine.render import Expression, Identity
from hub.faces import FaceTrack
from tests.support.faces import rendered, true_track


def posed(identity: Identity, expressions: Sequence[Expression], size: int = 64) -> tuple[FaceTrack, npt.NDArray[np.uint8]]:
    """Returns the landmarks and the (frames, size, size, 3) pixels of a portrait that makes these faces."""
    drawn = [rendered(expression, identity, size) for expression in expressions]
    return true_track(drawn), np.stack([one.pixels for one in drawn])


def rise_and_fall(strongest: Expression, frames: int = 7) -> list[Expression]:
    """Returns a clip from a face at rest to an expression and back."""
    return [
        Expression(
            {unit: share * value for unit, value in strongest.action_units.items()},
            (share * strongest.gaze[0], share * strongest.gaze[1]),
            share * strongest.yaw,
            share * strongest.pitch,
            share * strongest.roll,
        )
        for share in np.sin(np.pi * np.linspace(0, 1, frames)).clip(0).tolist()
    ]
