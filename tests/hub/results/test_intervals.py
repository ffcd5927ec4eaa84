"""The vectorised bootstrap against a plain loop, and its F1 against scikit-learn's."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from hub.results.intervals import bootstrap_weights, f1_replicates, percentile_interval

Decisions = npt.NDArray[np.bool_]


def some_decisions(rows: int, labels: int, seed: int) -> tuple[Decisions, Decisions]:
    generator = np.random.default_rng(seed)
    truth = generator.random((rows, labels)) < 0.3
    return truth, truth ^ (generator.random((rows, labels)) < 0.2)


def looped(truth: Decisions, predicted: Decisions, replicates: int, seed: int, average: str) -> list[float]:
    """One resample after another, each scored by scikit-learn on the rows themselves."""
    generator = np.random.default_rng(seed)
    drawn = [generator.integers(0, len(truth), len(truth)) for _ in range(replicates)]
    return [float(f1_score(truth[rows], predicted[rows], average=average, zero_division=0)) for rows in drawn]


@pytest.mark.parametrize(("rows", "labels"), [(1, 1), (7, 3), (60, 28)])
def test_every_replicate_is_what_scikit_learn_says_of_the_resampled_rows(rows: int, labels: int) -> None:
    truth, predicted = some_decisions(rows, labels, 3)
    if labels == 1:
        # scikit-learn takes a single column for a binary problem; a column that never holds leaves both macro and micro as they are defined here.
        truth, predicted = np.hstack([truth, truth]), np.hstack([predicted, predicted])
    macro, micro = f1_replicates(truth, predicted, 120, seed=11)
    assert macro == pytest.approx(looped(truth, predicted, 120, 11, "macro"), abs=1e-6)
    assert micro == pytest.approx(looped(truth, predicted, 120, 11, "micro"), abs=1e-6)


def test_labels_that_never_occur_and_are_never_predicted_count_zero() -> None:
    truth, predicted = np.zeros((20, 4), dtype=bool), np.zeros((20, 4), dtype=bool)
    truth[:, 0] = predicted[:, 0] = True
    macro, micro = f1_replicates(truth, predicted, 100, seed=0)
    assert set(macro) == {0.25}
    assert set(micro) == {1.0}


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(1, 40), labels=st.integers(2, 6), seed=st.integers(0, 1000))
def test_scores_stay_within_bounds_and_in_order(rows: int, labels: int, seed: int) -> None:
    truth, predicted = some_decisions(rows, labels, seed)
    for values in f1_replicates(truth, predicted, 100, seed):
        interval = percentile_interval(values)
        assert 0 <= interval.low <= interval.high <= 1


def test_two_models_share_their_resamples() -> None:
    assert (bootstrap_weights(50, 10, seed=5) == bootstrap_weights(50, 10, seed=5)).all()
    assert (bootstrap_weights(50, 10, seed=5).sum(axis=1) == 50).all()


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(1)
    covered = 0
    for trial in range(100):
        truth = generator.random((150, 2)) < 0.5
        predicted = truth ^ (generator.random((150, 2)) < 0.2)
        interval = percentile_interval(f1_replicates(truth, predicted, 200, trial)[1])
        covered += interval.low <= 0.8 <= interval.high
    assert 88 <= covered <= 100
