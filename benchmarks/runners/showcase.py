"""What a run of portrait animation looks like: for a few pairs a strip of moments, a moving picture, and the frames themselves."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from benchmarks.portrait_examples import Clip, Pair, Pixels

MOST_PAIRS = 12
LARGEST = 96
"""Width and height of a panel in pixels, at most: so that a run's predictions stay small."""
_MOMENTS = 6
_CAPTION = 14
_GAP = 2
_MILLISECONDS = 80
_COLOURS = 128
_PAPER = (246, 245, 242)
_INK = (40, 44, 52)
_POINT = (64, 255, 96)


@dataclass(frozen=True, slots=True)
class Shown:
    """One pair to look at."""

    strip: bytes
    """PNG: the portrait, and six moments in rows for the driver with its landmarks, the output and, where there is one, the target."""
    gif: bytes
    """Portrait, driver, output and target side by side."""
    frames: tuple[bytes, ...]
    """The output's frames as PNG, without loss where they are no larger than `LARGEST`."""


def choose(pairs: Sequence[Pair]) -> tuple[int, ...]:
    """Returns the positions of the pairs shown: the first by id of every style and family, at most twelve; styles in turn, each begins with another family."""
    first: dict[tuple[str, str], int] = {}
    for position in sorted(range(len(pairs)), key=lambda position: pairs[position].id):
        first.setdefault((pairs[position].portrait.style, pairs[position].driving.family), position)
    styles, families = sorted({style for style, _ in first}), sorted({family for _, family in first})

    def turn(place: tuple[str, str]) -> tuple[int, str]:
        style, family = place
        return (families.index(family) - styles.index(style)) % len(families), style

    return tuple(sorted(first[place] for place in sorted(first, key=turn)[:MOST_PAIRS]))


def show(pair: Pair, output: Pixels) -> Shown:
    """Draws one pair; `output` is (frames, height, width, 3) and has the driver's frames."""
    portrait, made = _small(pair.portrait.image[None])[0], _small(output)
    rows = {"driver": _marked(pair.driving), "output": made}
    if pair.target is not None:
        rows["truth"] = _small(pair.target.frames)
    return Shown(_strip(portrait, rows), _gif(portrait, rows), tuple(_png(Image.fromarray(frame)) for frame in made))


def _small(frames: Pixels) -> Pixels:
    height, width = frames.shape[1:3]
    shrink = min(1.0, LARGEST / max(height, width))
    if shrink == 1:
        return frames
    size = (round(width * shrink), round(height * shrink))
    return np.stack([np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BOX)) for frame in frames])


def _marked(clip: Clip) -> Pixels:
    """The clip's frames with a dot on every visible landmark."""
    frames = _small(clip.frames).copy()
    height, width = frames.shape[1:3]
    track = clip.face.resized(width, height)
    for frame, points, visible in zip(frames, track.points, track.visible, strict=True):
        seen = points[visible & np.isfinite(points).all(axis=1), :2].astype(np.int64)
        inside = seen[((seen >= 0) & (seen < (width, height))).all(axis=1)]
        frame[inside[:, 1], inside[:, 0]] = _POINT
    return frames


def _strip(portrait: Pixels, rows: dict[str, Pixels]) -> bytes:
    moments = np.linspace(0, len(rows["driver"]) - 1, min(_MOMENTS, len(rows["driver"]))).round().astype(int)
    height, width = portrait.shape[:2]
    sheet = Image.new("RGB", ((width + _GAP) * (1 + len(moments)) - _GAP, (height + _CAPTION) * len(rows)), _PAPER)
    _place(sheet, portrait, "portrait", 0, 0)
    for row, (name, frames) in enumerate(rows.items()):
        for column, moment in enumerate(moments):
            _place(sheet, frames[moment], name if column == 0 else f"frame {moment + 1}", (width + _GAP) * (column + 1), (height + _CAPTION) * row)
    return _png(sheet)


def _gif(portrait: Pixels, rows: dict[str, Pixels]) -> bytes:
    height, width = portrait.shape[:2]
    sheets = []
    for moment in range(len(rows["driver"])):
        sheet = Image.new("RGB", ((width + _GAP) * (1 + len(rows)) - _GAP, height + _CAPTION), _PAPER)
        _place(sheet, portrait, "portrait", 0, 0)
        for column, (name, frames) in enumerate(rows.items()):
            _place(sheet, frames[moment], name, (width + _GAP) * (column + 1), 0)
        sheets.append(sheet)
    # One palette for all frames: else colours flicker.
    palette = Image.fromarray(np.concatenate([np.asarray(sheet) for sheet in sheets])).quantize(_COLOURS, dither=Image.Dither.NONE)
    drawn = [sheet.quantize(palette=palette, dither=Image.Dither.NONE) for sheet in sheets]
    buffer = io.BytesIO()
    drawn[0].save(buffer, format="GIF", save_all=True, append_images=drawn[1:], duration=_MILLISECONDS, loop=0)
    return buffer.getvalue()


def _place(sheet: Image.Image, picture: npt.NDArray[np.uint8], caption: str, left: int, top: int) -> None:
    ImageDraw.Draw(sheet).text((left + 1, top), caption, fill=_INK, font=ImageFont.load_default(size=10))
    sheet.paste(Image.fromarray(picture), (left, top + _CAPTION))


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
