"""The face's control points: what each action unit, the gaze and the head's rotation do to them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.engine.render.figure.curves import Floats, Pose, rotation
from hub.engine.render.figure.features import features_of
from hub.engine.render.figure.landmarks import face_truth
from hub.engine.render.figure.proportions import proportions_of
from hub.engine.render.parameters import ACTION_UNITS, STYLES, Expression, Identity, StyleName

REGIONS = {
    "jaw": range(0, 17),
    "brows": range(17, 27),
    "nose": range(27, 36),
    "eyes": [*range(36, 48), 68, 69],
    "mouth": range(48, 68),
}
MOVED = {
    1: {"brows"},
    2: {"brows"},
    4: {"brows", "eyes"},
    5: {"eyes"},
    6: {"eyes"},
    7: {"eyes"},
    9: {"brows", "eyes", "nose", "mouth"},
    10: {"nose", "mouth"},
    12: {"eyes", "nose", "mouth"},
    14: {"mouth"},
    15: {"mouth"},
    17: {"mouth"},
    20: {"mouth"},
    23: {"mouth"},
    24: {"mouth"},
    25: {"mouth"},
    26: {"jaw", "mouth"},
    27: {"jaw", "mouth"},
    43: {"eyes"},
}


def points(units: dict[int, float] | None = None, style: StyleName = "realistic", gaze: tuple[float, float] = (0.0, 0.0), **identity: float) -> Floats:
    measures = proportions_of(Identity(**identity), style)  # type: ignore[arg-type]
    return features_of(measures, Expression(action_units=units or {}, gaze=gaze)).points()


def opening(face: Floats) -> float:
    """Between the lids of the eye on the picture's left."""
    return float(face[[40, 41], 1].mean() - face[[37, 38], 1].mean())


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("unit", ACTION_UNITS)
def test_an_action_unit_moves_its_own_regions_and_no_other(unit: int, style: StyleName) -> None:
    shift = np.linalg.norm(points({unit: 1.0}, style) - points(style=style), axis=1)
    for region, ids in REGIONS.items():
        if region in MOVED[unit]:
            assert shift[list(ids)].max() > 0.002
        else:
            assert shift[list(ids)].max() < 1e-9


@pytest.mark.parametrize("style", STYLES)
def test_action_units_move_landmarks_as_facs_describes_them(style: StyleName) -> None:
    rest = points(style=style)

    def shift(unit: int, ids: int | list[int], axis: int = 1) -> float:
        return float(np.mean(points({unit: 1.0}, style)[ids, axis] - rest[ids, axis]))

    assert shift(1, [21, 22]) < -0.03 < shift(1, [17, 26])
    assert shift(2, [18, 25]) < -0.03
    assert shift(4, [21, 22]) > 0.02
    assert shift(4, 21, 0) > 0 > shift(4, 22, 0)
    assert opening(points({5: 1.0}, style)) > 1.1 * opening(rest)
    assert opening(points({7: 1.0}, style)) < 0.85 * opening(rest)
    assert shift(6, [40, 41]) < 0
    assert abs(opening(points({43: 1.0}, style))) < 0.01
    assert shift(9, [31, 35]) < 0
    assert shift(10, [50, 51, 52]) < -0.02
    assert shift(12, [48, 54]) < -0.03
    assert shift(12, 48, 0) < 0 < shift(12, 54, 0)
    assert shift(15, [48, 54]) > 0.03
    assert shift(17, 57) < 0
    assert shift(20, 48, 0) < -0.03
    assert shift(23, 48, 0) > 0
    assert points({24: 1.0}, style)[57, 1] - points({24: 1.0}, style)[51, 1] < rest[57, 1] - rest[51, 1]
    assert shift(25, 66) > 0.02
    assert shift(26, [57, 66]) > 0.04
    assert shift(26, 8) > 0.02
    assert shift(27, 8) > shift(26, 8)
    assert shift(14, 48, 0) < 0


def test_action_units_that_touch_different_features_add_up() -> None:
    rest = points()
    together = points({1: 0.6, 12: 0.8, 26: 0.4, 25: 0.0}) - rest
    brows = points({1: 0.6}) - rest
    np.testing.assert_allclose(together[17:27], brows[17:27], atol=1e-12)
    np.testing.assert_allclose(together[0:17], (points({26: 0.4}) - rest)[0:17], atol=1e-12)


def test_brow_units_are_additive() -> None:
    rest = points()
    total = sum(points({unit: 0.5}) - rest for unit in (1, 2, 4))
    # The height is exactly additive; depth follows the curved forehead.
    np.testing.assert_allclose((points({1: 0.5, 2: 0.5, 4: 0.5}) - rest)[17:27, :2], np.asarray(total)[17:27, :2], atol=1e-12)


def turned_by_hand(face: Floats, yaw: float, pitch: float, roll: float) -> Floats:
    """Euler angles applied one after another with complex numbers, not matrices."""
    x, y, z = face.T
    nod = (z + 1j * y) * np.exp(-1j * np.radians(pitch))
    z, y = nod.real, nod.imag
    turn = (z + 1j * x) * np.exp(1j * np.radians(yaw))
    z, x = turn.real, turn.imag
    tilt = (x + 1j * y) * np.exp(1j * np.radians(roll))
    return np.stack([tilt.real, tilt.imag, z], axis=1)


@given(st.floats(-60, 60), st.floats(-40, 40), st.floats(-40, 40))
def test_turning_the_head_turns_the_landmarks_rigidly(yaw: float, pitch: float, roll: float) -> None:
    features = features_of(proportions_of(Identity(), "natural"), Expression(action_units={12: 0.5}))
    truth = face_truth(features, Pose(100.0, 90.0, 64.0, rotation(yaw, pitch, roll)), Expression(yaw=yaw, pitch=pitch, roll=roll), 256)
    expected = 64.0 * turned_by_hand(features.points(), yaw, pitch, roll) + (100.0, 90.0, 0.0)
    np.testing.assert_allclose(truth.points, expected, atol=1e-4)
    assert truth.rotation == (yaw, pitch, roll)


def test_a_head_turned_to_the_right_shows_its_nose_to_the_right_and_hides_the_right_jaw() -> None:
    features = features_of(proportions_of(Identity(), "realistic"), Expression())
    ahead = face_truth(features, Pose(128, 128, 100, rotation(0, 0, 0)), Expression(), 256)
    right = face_truth(features, Pose(128, 128, 100, rotation(45, 0, 0)), Expression(yaw=45), 256)
    up = face_truth(features, Pose(128, 128, 100, rotation(0, 30, 0)), Expression(pitch=30), 256)
    assert ahead.visible.all()
    assert right.points[30, 0] > ahead.points[30, 0] + 10
    assert up.points[30, 1] < ahead.points[30, 1] - 5
    assert not right.visible[12:17].any()
    assert right.visible[0:5].all()


@given(st.floats(-35, 35), st.floats(-35, 35), st.floats(0, 1), st.floats(0, 1), st.sampled_from(STYLES))
def test_pupils_follow_the_gaze_and_stay_between_the_lids(right: float, up: float, closed: float, wide: float, style: StyleName) -> None:
    face = points({43: closed, 5: wide}, style, gaze=(right, up))
    for pupil, eye in ((68, range(36, 42)), (69, range(42, 48))):
        low, high = face[list(eye), :2].min(axis=0), face[list(eye), :2].max(axis=0)
        assert (face[pupil, :2] >= low - 1e-9).all()
        assert (face[pupil, :2] <= high + 1e-9).all()


def test_gaze_moves_both_pupils_the_same_way() -> None:
    rest = points()[68:]
    assert (points(gaze=(25.0, 0.0))[68:, 0] > rest[:, 0] + 0.01).all()
    assert (points(gaze=(-25.0, 0.0))[68:, 0] < rest[:, 0] - 0.01).all()
    assert (points(gaze=(0.0, 25.0))[68:, 1] < rest[:, 1] - 0.005).all()


def test_a_face_at_rest_is_symmetric() -> None:
    face = points({12: 1.0, 4: 0.5, 25: 0.5})
    mirrored = face * (-1, 1, 1)
    swap = [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31, 45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    swap += [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65, 69, 68]
    np.testing.assert_allclose(face, mirrored[swap], atol=1e-12)


def test_identity_changes_the_measures_it_names() -> None:
    assert points(eye_spacing=1.0)[45, 0] > points(eye_spacing=-1.0)[45, 0]
    assert points(jaw_width=1.0)[12, 0] > points(jaw_width=-1.0)[12, 0]
    assert points(nose_width=1.0)[35, 0] > points(nose_width=-1.0)[35, 0]
    assert points(nose_length=1.0)[33, 1] > points(nose_length=-1.0)[33, 1]
    assert points(mouth_width=1.0)[54, 0] > points(mouth_width=-1.0)[54, 0]
    assert opening(points(eye_size=1.0)) > opening(points(eye_size=-1.0))
    child, adult = points(age=5.0), points(age=30.0)
    assert child[39, 1] > adult[39, 1]
    assert opening(child) > opening(adult)
