"""The pictures that a portrait animation run keeps with its predictions. Files by others are untrusted: bounded, and PNG and GIF alone are handed on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import EmohubError
from hub.results.comparing.prediction_file import prediction_file
from hub.results.record import RunRecord

_LARGEST_FILE = 64_000_000
"""Bytes, packed and unpacked."""
_LARGEST_PICTURE = 4_000_000
_LARGEST_SIDE = 4096
"""Pixels."""
_MOST = 100
_COLUMNS = ("id", "style", "family", "strip", "gif")
_PNG, _GIFS = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a")


@dataclass(frozen=True, slots=True)
class Animation:
    """One pair of a run, to look at."""

    id: str
    style: str
    family: str
    strip: bytes
    """PNG: the portrait, and moments in rows for the driver, the output and the truth."""
    strip_width: int
    gif: bytes
    """Portrait, driver, output and truth side by side, moving."""
    gif_width: int


def read_animations(results: Path, record: RunRecord) -> tuple[Animation, ...]:
    """Returns what a run shows, by id; nothing for a run whose predictions hold no pictures. `results` is the folder that the record's path starts from.

    Raises:
        EmohubError: the file is not here, is not the one that the record is about, is too large or holds what is no PNG or GIF.
    """
    if record.predictions is None:
        return ()
    path = prediction_file(results, record, _LARGEST_FILE)
    try:
        return _read(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise EmohubError(f"{path.name}: not a readable Parquet file") from error


def _read(path: Path) -> tuple[Animation, ...]:
    with pq.ParquetFile(path) as file:
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        if sum(group.total_byte_size for group in groups) > _LARGEST_FILE:
            raise EmohubError(f"{path.name}: more than {_LARGEST_FILE:,} bytes unpacked")
        if not set(_COLUMNS) <= set(file.schema_arrow.names):
            return ()
        rows = file.read(columns=list(_COLUMNS)).to_pylist()
    found = [_animation(row, path.name) for row in rows if row["strip"] and row["gif"]]
    return tuple(sorted(found, key=lambda animation: animation.id)[:_MOST])


def _animation(row: dict[str, Any], where: str) -> Animation:
    id, style, family, strip, gif = (row[name] for name in _COLUMNS)
    if not all(isinstance(text, str) for text in (id, style, family)) or not all(isinstance(data, bytes) for data in (strip, gif)):
        raise EmohubError(f"{where}: a row holds something other than names and pictures")
    if strip[:8] != _PNG or strip[12:16] != b"IHDR" or gif[:6] not in _GIFS:
        raise EmohubError(f"{where}: a row holds a picture that is no PNG or no GIF")
    # Both say how large they are in their first bytes.
    sides = [(int.from_bytes(strip[16:20]), int.from_bytes(strip[20:24])), (int.from_bytes(gif[6:8], "little"), int.from_bytes(gif[8:10], "little"))]
    if max(len(strip), len(gif)) > _LARGEST_PICTURE or any(not 1 <= side <= _LARGEST_SIDE for pair in sides for side in pair):
        raise EmohubError(f"{where}: a row holds a picture over {_LARGEST_PICTURE:,} bytes or {_LARGEST_SIDE} pixels wide or high")
    return Animation(id, style, family, strip, sides[0][0], gif, sides[1][0])
