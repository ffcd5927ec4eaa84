"""Marks are drawn where the columns say, visible and hidden points differ in shape, and pictures that are too large or broken are refused."""

import io
import math
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hub.errors import EmohubError
from leaderboard.drawing import MOST_FRAMES, Box, Marks, Point, animate, boxes_of, draw_marks, open_picture, points_of


def png(width: int = 64, height: int = 64, colour: tuple[int, int, int] = (120, 60, 20)) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(written, "PNG")
    return written.getvalue()


def pixels(data: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header claims a size, with hardly any data."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts)


def test_boxes_come_from_the_columns_that_end_like_boxes() -> None:
    values = {
        "person_box": [1.0, 2.0, 30.0, 40.0],
        "object_boxes": [{"name": "jack_in_the_box", "box": [5.0, 6.0, 7.0, 8.0]}, {"name": "broken", "box": [1.0]}, None],
        "caption": "a box",
    }
    assert boxes_of(values) == (Box("person", 1, 2, 30, 40, dashed=False), Box("jack in the box", 5, 6, 7, 8, dashed=True))


@pytest.mark.parametrize("value", [[], None, [1.0, 2.0], "abcd", [math.nan] * 4, [math.inf] * 4, [1e300] * 4])
def test_a_box_that_is_none_is_left_out(value: Any) -> None:
    assert boxes_of({"person_box": value}) == ()


def test_landmarks_are_read_flattened_and_by_frame() -> None:
    flat = {"face_points": [1.0, 2.0, 9.0, 3.0, 4.0, 9.0], "face_visible": [True, False]}
    assert points_of(flat) == (Point(1, 2, True), Point(3, 4, False))
    clip = {"face_points": [[[1.0, 2.0, 9.0]], [[5.0, 6.0, 9.0]]], "face_visible": [[True], [False]]}
    assert points_of(clip, 1) == (Point(5, 6, False),)
    assert points_of(clip, 2) == ()
    assert points_of({"face_points": []}) == points_of({}) == ()


def test_a_picture_without_marks_keeps_its_pixels() -> None:
    assert np.array_equal(pixels(draw_marks(png(), Marks())), pixels(png()))


def test_a_point_is_drawn_where_it_is_and_nowhere_else() -> None:
    changed = np.any(pixels(draw_marks(png(), Marks(points=(Point(20, 40),)))) != pixels(png()), axis=2)
    rows, columns = np.nonzero(changed)
    assert changed[40, 20]
    assert abs(rows - 40).max() <= 3 and abs(columns - 20).max() <= 3


def test_hidden_points_have_another_shape() -> None:
    seen = pixels(draw_marks(png(), Marks(points=(Point(30, 30, True),))))
    hidden = pixels(draw_marks(png(), Marks(points=(Point(30, 30, False),))))
    assert not np.array_equal(seen, hidden)
    # A cross has arms, a dot has none.
    assert (hidden[28, 28] == 255).all() and not (seen[28, 28] == 255).all()


def test_a_box_stands_on_its_edges_and_leaves_the_inside() -> None:
    drawn = pixels(draw_marks(png(128, 128), Marks((Box("person", 20, 60, 100, 120, dashed=False),))))
    assert (drawn[60, 60] != (120, 60, 20)).any() and (drawn[90, 20] != (120, 60, 20)).any()
    assert (drawn[90, 60] == (120, 60, 20)).all()


def test_small_pictures_are_enlarged_by_a_whole_factor_and_marks_with_them() -> None:
    drawn = pixels(draw_marks(png(), Marks(points=(Point(10, 50),)), width=200))
    assert drawn.shape == (192, 192, 3)
    assert (drawn[150, 30] != (120, 60, 20)).any()


@given(
    boxes=st.lists(st.tuples(st.text(max_size=40), *[st.floats(-1e6, 1e6)] * 4), max_size=4),
    points=st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.booleans()), max_size=6),
)
def test_marks_anywhere_break_nothing(boxes: list[Any], points: list[Any]) -> None:
    data = draw_marks(png(24, 16), Marks(tuple(Box(*one) for one in boxes), tuple(Point(*one) for one in points)))
    assert pixels(data).shape == (16, 24, 3)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(EmohubError, match="5,000 × 5,000 pixels is not shown"):
        open_picture(bomb(5_000, 5_000))
    # Beyond Pillow's own limit.
    with pytest.raises(EmohubError):
        open_picture(bomb(30_000, 30_000))


@pytest.mark.parametrize("data", [b"", b"<svg onload=alert(1)>", png()[:40], bomb(64, 64), b"GIF89a" + bytes(20)])
def test_what_is_no_picture_is_one_sentence(data: bytes) -> None:
    with pytest.raises(EmohubError, match="damaged"):
        open_picture(data)


def test_frames_become_a_gif_that_plays_for_ever() -> None:
    frames = [png(colour=(shade, 40, 90)) for shade in (20, 120, 220)]
    moving = Image.open(io.BytesIO(animate(frames, 10.0)))
    assert (moving.format, moving.n_frames, moving.info["loop"], moving.info["duration"]) == ("GIF", 3, 0, 100)
    for number, shade in enumerate((20, 120, 220)):
        moving.seek(number)
        found = np.asarray(moving.convert("RGB")).astype(int)
        assert abs(found - (shade, 40, 90)).max() <= 8


def test_every_frame_has_its_own_marks() -> None:
    moving = Image.open(io.BytesIO(animate([png(), png()], 10.0, [Marks(points=(Point(10, 10),)), Marks(points=(Point(50, 50),))])))
    moving.seek(1)
    found = np.asarray(moving.convert("RGB")).astype(int)
    assert abs(found[50, 50] - (120, 60, 20)).max() > 60
    assert abs(found[10, 10] - (120, 60, 20)).max() < 20


def test_clips_that_cannot_be_shown_say_why() -> None:
    with pytest.raises(EmohubError, match="1 to"):
        animate([], 10.0)
    with pytest.raises(EmohubError, match="1 to"):
        animate([png()] * (MOST_FRAMES + 1), 10.0)
    with pytest.raises(EmohubError, match="differ in size"):
        animate([png(), png(32, 32)], 10.0)
