"""What is drawn of a face, and what never is."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.methods.follow_your_emoji.drawing import EXPRESSION_AWARE, RAW, Parts, draw_landmarks
from hub.engine.render import Expression, Identity
from hub.faces import FACE_70, MEDIAPIPE_478, FaceTrack
from tests.support.posed_faces import posed

SIZE = 64
NOTHING = Parts(eyes=False, brows=False, inner_lips=False, pupils=False)


@pytest.fixture(scope="module")
def track() -> FaceTrack:
    return posed(Identity(), [Expression(), Expression({26: 1.0, 25: 1.0}, (25, 0)), Expression({12: 1.0}, yaw=40, roll=-10)], SIZE)[0]


def _moved(track: FaceTrack, points: tuple[int, ...], by: float) -> FaceTrack:
    changed = track.points.copy()
    changed[:, list(points)] += by
    return replace(track, points=changed)


def _at(picture: npt.NDArray[np.uint8], place: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    x, y = place[:2].astype(int)
    return picture[y, x]


def test_frames_are_rgb_on_black_at_the_size_asked_for(track: FaceTrack) -> None:
    for size in (16, 50, 64, 128, 600):
        drawn = draw_landmarks(track, size)
        assert drawn.shape == (3, size, size, 3) and drawn.dtype == np.uint8
        assert 0 < drawn.any(axis=3).mean() < 0.12
        assert (drawn[:, 0] == 0).all()


def test_oval_outer_lips_and_nose_leave_no_trace_unless_asked_for(track: FaceTrack) -> None:
    for hidden in (FACE_70.oval, FACE_70.outer_lips, FACE_70.nose):
        elsewhere = _moved(track, hidden, 7.0)
        assert np.array_equal(draw_landmarks(track, SIZE), draw_landmarks(elsewhere, SIZE))
        assert not np.array_equal(draw_landmarks(track, SIZE, RAW), draw_landmarks(elsewhere, SIZE, RAW))


def test_raw_landmarks_show_the_chin_and_expression_aware_ones_do_not(track: FaceTrack) -> None:
    chin = track.points[0, 8]
    assert _at(draw_landmarks(track, SIZE, RAW)[0], chin).any()
    assert not _at(draw_landmarks(track, SIZE, EXPRESSION_AWARE)[0], chin).any()


@pytest.mark.parametrize("part", ["eyes", "brows", "inner_lips", "pupils", "outer_lips", "nose", "oval"])
def test_each_part_is_drawn_alone(track: FaceTrack, part: str) -> None:
    drawn = draw_landmarks(track, SIZE, replace(NOTHING, **{part: True})).any(axis=3)
    lines = getattr(FACE_70, part)
    points = [point for line in lines for point in line] if isinstance(lines[0], tuple) else list(lines)
    rows, columns = np.nonzero(drawn[0])
    places = track.points[0, points, :2]
    assert columns.min() > places[:, 0].min() - 3 and columns.max() < places[:, 0].max() + 3
    assert rows.min() > places[:, 1].min() - 3 and rows.max() < places[:, 1].max() + 3
    assert not draw_landmarks(track, SIZE, NOTHING).any()


def test_pupils_are_solid_squares_that_follow_the_gaze(track: FaceTrack) -> None:
    alone = replace(NOTHING, pupils=True)
    big = draw_landmarks(track, 512, alone)[0].any(axis=2)
    assert big.sum() == 2 * 6 * 6
    small = draw_landmarks(track, SIZE, alone)[:2, :, : SIZE // 2, 0].astype(np.float64)
    columns = (small * (np.arange(SIZE // 2) + 0.5)).sum(axis=(1, 2)) / small.sum(axis=(1, 2))
    assert columns == pytest.approx(track.points[:2, 68, 0], abs=0.2)


def test_upper_and_lower_and_left_and_right_have_their_own_colours(track: FaceTrack) -> None:
    drawn = draw_landmarks(track, 256)[1]
    points = track.resized(256, 256).points[1]
    segments = ((61, 62), (62, 63), (65, 66), (66, 67), (37, 38), (40, 41), (43, 44), (46, 47), (18, 19), (23, 24))
    middles = [points[[one, two]].mean(axis=0) for one, two in segments]
    colours = {tuple(drawn[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3).max(axis=0).tolist()) for x, y in (middle[:2].astype(int) for middle in middles)}
    assert len(colours) == len(middles)


def test_movements_below_a_pixel_show_in_small_pictures(track: FaceTrack) -> None:
    assert not np.array_equal(draw_landmarks(track, SIZE), draw_landmarks(_moved(track, tuple(range(70)), 0.3), SIZE))


def test_points_outside_the_picture_are_cut_off(track: FaceTrack) -> None:
    assert draw_landmarks(_moved(track, tuple(range(70)), 30.0), SIZE).any()
    assert not draw_landmarks(_moved(track, tuple(range(70)), 500.0), SIZE).any()


def test_hidden_points_are_drawn_too(track: FaceTrack) -> None:
    assert np.array_equal(draw_landmarks(replace(track, visible=np.zeros_like(track.visible)), SIZE), draw_landmarks(track, SIZE))


def test_a_frame_without_a_face_stays_black_and_the_others_are_as_they_were(track: FaceTrack) -> None:
    points = track.points.copy()
    points[1] = np.nan
    drawn = draw_landmarks(replace(track, points=points), SIZE)
    assert not drawn[1].any()
    assert np.array_equal(drawn[[0, 2]], draw_landmarks(track, SIZE)[[0, 2]])


def test_the_mesh_is_drawn_like_the_70_points(track: FaceTrack) -> None:
    """Both schemes order their lines alike, so that one network reads both."""
    points = np.zeros((1, 478, 3), dtype=np.float32)
    for mine, theirs in ((FACE_70.inner_lips, MEDIAPIPE_478.inner_lips), *zip(FACE_70.eyes, MEDIAPIPE_478.eyes, strict=True)):
        closed = track.points[1, [*mine, mine[0]]]
        steps = np.linspace(0, len(mine), len(theirs), endpoint=False)
        points[0, list(theirs)] = np.stack([np.interp(steps, range(len(closed)), closed[:, axis]) for axis in range(3)], axis=1)
    points[0, list(MEDIAPIPE_478.pupils)] = track.points[1, [68, 69]]
    mesh = FaceTrack(MEDIAPIPE_478, points, np.ones((1, 478), dtype=bool), track.rotation[:1], SIZE, SIZE)
    without_brows = Parts(brows=False)
    difference = np.abs(draw_landmarks(mesh, SIZE, without_brows)[0].astype(int) - draw_landmarks(track, SIZE, without_brows)[1])
    assert difference.mean() < 0.25 * draw_landmarks(track, SIZE, without_brows)[1].mean()


def test_a_picture_too_small_to_tell_landmarks_apart_is_refused(track: FaceTrack) -> None:
    with pytest.raises(ValueError, match="16 or more"):
        draw_landmarks(track, 8)
