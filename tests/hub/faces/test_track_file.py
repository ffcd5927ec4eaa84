"""Tracks on disk: what is written is read, and what is no track is one sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hub.errors import EmohubError
from hub.faces import SCHEMES, FaceTrack, read_track, write_track
from hub.faces.track_file import SCHEMA

COORDINATES = st.floats(-1e4, 1e4, width=32)


@st.composite
def tracks(draw: st.DrawFn) -> FaceTrack:
    frames = draw(st.integers(1, 4))
    scheme = draw(st.sampled_from(list(SCHEMES.values())))
    points = draw(arrays.arrays(np.float32, (frames, scheme.count, 3), elements=COORDINATES, fill=COORDINATES))
    rotation = draw(arrays.arrays(np.float32, (frames, 3), elements=COORDINATES))
    visible = draw(arrays.arrays(np.bool_, (frames, scheme.count), fill=st.booleans()))
    missing = draw(arrays.arrays(np.bool_, (frames,)))
    points[missing], rotation[missing], visible[missing] = np.nan, np.nan, False
    return FaceTrack(scheme, points, visible, rotation, draw(st.integers(1, 4096)), draw(st.integers(1, 4096)))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large, HealthCheck.too_slow])
@given(track=tracks(), source=st.text(max_size=20))
def test_what_is_written_is_read(track: FaceTrack, source: str, tmp_path: Path) -> None:
    write_track(tmp_path / "face.parquet", track, source)
    stored = read_track(tmp_path / "face.parquet")
    assert stored.source == source
    assert (stored.track.scheme, stored.track.width, stored.track.height) == (track.scheme, track.width, track.height)
    for name in ("points", "visible", "rotation"):
        assert np.array_equal(getattr(stored.track, name), getattr(track, name), equal_nan=name != "visible")
        assert getattr(stored.track, name).dtype == getattr(track, name).dtype


def row(**changes: Any) -> dict[str, Any]:
    whole = {"scheme": "face_70", "width": 8, "height": 8, "source": "", "visible": [[True] * 70] * 2, "rotation": [[0.0] * 3] * 2}
    return whole | {"points": [[[1.0, 2.0, 3.0]] * 70] * 2} | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scheme": "face_71"}, "did you mean 'face_70'"),
        ({"width": 0}, "width is 0"),
        ({"height": 1 << 20}, "height is 1048576"),
        ({"points": []}, "no frames"),
        ({"points": [[[1.0, 2.0, 3.0]] * 69] * 2}, "points has frames of another shape"),
        ({"points": [[[1.0, 2.0, 3.0]] * 69 + [[1.0, 2.0]]] * 2}, "points has frames of another shape"),
        ({"points": [[[1.0, 2.0, 3.0]] * 70, None]}, "points has frames of another shape"),
        ({"points": [[[1.0, 2.0, 3.0]] * 69 + [[1.0, 2.0, None]]] * 2}, "points is not"),
        ({"points": [[[1.0, 2.0, 3.0]] * 69 + [[1.0, 2.0, float("nan")]]] * 2}, "frame 0 has points that are not numbers"),
        ({"points": [[[1.0, 2.0, 3.0]] * 70, [[1.0, 2.0, float("inf")]] * 70]}, "frame 1 has points that are not numbers"),
        ({"rotation": [[0.0] * 3]}, "rotation is not"),
        ({"rotation": [[0.0] * 3, [float("nan")] * 3]}, "frame 1 has a rotation that is not a number"),
        ({"visible": [[True] * 70]}, "visible is not"),
        ({"visible": None}, "visible is empty"),
    ],
)
def test_what_is_no_track_is_one_sentence(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = tmp_path / "face.parquet"
    pq.write_table(pa.Table.from_pylist([row(**changes)], schema=SCHEMA), path)
    with pytest.raises(EmohubError, match=words) as caught:
        read_track(path)
    assert str(path) in str(caught.value)


def test_a_file_of_other_columns_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"points": [1, 2]}), tmp_path / "other.parquet")
    with pytest.raises(EmohubError, match="holds no track of landmarks"):
        read_track(tmp_path / "other.parquet")


def test_a_file_of_two_tracks_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([row(), row()], schema=SCHEMA), tmp_path / "two.parquet")
    with pytest.raises(EmohubError, match="has 2 rows"):
        read_track(tmp_path / "two.parquet")


def test_missing_and_broken_files_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="no such file"):
        read_track(tmp_path / "face.parquet")
    (tmp_path / "face.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(EmohubError, match="not a readable Parquet file"):
        read_track(tmp_path / "face.parquet")
