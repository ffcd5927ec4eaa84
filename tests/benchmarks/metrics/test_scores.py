"""Every score agrees with scikit-learn, or with its definition written as a plain loop."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import brier_score_loss, f1_score, precision_recall_fscore_support

from benchmarks.metrics.scores import brier_score, expected_calibration_error, label_scores, macro_f1, micro_f1, threshold_scores

SHAPES = st.tuples(st.integers(1, 30), st.integers(2, 6))


@st.composite
def decisions(draw: st.DrawFn) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Truth and prediction of one shape, labels without any row and rows without any label among them."""
    shape = draw(SHAPES)
    return draw(arrays.arrays(np.bool_, shape)), draw(arrays.arrays(np.bool_, shape))


@st.composite
def judged(draw: st.DrawFn) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
    shape = draw(SHAPES)
    unit = st.floats(0, 1, width=32)
    return draw(arrays.arrays(np.bool_, shape)), draw(arrays.arrays(np.float32, shape, elements=unit))


@given(decisions())
def test_macro_and_micro_f1_are_those_of_scikit_learn(pair: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]) -> None:
    truth, predicted = pair
    assert macro_f1(truth, predicted) == pytest.approx(f1_score(truth, predicted, average="macro", zero_division=0))
    assert micro_f1(truth, predicted) == pytest.approx(f1_score(truth, predicted, average="micro", zero_division=0))


@given(decisions())
def test_scores_of_every_label_are_those_of_scikit_learn(pair: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]) -> None:
    truth, predicted = pair
    found = label_scores(truth, predicted)
    precision, recall, f1, support = precision_recall_fscore_support(truth, predicted, average=None, zero_division=0)
    for ours, theirs in ((found.precision, precision), (found.recall, recall), (found.f1, f1), (found.support, support)):
        np.testing.assert_allclose(ours, theirs)


@given(judged())
def test_brier_score_is_the_mean_over_labels_of_scikit_learns(pair: tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]) -> None:
    truth, probabilities = pair
    theirs = [brier_score_loss(truth[:, label], probabilities[:, label], pos_label=True) for label in range(truth.shape[1])]
    assert brier_score(truth, probabilities) == pytest.approx(np.mean(theirs), abs=1e-6)


@given(judged(), st.integers(1, 20))
def test_calibration_error_is_the_weighted_gap_of_every_bin(pair: tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]], bins: int) -> None:
    truth, probabilities = pair
    inside: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for probability, outcome in zip(probabilities.ravel().tolist(), truth.ravel().tolist(), strict=True):
        inside[min(int(probability * bins), bins - 1)].append((probability, outcome))
    gaps = (abs(sum(probability for probability, _ in held) - sum(outcome for _, outcome in held)) for held in inside)
    assert expected_calibration_error(truth, probabilities, bins) == pytest.approx(sum(gaps) / truth.size, abs=1e-9)


def test_certainty_that_is_right_has_no_calibration_error_and_wrong_certainty_the_largest() -> None:
    truth = np.array([[True, False], [False, True]])
    assert expected_calibration_error(truth, truth.astype(np.float32)) == brier_score(truth, truth.astype(np.float32)) == 0
    assert expected_calibration_error(truth, (~truth).astype(np.float32)) == brier_score(truth, (~truth).astype(np.float32)) == 1


@given(judged())
@settings(max_examples=30)
def test_threshold_scores_are_the_macro_f1_of_each_cut(pair: tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]) -> None:
    truth, probabilities = pair
    thresholds = np.array([0.05, 0.3, 0.7, 0.95])
    expected = [f1_score(truth, probabilities >= np.float32(threshold), average="macro", zero_division=0) for threshold in thresholds]
    np.testing.assert_allclose(threshold_scores(truth, probabilities, thresholds), expected)
