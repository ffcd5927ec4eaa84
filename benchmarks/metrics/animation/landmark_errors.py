"""How far the face in an animation is from the target's, by landmarks that were detected on the output.

Distances are in inter-ocular distances (IOD) of the target: between the outer corners of its eyes, in space where depth is known, so that a head turned aside
does not shrink its own yardstick. Every function scores one clip: a mean over the frames in which both faces were found, NaN where there are none.
"""

import numpy as np
import numpy.typing as npt

from hub.faces.landmarks import FACE_70

Points = npt.NDArray[np.floating]
"""(frames, 70, 2 or 3) in pixels, FACE_70; NaN in frames without a face."""
Floats = npt.NDArray[np.float64]

EXPRESSIVE = tuple(sorted({point for line in (*FACE_70.eyes, *FACE_70.brows, FACE_70.inner_lips) for point in line}))
"""The points of the expression error: what Follow-Your-Emoji draws, but for the pupils."""
STABLE = (0, 16, 27, 28, 29, 30, 36, 39, 42, 45)
"""Points that no expression moves much: beside the ears, the bridge of the nose, the corners of the eyes."""

_OUTER_CORNERS = (36, 45)
_LIDS = (((37, 41), (38, 40)), ((43, 47), (44, 46)))
"""Of each eye, points that lie above one another."""
_CORNERS = ((36, 39), (42, 45))
_INNER_LIPS = (62, 66)
"""The middle of the upper and of the lower one."""
_NARROWEST_EYE = 0.08
"""In IOD: eyes that are turned away more than this have no pupil position."""
_CLOSED_EYE = 0.04
"""In IOD: the pupil of an eye that is less open than this is not seen."""


def inter_ocular_distance(target: Points) -> Floats:
    """Returns (frames,) distances between the outer corners of the eyes in pixels, with depth where the points have it."""
    left, right = _OUTER_CORNERS
    distance: Floats = np.linalg.norm(target[:, left].astype(np.float64) - target[:, right], axis=1)
    return distance


def landmark_error(output: Points, target: Points, points: tuple[int, ...] = tuple(range(FACE_70.count))) -> float:
    """Returns the mean distance between points in the picture, without any alignment, in IOD."""
    found, wanted, unit = _frames(output, target)
    return _mean(np.linalg.norm(found - wanted, axis=2)[:, list(points)] / unit[:, None])


def expression_error(output: Points, target: Points) -> float:
    """Returns the mean distance of eyes, brows and inner lips, in IOD, after the output was laid over the target by its stable points.

    Each frame's output is shifted, scaled and rotated in the picture (least squares, Umeyama 1991) so that ears, nose bridge and eye corners lie as near to
    the target's as they can. So a face that is in the wrong place makes no error and a wrong expression does; a head that is turned out of the picture by
    a wrong angle still makes one, because no shift in the plane undoes it.
    """
    found, wanted, unit = _frames(output, target)
    aligned = _laid_over(found, wanted)
    return _mean(np.linalg.norm(aligned - wanted, axis=2)[:, list(EXPRESSIVE)] / unit[:, None])


def mouth_opening_error(output: Points, target: Points) -> float:
    """Returns the mean difference between the distances from the middle of the upper to that of the lower inner lip, in IOD."""
    found, wanted, unit = _frames(output, target)
    return _mean(np.abs(_apart(found, _INNER_LIPS) - _apart(wanted, _INNER_LIPS)) / unit)


def eye_opening_error(output: Points, target: Points) -> float:
    """Returns the mean difference between the distances from upper to lower lid, over both eyes, in IOD."""
    found, wanted, unit = _frames(output, target)
    return _mean(np.abs(_openings(found) - _openings(wanted)) / unit[:, None])


def pupil_error(output: Points, target: Points) -> float:
    """Returns the mean distance between pupils' positions in their eyes, in shares of the eye's width; NaN where no eye is open.

    An eye's position is told along its corners and across them, from their middle, so that neither the place of the eye nor a rolled head counts. Eyes that
    the target has closed or turned away from the viewer do not count.
    """
    found, wanted, unit = _frames(output, target)
    open_eyes = (_openings(wanted) > _CLOSED_EYE * unit[:, None]) & (_eye_widths(wanted) > _NARROWEST_EYE * unit[:, None])
    distances = np.linalg.norm(_pupils_in_eyes(found) - _pupils_in_eyes(wanted), axis=2)
    return _mean(distances[open_eyes])


def pose_error(output: Points, target: Points) -> float:
    """Returns the mean angle in degrees by which heads are turned apart.

    The rotation that leads from the target's head to the output's is found from the target's stable points in space and the output's in the picture, under
    scaled orthography (least squares, then the nearest rotation), so that the output's depth need not be known.

    Raises:
        ValueError: the target has no depth.
    """
    if target.shape[2] != 3:
        raise ValueError(f"a target of shape {target.shape}: the pose error needs its depth, (frames, 70, 3)")
    found, _, _ = _frames(output, target)
    solid = target[_both(output, target)].astype(np.float64)[:, list(STABLE)]
    flat = found[:, list(STABLE)]
    solid, flat = solid - solid.mean(axis=1, keepdims=True), flat - flat.mean(axis=1, keepdims=True)
    projection = np.linalg.pinv(solid) @ flat
    left, _, right = np.linalg.svd(projection.transpose(0, 2, 1), full_matrices=False)
    rows = left @ right
    rotation = np.concatenate([rows, np.cross(rows[:, 0], rows[:, 1])[:, None]], axis=1)
    cosines = (np.trace(rotation, axis1=1, axis2=2) - 1) / 2
    return _mean(np.degrees(np.arccos(np.clip(cosines, -1, 1))))


def _both(output: Points, target: Points) -> npt.NDArray[np.bool_]:
    """Returns (frames,): whether both have a face."""
    for name, points in (("output", output), ("target", target)):
        if points.ndim != 3 or points.shape[1] != FACE_70.count or points.shape[2] not in (2, 3) or len(points) != len(target):
            raise ValueError(f"an {name} of shape {points.shape}: (frames, 70, 2 or 3) is expected, for as many frames on both sides")
    missing: npt.NDArray[np.bool_] = np.isnan(output).any(axis=(1, 2)) | np.isnan(target).any(axis=(1, 2))  # type: ignore[assignment]
    return ~missing


def _frames(output: Points, target: Points) -> tuple[Floats, Floats, Floats]:
    """Returns output and target in the picture, (frames, 70, 2), and the IOD, in the frames where both have a face."""
    both = _both(output, target)
    return output[both, :, :2].astype(np.float64), target[both, :, :2].astype(np.float64), inter_ocular_distance(target[both])


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")


def _laid_over(points: Floats, target: Floats) -> Floats:
    """Returns points after each frame's best shift, scale and rotation onto the target's stable points."""
    chosen = list(STABLE)
    centre, aim = points[:, chosen].mean(axis=1, keepdims=True), target[:, chosen].mean(axis=1, keepdims=True)
    # In the plane a rotation with a scale is one complex factor, and its least squares are those of a line through zero.
    from_points, to_points = _complex(points[:, chosen] - centre), _complex(target[:, chosen] - aim)
    factor = (from_points.conj() * to_points).sum(axis=1) / np.maximum(np.square(np.abs(from_points)).sum(axis=1), 1e-12)
    turned = _complex(points - centre) * factor[:, None]
    laid: Floats = np.stack([turned.real, turned.imag], axis=2) + aim
    return laid


def _complex(points: Floats) -> npt.NDArray[np.complex128]:
    return points[..., 0] + 1j * points[..., 1]


def _apart(points: Floats, pair: tuple[int, int]) -> Floats:
    distance: Floats = np.linalg.norm(points[:, pair[0]] - points[:, pair[1]], axis=1)
    return distance


def _openings(points: Floats) -> Floats:
    """Returns (frames, 2)."""
    return np.stack([(_apart(points, one) + _apart(points, other)) / 2 for one, other in _LIDS], axis=1)


def _eye_widths(points: Floats) -> Floats:
    """Returns (frames, 2)."""
    return np.stack([_apart(points, corners) for corners in _CORNERS], axis=1)


def _pupils_in_eyes(points: Floats) -> Floats:
    """Returns (frames, 2, 2): of each eye, the pupil along and across the line of its corners from their middle, in shares of their distance."""
    found = []
    for (one, other), pupil in zip(_CORNERS, FACE_70.pupils, strict=True):
        along = _complex(points[:, other] - points[:, one])
        # Corners that fall together have no direction: a pupil there is as far off as it lies from them.
        along = np.where(np.abs(along) < 1e-6, 1.0, along)
        place = _complex(points[:, pupil] - (points[:, one] + points[:, other]) / 2) / along
        found.append(np.stack([place.real, place.imag], axis=1))
    return np.stack(found, axis=1)
