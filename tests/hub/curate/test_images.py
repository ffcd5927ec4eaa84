"""What is measured of an image, and the gates over images."""

import io

import imagehash
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hub.curate import images
from hub.curate.images import ImageFacts, examine, near_duplicates_across


def _png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def _noise(seed: int, size: int = 32) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3))


def _facts(**changes: object) -> ImageFacts:
    return ImageFacts(**{**dict(width=8, height=8, deviation=40.0, brightness=0.5, colourfulness=0.2, mean_colour=(0, 0, 0), perceptual_hash=0), **changes})  # type: ignore[arg-type]


def test_an_even_image_is_blank_and_a_noisy_one_is_not() -> None:
    even, noisy = examine(_png(np.full((16, 16, 3), 130))), examine(_png(_noise(0)))
    assert even and even.blank
    assert noisy and not noisy.blank


def test_brightness_and_mean_colour_of_a_plain_colour_are_that_colours() -> None:
    found = examine(_png(np.full((10, 12, 3), (255, 51, 0))))
    assert found
    assert (found.width, found.height) == (12, 10)
    assert found.brightness == pytest.approx(1.0)
    assert found.mean_colour == pytest.approx((1.0, 0.2, 0.0))


def test_grey_has_no_colourfulness_and_pure_colours_have_much() -> None:
    grey = examine(_png(np.repeat(_noise(1)[..., :1], 3, axis=2)))
    halves = np.zeros((16, 16, 3))
    halves[:, :8, 0], halves[:, 8:, 2] = 255, 255
    vivid = examine(_png(halves))
    assert grey and grey.colourfulness == pytest.approx(0, abs=1e-6)
    assert vivid and vivid.colourfulness > 0.5


@pytest.mark.parametrize("data", [b"", b"not an image", _png(_noise(2))[:200]], ids=["nothing", "text", "half a file"])
def test_what_cannot_be_decoded_is_nothing(data: bytes) -> None:
    assert examine(data) is None


def test_the_hash_is_imagehashs_own() -> None:
    picture = _noise(3)
    found = examine(_png(picture))
    assert found
    assert imagehash.phash(Image.fromarray(picture.astype(np.uint8))) == imagehash.hex_to_hash(f"{found.perceptual_hash:016x}")


@given(st.lists(st.integers(0, 2**64 - 1), min_size=2, max_size=12), st.integers(0, 64), st.data())
@settings(max_examples=50, deadline=None)
def test_pairs_are_those_that_counting_bits_one_by_one_finds(hashes: list[int], distance: int, data: st.DataObject) -> None:
    splits = data.draw(st.lists(st.sampled_from(["train", "test"]), min_size=len(hashes), max_size=len(hashes)))
    expected = [
        (first, second)
        for first in range(len(hashes))
        for second in range(first + 1, len(hashes))
        if splits[first] != splits[second] and (hashes[first] ^ hashes[second]).bit_count() <= distance
    ]
    assert near_duplicates_across(np.array(hashes, dtype=np.uint64), np.array(splits), distance) == expected


def test_gates_name_the_images_that_fail() -> None:
    good, blank = _facts(), _facts(deviation=1.0)
    assert images.not_blank([("a", good)]).passed
    assert images.not_blank([("a", good), ("b", blank)]).rows == ("b",)
    assert images.decodable({"a": good, "b": None}).rows == ("b",)
    assert images.of_size([("a", good), ("b", _facts(width=9))], 8).rows == ("b",)
    assert images.no_near_duplicates_across_splits(["a", "b"], [(0, 1)], 4).rows == ("a and b",)


def test_imbalance_is_the_largest_distance_from_the_mean() -> None:
    assert images.balanced({"awe/cartoon": 10, "awe/natural": 10}, 0.0).passed
    gate = images.balanced({"awe/cartoon": 14, "awe/natural": 6}, 0.3)
    assert not gate.passed
    assert gate.measured == "40.0% (awe/cartoon)"


def test_a_share_may_be_just_at_its_limit() -> None:
    assert images.at_most("x", 0.2, 0.2).passed
    assert not images.at_most("x", 0.21, 0.2).passed


def test_a_share_may_be_just_at_its_least() -> None:
    assert images.at_least("x", 0.9, 0.9).passed
    assert images.at_least("x", 0.89, 0.9).measured == "89.0%"


def test_rows_with_a_fault_are_named_five_at_most() -> None:
    assert images.none_of("x", []).passed
    gate = images.none_of("x", [str(number) for number in range(1200)])
    assert (gate.passed, gate.measured, gate.rows) == (False, "1,200", ("0", "1", "2", "3", "4"))
