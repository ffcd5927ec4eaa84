"""What follows from landmarks: how a head is turned, which points are seen, and where they are when frames are cut."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from hub.faces.landmarks import FaceTrack, Floats, LandmarkScheme

Doubles = npt.NDArray[np.float64]

_TOLERANCE = -0.05
"""Points on the rim of a face seen from the front are seen."""
_CENTRE_BEHIND = 0.15
"""How far the head's centre lies behind the points beside the ears, as a share of their distance: what it is in the rendered heads."""


def _middle(points: Doubles, chosen: tuple[int, ...]) -> Doubles:
    middle: Doubles = points[:, list(chosen)].mean(axis=1)
    return middle


def _corners(scheme: LandmarkScheme) -> tuple[tuple[int, int], tuple[int, int]]:
    """Returns the two corners of each eye, from the picture's left to its right."""
    left, right = scheme.eyes
    return (left[0], left[len(left) // 2]), (right[0], right[len(right) // 2])


def head_axes(points: Floats, scheme: LandmarkScheme) -> Doubles:
    """Returns the (frames, 3, 3) rotations of heads; the columns are the head's right (the picture's when upright), down and forward.

    Right runs through the ears and the eyes' corners, forward from between the ears to between the eyes: points that no expression moves. Exact for rendered
    heads. In people eyes and ears are level to within some degrees, so that the pitch of a real face has a constant offset of that size.

    Args:
        points: (frames, points, 3) in pixels with depth towards the viewer.
    """
    solid = points.astype(np.float64)
    (one, two), (three, four) = _corners(scheme)
    left, right = scheme.ears
    across = solid[:, right] - solid[:, left] + solid[:, four] - solid[:, one] + solid[:, three] - solid[:, two]
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    forward = _middle(solid, (one, two, three, four)) - _middle(solid, (left, right))
    forward -= across * (across * forward).sum(axis=1, keepdims=True)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    return np.stack([across, np.cross(forward, across), forward], axis=2)


def rotation_of(points: Floats, scheme: LandmarkScheme) -> Floats:
    """Returns the (frames, 3) yaw to the picture's right, pitch up and roll clockwise of heads, in degrees; NaN where points are.

    Args:
        points: (frames, points, 3) in pixels with depth towards the viewer.
    """
    axes = head_axes(points, scheme)
    yaw = np.arcsin(np.clip(-axes[:, 2, 0], -1.0, 1.0))
    pitch = np.arctan2(axes[:, 2, 1], axes[:, 2, 2])
    roll = np.arctan2(axes[:, 1, 0], axes[:, 0, 0])
    angles: Floats = np.degrees(np.stack([yaw, pitch, roll], axis=1)).astype(np.float32)
    return angles


def centred_depth(points: Floats, scheme: LandmarkScheme) -> Floats:
    """Returns (frames, points, 3) points whose depth is 0 at the head's centre, which is taken to lie a little behind the points beside the ears.

    Args:
        points: the same with depth towards the viewer, from anywhere.
    """
    left, right = scheme.ears
    width = np.linalg.norm(points[:, right] - points[:, left], axis=1)
    behind = _CENTRE_BEHIND * width * head_axes(points, scheme)[:, 2, 2]
    centre = points[:, [left, right], 2].mean(axis=1) - behind
    centred = points.copy()
    centred[:, :, 2] -= centre[:, None]
    return centred


def facing(points: Floats, scheme: LandmarkScheme) -> npt.NDArray[np.bool_]:
    """Returns (frames, points): which points are on the side of the head that the viewer sees; False where points are NaN.

    An approximation: the head is taken for an ellipsoid about its centre, as wide as the ears are apart, 1.4 times as high and as deep.

    Args:
        points: (frames, points, 3) in pixels with depth towards the viewer, 0 at the head's centre.
    """
    axes = head_axes(points, scheme)
    left, right = scheme.ears
    ears = _middle(points.astype(np.float64), (left, right))
    width = np.linalg.norm(points[:, right] - points[:, left], axis=1)
    centre = ears - _CENTRE_BEHIND * width[:, None] * axes[:, :, 2]
    own = np.einsum("fpc,fcd->fpd", points - centre[:, None], axes)
    outward = np.einsum("fpd,fcd->fpc", own / np.array([1.0, 1.4, 1.4]) ** 2, axes)
    seen: npt.NDArray[np.bool_] = outward[:, :, 2] / np.linalg.norm(outward, axis=2) > _TOLERANCE
    return seen


def cropped(track: FaceTrack, left: int, top: int, width: int, height: int) -> FaceTrack:
    """Returns the track as it is after the frames were cut to a part of them, in pixels."""
    points = (track.points - np.array([left, top, 0])).astype(np.float32)
    return replace(track, points=points, visible=track.visible & inside(points, width, height), width=width, height=height)


def inside(points: Floats, width: int, height: int) -> npt.NDArray[np.bool_]:
    """Returns (frames, points): which points lie in the picture; False where points are NaN."""
    within: npt.NDArray[np.bool_] = (points[:, :, 0] >= 0) & (points[:, :, 0] < width) & (points[:, :, 1] >= 0) & (points[:, :, 1] < height)
    return within
