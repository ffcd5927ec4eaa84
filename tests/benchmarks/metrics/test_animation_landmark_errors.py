"""Landmark errors on rendered faces whose truth is known, and under motions whose effect is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.metrics.animation.landmark_errors import (
    EXPRESSIVE,
    STABLE,
    expression_error,
    eye_opening_error,
    inter_ocular_distance,
    landmark_error,
    mouth_opening_error,
    pose_error,
    pupil_error,
)
from hub.engine.render import Expression, Identity, Person, Picture, render
from hub.faces.landmarks import FACE_70


def _points(**expression: object) -> np.ndarray:
    """(1, 70, 3) of one person in a picture of 128 pixels."""
    person = Person(Identity(), Expression(**expression), x=0.5, y=0.47, head=0.58)  # type: ignore[arg-type]
    face = render(Picture("cartoon", person=person), 128).truth.face
    assert face is not None
    return face.points[None].astype(np.float64)


REST = _points()
IOD = float(inter_ocular_distance(REST)[0])
ERRORS = (landmark_error, expression_error, mouth_opening_error, eye_opening_error, pupil_error, pose_error)


@pytest.mark.parametrize("error", ERRORS)
def test_the_target_itself_has_no_error(error: object) -> None:
    assert error(REST[:, :, :2], REST) == pytest.approx(0, abs=1e-5)  # type: ignore[operator]


@pytest.mark.parametrize("error", ERRORS)
def test_a_clip_without_a_face_has_no_score_and_a_frame_without_one_does_not_count(error: object) -> None:
    missing = np.full_like(REST, np.nan)
    assert np.isnan(error(missing[:, :, :2], REST))  # type: ignore[operator]
    moved = REST[:, :, :2] + np.random.default_rng(0).normal(size=(1, 70, 2))
    half = np.concatenate([moved, missing[:, :, :2]])
    assert error(half, np.concatenate([REST, REST])) == pytest.approx(error(moved, REST))  # type: ignore[operator]


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_a_shifted_face_makes_a_landmark_error_and_no_expression_error(x: float, y: float) -> None:
    shifted = REST[:, :, :2] + np.array([x, y])
    assert landmark_error(shifted, REST) == pytest.approx(np.hypot(x, y) / IOD)
    assert expression_error(shifted, REST) == pytest.approx(0, abs=1e-9)
    assert pupil_error(shifted, REST) == pytest.approx(0, abs=1e-9)
    assert pose_error(shifted, REST) == pytest.approx(0, abs=1e-4)


@given(st.floats(-40, 40), st.floats(0.5, 2))
def test_rolling_and_scaling_the_picture_make_no_expression_error(roll: float, scale: float) -> None:
    angle = np.radians(roll)
    turned = scale * REST[:, :, :2] @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    assert expression_error(turned, REST) == pytest.approx(0, abs=1e-9)
    assert pupil_error(turned, REST) == pytest.approx(0, abs=1e-9)
    assert pose_error(turned, REST) == pytest.approx(abs(roll), abs=1e-3)


def test_points_that_expressions_should_not_move_stay_nearly_where_they_are() -> None:
    for units in ({26: 1.0, 25: 1.0}, {12: 1.0, 6: 1.0}, {1: 1.0, 2: 1.0, 5: 1.0}, {4: 1.0, 9: 1.0}, {43: 1.0}):
        moved = np.linalg.norm(_points(action_units=units)[0, list(STABLE), :2] - REST[0, list(STABLE), :2], axis=1)
        assert moved.max() < 0.05 * IOD, units


def test_an_open_mouth_is_missed_by_a_closed_one() -> None:
    target = _points(action_units={25: 1.0, 26: 1.0})
    opening = np.linalg.norm(target[0, 66, :2] - target[0, 62, :2]) - np.linalg.norm(REST[0, 66, :2] - REST[0, 62, :2])
    assert mouth_opening_error(REST[:, :, :2], target) == pytest.approx(opening / inter_ocular_distance(target)[0])
    assert opening > 0.1 * IOD
    assert expression_error(REST[:, :, :2], target) > 0.02
    assert eye_opening_error(REST[:, :, :2], target) < 0.03


def test_open_eyes_are_missed_by_closed_ones() -> None:
    closed = _points(action_units={43: 1.0})
    assert eye_opening_error(closed[:, :, :2], REST) > 0.05
    assert mouth_opening_error(closed[:, :, :2], REST) < 0.01


def test_the_pupils_of_a_sideways_glance_are_missed_by_a_straight_one() -> None:
    glance = _points(gaze=(30.0, 0.0))
    assert pupil_error(REST[:, :, :2], glance) > 0.1
    assert expression_error(REST[:, :, :2], glance) < 0.03


def test_closed_eyes_have_no_pupils_to_compare() -> None:
    closed = _points(action_units={43: 1.0})
    assert np.isnan(pupil_error(REST[:, :, :2], closed))


@pytest.mark.parametrize("turn", [{"yaw": 30.0}, {"pitch": -20.0}, {"roll": 15.0}, {"yaw": -45.0}])
def test_the_pose_error_is_the_angle_between_the_heads_and_needs_no_depth_of_the_output(turn: dict[str, float]) -> None:
    turned = _points(**turn)
    assert pose_error(turned[:, :, :2], REST) == pytest.approx(abs(next(iter(turn.values()))), abs=1.5)


def test_the_pose_error_asks_for_the_targets_depth() -> None:
    with pytest.raises(ValueError, match="needs its depth"):
        pose_error(REST[:, :, :2], REST[:, :, :2])


def test_the_yardstick_does_not_shrink_when_the_head_turns() -> None:
    assert inter_ocular_distance(_points(yaw=45.0))[0] == pytest.approx(IOD, rel=0.02)


def test_points_of_another_scheme_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(frames, 70, 2 or 3\)"):
        landmark_error(np.zeros((1, 68, 2)), REST)


def test_the_expressive_points_are_those_that_follow_your_emoji_draws() -> None:
    assert set(FACE_70.inner_lips) < set(EXPRESSIVE) and not set(EXPRESSIVE) & {*FACE_70.oval, *FACE_70.nose, *FACE_70.outer_lips, *FACE_70.pupils}
