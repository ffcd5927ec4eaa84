"""The portrait's own pixels, moved: a piecewise affine warp."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy.ndimage import map_coordinates
from scipy.spatial import Delaunay

from benchmarks.methods.portrait_baselines.untrained import UntrainedAnimator, followed
from benchmarks.portrait_examples import Pixels, Portrait
from hub.faces import FaceTrack, LandmarkScheme

Doubles = npt.NDArray[np.float64]
_BORDER_STEPS = 4
_RING_CORNERS = 16
_RING_ACROSS, _RING_DOWN = 1.3, 1.7
"""Half the ellipse's width and height, in half widths of the face. Without the ring the whole background moves with the head."""
_OPENED = 0.02
"""By how much of the picture closed lips and lids are parted before triangles are laid, so that they can part when they move."""
_THINNEST = 0.5
"""Thinner triangles, in pixels, are left to their neighbours: a pixel they graze would show something far away."""
_FINER = 2


class WarpReference(UntrainedAnimator):
    """Lays triangles over the portrait's landmarks, a ring around the head and the picture's border, and carries each to where the retargeted landmarks are;
    ring and border stay.

    What the portrait does not show (teeth, the other cheek of a turned head, the white of a shut eye) is stretched from what it shows. Where triangles
    fold over each other the one nearest to the viewer is seen. A portrait without landmarks is copied.
    """

    def animate(self, portrait: Portrait, driving: FaceTrack) -> Pixels:
        if portrait.face is None or portrait.face.missing:
            return np.repeat(portrait.image[None], len(driving), axis=0)
        height, width = portrait.image.shape[:2]
        source = portrait.face.resized(width, height)
        mesh = _mesh(source)
        moved = followed(portrait, driving).points[:, mesh.points].astype(np.float64)
        return np.stack([_warped(portrait.image, mesh, frame) for frame in moved]) if len(moved) else np.zeros((0, height, width, 3), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class _Mesh:
    points: list[int]
    """The landmarks that are its first corners; those that stay where they are follow."""
    corners: Doubles
    """(corners, 2): where they are in the portrait."""
    still: Doubles
    """(still corners, 2): the last of `corners`."""
    triangles: npt.NDArray[np.int_]
    """(triangles, 3): numbers of corners."""


def _mesh(face: FaceTrack) -> _Mesh:
    scheme = face.scheme
    lines = (*scheme.eyes, *scheme.brows, scheme.outer_lips, scheme.inner_lips, scheme.nose, scheme.oval, scheme.pupils)
    points = sorted({point for line in lines for point in line})
    still = np.concatenate([_border(face.width, face.height), _ring(face)])
    corners = np.concatenate([face.points[0, points, :2].astype(np.float64), still])
    opened = _opened(face.points[0].astype(np.float64), scheme, _OPENED * face.width)[points, :2]
    triangles = Delaunay(np.concatenate([opened, still])).simplices
    return _Mesh(points, corners, still, triangles)


def _border(width: int, height: int) -> Doubles:
    share = np.arange(_BORDER_STEPS) / _BORDER_STEPS
    zero, one = np.zeros(_BORDER_STEPS), np.ones(_BORDER_STEPS)
    around = np.concatenate([np.stack(side, axis=1) for side in ((share, zero), (one, share), (1 - share, one), (zero, 1 - share))])
    scaled: Doubles = around * np.array([width, height])
    return scaled


def _ring(face: FaceTrack) -> Doubles:
    """Returns what lies in the picture, (corners, 2), of an ellipse around the head, at which the background stops moving."""
    points, scheme = face.points[0, :, :2].astype(np.float64), face.scheme
    oval = points[list(scheme.oval), 0]
    eyes = points[[point for eye in scheme.eyes for point in eye], 1]
    angles = np.linspace(0.0, 2 * np.pi, _RING_CORNERS, endpoint=False)
    middle = np.array([(oval.min() + oval.max()) / 2, eyes.mean()])
    ring = middle + np.ptp(oval) / 2 * np.stack([_RING_ACROSS * np.cos(angles), _RING_DOWN * np.sin(angles)], axis=1)
    inside = (ring > 1).all(axis=1) & (ring < np.array([face.width, face.height]) - 1).all(axis=1)
    within: Doubles = ring[inside]
    return within


def _opened(points: Doubles, scheme: LandmarkScheme, distance: float) -> Doubles:
    """Returns the points with the upper halves of eyes and inner lips raised and the lower ones lowered, across the line between their corners."""
    opened = points.copy()
    for line in (*scheme.eyes, scheme.inner_lips):
        half = len(line) // 2
        along = points[line[half], :2] - points[line[0], :2]
        down = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-6)
        opened[list(line[1:half]), :2] -= down * distance
        opened[list(line[half + 1 :]), :2] += down * distance
    return opened


def _warped(image: Pixels, mesh: _Mesh, moved: Doubles) -> Pixels:
    """Moves the landmarks of a mesh to `moved`, (points, 3)."""
    height, width = image.shape[:2]
    target = np.concatenate([moved[:, :2], mesh.still])[mesh.triangles]
    thick = _thickness(target) > _THINNEST
    order = _far_to_near(mesh, moved)
    maps = _affine(target[thick], mesh.corners[mesh.triangles[thick]])
    numbers = np.cumsum(thick) - 1
    canvas = Image.new("I", (width * _FINER, height * _FINER), len(maps) - 1)
    draw = ImageDraw.Draw(canvas)
    outlines = (target * _FINER - 0.5).reshape(-1, 6).tolist()
    for triangle in order[thick[order]].tolist():
        draw.polygon(outlines[triangle], fill=int(numbers[triangle]))
    seen = np.asarray(canvas)[_FINER // 2 :: _FINER, _FINER // 2 :: _FINER]
    down, across = np.mgrid[0:height, 0:width] + 0.5
    chosen = maps[seen]
    x = chosen[..., 0, 0] * across + chosen[..., 0, 1] * down + chosen[..., 0, 2] - 0.5
    y = chosen[..., 1, 0] * across + chosen[..., 1, 1] * down + chosen[..., 1, 2] - 0.5
    channels = [map_coordinates(image[..., channel], (y, x), order=1, mode="nearest") for channel in range(3)]
    return np.stack(channels, axis=-1)


def _thickness(triangles: Doubles) -> Doubles:
    """Returns the smallest height of (triangles, 3, 2), in pixels."""
    edges = np.roll(triangles, -1, axis=1) - triangles
    doubled = np.abs(edges[:, 0, 0] * edges[:, 1, 1] - edges[:, 0, 1] * edges[:, 1, 0])
    thickness: Doubles = doubled / np.maximum(np.linalg.norm(edges, axis=2).max(axis=1), 1e-9)
    return thickness


def _affine(target: Doubles, source: Doubles) -> Doubles:
    """Returns the (triangles + 1, 2, 3) maps from places in `target`, (triangles, 3, 2), to places in `source`; the last one leaves places as they are."""
    square = np.concatenate([target, np.ones((len(target), 3, 1))], axis=2)
    maps = np.swapaxes(np.linalg.solve(square, source), 1, 2)
    return np.concatenate([maps, np.array([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])])


def _far_to_near(mesh: _Mesh, moved: Doubles) -> npt.NDArray[np.int_]:
    """Returns the order in which triangles are laid: those that reach a still corner first."""
    behind = np.full(len(mesh.still), -np.inf)
    depths = np.concatenate([moved[:, 2], behind])[mesh.triangles].mean(axis=1)
    order: npt.NDArray[np.int_] = np.argsort(depths, kind="stable")
    return order
