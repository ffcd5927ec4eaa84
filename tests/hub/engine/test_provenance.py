"""PNG bytes that are the same everywhere, and the record inside them."""

import io
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from hub.engine import provenance
from hub.engine.provenance import ALGORITHMIC_MEDIA, TRAINED_ALGORITHMIC_MEDIA, digital_source_type, encode_png, read_provenance, with_provenance
from hub.errors import EmohubError

RECORD = {
    "dataset": "emo8",
    "id": "r-000001",
    "engine": "0" * 64,
    "prompt": "Ein Hund im Schnee, „fröhlich“ 🐕",
    "seed": 7,
    "licence": "cc-by-4.0",
    "digitalSourceType": ALGORITHMIC_MEDIA,
}


def _noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def _text_chunk(body: bytes) -> bytes:
    """A PNG with one foreign iTXt chunk named emohub."""
    png = encode_png(_noise(2, 2))
    return png[:33] + provenance._chunk(b"iTXt", b"emohub" + body) + png[33:]


@settings(max_examples=40, deadline=None)
@given(height=st.integers(1, 20), width=st.integers(1, 20), seed=st.integers(0, 1000), flat=st.booleans())
def test_what_is_encoded_is_what_another_library_decodes(height: int, width: int, seed: int, flat: bool) -> None:
    pixels = _noise(height, width, seed)
    if flat:
        pixels[:] = pixels[0, 0]
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode_png(pixels)))), pixels)


def test_equal_pixels_give_equal_bytes_however_they_lie_in_memory() -> None:
    pixels = _noise(8, 8)
    assert encode_png(pixels) == encode_png(pixels[::-1].copy()[::-1]) == encode_png(np.asfortranarray(pixels))


def test_a_picture_of_even_colour_takes_few_bytes() -> None:
    assert len(encode_png(np.full((256, 256, 3), 200, np.uint8))) < 2_000


@pytest.mark.parametrize("pixels", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)])
def test_other_arrays_are_refused(pixels: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 of shape \(height, width, 3\)"):
        encode_png(pixels)


def test_a_record_comes_back_and_the_pixels_stay() -> None:
    pixels = _noise(16, 24)
    png = with_provenance(encode_png(pixels), RECORD)
    assert read_provenance(png) == RECORD
    image = Image.open(io.BytesIO(png))
    assert np.array_equal(np.asarray(image), pixels)
    assert isinstance(image, Image.Image) and "fröhlich" in image.text["emohub"]  # type: ignore[attr-defined]


def test_equal_records_give_equal_bytes_whatever_their_order() -> None:
    png = encode_png(_noise(4, 4))
    assert with_provenance(png, RECORD) == with_provenance(png, dict(reversed(RECORD.items())))


def test_a_new_record_replaces_the_old_one() -> None:
    once = with_provenance(encode_png(_noise(4, 4)), RECORD)
    assert with_provenance(with_provenance(encode_png(_noise(4, 4)), RECORD | {"seed": 8}), RECORD) == once


def test_a_picture_without_a_record_has_none() -> None:
    assert read_provenance(encode_png(_noise(4, 4))) is None


def test_pictures_of_other_programs_can_have_a_record() -> None:
    buffer = io.BytesIO()
    Image.fromarray(_noise(9, 9)).save(buffer, "PNG", dpi=(72, 72))
    assert read_provenance(with_provenance(buffer.getvalue(), RECORD)) == RECORD


@settings(max_examples=40, deadline=None)
@given(prompt=st.text(max_size=200), seed=st.integers(0, 2**31 - 1))
def test_any_prompt_survives(prompt: str, seed: int) -> None:
    record = RECORD | {"prompt": prompt, "seed": seed}
    assert read_provenance(with_provenance(encode_png(_noise(1, 1)), record)) == record


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"seed": "7"}, "must have 'seed' as int"),
        ({"seed": True}, "must have 'seed' as int"),
        ({"prompt": None}, "must have 'prompt' as str"),
        ({"prompt": "x" * 70_000}, "at most 65,536 are allowed"),
        ({"prompt": "\ud800"}, "is not JSON"),
        ({"digitalSourceType": "digitalArt"}, "must have a digitalSourceType that begins with"),
        ({"share": float("nan")}, "NaN is no JSON"),
    ],
)
def test_a_record_that_lacks_something_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(EmohubError, match=reason):
        with_provenance(encode_png(_noise(1, 1)), RECORD | change)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\0\1\0\0\0" + zlib.compress(b"0" * 10_000_000), "is compressed"),
        (b"\0\0\0\0\0" + b" " * 100_000, "has 100,000 bytes"),
        (b"\0\0\0\0\0" + b"[" * 60_000, "is not JSON"),
        (b"\0\0\0\0\0" + b"[]", "is not a JSON object"),
        (b"\0\0\0\0\0" + b"\xff\xfe", "is not UTF-8"),
        (b"\0\0\0\0\0" + b"{}", "must have 'dataset' as str"),
        (b"\0", "is compressed or translated"),
    ],
)
def test_a_hostile_record_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(EmohubError, match=reason):
        read_provenance(_text_chunk(body))


def test_two_records_are_refused() -> None:
    png = with_provenance(encode_png(_noise(1, 1)), RECORD)
    note = png[33 : png.index(b"IDAT") - 4]
    with pytest.raises(EmohubError, match="holds 2 records"):
        read_provenance(png[:33] + note + png[33:])


def test_a_damaged_file_is_refused_wherever_it_is_cut_or_changed() -> None:
    png = with_provenance(encode_png(_noise(2, 2)), RECORD)
    for place in range(len(png)):
        changed = png[:place] + bytes([png[place] ^ 1]) + png[place + 1 :]
        for broken in (png[:place], changed):
            with pytest.raises(EmohubError):
                read_provenance(broken)


def test_what_an_engine_draws_has_its_term_in_the_vocabulary() -> None:
    assert (digital_source_type("diffusers"), digital_source_type("render")) == (TRAINED_ALGORITHMIC_MEDIA, ALGORITHMIC_MEDIA)
