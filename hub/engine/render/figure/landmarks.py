"""The exact truth about a drawn face."""

import numpy as np
import numpy.typing as npt

from hub.engine.render.figure.curves import Pose
from hub.engine.render.figure.features import Features
from hub.engine.render.parameters import ACTION_UNITS, Expression
from hub.engine.render.truth import FaceTruth

_STEP = 1e-3
_JAW = 17


def face_truth(features: Features, pose: Pose, expression: Expression, size: int) -> FaceTruth:
    """Returns the landmarks of a face, which are the very points it is drawn through."""
    points = pose.solid(features.points())
    inside = ((points[:, :2] >= 0) & (points[:, :2] < size)).all(axis=1)
    return FaceTruth(
        points=points.astype(np.float32),
        visible=inside & _facing(features, pose),
        rotation=(expression.yaw, expression.pitch, expression.roll),
        action_units={unit: float(expression.action_units.get(unit, 0.0)) for unit in ACTION_UNITS},
    )


def _facing(features: Features, pose: Pose) -> npt.NDArray[np.bool_]:
    """Whether the head's surface at each point is turned to the viewer."""
    skull = features.skull
    points = features.points()
    # The nose's own relief would turn its side away long before the face is.
    x, y = points[:, 0], np.clip(points[:, 1], -0.45, 0.49)
    limit = 0.985 * skull.half_width(y)
    x = np.clip(x, -limit, limit)
    slope_x = (skull.plain_front(x + _STEP, y) - skull.plain_front(x - _STEP, y)) / (2 * _STEP)
    slope_y = (skull.plain_front(x, y + _STEP) - skull.plain_front(x, y - _STEP)) / (2 * _STEP)
    outward = pose.turned(np.stack([-slope_x, -slope_y, np.ones_like(x)], axis=1))
    # Jaw points lie on the rim of a face seen from the front, which is seen.
    facing: npt.NDArray[np.bool_] = outward[:, 2] / np.linalg.norm(outward, axis=1) > np.where(np.arange(70) < _JAW, -0.05, 0.02)
    return facing
