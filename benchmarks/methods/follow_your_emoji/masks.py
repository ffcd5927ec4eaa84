"""Where the facial fine-grained loss looks more closely: the face, and what moves in it."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy.ndimage import maximum_filter
from scipy.spatial import ConvexHull

from benchmarks.methods.follow_your_emoji.drawing import draw_landmarks
from benchmarks.methods.follow_your_emoji.retargeting import unturned
from hub.faces import FaceTrack

Floats = npt.NDArray[np.float32]
_EXPRESSION_RADIUS = 0.03
"""Of a picture's width."""


def face_mask(track: FaceTrack, size: int, grid: int) -> Floats:
    """Returns how much of each cell the face covers: the smallest convex shape around the jaw and the brows, without the forehead, as in the released mask.

    Args:
        track: of any size. A frame where no face was found has an empty mask.
        size: width and height at which it is drawn, in pixels, at least `grid`.
        grid: cells across and down, those of the latents.

    Returns:
        (frames, grid, grid), 0 to 1.

    Raises:
        ValueError: the grid is finer than the picture.
    """
    _check(size, grid)
    points = track.resized(size, size).points[..., :2].astype(np.float64)
    # Contour points above the brows, seen from the front, are the forehead's.
    brows = [point for brow in track.scheme.brows for point in brow]
    contour = list(track.scheme.oval)
    heights = unturned(track)[..., 1]
    kept = heights[:, contour] >= heights[:, brows].min(axis=1, keepdims=True)
    missing = set(track.missing)
    masks = np.zeros((len(track), grid, grid), dtype=np.float32)
    for frame, jaw in enumerate(kept):
        if frame in missing:
            continue
        around = np.concatenate([points[frame, contour][jaw], points[frame, brows]])
        canvas = Image.new("L", (size, size))
        ImageDraw.Draw(canvas).polygon([(x, y) for x, y in (around[ConvexHull(around).vertices] - 0.5).tolist()], fill=255)
        masks[frame] = _averaged(canvas, grid)
    return masks


def expression_mask(track: FaceTrack, size: int, grid: int, radius: float | None = None) -> Floats:
    """Returns how much of each cell is near a landmark line that `draw_landmarks` draws: eyes, brows, inner lips and pupils, dilated by a square.

    Args:
        track: of any size. A frame where no face was found has an empty mask.
        size: width and height at which it is drawn, in pixels, at least `grid`.
        grid: cells across and down, those of the latents.
        radius: of the dilation in pixels, rounded; 3 % of the picture when not given, which is ours as the paper's is not known.

    Returns:
        (frames, grid, grid), 0 to 1.

    Raises:
        ValueError: the grid is finer than the picture, or the radius is negative.
    """
    _check(size, grid)
    radius = _EXPRESSION_RADIUS * size if radius is None else radius
    if radius < 0:
        raise ValueError(f"the radius of an expression mask must be at least 0 pixels, found {radius}")
    drawn = draw_landmarks(track, size).any(axis=3).astype(np.uint8) * 255
    across = 2 * round(radius) + 1
    dilated = maximum_filter(drawn, size=(1, across, across), mode="constant")
    return np.stack([_averaged(Image.fromarray(frame), grid) for frame in dilated]) if len(track) else np.zeros((0, grid, grid), dtype=np.float32)


def _check(size: int, grid: int) -> None:
    if not 1 <= grid <= size:
        raise ValueError(f"a mask drawn at {size} pixels cannot be brought to a grid of {grid}: take a grid from 1 to {size}")


def _averaged(canvas: Image.Image, grid: int) -> Floats:
    return np.asarray(canvas.resize((grid, grid), Image.Resampling.BOX), dtype=np.float32) / np.float32(255)
