"""One face's motion on another face's landmarks."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from hub.faces import FaceTrack, LandmarkScheme

Doubles = npt.NDArray[np.float64]

_SMALLEST = 1e-6
_EYE_SHARE = 0.3
"""What an eye shut from fully open weighs against a mouth open by one face size."""
_MOST = (0.1, 0.9)
"""Quantiles between which most frames of a clip are."""
_DECIMALS = 3
"""To which frames are equally near to neutral, so that rounding errors choose none."""


@dataclass(frozen=True, slots=True)
class _Head:
    """A track without its head's motion. Lengths in `shape` are in face sizes."""

    matrices: Doubles
    """(frames, 3, 3): the rotations, applied to columns."""
    sizes: Doubles
    """(frames,): of the face in pixels, from points that no expression moves."""
    centres: Doubles
    """(frames, 2): of the head in pixels; what a head turns about."""
    shape: Doubles
    """(frames, points, 3) from the centre of the head, unturned."""


def retarget(driving: FaceTrack, reference: FaceTrack | None, neutral: int | None = None) -> FaceTrack:
    """Carries the motion of one face over to another: the driver's expression as offsets on the reference's own shape, the driver's rotation as it is, its
    translation and zoom relative to its first frame, and the pupils at the driver's place within each eye.

    Follow-Your-Emoji retargets MediaPipe's metric mesh under a perspective camera; this does it under weak perspective, from points in pixels with depth:

        shape_t = reference + (driving_t - driving_neutral) in face sizes
        points_t = size_reference · size_t / size_0 · rotation_t(shape_t) + centre_reference + (centre_t - centre_0) · size_reference / size_0

    Sizes and positions of heads are measured at the corners of the eyes and the bridge of the nose, which no expression moves. The reference is taken to
    be near neutral: what expression it has is kept in every frame. Eyes of other sizes than the driver's do not shut quite as it shuts its own.

    Args:
        driving: frames without a face stay without one.
        reference: of one frame, the portrait's. None, for portraits whose landmarks nobody knows, gives the driving track as it is.
        neutral: the driving frame without expression; `closest_to_neutral` when not given.

    Returns:
        The reference's landmarks in motion, in the reference's picture; visibility is the driver's.

    Raises:
        ValueError: the two have different schemes, the reference has more than one frame or no face, or no driving frame, or not the neutral one, has a face.
    """
    if reference is None:
        return driving
    _check(driving, reference)
    first = _first_found(driving)
    neutral = closest_to_neutral(driving, reference) if neutral is None else neutral
    if neutral in driving.missing or not 0 <= neutral < len(driving):
        raise ValueError(f"driving frame {neutral} cannot be the neutral one: there is no face in it; choose one of 0 to {len(driving) - 1} that has a face")
    scheme = driving.scheme
    driver, portrait = _head(driving), _head(reference)
    shape = portrait.shape[0] + driver.shape - driver.shape[neutral]
    for pupil, eye in zip(scheme.pupils, scheme.eyes, strict=True):
        shape[:, pupil] = _pupil(driver.shape[:, pupil], driver.shape[:, list(eye)], shape[:, list(eye)])
    scale = portrait.sizes[0] / driver.sizes[first]
    points = np.einsum("tij,tpj->tpi", driver.matrices, shape) * (driver.sizes * scale)[:, None, None]
    points[..., :2] += (portrait.centres[0] + (driver.centres - driver.centres[first]) * scale)[:, None]
    return replace(driving, points=points.astype(np.float32), width=reference.width, height=reference.height)


def closest_to_neutral(driving: FaceTrack, reference: FaceTrack) -> int:
    """Returns the driving frame that does the least, the earliest of equals: where the opening of the mouth, plus how far its corners are from its middle's
    height, plus how far brows and lids are from rest, is the smallest. At rest they are as high and as wide open as in the reference, which is taken to be near
    neutral, or as near to that as the driver's face comes in most frames; narrow eyes would otherwise choose a blink.

    Follow-Your-Emoji takes the least sum of MediaPipe's blendshapes, which other landmarks lack. The median over the clip instead of the reference was worse:
    an exaggerated clip holds its expression for most of its frames.

    Raises:
        ValueError: no driving frame has a face.
    """
    _first_found(driving)
    opening, bend, brows, eyes = _measures(_head(driving).shape, driving.scheme)
    _, _, reference_brows, reference_eyes = _measures(_head(reference).shape, reference.scheme)
    rest_brows, rest_eyes = _within(brows, reference_brows), _within(eyes, reference_eyes)
    from_rest = np.abs(brows - rest_brows).mean(axis=1) + _EYE_SHARE * np.abs(eyes / np.maximum(rest_eyes, _SMALLEST) - 1).mean(axis=1)
    return int(np.nanargmin(np.round(opening + np.abs(bend) + from_rest, _DECIMALS)))


def _within(values: Doubles, wanted: Doubles) -> Doubles:
    """Returns `wanted`, (1, columns), brought within what most rows of `values` show."""
    low, high = np.nanquantile(values, _MOST, axis=0)
    within: Doubles = np.clip(wanted, low, high)
    return within


def rotation_matrices(rotation: npt.NDArray[np.float32]) -> Doubles:
    """Returns the (frames, 3, 3) matrices, to be applied to columns, of (frames, 3) yaw to the picture's right, pitch up and roll clockwise, in degrees:
    pitch first, then yaw, then roll, as the renderer turns heads. x is to the right, y down and z towards the viewer."""
    (yaw, pitch, roll), zero, one = np.radians(rotation.astype(np.float64)).T, np.zeros(len(rotation)), np.ones(len(rotation))
    about_ears = np.array([[one, zero, zero], [zero, np.cos(pitch), -np.sin(pitch)], [zero, np.sin(pitch), np.cos(pitch)]])
    about_upright = np.array([[np.cos(yaw), zero, np.sin(yaw)], [zero, one, zero], [-np.sin(yaw), zero, np.cos(yaw)]])
    in_picture = np.array([[np.cos(roll), -np.sin(roll), zero], [np.sin(roll), np.cos(roll), zero], [zero, zero, one]])
    matrices: Doubles = np.einsum("ijt,jkt,klt->til", in_picture, about_upright, about_ears)
    return matrices


def unturned(track: FaceTrack) -> Doubles:
    """Returns the (frames, points, 3) points with every head turned to the front about the picture's corner, in pixels."""
    points: Doubles = np.einsum("tji,tpj->tpi", rotation_matrices(track.rotation), track.points.astype(np.float64))
    return points


def _check(driving: FaceTrack, reference: FaceTrack) -> None:
    if driving.scheme.name != reference.scheme.name:
        raise ValueError(
            f"the driver's landmarks are {driving.scheme.name} and the portrait's {reference.scheme.name}: find both with the same detector, or convert one"
        )
    if len(reference) != 1:
        raise ValueError(f"a reference is one portrait, found a track of {len(reference)} frames: choose one with reference.frames([number])")
    if reference.missing:
        raise ValueError("the reference has no face: give None to draw the driver's landmarks unaligned")


def _first_found(track: FaceTrack) -> int:
    missing = set(track.missing)
    for frame in range(len(track)):
        if frame not in missing:
            return frame
    raise ValueError(f"none of the {len(track)} driving frames has a face: choose a clip in which one is found")


def _steady(scheme: LandmarkScheme) -> list[int]:
    """The points that no expression moves: corners of the eyes and the bridge of the nose."""
    corners = [corner for eye in scheme.eyes for corner in (eye[0], eye[len(eye) // 2])]
    return [*corners, *scheme.nose[: len(scheme.nose) // 3]]


def _head(track: FaceTrack) -> _Head:
    steady = _steady(track.scheme)
    matrices, points = rotation_matrices(track.rotation), track.points.astype(np.float64)
    turned_back = unturned(track)
    middle = turned_back[:, steady].mean(axis=1, keepdims=True)
    from_middle = turned_back - middle
    sizes = np.maximum(np.sqrt(np.square(from_middle[:, steady]).sum(axis=2).mean(axis=1)), _SMALLEST)
    # Depth is 0 at the centre of the head, so the middle's depth says how far in front of it the middle lies; heads are symmetric.
    depth = points[:, steady, 2].mean(axis=1) / np.maximum(matrices[:, 2, 2], 0.2)
    ahead = np.nanmedian(depth / sizes) * np.array([0.0, 0.0, 1.0])
    centres = points[:, steady, :2].mean(axis=1) - (matrices @ ahead)[:, :2] * sizes[:, None]
    return _Head(matrices, sizes, centres, from_middle / sizes[:, None, None] + ahead)


def _measures(shape: Doubles, scheme: LandmarkScheme) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """Opening of the mouth and how far its middle is above its corners, (frames,); heights of three points of each brow, (frames, 6), and openings of the eyes,
    (frames, 2)."""
    lips = shape[:, list(scheme.inner_lips), 1]
    quarter = lips.shape[1] // 4
    left, upper, right, lower = (lips[:, quarter * corner] for corner in range(4))
    brows = shape[:, [brow[place] for brow in scheme.brows for place in (0, len(brow) // 2, -1)], 1]
    eyes = np.stack([np.ptp(shape[:, list(eye), 1], axis=1) for eye in scheme.eyes], axis=1)
    return lower - upper, (left + right - upper - lower) / 2, brows, eyes


def _pupil(pupil: Doubles, eye: Doubles, new_eye: Doubles) -> Doubles:
    """Places pupils, (frames, 3), in other eyes, (frames, points, 3), where they are in their own: by the eyes' boxes seen from the front."""
    low, high, new_low, new_high = eye.min(axis=1), eye.max(axis=1), new_eye.min(axis=1), new_eye.max(axis=1)
    share = np.where(high - low > _SMALLEST, (pupil - low) / np.maximum(high - low, _SMALLEST), 0.5)
    placed: Doubles = new_low + share * (new_high - new_low)
    placed[:, 2] = pupil[:, 2] - eye[..., 2].mean(axis=1) + new_eye[..., 2].mean(axis=1)
    return placed
