"""The strips and moving pictures of a run."""

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from benchmarks.portrait_examples import Clip, Pair, Portrait
from benchmarks.runners.showcase import LARGEST, MOST_PAIRS, Shown, choose, show
from hub.faces import FACE_70, FaceTrack


def _pair(id: str = "pair", style: str = "human", family: str = "talking", frames: int = 8, size: int = 48, target: bool = True) -> Pair:
    pixels = np.random.default_rng(0).integers(0, 255, (frames, size, size, 3), dtype=np.uint8)
    points = np.full((frames, 70, 3), size / 2, dtype=np.float32)
    face = FaceTrack(FACE_70, points, np.ones((frames, 70), dtype=np.bool_), np.zeros((frames, 3), dtype=np.float32), size, size)
    clip = Clip(f"{id}-clip", "ada", style, family, pixels, face)
    return Pair(id, Portrait(f"{id}-portrait", "ada", style, pixels[0], None), clip, clip if target else None)


def _opened(shown: Shown) -> tuple[Image.Image, Image.Image]:
    return Image.open(io.BytesIO(shown.strip)), Image.open(io.BytesIO(shown.gif))


def test_the_frames_kept_are_the_output_without_loss() -> None:
    pair = _pair()
    shown = show(pair, pair.driving.frames)
    assert all(np.array_equal(np.asarray(Image.open(io.BytesIO(png))), frame) for png, frame in zip(shown.frames, pair.driving.frames, strict=True))


def test_the_moving_picture_has_a_frame_for_each_and_the_strip_six_moments() -> None:
    pair = _pair()
    strip, gif = _opened(show(pair, pair.driving.frames))
    assert (strip.format, gif.format, gif.n_frames) == ("PNG", "GIF", 8)
    assert strip.size == (7 * 50 - 2, 3 * 62)
    assert gif.size == (4 * 50 - 2, 62)


def test_without_a_target_its_row_is_left_out() -> None:
    pair = _pair(target=False)
    strip, gif = _opened(show(pair, pair.driving.frames))
    assert (strip.size[1], gif.size[0]) == (2 * 62, 3 * 50 - 2)


def test_the_output_stands_in_its_place_and_the_drivers_landmarks_are_dots() -> None:
    pair = _pair()
    output = np.full_like(pair.driving.frames, 200)
    strip = np.asarray(_opened(show(pair, output))[0])
    assert (strip[62 + 14 : 124, 50:98] == 200).all()
    assert strip[14 + 24, 50 + 24].tolist() == [64, 255, 96]
    assert np.array_equal(strip[124 + 14 :, 50:98], pair.driving.frames[0])


def test_short_clips_have_as_many_moments_as_frames() -> None:
    pair = _pair(frames=2)
    strip, gif = _opened(show(pair, pair.driving.frames))
    assert (strip.size[0], gif.n_frames) == (3 * 50 - 2, 2)


def test_frames_without_a_face_are_drawn_without_dots() -> None:
    pair = _pair()
    lost = replace(pair.driving.face, points=np.full((8, 70, 3), np.nan, dtype=np.float32))
    pair = replace(pair, driving=replace(pair.driving, face=lost))
    strip = np.asarray(_opened(show(pair, pair.driving.frames))[0])
    assert np.array_equal(strip[14:62, 50:98], pair.driving.frames[0])


def test_large_pictures_are_shown_smaller() -> None:
    pair = _pair(size=256, frames=2)
    assert Image.open(io.BytesIO(show(pair, pair.driving.frames).frames[0])).size == (LARGEST, LARGEST)


def test_one_pair_of_every_style_and_family_is_chosen_and_styles_take_turns() -> None:
    pairs = [_pair(f"{style}-{family}-{number}", style, family, 1) for style in "abcdef" for family in "xyz" for number in (1, 0)]
    chosen = [pairs[position] for position in choose(pairs)]
    assert len(chosen) == MOST_PAIRS and all(pair.id.endswith("0") for pair in chosen)
    assert all(sum(pair.portrait.style == style for pair in chosen) == 2 for style in "abcdef")
    assert all(sum(pair.driving.family == family for pair in chosen) == 4 for family in "xyz")
    few = [_pair(f"{style}-{number}", style, "x", 1) for style in "ab" for number in range(3)]
    assert [few[position].id for position in choose(few)] == ["a-0", "b-0"]
