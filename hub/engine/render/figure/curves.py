"""Points, rotations and paths. Heads are built in shares of their height: x to the picture's right, y down, z towards the viewer, 0 at the head's centre."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import skia

Floats = npt.NDArray[np.float64]


def rotation(yaw: float, pitch: float, roll: float) -> Floats:
    """Returns the (3, 3) matrix that turns a head: pitch (up) about its own ears, then yaw (right) about the upright, then roll (clockwise) in the picture."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_ears = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_upright = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    in_picture = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    turned: Floats = in_picture @ about_upright @ about_ears
    return turned


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a head stands in the picture and how it is turned; the projection is parallel (weak perspective)."""

    x: float
    y: float
    scale: float
    """Pixels per head height."""
    matrix: Floats

    def turned(self, points: Floats) -> Floats:
        """Returns (..., 3) points after the rotation, still in head heights."""
        result: Floats = points @ self.matrix.T
        return result

    def flat(self, points: Floats) -> Floats:
        """Returns the (..., 2) pixels of (..., 3) points."""
        result: Floats = self.turned(points)[..., :2] * self.scale + np.array([self.x, self.y])
        return result

    def solid(self, points: Floats) -> Floats:
        """Returns (..., 3) points in pixels, with depth."""
        result: Floats = self.turned(points) * self.scale + np.array([self.x, self.y, 0.0])
        return result


def smoothstep(low: float, high: float, values: Floats) -> Floats:
    """Returns 0 below `low`, 1 above `high` and a smooth rise between."""
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    result: Floats = share * share * (3 - 2 * share)
    return result


def hermite(knots: Floats, heights: Floats, at: Floats) -> Floats:
    """Returns the smooth curve through (knots, heights) at the places `at`."""
    slopes = np.gradient(heights, knots)
    index = np.clip(np.searchsorted(knots, at) - 1, 0, len(knots) - 2)
    span = knots[index + 1] - knots[index]
    t = np.clip((at - knots[index]) / span, 0.0, 1.0)
    result: Floats = (
        (2 * t**3 - 3 * t**2 + 1) * heights[index]
        + (t**3 - 2 * t**2 + t) * span * slopes[index]
        + (3 * t**2 - 2 * t**3) * heights[index + 1]
        + (t**3 - t**2) * span * slopes[index + 1]
    )
    return result


def smooth(points: Floats, closed: bool = True) -> skia.Path:
    """Returns a smooth path through (n, 2) points (a Catmull-Rom spline)."""
    path = skia.Path()
    follow(path, points, closed)
    return path


def follow(path: skia.Path, points: Floats, closed: bool = False, joined: bool = False) -> None:
    """Adds a smooth curve through (n, 2) points to a path; `joined`: go on from where the path is, by a straight line to the first."""
    start = points[0].tolist()
    if joined:
        path.lineTo(*start)
    else:
        path.moveTo(*start)
    around = np.concatenate([points[-1:], points, points[:2]] if closed else [points[:1], points, points[-1:]])
    one, two = around[1:-2], around[2:-1]
    first = one + (two - around[:-3]) / 6
    second = two - (around[3:] - one) / 6
    for control in np.concatenate([first, second, two], axis=1).tolist():
        path.cubicTo(*control)
    if closed:
        path.close()


def poly(points: Floats, closed: bool = True) -> skia.Path:
    """Returns a path with straight pieces through (n, 2) points."""
    path = skia.Path()
    path.addPoly([skia.Point(x, y) for x, y in points.tolist()], closed)
    return path


def along(points: Floats, count: int) -> Floats:
    """Returns `count` points along the smooth curve through (n, d) points."""
    at = np.linspace(0.0, len(points) - 1.0, count)
    index = np.minimum(at.astype(int), len(points) - 2)
    t = (at - index)[:, None]
    around = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    slopes = (around[2:] - around[:-2]) / 2
    result: Floats = (
        (2 * t**3 - 3 * t**2 + 1) * points[index]
        + (t**3 - 2 * t**2 + t) * slopes[index]
        + (3 * t**2 - 2 * t**3) * points[index + 1]
        + (t**3 - t**2) * slopes[index + 1]
    )
    return result


def ribbon(points: Floats, widths: Floats) -> skia.Path:
    """Returns the closed outline of a stroke through (n, 2) points whose full width at each is given."""
    steps = np.concatenate([points[1:2] - points[:1], (points[2:] - points[:-2]) / 2, points[-1:] - points[-2:-1]])
    lengths = np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-9)
    across = np.stack([-steps[:, 1], steps[:, 0]], axis=1) / lengths * (widths[:, None] / 2)
    return smooth(np.vstack([points + across, (points - across)[::-1]]))


def limb(start: Floats, end: Floats, thick: float, thin: float) -> skia.Path:
    """Returns a straight limb between two (2,) points with round ends whose full widths are given."""
    along_it = float(np.arctan2(end[1] - start[1], end[0] - start[0]))
    turn = np.linspace(-np.pi / 2, np.pi / 2, 9)
    near = start + thick / 2 * np.stack([np.cos(along_it + np.pi + turn), np.sin(along_it + np.pi + turn)], axis=1)
    far = end + thin / 2 * np.stack([np.cos(along_it + turn), np.sin(along_it + turn)], axis=1)
    return poly(np.concatenate([near, far]))


def ellipse(x: float, y: float, across: float, down: float) -> skia.Path:
    """Returns an ellipse by its centre and radii."""
    path = skia.Path()
    path.addOval(skia.Rect(x - across, y - down, x + across, y + down))
    return path


def united(one: skia.Path, other: skia.Path) -> skia.Path:
    """Returns the area of both paths."""
    result = skia.Op(one, other, skia.PathOp.kUnion_PathOp)
    return result if result is not None else one
