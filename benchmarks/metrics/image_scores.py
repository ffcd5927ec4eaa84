"""Scores of ranked classes: accuracy at k and mean average precision. Pure functions; the `evaluate` modules and the runner both call these."""

import numpy as np
import numpy.typing as npt

from benchmarks.metrics.scores import Decisions, Floats

Probabilities = npt.NDArray[np.floating]
"""(rows, classes). Any score that ranks will do."""


def within_top(truth: Decisions, probabilities: Probabilities, k: int) -> npt.NDArray[np.bool_]:
    """Returns, (rows,), whether a row's one true class is among its `k` most probable. Of equal probabilities the earlier class comes first, as in argmax.

    Raises:
        ValueError: a row has no true class, or several; or `k` is below 1.
    """
    if k < 1:
        raise ValueError(f"accuracy at {k} means nothing: k must be 1 or more")
    if not (truth.sum(axis=1) == 1).all():
        raise ValueError("accuracy at k is of rows with exactly one true class each; for several classes a row take mean average precision")
    actual = truth.argmax(axis=1)[:, None]
    score = np.take_along_axis(probabilities, actual, axis=1)
    before = (probabilities > score) | ((probabilities == score) & (np.arange(probabilities.shape[1]) < actual))
    within: npt.NDArray[np.bool_] = before.sum(axis=1) < k
    return within


def accuracy_at_k(truth: Decisions, probabilities: Probabilities, k: int) -> float:
    """Returns the share of rows whose true class is among the `k` most probable ones.

    Raises:
        ValueError: as `within_top`.
    """
    return float(within_top(truth, probabilities, k).mean())


def average_precisions(truth: Decisions, probabilities: Probabilities) -> Floats:
    """Returns each class's average precision, (classes,): the sum over thresholds of precision times the recall gained there, without interpolation.

    NaN for a class that holds of no row.
    """
    found: Floats = weighted_average_precisions(truth, probabilities, np.ones((1, len(truth)), dtype=np.int64))[0]
    return found


def weighted_average_precisions(truth: Decisions, probabilities: Probabilities, weights: npt.NDArray[np.int64]) -> Floats:
    """Returns each class's average precision when row `i` counts `weights[j, i]` times, (replicates, classes); NaN where the class holds of no such row."""
    counts = weights.astype(np.float64)
    columns = [_weighted_average_precision(truth[:, column], probabilities[:, column], counts) for column in range(truth.shape[1])]
    return np.stack(columns, axis=1)


def mean_average_precision(truth: Decisions, probabilities: Probabilities) -> float:
    """Returns the mean of the average precisions over the classes that hold of any row; 0 where none does."""
    return float(mean_over_present(average_precisions(truth, probabilities)[None])[0])


def mean_over_present(precisions: Floats) -> Floats:
    """Returns the mean over the classes, (replicates,), of (replicates, classes), without the NaN; 0 where all are NaN."""
    present = ~np.isnan(precisions)
    mean: Floats = np.where(present, precisions, 0).sum(axis=1) / np.maximum(present.sum(axis=1), 1)
    return mean


def _weighted_average_precision(truth: npt.NDArray[np.bool_], scores: npt.NDArray[np.floating], weights: Floats) -> Floats:
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    # Rows of equal score come in together, so a threshold is at the last row of each score.
    last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    sorted_weights = weights[:, order]
    above = np.cumsum(sorted_weights, axis=1)[:, last]
    right = np.cumsum(sorted_weights * truth[order], axis=1)[:, last]
    precision = np.divide(right, above, out=np.zeros_like(right), where=above > 0)
    gained = np.diff(right, axis=1, prepend=0)
    total = right[:, -1]
    found: Floats = np.divide((precision * gained).sum(axis=1), total, out=np.full(len(weights), np.nan), where=total > 0)
    return found
