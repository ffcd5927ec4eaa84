"""Accuracy at k and mean average precision agree with scikit-learn; resampled ones with scikit-learn on the drawn rows."""

import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import average_precision_score, top_k_accuracy_score

from benchmarks.metrics.image_scores import accuracy_at_k, average_precisions, mean_average_precision, weighted_average_precisions, within_top

Truth = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]


@st.composite
def one_class_a_row(draw: st.DrawFn) -> tuple[Truth, Scores]:
    """Rows of one class each, with scores of which no two in a row are equal."""
    rows, classes = draw(st.integers(1, 20)), draw(st.integers(3, 7))
    actual = draw(arrays.arrays(np.int64, rows, elements=st.integers(0, classes - 1)))
    ranks = np.array([draw(st.permutations(range(classes))) for _ in range(rows)], dtype=np.float64)
    return actual[:, None] == np.arange(classes), ranks / classes


@st.composite
def several_classes_a_row(draw: st.DrawFn) -> tuple[Truth, Scores]:
    """Any truth, and scores from few values, so that many are equal."""
    shape = draw(st.tuples(st.integers(1, 25), st.integers(1, 5)))
    return draw(arrays.arrays(np.bool_, shape)), draw(arrays.arrays(np.float64, shape, elements=st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])))


def _of_scikit_learn(truth: Truth, scores: Scores, weights: npt.NDArray[np.int64] | None = None) -> list[float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        warnings.simplefilter("ignore", UserWarning)
        return [float(average_precision_score(truth[:, one], scores[:, one], sample_weight=weights)) for one in range(truth.shape[1])]


@given(one_class_a_row(), st.integers(1, 2))
def test_accuracy_at_k_is_that_of_scikit_learn(pair: tuple[Truth, Scores], k: int) -> None:
    truth, scores = pair
    expected = top_k_accuracy_score(truth.argmax(axis=1), scores, k=k, labels=range(truth.shape[1]))
    assert accuracy_at_k(truth, scores, k) == pytest.approx(expected)
    assert accuracy_at_k(truth, scores, truth.shape[1]) == 1


def test_of_equal_probabilities_the_earlier_class_comes_first_as_in_argmax() -> None:
    truth, flat = np.eye(3, dtype=np.bool_), np.full((3, 3), 1 / 3)
    assert [within_top(truth, flat, k).tolist() for k in (1, 2, 3)] == [[True, False, False], [True, True, False], [True, True, True]]
    assert within_top(truth, flat, 1).tolist() == (flat.argmax(axis=1) == truth.argmax(axis=1)).tolist()


@pytest.mark.parametrize(
    ("truth", "k", "message"), [([[1, 1]], 1, "exactly one true class"), ([[0, 0]], 1, "exactly one true class"), ([[1, 0]], 0, "1 or more")]
)
def test_rows_and_k_that_mean_nothing_are_refused(truth: list[list[int]], k: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        accuracy_at_k(np.array(truth, dtype=bool), np.array([[0.4, 0.6]]), k)


@given(several_classes_a_row())
def test_average_precision_is_that_of_scikit_learn_wherever_it_is_defined(pair: tuple[Truth, Scores]) -> None:
    truth, scores = pair
    found, present = average_precisions(truth, scores), truth.any(axis=0)
    np.testing.assert_array_equal(np.isnan(found), ~present)
    np.testing.assert_allclose(found[present], np.array(_of_scikit_learn(truth, scores))[present], atol=1e-12)
    assert mean_average_precision(truth, scores) == pytest.approx(found[present].mean() if present.any() else 0.0)


@given(several_classes_a_row(), st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_rows_drawn_several_times_count_several_times(pair: tuple[Truth, Scores], seed: int) -> None:
    truth, scores = pair
    weights = np.random.default_rng(seed).integers(0, 4, (3, len(truth)))
    found = weighted_average_precisions(truth, scores, weights)
    for replicate in range(3):
        drawn = np.repeat(np.arange(len(truth)), weights[replicate])
        present = truth[drawn].any(axis=0) if len(drawn) else np.zeros(truth.shape[1], dtype=bool)
        np.testing.assert_array_equal(np.isnan(found[replicate]), ~present)
        if present.any():
            np.testing.assert_allclose(found[replicate][present], np.array(_of_scikit_learn(truth[drawn], scores[drawn]))[present], atol=1e-12)
