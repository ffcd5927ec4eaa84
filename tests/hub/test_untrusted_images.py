"""Pictures of somebody else's: bombs, lies and damage are one sentence each, and nothing is decoded to find out."""

import resource
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hub.errors import EmohubError
from hub.untrusted_images import FORMATS, MOST_BYTES, ImageError, open_image
from tests.support.bombs import EPS, HTML, SVG, encoded, gif, png_of_zeros, png_with_long_note


def pixels_of(data: bytes | Path, **options: int) -> Image.Image:
    with open_image(data, **options) as image:
        return image.convert("RGB")


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_that_is_named_can_be_read(kind: str) -> None:
    assert pixels_of(encoded(kind)).size == (16, 12)


def test_a_png_of_60000_by_60000_pixels_is_refused_before_it_is_decoded() -> None:
    bomb = png_of_zeros(60_000, 60_000)
    assert len(bomb) < 1_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ImageError, match="more pixels than any here may have"):
        pixels_of(bomb)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


@pytest.mark.parametrize(
    "data", [png_of_zeros(8_000, 8_000), gif(65_535, 65_535, 1), gif(9_000, 9_000, 1)], ids=["png", "gif canvas", "gif canvas below Pillow's own limit"]
)
def test_a_picture_of_more_pixels_than_asked_for_is_refused(data: bytes) -> None:
    with pytest.raises(ImageError, match="pixels"):
        pixels_of(data)


def test_the_limit_can_be_lowered_and_names_both_numbers() -> None:
    with pytest.raises(ImageError, match=r"16 × 12 pixels is not read; at most 100 pixels are"):
        pixels_of(encoded("PNG"), most_pixels=100)


def test_pillows_own_limit_stands() -> None:
    assert Image.MAX_IMAGE_PIXELS is not None


@pytest.mark.parametrize("data", [SVG, EPS, HTML, b"", b"%PDF-1.4\n", encoded("TGA"), encoded("JPEG2000"), encoded("ICO")], ids=range(8))
def test_what_is_called_png_and_is_of_another_format_is_refused(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(data)
    with pytest.raises(ImageError, match="picture.png: not a readable picture"):
        pixels_of(file)


def test_postscript_is_not_even_opened_although_pillow_knows_it() -> None:
    import io

    assert Image.open(io.BytesIO(EPS)).format == "EPS"
    with pytest.raises(ImageError):
        pixels_of(EPS)


def test_of_a_picture_with_an_archive_behind_it_only_the_pixels_are_read() -> None:
    plain = encoded("PNG")
    assert pixels_of(plain + b"PK\x03\x04" + bytes(1000)).tobytes() == pixels_of(plain).tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"])
def test_a_truncated_picture_is_refused(kind: str) -> None:
    data = encoded(kind, (300, 200))
    with pytest.raises(ImageError):
        pixels_of(data[: len(data) // 2])


def test_a_compressed_note_that_becomes_megabytes_is_refused() -> None:
    bomb = png_with_long_note()
    assert len(bomb) < 100_000
    with pytest.raises(ImageError, match="too large"):
        pixels_of(bomb)


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "GIF"])
def test_of_a_moving_picture_the_first_frame_is_decoded(kind: str) -> None:
    moving = pixels_of(encoded(kind, frames=5))
    assert moving.getpixel((0, 0)) == pytest.approx((0, 90, 200), abs=8)


def test_a_gif_of_a_million_frames_costs_no_more_than_its_first() -> None:
    assert pixels_of(gif(8, 8, 1_000_000)).size == (8, 8)


def test_a_file_of_more_bytes_than_a_picture_has_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    with file.open("wb") as opened:
        opened.truncate(MOST_BYTES + 1)
    with pytest.raises(ImageError, match="bytes is not read"):
        pixels_of(file)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match=r"absent.png: not a readable picture \(No such file or directory\)"):
        pixels_of(tmp_path / "absent.png")


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(FORMATS), changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=8), length=st.integers(0, 600))
def test_a_damaged_picture_is_read_or_refused_and_nothing_else(kind: str, changes: list[tuple[int, int]], length: int) -> None:
    data = bytearray(encoded(kind)[:length] if length < 300 else encoded(kind))
    for place, value in changes:
        if data:
            data[place % len(data)] = value
    try:
        pixels_of(bytes(data))
    except ImageError as error:
        assert "\n" not in str(error)
