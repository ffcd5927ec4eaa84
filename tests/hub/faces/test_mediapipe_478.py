"""The scheme of MediaPipe's points, on the recorded landmarks of real photographs and against MediaPipe's own edges."""

import json
import subprocess
from itertools import pairwise

import numpy as np
import pytest

from builders.emojibench.photos import read_photos
from hub.faces import FACE_70, MEDIAPIPE_478, SCHEMES, FaceTrack, LandmarkScheme, find_faces, to_face_70
from hub.faces.mediapipe_478 import FACE_70_FROM_MEDIAPIPE
from hub.faces.video import Frame
from tests.support.faces import FACES_PYTHON, MEDIAPIPE, needs_mediapipe


def polygon_holds(polygon: np.ndarray, point: np.ndarray) -> bool:
    """Returns whether a point is inside a polygon, by counting crossings."""
    crossings = 0
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if (y1 > point[1]) != (y2 > point[1]):
            crossings += point[0] < x1 + (point[1] - y1) / (y2 - y1) * (x2 - x1)
    return crossings % 2 == 1


def assert_features_lie_as_they_should(face: FaceTrack) -> None:
    scheme, points = face.scheme, face.points[0, :, :2]
    for eye, pupil, brow in zip(scheme.eyes, scheme.pupils, scheme.brows, strict=True):
        assert polygon_holds(points[list(eye)], points[pupil])
        assert points[list(brow), 1].mean() < points[list(eye), 1].min()
    left, right = scheme.pupils
    assert points[left, 0] < points[right, 0]
    outer, inner = points[list(scheme.outer_lips)], points[list(scheme.inner_lips)]
    assert outer[:, 0].min() <= inner[:, 0].min() and inner[:, 0].max() <= outer[:, 0].max()
    assert points[list(scheme.nose), 1].max() < outer[:, 1].min()
    assert points[list(scheme.oval), 1].max() > outer[:, 1].max()


@pytest.fixture(scope="module")
def photographs() -> Frame:
    return np.stack([photo.image for photo in read_photos(256) if photo.face is not None])


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_every_index_is_a_point_and_no_line_repeats_one(scheme: LandmarkScheme) -> None:
    for line in (*scheme.eyes, *scheme.brows, scheme.outer_lips, scheme.inner_lips, scheme.nose, scheme.oval[:-1]):
        assert all(0 <= index < scheme.count for index in line)
        assert len(set(line)) == len(line)


def test_the_70_come_from_different_points_of_the_mesh() -> None:
    assert len(FACE_70_FROM_MEDIAPIPE) == FACE_70.count == len(set(FACE_70_FROM_MEDIAPIPE))
    assert max(FACE_70_FROM_MEDIAPIPE) < MEDIAPIPE_478.count


@pytest.mark.parametrize("name", ["eyes", "brows", "outer_lips", "inner_lips", "nose", "oval", "pupils"])
def test_a_feature_of_the_70_comes_from_the_same_feature_of_the_mesh(name: str) -> None:
    ours, theirs = np.ravel(getattr(FACE_70, name)), np.concatenate([np.ravel(line) for line in _lines(getattr(MEDIAPIPE_478, name))])
    assert {FACE_70_FROM_MEDIAPIPE[index] for index in ours} <= set(theirs.tolist())


def _lines(value: tuple[int, ...] | tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    return value if isinstance(value[0], tuple) else (value,)  # type: ignore[return-value]


def test_recorded_photographs_have_their_features_where_faces_do() -> None:
    faces = [photo.face for photo in read_photos(128) if photo.face is not None]
    assert len(faces) == 2
    for face in faces:
        assert_features_lie_as_they_should(face)


def test_a_track_of_the_70_stays_as_it_is() -> None:
    face = next(photo.face for photo in read_photos(64) if photo.face is not None)
    assert to_face_70(face) is face


@needs_mediapipe
def test_found_faces_have_their_features_where_faces_do_in_both_schemes(photographs: Frame) -> None:
    track = find_faces(photographs, MEDIAPIPE)
    for number in range(len(track)):
        assert_features_lie_as_they_should(track.frames([number]))
        assert_features_lie_as_they_should(to_face_70(track).frames([number]))


@needs_mediapipe
def test_every_step_of_a_line_is_one_of_mediapipes_edges() -> None:
    code = "import json; from mediapipe.python.solutions import face_mesh_connections as c; "
    code += "print(json.dumps([list(edge) for name in dir(c) if name.startswith('FACEMESH_') for edge in getattr(c, name)]))"
    answer = subprocess.run([FACES_PYTHON, "-c", code], capture_output=True, text=True, check=True, timeout=120).stdout
    edges = {frozenset(edge) for edge in json.loads(answer)}
    scheme = MEDIAPIPE_478
    closed = [(*line, line[0]) for line in (*scheme.eyes, scheme.outer_lips, scheme.inner_lips)]
    lower_to_upper, bridge_to_base = 1, 1
    for line, jumps in [*((line, 0) for line in closed), (scheme.oval, 0), *((brow, lower_to_upper) for brow in scheme.brows), (scheme.nose, bridge_to_base)]:
        assert sum(frozenset(step) not in edges for step in pairwise(line)) <= jumps
