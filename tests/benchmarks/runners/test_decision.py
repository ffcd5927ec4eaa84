"""A threshold is chosen on validation and never on test, and applied just as it was chosen."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from benchmarks.metrics.scores import macro_f1
from benchmarks.runners.decision import choose, decide
from hub.results import Decision
from hub.spec.task import GlobalThreshold, HighestProbability

THRESHOLD = GlobalThreshold(kind="global_threshold")
HIGHEST = HighestProbability(kind="highest_probability")
GRID = [round(0.05 + 0.01 * step, 2) for step in range(91)]


@st.composite
def judged(draw: st.DrawFn) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
    """Truth and probabilities; many of these lie exactly on the grid of thresholds."""
    shape = (draw(st.integers(1, 20)), draw(st.integers(1, 5)))
    values = st.one_of(st.floats(0, 1, width=32), st.sampled_from(GRID).map(lambda value: float(np.float32(value))))
    return draw(arrays.arrays(np.bool_, shape)), draw(arrays.arrays(np.float32, shape, elements=values))


@given(judged())
def test_the_chosen_threshold_is_the_lowest_of_the_best_on_the_grid(pair: tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]) -> None:
    truth, probabilities = pair
    scores = [macro_f1(truth, probabilities >= np.float32(threshold)) for threshold in GRID]
    assert choose(THRESHOLD, truth, probabilities, "validation").threshold == GRID[scores.index(max(scores))]


@given(judged())
def test_on_validation_the_choice_is_at_least_as_good_as_any_fixed_threshold(pair: tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]) -> None:
    truth, probabilities = pair
    chosen = macro_f1(truth, decide(choose(THRESHOLD, truth, probabilities, "validation"), probabilities))
    for threshold in (0.05, 0.5, 0.7, 0.95):
        fixed = Decision(rule="global_threshold", threshold=threshold, tuned_on="validation")
        assert chosen >= macro_f1(truth, decide(fixed, probabilities))


def test_a_probability_on_the_threshold_counts_though_it_is_a_32_bit_number() -> None:
    decision = Decision(rule="global_threshold", threshold=0.7, tuned_on="validation")
    assert decide(decision, np.array([[0.7, 0.69]], dtype=np.float32)).tolist() == [[True, False]]


def test_the_rule_says_where_it_was_tuned() -> None:
    decision = choose(THRESHOLD, np.array([[True], [False]]), np.array([[0.4], [0.3]], dtype=np.float32), "validation")
    assert decision == Decision(rule="global_threshold", threshold=0.31, tuned_on="validation")


def test_tuning_on_test_is_refused() -> None:
    with pytest.raises(ValueError, match="tuned on test"):
        choose(THRESHOLD, np.array([[True]]), np.array([[0.4]], dtype=np.float32), "test")


def test_a_threshold_needs_rows_to_be_tuned_on() -> None:
    with pytest.raises(ValueError, match="no validation rows"):
        choose(THRESHOLD, np.zeros((0, 3), dtype=np.bool_), np.zeros((0, 3), dtype=np.float32), "validation")


@given(judged())
def test_the_highest_probability_makes_one_decision_a_row_and_tunes_nothing(pair: tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]) -> None:
    truth, probabilities = pair
    decision = choose(HIGHEST, truth, probabilities, "validation")
    assert decision == Decision(rule="highest_probability")
    decided = decide(decision, probabilities)
    assert (decided.sum(axis=1) == 1).all()
    assert (probabilities[decided] == probabilities.max(axis=1)).all()
