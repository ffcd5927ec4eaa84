"""PNG bytes that depend on the pixels alone, and the note inside them that says where a picture comes from."""

import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from hub.errors import EmohubError
from hub.files import canonical_json

IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""The vocabulary of the International Press Telecommunications Council that C2PA refers to too."""
TRAINED_ALGORITHMIC_MEDIA = f"{IPTC}trainedAlgorithmicMedia"
"""Created by a model derived from sampled content: the diffusers engine."""
ALGORITHMIC_MEDIA = f"{IPTC}algorithmicMedia"
"""Created purely by an algorithm, not based on sampled training data: the render engine. (`digitalCreation` is for what a human made.)"""

KEYWORD = "emohub"
LARGEST_RECORD = 65_536
"""Bytes a record may have."""

_FIELDS: Mapping[str, type] = {"dataset": str, "id": str, "engine": str, "prompt": str, "seed": int, "licence": str, "digitalSourceType": str}
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PAETH = 4


def digital_source_type(engine: str) -> str:
    """Returns the IPTC term for what an engine of this kind draws: `render` or `diffusers`."""
    return {"render": ALGORITHMIC_MEDIA, "diffusers": TRAINED_ALGORITHMIC_MEDIA}[engine]


def encode_png(pixels: NDArray[np.uint8]) -> bytes:
    """Encodes (height, width, 3) bytes as an 8-bit RGB PNG: equal pixels give equal bytes with equal builds of zlib.

    Every line has the Paeth filter, and zlib looks for runs alone: for that filter's output it is as small as a full search and several times as fast.

    Raises:
        ValueError: the array has another shape or type.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ValueError(f"pixels are {pixels.dtype} of shape {pixels.shape}: expected uint8 of shape (height, width, 3)")
    height, width, _ = pixels.shape
    compressor = zlib.compressobj(level=6, method=zlib.DEFLATED, wbits=15, memLevel=9, strategy=zlib.Z_RLE)
    data = compressor.compress(_filtered(pixels)) + compressor.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def with_provenance(png: bytes, record: Mapping[str, Any]) -> bytes:
    """Returns the PNG with an `iTXt` chunk named `emohub` that holds the record as canonical JSON; an older one is replaced.

    Args:
        png: any PNG.
        record: `dataset`, `id`, `engine` (the digest of its identity), `prompt`, `seed`, `licence`, `digitalSourceType` (an IPTC URI), and more if need be.

    Raises:
        EmohubError: the record lacks a field or is too large, or the bytes are not a PNG.
    """
    text = canonical_json(dict(record))
    _checked(text)
    note = _chunk(b"iTXt", KEYWORD.encode() + b"\0\0\0\0\0" + text.encode())
    parts = [_SIGNATURE]
    for kind, data in _chunks(png):
        if kind == b"iTXt" and _keyword(data) == KEYWORD:
            continue
        parts.append(_chunk(kind, data))
        if kind == b"IHDR":
            parts.append(note)
    return b"".join(parts)


def read_provenance(png: bytes) -> dict[str, Any] | None:
    """Returns the record in a PNG, None where there is none.

    Raises:
        EmohubError: the bytes are not a whole PNG, or its record is compressed, too large, doubled or not what `with_provenance` writes.
    """
    notes = [data for kind, data in _chunks(png) if kind == b"iTXt" and _keyword(data) == KEYWORD]
    if not notes:
        return None
    if len(notes) > 1:
        raise EmohubError(f"the PNG holds {len(notes)} records named {KEYWORD!r}: expected one; the file was changed after it was made")
    plain = notes[0][len(KEYWORD) :]
    if not plain.startswith(b"\0\0\0\0\0"):
        raise EmohubError(f"the PNG's record {KEYWORD!r} is compressed or translated: expected plain text; the file was changed after it was made")
    body = plain[5:]
    if len(body) > LARGEST_RECORD:
        raise EmohubError(f"the PNG's record {KEYWORD!r} has {len(body):,} bytes: at most {LARGEST_RECORD:,} are read")
    try:
        return _checked(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise EmohubError(f"the PNG's record {KEYWORD!r} is not UTF-8; the file was changed after it was made") from error


def _filtered(pixels: NDArray[np.uint8]) -> bytes:
    """The lines with the Paeth filter of the PNG specification (section 9.4), each after its filter's number."""
    height, width, channels = pixels.shape
    padded = np.zeros((height + 1, (width + 1) * channels), np.int16)
    padded[1:, channels:] = pixels.reshape(height, -1)
    value, left, up, corner = padded[1:, channels:], padded[1:, :-channels], padded[:-1, channels:], padded[:-1, :-channels]
    to_left, to_up, to_corner = np.abs(up - corner), np.abs(left - corner), np.abs(left + up - 2 * corner)
    predicted = np.where((to_left <= to_up) & (to_left <= to_corner), left, np.where(to_up <= to_corner, up, corner))
    lines = np.empty((height, 1 + width * channels), np.uint8)
    lines[:, 0] = _PAETH
    lines[:, 1:] = value - predicted  # Modulo 256, as the specification wants.
    return lines.tobytes()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG up to its end, each with its checksum verified."""
    if not png.startswith(_SIGNATURE):
        raise EmohubError("the bytes are not a PNG: they do not begin with its signature")
    place = len(_SIGNATURE)
    while place + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        if png[place + 8 + length : place + 12 + length] != struct.pack(">I", zlib.crc32(kind + data)):
            raise EmohubError(f"the PNG is damaged: its chunk {kind!r} does not match its checksum")
        yield kind, data
        if kind == b"IEND":
            return
        place += 12 + length
    raise EmohubError("the PNG is cut off: its end is missing")


def _keyword(data: bytes) -> str:
    return data.partition(b"\0")[0].decode("latin-1")


def _checked(text: str) -> dict[str, Any]:
    """Parses a record, and sees that it has what it must."""
    try:
        size = len(text.encode())
        record = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise EmohubError(f"the record {KEYWORD!r} of a PNG is not JSON ({error})") from error
    if size > LARGEST_RECORD:
        raise EmohubError(f"the record {KEYWORD!r} of a PNG would have {size:,} bytes: at most {LARGEST_RECORD:,} are allowed; shorten its prompt")
    if not isinstance(record, dict):
        raise EmohubError(f"the record {KEYWORD!r} of a PNG is not a JSON object")
    for name, kind in _FIELDS.items():
        if type(record.get(name)) is not kind:
            raise EmohubError(f"the record {KEYWORD!r} of a PNG must have {name!r} as {kind.__name__}, and it is {record.get(name)!r:.80}")
    if not record["digitalSourceType"].startswith(IPTC):
        raise EmohubError(
            f"the record {KEYWORD!r} of a PNG must have a digitalSourceType that begins with {IPTC}, and it is {record['digitalSourceType']!r:.80}"
        )
    return record


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
