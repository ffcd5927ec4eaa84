"""How faces move in EmojiBench's clips."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.emojibench.motion import FAMILIES, Family, Moment, MotionSpec, monotone_cubic, read_vocabulary, trajectory
from hub.engine.render.parameters import ACTION_UNITS
from hub.errors import DeclarationError

FOLDER = Path(__file__).parents[3] / "builders" / "emojibench"
VOCABULARY = read_vocabulary(FOLDER)
MOTIONS = sorted(VOCABULARY.motions)
seeds = st.integers(0, 2**31 - 1)


def numbers(moments: tuple[Moment, ...]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(frames, channels): action units, then gaze, rotation and place."""
    rows = []
    for moment in moments:
        face = moment.expression
        units = [face.action_units.get(unit, 0.0) for unit in ACTION_UNITS]
        rows.append([*units, *face.gaze, face.yaw, face.pitch, face.roll, moment.x, moment.y, moment.head])
    return np.array(rows)


def test_there_are_as_many_motions_as_the_paper_has_driving_clips() -> None:
    assert [len(VOCABULARY.of(family)) for family in FAMILIES] == [18, 9, 9, 9]
    assert len(VOCABULARY.motions) == 45


@pytest.mark.parametrize("name", MOTIONS)
def test_every_clip_begins_with_a_neutral_and_nearly_frontal_face(name: str) -> None:
    for seed in range(5):
        first = trajectory(VOCABULARY.motions[name], 12, seed)[0]
        assert first.expression.action_units == {}
        assert first.expression.gaze == (0.0, 0.0)
        assert max(abs(angle) for angle in (first.expression.yaw, first.expression.pitch, first.expression.roll)) <= 4


@given(st.sampled_from(MOTIONS), st.integers(2, 60), seeds)
@settings(max_examples=80, deadline=None)
def test_every_moment_can_be_drawn(name: str, frames: int, seed: int) -> None:
    moments = trajectory(VOCABULARY.motions[name], frames, seed)
    assert len(moments) == frames
    for moment in moments:
        expression = moment.expression
        assert all(unit in ACTION_UNITS and 0 <= intensity <= 1 for unit, intensity in expression.action_units.items())
        assert max(map(abs, expression.gaze)) <= 35
        assert abs(expression.yaw) <= 45 and abs(expression.pitch) <= 25 and abs(expression.roll) <= 20
        assert abs(moment.x) <= 0.08 and abs(moment.y) <= 0.08 and 0.85 <= moment.head <= 1.15
        assert expression.tears == 0 and expression.flush == 0


@given(st.sampled_from(MOTIONS), seeds)
@settings(max_examples=30, deadline=None)
def test_equal_seeds_give_equal_motions_and_others_give_others(name: str, seed: int) -> None:
    motion = VOCABULARY.motions[name]
    assert trajectory(motion, 12, seed) == trajectory(motion, 12, seed)
    assert not np.allclose(numbers(trajectory(motion, 12, seed)), numbers(trajectory(motion, 12, seed + 1)))


@given(st.sampled_from([name for name in MOTIONS if VOCABULARY.motions[name].family != "talking"]), seeds)
@settings(max_examples=30, deadline=None)
def test_a_motion_is_smooth_so_that_twice_the_frames_take_about_half_the_steps(name: str, seed: int) -> None:
    motion = VOCABULARY.motions[name].model_copy(update={"blinks": 0})
    coarse, fine = (np.abs(np.diff(numbers(trajectory(motion, frames, seed)), axis=0)).max(axis=0) for frames in (49, 97))
    assert (fine <= 0.7 * coarse + 0.02).all()


def test_more_frames_show_the_same_motion_in_more_detail() -> None:
    motion = VOCABULARY.motions["scream"]
    np.testing.assert_allclose(numbers(trajectory(motion, 23, 4))[::2], numbers(trajectory(motion, 12, 4)), atol=1e-9)


def reach(family: Family, channel: int) -> float:
    """The largest value of a channel in any of a family's motions, the smallest over seeds."""
    return min(max(np.abs(numbers(trajectory(VOCABULARY.motions[name], 24, seed))[:, channel]).max() for name in VOCABULARY.of(family)) for seed in range(5))


def test_the_families_do_what_they_are_named_for() -> None:
    gaze, yaw, pitch, roll = (len(ACTION_UNITS) + offset for offset in (0, 2, 3, 4))
    assert reach("turning", yaw) > 33 and reach("turning", pitch) > 18 and reach("turning", roll) > 15
    assert reach("pupils", gaze) > 25 and reach("pupils", gaze + 1) > 25
    for name in VOCABULARY.of("pupils"):
        moved = numbers(trajectory(VOCABULARY.motions[name], 24, 3))
        assert np.abs(moved[:, [yaw, pitch, roll]]).max() < 7
    for name in VOCABULARY.of("exaggerated"):
        assert numbers(trajectory(VOCABULARY.motions[name], 24, 3))[:, : len(ACTION_UNITS)].max() > 0.8


@pytest.mark.parametrize("name", VOCABULARY.of("talking"))
def test_who_talks_opens_and_closes_the_mouth_several_times_a_second(name: str) -> None:
    parted = list(ACTION_UNITS).index(25)
    opening = numbers(trajectory(VOCABULARY.motions[name], 48, 1))[:, parted]
    turns = np.flatnonzero(np.diff(np.sign(np.diff(opening))))
    assert len(turns) >= 6


def test_a_talking_mouth_goes_on_for_as_long_as_the_clip_lasts() -> None:
    parted = list(ACTION_UNITS).index(25)
    opening = numbers(trajectory(VOCABULARY.motions["vowels"], 240, 1))[:, parted]
    assert opening[-40:].max() > 0.3 and opening[-40:].std() > 0.02


def test_blinking_shuts_the_eyes_for_a_moment() -> None:
    spec = MotionSpec.model_validate({"family": "pupils", "phrase": "blinks", "blinks": 1, "keys": ({"held": (0.5, 0.6), "gaze": (5.0, 0.0)},)})
    lids = numbers(trajectory(spec, 24, 0))[:, list(ACTION_UNITS).index(43)]
    assert lids.max() > 0.9 and (lids > 0).sum() <= 6


def test_a_clip_of_one_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="a clip of 1 frames cannot hold a motion; ask for at least 2"):
        trajectory(VOCABULARY.motions["nod"], 1, 0)


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=8), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_the_curve_goes_through_its_knots_and_never_beyond_their_heights(heights: list[float], seed: int) -> None:
    knots = np.cumsum(np.random.default_rng(seed).uniform(0.1, 1.0, len(heights)))
    column = np.array(heights)[:, None]
    np.testing.assert_allclose(monotone_cubic(knots, column, knots), column, atol=1e-9)
    for index in range(len(heights) - 1):
        between = monotone_cubic(knots, column, np.linspace(knots[index], knots[index + 1], 20))
        low, high = sorted(heights[index : index + 2])
        assert between.min() >= low - 1e-9 and between.max() <= high + 1e-9


WRONG = [
    ("family: pupils, phrase: p, keys: [{held: [0.3, 0.5], units: {AU3: 1.0}}]", "does not draw the action units AU3"),
    ("family: pupils, phrase: p, keys: [{held: [0.0, 0.5]}]", "after 0, where the face is neutral"),
    ("family: pupils, phrase: p, keys: [{held: [0.3, 0.5]}, {held: [0.4, 0.6]}]", "list keys in the order of time"),
    ("family: pupils, phrase: p", "nothing would move"),
    ("family: pupils, phrase: p, syllables: [open]", "motions of the family 'talking' have syllables"),
    ("family: talking, phrase: p, syllables: [shout]", "not one of the valid values"),
    ("family: nodding, phrase: p", "not one of the valid values"),
    ("family: turning, phrase: p, keys: [{held: [0.3, 0.5], yaw: 80.0}]", "less than or equal to 45"),
    ("family: turning, phrase: p, keys: [{held: [0.3, 0.5], jaw: 1.0}]", "unknown key"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_mistake_in_the_vocabulary_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "motions.yaml").write_text(f"motions:\n  wrong: {{{text}}}\n")
    with pytest.raises(DeclarationError, match=message):
        read_vocabulary(tmp_path)


def test_a_family_without_motions_is_named(tmp_path: Path) -> None:
    (tmp_path / "motions.yaml").write_text("motions:\n  nod: {family: turning, phrase: nods, keys: [{held: [0.4, 0.6], pitch: 10.0}]}\n")
    with pytest.raises(DeclarationError, match="no motion of the family exaggerated, talking, pupils"):
        read_vocabulary(tmp_path)
