"""Tracks of landmarks on disk: one row of typed, nested numbers in a Parquet file, checked when read. Nothing in it can run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import EmohubError, nearest
from hub.faces.landmarks import FaceTrack
from hub.faces.mediapipe_478 import SCHEMES
from hub.tables import write_table

SCHEMA = pa.schema(
    [
        ("scheme", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("points", pa.list_(pa.list_(pa.list_(pa.float32())))),
        ("visible", pa.list_(pa.list_(pa.bool_()))),
        ("rotation", pa.list_(pa.list_(pa.float32()))),
        ("source", pa.string()),
    ]
)
"""One row: points (frames, points, 3), visible (frames, points), rotation (frames, 3), as in `FaceTrack`; source is free text."""

_LARGEST_SIDE = 1 << 15
_MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class StoredTrack:
    """What a track file holds."""

    track: FaceTrack
    source: str
    """Where the landmarks are from: file, detector, version."""


def write_track(path: Path, track: FaceTrack, source: str) -> None:
    """Writes a track atomically."""
    row = {
        "scheme": track.scheme.name,
        "width": track.width,
        "height": track.height,
        "points": track.points.tolist(),
        "visible": track.visible.tolist(),
        "rotation": track.rotation.tolist(),
        "source": source,
    }
    write_table(path, pa.Table.from_pylist([row], schema=SCHEMA))


def read_track(path: Path) -> StoredTrack:
    """Reads a track that anybody may have written.

    Raises:
        EmohubError: the file is missing or broken, or what it holds is no track.
    """
    try:
        with pq.ParquetFile(path) as file:
            _check_file(path, file)
            row = file.read()
    except FileNotFoundError as error:
        raise EmohubError(f"{path}: there is no such file; make one with `emohub landmarks`") from error
    except (pa.ArrowException, OSError) as error:
        raise EmohubError(f"{path}: not a readable Parquet file ({error}); make it anew with `emohub landmarks`") from error
    return _checked(path, row)


def _check_file(path: Path, file: pq.ParquetFile) -> None:
    if not file.schema_arrow.equals(SCHEMA, check_metadata=False):
        raise EmohubError(f"{path}: holds no track of landmarks: its columns are not {', '.join(SCHEMA.names)} of the types that `emohub landmarks` writes")
    if file.metadata.num_rows != 1:
        raise EmohubError(f"{path}: has {file.metadata.num_rows:,} rows, expected one track: write each to a file of its own")
    size = sum(file.metadata.row_group(group).total_byte_size for group in range(file.metadata.num_row_groups))
    if size > _MOST_BYTES:
        raise EmohubError(f"{path}: is {size:,} bytes unpacked, more than the {_MOST_BYTES:,} a track may have: split the clip")


def _checked(path: Path, table: pa.Table) -> StoredTrack:
    lacking = [name for name in SCHEMA.names if table[name].null_count]
    if lacking:
        raise EmohubError(f"{path}: {lacking[0]} is empty: make the file anew with `emohub landmarks`")
    scheme_name, width, height, source = (table[name][0].as_py() for name in ("scheme", "width", "height", "source"))
    scheme = SCHEMES.get(scheme_name)
    if scheme is None:
        raise EmohubError(f"{path}: scheme {scheme_name!r} is unknown: {nearest(scheme_name, SCHEMES)}")
    for name, side in (("width", width), ("height", height)):
        if not 1 <= side <= _LARGEST_SIDE:
            raise EmohubError(f"{path}: {name} is {side}, expected 1 to {_LARGEST_SIDE} pixels")
    frames = len(table["points"][0])
    if not frames:
        raise EmohubError(f"{path}: the track has no frames")
    points = _array(path, table, "points", (frames, scheme.count, 3))
    visible = _array(path, table, "visible", (frames, scheme.count))
    rotation = _array(path, table, "rotation", (frames, 3))
    _check_numbers(path, points.reshape(frames, -1), rotation)
    track = FaceTrack(scheme, points, visible, rotation, width, height)
    return StoredTrack(track, source)


def _array(path: Path, table: pa.Table, name: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Returns a nested column's only row as an array of the given shape; every inner list must have its length."""
    values = table[name][0].values
    for length in shape[1:]:
        lengths = values.value_lengths().to_numpy(zero_copy_only=False)
        if values.null_count or not np.array_equal(lengths, np.full(len(values), length)):
            raise EmohubError(f"{path}: {name} has frames of another shape than {shape[1:]}")
        values = values.flatten()
    if values.null_count or len(values) != int(np.prod(shape)):
        raise EmohubError(f"{path}: {name} is not {shape}: expected as many frames as points have, with no value missing")
    array: npt.NDArray[Any] = values.to_numpy(zero_copy_only=False).reshape(shape)
    return array


def _check_numbers(path: Path, points: npt.NDArray[np.float32], rotation: npt.NDArray[np.float32]) -> None:
    missing = np.isnan(points).all(axis=1)
    broken = ~missing & ~np.isfinite(points).all(axis=1)
    if broken.any():
        raise EmohubError(
            f"{path}: frame {int(np.flatnonzero(broken)[0])} has points that are not numbers beside ones that are; only whole frames may be missing"
        )
    wrong = ~np.isfinite(rotation).all(axis=1) & ~(missing & np.isnan(rotation).all(axis=1))
    if wrong.any():
        raise EmohubError(f"{path}: frame {int(np.flatnonzero(wrong)[0])} has a rotation that is not a number, though its face was found")
