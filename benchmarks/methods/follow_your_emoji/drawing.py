"""Landmarks as a picture, which is how the network sees them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from hub.faces import FaceTrack, LandmarkScheme
from hub.faces.landmarks import Line

Colour = tuple[int, int, int]
Stroke = tuple[Line, Colour]

_LIDS: tuple[tuple[Colour, Colour], tuple[Colour, Colour]] = (((255, 128, 0), (255, 208, 0)), ((0, 200, 80), (160, 255, 0)))
"""Upper and lower, of the eye on the picture's left and of the other."""
_BROWS: tuple[Colour, Colour] = ((255, 0, 0), (0, 255, 200))
_INNER_LIPS: tuple[Colour, ...] = ((255, 0, 255), (160, 64, 255), (0, 96, 255), (0, 208, 255))
"""From the left corner: upper left, upper right, lower right, lower left."""
_OUTER_LIPS: Colour = (192, 96, 128)
_NOSE: Colour = (128, 128, 128)
_OVAL: Colour = (208, 208, 208)
_PUPILS: Colour = (255, 255, 255)
_FULL_SIZE = 512
_FULL_PUPIL = 6
_SMALLEST_PUPIL = 2


@dataclass(frozen=True, slots=True)
class Parts:
    """Which parts of a face are drawn."""

    eyes: bool = True
    brows: bool = True
    inner_lips: bool = True
    pupils: bool = True
    outer_lips: bool = False
    nose: bool = False
    oval: bool = False


EXPRESSION_AWARE = Parts()
"""What tells an expression and not who makes it (Follow-Your-Emoji, section 3.2)."""
RAW = Parts(outer_lips=True, nose=True, oval=True)
"""All lines: the ablation, which gives the driver's face shape away."""


def draw_landmarks(track: FaceTrack, size: int, parts: Parts = EXPRESSION_AWARE) -> npt.NDArray[np.uint8]:
    """Draws the landmarks of every frame on black.

    Lines are 1 pixel wide and pupils 6 x 6 at 512 pixels, as in the released drawing code, and scale with the size down to 1 pixel and 2 x 2; small
    pictures are smoothed so that movements below a pixel show. Hidden points are drawn like visible ones, and what lies outside is cut off. A frame where
    no face was found stays black. The colours are ours: upper and lower, left and right differ.

    Args:
        track: of any size; it is brought to `size` first.
        size: width and height in pixels, at least 16.
        parts: what to draw.

    Returns:
        (frames, size, size, 3), RGB.

    Raises:
        ValueError: the size is below 16.
    """
    if size < 16:
        raise ValueError(f"landmarks cannot be told apart in {size} pixels: draw them in 16 or more")
    finer = min(4, max(1, _FULL_SIZE // size))
    strokes = tuple(_strokes(track.scheme, parts))
    pupils = track.scheme.pupils if parts.pupils else ()
    # Pixel edges are at whole numbers in tracks, pixel centres in Pillow.
    points = track.resized(size * finer, size * finer).points[..., :2] - 0.5
    missing = set(track.missing)
    frames = np.zeros((len(track), size, size, 3), dtype=np.uint8)
    for number, frame in enumerate(points):
        if number not in missing:
            frames[number] = _drawn(frame, strokes, pupils, size, finer)
    return frames


def _strokes(scheme: LandmarkScheme, parts: Parts) -> Iterator[Stroke]:
    if parts.oval:
        yield scheme.oval, _OVAL
    if parts.nose:
        yield scheme.nose, _NOSE
    if parts.outer_lips:
        yield _closed(scheme.outer_lips), _OUTER_LIPS
    if parts.brows:
        yield from zip(scheme.brows, _BROWS, strict=True)
    if parts.eyes:
        for eye, colours in zip(scheme.eyes, _LIDS, strict=True):
            yield from zip(_pieces(eye, 2), colours, strict=True)
    if parts.inner_lips:
        yield from zip(_pieces(scheme.inner_lips, 4), _INNER_LIPS, strict=True)


def _closed(line: Line) -> Line:
    return (*line, line[0])


def _pieces(line: Line, count: int) -> Iterator[Line]:
    """Cuts a closed line, from its first point, into equally many segments."""
    around = _closed(line)
    cuts = [round(piece * len(line) / count) for piece in range(count + 1)]
    for start, end in pairwise(cuts):
        yield around[start : end + 1]


def _drawn(points: npt.NDArray[np.float32], strokes: tuple[Stroke, ...], pupils: tuple[int, ...], size: int, finer: int) -> npt.NDArray[np.uint8]:
    canvas = Image.new("RGB", (size * finer, size * finer))
    draw = ImageDraw.Draw(canvas)
    places = [(x, y) for x, y in points.tolist()]
    width = round(finer * max(1.0, size / _FULL_SIZE))
    for line, colour in strokes:
        draw.line([places[point] for point in line], fill=colour, width=width)
    side = round(finer * max(_SMALLEST_PUPIL, _FULL_PUPIL * size / _FULL_SIZE))
    for pupil in pupils:
        left, top = (round(place - (side - 1) / 2) for place in places[pupil])
        draw.rectangle((left, top, left + side - 1, top + side - 1), fill=_PUPILS)
    return np.asarray(canvas.reduce(finer) if finer > 1 else canvas)
