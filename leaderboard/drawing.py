"""Boxes and landmarks on a dataset's pictures, and frames as a moving picture. Pictures are untrusted: formats, sides and bytes are bounded before decoding."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from hub.errors import EmohubError
from hub.results.display import printable

LARGEST_BYTES = 16_000_000
LARGEST_SIDE = 4096
"""Pixels."""
MOST_FRAMES = 240
_MOST_PIXELS = 64_000_000
"""Of all frames of one moving picture, as drawn."""
_MOST_MARKS = 2_000
_FORMATS = ("PNG", "JPEG", "WEBP")
_FRAME = "#ffffff"
_UNDER = "#10181f"
"""Every mark is light on a dark edge, so that it is seen on any picture and by any eye."""


@dataclass(frozen=True, slots=True)
class Box:
    """A named box in pixels; a dashed outline tells what is not a person."""

    name: str
    left: float
    top: float
    right: float
    bottom: float
    dashed: bool = True


@dataclass(frozen=True, slots=True)
class Point:
    """A landmark in pixels: a filled dot where it is visible, a cross where it is not."""

    x: float
    y: float
    visible: bool = True


@dataclass(frozen=True, slots=True)
class Marks:
    """What is drawn on one picture."""

    boxes: tuple[Box, ...] = ()
    points: tuple[Point, ...] = ()


def boxes_of(values: Mapping[str, Any]) -> tuple[Box, ...]:
    """Returns the boxes in a row: a column `<name>_box` (left, top, right, bottom in pixels), and `<name>_boxes`, each with a `name` and a `box`."""
    found: list[Box] = []
    for column, value in values.items():
        if column.endswith("_box") and _numbers(value, 4):
            left, top, right, bottom = value
            found.append(Box(column.removesuffix("_box"), left, top, right, bottom, dashed=False))
        elif column.endswith("_boxes") and isinstance(value, list):
            named = (one for one in value[:_MOST_MARKS] if isinstance(one, Mapping) and _numbers(one.get("box"), 4))
            found.extend(Box(str(one.get("name") or "object").replace("_", " "), *one["box"]) for one in named)
    return tuple(found)


def points_of(values: Mapping[str, Any], frame: int = 0) -> tuple[Point, ...]:
    """Returns the landmarks `face_points` of one frame, with `face_visible`.

    The points are x, y and depth in pixels: flattened (a single picture), or a list of points for every frame.
    """
    points, visible = values.get("face_points"), values.get("face_visible")
    if not isinstance(points, list) or not points:
        return ()
    if isinstance(points[0], list):
        if frame >= len(points) or not isinstance(points[frame], list):
            return ()
        triples = [point for point in points[frame][:_MOST_MARKS] if isinstance(point, list) and len(point) >= 2 and _numbers(point, len(point))]
        seen = visible[frame] if isinstance(visible, list) and frame < len(visible) and isinstance(visible[frame], list) else []
    else:
        triples = [points[start : start + 3] for start in range(0, min(len(points), 3 * _MOST_MARKS) - 2, 3)]
        triples = [point for point in triples if _numbers(point, 3)]
        seen = visible if isinstance(visible, list) else []
    return tuple(Point(point[0], point[1], bool(seen[number]) if number < len(seen) else True) for number, point in enumerate(triples))


def open_picture(data: bytes) -> Image.Image:
    """Decodes a PNG, JPEG or WebP.

    Raises:
        EmohubError: it is none, is damaged, or is larger than is shown.
    """
    if len(data) > LARGEST_BYTES:
        raise EmohubError(f"a picture of more than {LARGEST_BYTES:,} bytes is not shown")
    try:
        picture = Image.open(io.BytesIO(data), formats=_FORMATS)
        if max(picture.size) > LARGEST_SIDE:
            raise EmohubError(f"a picture of {picture.width:,} × {picture.height:,} pixels is not shown; at most {LARGEST_SIDE:,} a side are")
        return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise EmohubError("a picture is damaged, or neither PNG, JPEG nor WebP") from error


def draw_marks(data: bytes, marks: Marks, width: int = 0) -> bytes:
    """Returns a picture as PNG with its marks, enlarged by a whole factor to about `width` pixels where it is smaller.

    Raises:
        EmohubError: as `open_picture`.
    """
    picture, factor = _enlarged(open_picture(data), width)
    _draw(picture, marks, factor)
    written = io.BytesIO()
    picture.save(written, "PNG", compress_level=1)
    return written.getvalue()


def animate(frames: Sequence[bytes], frames_per_second: float, marks: Sequence[Marks] = (), width: int = 0) -> bytes:
    """Returns frames as a GIF that plays for ever, each with its marks.

    Args:
        frames: encoded pictures of one size.
        frames_per_second: above 0; a GIF cannot play more than 50.

    Raises:
        EmohubError: there are no frames or too many, they differ in size, or one cannot be decoded.
    """
    if not 0 < len(frames) <= MOST_FRAMES:
        raise EmohubError(f"a clip of {len(frames):,} frames is not shown; 1 to {MOST_FRAMES} are")
    drawn: list[Image.Image] = []
    for number, data in enumerate(frames):
        picture, factor = _enlarged(open_picture(data), width)
        if drawn and picture.size != drawn[0].size:
            raise EmohubError("the frames of a clip differ in size, so it is not shown")
        if picture.width * picture.height * len(frames) > _MOST_PIXELS:
            raise EmohubError(f"a clip of more than {_MOST_PIXELS:,} pixels is not shown")
        if number < len(marks):
            _draw(picture, marks[number], factor)
        drawn.append(picture)
    # One palette for all: quicker, and still grounds do not flicker.
    sample = Image.new("RGB", (drawn[0].width, drawn[0].height * 3))
    for place, number in enumerate((0, len(drawn) // 2, len(drawn) - 1)):
        sample.paste(drawn[number], (0, place * drawn[0].height))
    palette = sample.quantize(255, dither=Image.Dither.NONE)
    flat = [picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for picture in drawn]
    rate = min(max(frames_per_second, 1.0), 50.0) if frames_per_second == frames_per_second else 12.0
    written = io.BytesIO()
    flat[0].save(written, "GIF", save_all=True, append_images=flat[1:], duration=round(1000 / rate), loop=0)
    return written.getvalue()


def _enlarged(picture: Image.Image, width: int) -> tuple[Image.Image, int]:
    factor = max(1, min(width // picture.width, LARGEST_SIDE // max(picture.size)))
    return (picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.BILINEAR) if factor > 1 else picture), factor


def _draw(picture: Image.Image, marks: Marks, factor: int) -> None:
    draw = ImageDraw.Draw(picture)
    unit = max(1, round(picture.width / 256))
    for box in marks.boxes[:_MOST_MARKS]:
        _draw_box(draw, box, factor, unit, picture.size)
    for point in marks.points[:_MOST_MARKS]:
        _draw_point(draw, point, factor, unit, picture.size)


def _draw_point(draw: ImageDraw.ImageDraw, point: Point, factor: int, unit: int, size: tuple[int, int]) -> None:
    x, y = point.x * factor, point.y * factor
    if not (0 <= x < size[0] and 0 <= y < size[1]):
        return
    if point.visible:
        draw.ellipse((x - 1.5 * unit, y - 1.5 * unit, x + 1.5 * unit, y + 1.5 * unit), fill=_UNDER)
        draw.ellipse((x - 0.8 * unit, y - 0.8 * unit, x + 0.8 * unit, y + 0.8 * unit), fill=_FRAME)
        return
    for fill, wide in ((_UNDER, 2 * unit + 1), (_FRAME, unit)):
        draw.line((x - 2 * unit, y - 2 * unit, x + 2 * unit, y + 2 * unit), fill=fill, width=wide)
        draw.line((x - 2 * unit, y + 2 * unit, x + 2 * unit, y - 2 * unit), fill=fill, width=wide)


def _draw_box(draw: ImageDraw.ImageDraw, box: Box, factor: int, unit: int, size: tuple[int, int]) -> None:
    left, right = sorted(min(max(value * factor, 0), size[0] - 1) for value in (box.left, box.right))
    top, bottom = sorted(min(max(value * factor, 0), size[1] - 1) for value in (box.top, box.bottom))
    for start, end in (((left, top), (right, top)), ((right, top), (right, bottom)), ((right, bottom), (left, bottom)), ((left, bottom), (left, top))):
        draw.line((start, end), fill=_UNDER, width=3 * unit)
        for piece in _pieces(start, end, 6 * unit) if box.dashed else [(start, end)]:
            draw.line(piece, fill=_FRAME, width=unit)
    font = ImageFont.load_default(11 * unit)
    name = printable(box.name, 24)
    around = draw.textbbox((0, 0), name, font=font)
    wide, high = around[2] + 6 * unit, around[3] + 4 * unit
    x = min(max(left, 0), max(size[0] - wide, 0))
    y = top - high if top >= high else min(top, size[1] - high)
    draw.rectangle((x, y, x + wide, y + high), fill=_UNDER)
    draw.text((x + 3 * unit, y + unit), name, fill=_FRAME, font=font)


def _pieces(start: tuple[float, float], end: tuple[float, float], length: int) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Every other piece of a straight line."""
    whole = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    count = max(1, int(whole // length))
    at = [(start[0] + (end[0] - start[0]) * number / count, start[1] + (end[1] - start[1]) * number / count) for number in range(count + 1)]
    return [(at[number], at[number + 1]) for number in range(0, count, 2)]


def _numbers(value: Any, count: int) -> bool:
    # NaN and infinities are no places in a picture.
    return isinstance(value, list) and len(value) == count and all(isinstance(one, int | float) and abs(one) < 1e6 for one in value)
