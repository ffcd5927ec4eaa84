"""Scores of image classification with bootstrap intervals: every metric of a run is drawn from the same resamples, the same for all models of a task."""

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.examples import Labels, Probabilities
from benchmarks.metrics.image_scores import mean_average_precision, mean_over_present, weighted_average_precisions, within_top
from benchmarks.metrics.scores import brier_score, expected_calibration_error, macro_f1
from benchmarks.runners.scoring import BOOTSTRAP_SEED, f1_metrics, score_of
from hub.results import Score
from hub.results.intervals import Counts, Floats, bootstrap_weights

_BINS = 15
_CHUNK = 50
_K = 3


def single_label_metrics(truth: Labels, decided: Labels, probabilities: Probabilities, replicates: int) -> dict[str, Score]:
    """Returns accuracy, accuracy at 3 where there are more than three classes, macro-F1 and calibration; every row has one class."""
    weights = bootstrap_weights(len(truth), replicates, BOOTSTRAP_SEED)
    found = {"accuracy": _mean_score((truth == decided).all(axis=1).astype(np.float64), weights)}
    if truth.shape[1] > _K:
        found[f"accuracy_at_{_K}"] = _mean_score(within_top(truth, probabilities, _K).astype(np.float64), weights)
    found["macro_f1"] = f1_metrics(truth, decided, replicates)["macro_f1"]
    return found | _calibration(truth, probabilities, weights)


def multi_label_metrics(truth: Labels, decided: Labels, probabilities: Probabilities, replicates: int) -> dict[str, Score]:
    """Returns mean average precision, macro- and micro-F1 and calibration; a row may have several classes."""
    weights = bootstrap_weights(len(truth), replicates, BOOTSTRAP_SEED)
    drawn = [mean_over_present(weighted_average_precisions(truth, probabilities, weights[at : at + _CHUNK])) for at in range(0, replicates, _CHUNK)]
    found = {"mean_average_precision": score_of(mean_average_precision(truth, probabilities), np.concatenate(drawn))}
    return found | f1_metrics(truth, decided, replicates) | _calibration(truth, probabilities, weights)


def scores_by_domain(domains: Sequence[str], truth: Labels, decided: Labels, probabilities: Probabilities, multi_label: bool) -> dict[str, Mapping[str, float]]:
    """Returns rows and scores of every domain, in alphabetical order; nothing where a row has no domain."""
    if not all(domains):
        return {}
    of = np.array(domains)
    parts: dict[str, Mapping[str, float]] = {}
    for name in sorted(set(domains)):
        rows = of == name
        found = {"rows": float(rows.sum()), "macro_f1": macro_f1(truth[rows], decided[rows])}
        if multi_label:
            found["mean_average_precision"] = mean_average_precision(truth[rows], probabilities[rows])
        else:
            found["accuracy"] = float((truth[rows] == decided[rows]).all(axis=1).mean())
        if not multi_label and truth.shape[1] > _K:
            found[f"accuracy_at_{_K}"] = float(within_top(truth[rows], probabilities[rows], _K).mean())
        parts[name] = {metric: round(value, 6) for metric, value in found.items()}
    return parts


def _mean_score(per_row: Floats, weights: Counts) -> Score:
    return score_of(float(per_row.mean()), _sums(weights, per_row[:, None])[:, 0] / len(per_row))


def _calibration(truth: Labels, probabilities: Probabilities, weights: Counts) -> dict[str, Score]:
    squared = ((probabilities.astype(np.float64) - truth) ** 2).mean(axis=1)
    gaps = np.abs(_sums(weights, _bin_gaps(truth, probabilities))).sum(axis=1) / truth.size
    return {
        "brier_score": score_of(brier_score(truth, probabilities), _sums(weights, squared[:, None])[:, 0] / len(truth)),
        "expected_calibration_error": score_of(expected_calibration_error(truth, probabilities, _BINS), gaps),
    }


def _bin_gaps(truth: Labels, probabilities: Probabilities) -> Floats:
    """Returns each row's probabilities less outcomes by bin of probability, (rows, bins): their sums over rows are the gaps of the calibration error."""
    rows, labels = truth.shape
    flat = probabilities.astype(np.float64).ravel()
    member = np.minimum((flat * _BINS).astype(np.int64), _BINS - 1) + np.repeat(np.arange(rows) * _BINS, labels)
    gaps: Floats = np.bincount(member, weights=flat - truth.ravel(), minlength=rows * _BINS).astype(np.float64)
    return gaps.reshape(rows, _BINS)


def _sums(weights: Counts, per_row: Floats) -> Floats:
    """Returns the weighted sums over rows, (replicates, columns)."""
    return np.concatenate([weights[at : at + _CHUNK].astype(np.float64) @ per_row for at in range(0, len(weights), _CHUNK)])
