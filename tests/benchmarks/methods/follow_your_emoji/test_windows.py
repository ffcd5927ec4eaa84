"""Windows cover a clip, and their shares add up."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.methods.follow_your_emoji.windows import bell, plan_windows, share_of_latest, window_weights


@st.composite
def plans(draw: st.DrawFn) -> tuple[int, int, int]:
    window = draw(st.integers(1, 24))
    return draw(st.integers(1, 200)), window, draw(st.integers(0, window // 2))


@given(plans())
def test_windows_cover_every_frame_in_order_and_stay_inside_the_clip(plan: tuple[int, int, int]) -> None:
    frames, window, overlap = plan
    windows = plan_windows(*plan)
    assert {frame for one in windows for frame in one} == set(range(frames))
    assert all(len(one) == min(window, frames) for one in windows)
    for before, after in pairwise(windows):
        assert before.start < after.start and before.stop - after.start >= overlap
    assert all(before.stop - after.start == overlap for before, after in pairwise(windows[:-1]))


@given(plans())
def test_the_shares_of_a_frame_add_up_to_one(plan: tuple[int, int, int]) -> None:
    windows = plan_windows(*plan)
    total = np.zeros(plan[0])
    for window, share in zip(windows, window_weights(windows), strict=True):
        assert (share > 0).all()
        total[list(window)] += share
    np.testing.assert_allclose(total, 1, rtol=0, atol=1e-12)


@given(plans())
def test_mixing_windows_one_after_the_other_is_their_weighted_mean(plan: tuple[int, int, int]) -> None:
    windows = plan_windows(*plan)
    said = np.random.default_rng(0).standard_normal((len(windows), plan[0]))
    expected, mixed = np.zeros(plan[0]), np.zeros(plan[0])
    for number, (window, weights) in enumerate(zip(windows, window_weights(windows), strict=True)):
        expected[list(window)] += weights * said[number, list(window)]
        share = share_of_latest(windows, number)
        mixed[list(window)] = share * said[number, list(window)] + (1 - share) * mixed[list(window)]
    np.testing.assert_allclose(mixed, expected, rtol=0, atol=1e-12)


def test_one_window_is_no_window() -> None:
    assert plan_windows(10, 16, 4) == [range(10)]
    np.testing.assert_array_equal(window_weights([range(10)])[0], np.ones(10))


def test_the_bell_is_symmetric_and_as_wide_as_the_released_codes() -> None:
    weights = bell(21)
    np.testing.assert_allclose(weights, weights[::-1], rtol=1e-12)
    places = np.arange(21) - 10
    np.testing.assert_allclose((weights * places**2).sum() / weights.sum(), 0.01 * 21**2, rtol=1e-3)


def test_windows_that_cannot_be_are_one_sentence() -> None:
    with pytest.raises(ValueError, match="overlap by 0 to 8 frames, not 9"):
        plan_windows(40, 16, 9)
    with pytest.raises(ValueError, match="at least 1 frame, not 0"):
        plan_windows(0, 16, 4)
