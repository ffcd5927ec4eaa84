"""Bootstrap intervals for F1 scores, vectorised over replicates and labels.

F1 is 2TP / (2TP + FP + FN), and each count is a sum over rows. A bootstrap replicate is a vector of row weights (how often each row was drawn), so all
replicates of all counts are one matrix product: no loop over resamples. Checked against a plain loop in the tests.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Decisions = npt.NDArray[np.bool_]

_CHUNK = 50


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % percentile interval."""

    low: float
    high: float


def bootstrap_weights(rows: int, replicates: int, seed: int) -> Counts:
    """Returns how often each row is drawn in each replicate, (replicates, rows). The same seed and rows give every model the same resamples, so that
    differences between models are paired."""
    generator = np.random.default_rng(seed)
    return np.stack([np.bincount(generator.integers(0, rows, rows), minlength=rows) for _ in range(replicates)])


def f1_from_counts(both: Floats, either: Floats) -> Floats:
    """Returns F1 from true positives and from (predicted + true) positives; 0 where there are none, as scikit-learn does."""
    return np.divide(2 * both, either, out=np.zeros_like(both, dtype=np.float64), where=either > 0)


def f1_replicates(truth: Decisions, predicted: Decisions, replicates: int, seed: int) -> tuple[Floats, Floats]:
    """Returns macro- and micro-F1 of every replicate. `truth` and `predicted` are (rows, labels)."""
    both = (truth & predicted).astype(np.float32)
    either = truth.astype(np.float32) + predicted.astype(np.float32)
    stacked = np.concatenate([both, either], axis=1)
    labels = truth.shape[1]
    weights = bootstrap_weights(len(truth), replicates, seed)
    macro, micro = [], []
    for start in range(0, replicates, _CHUNK):
        sums = (weights[start : start + _CHUNK].astype(np.float32) @ stacked).astype(np.float64)
        macro.append(f1_from_counts(sums[:, :labels], sums[:, labels:]).mean(axis=1))
        micro.append(f1_from_counts(sums[:, :labels].sum(axis=1), sums[:, labels:].sum(axis=1)))
    return np.concatenate(macro), np.concatenate(micro)


def percentile_interval(values: Floats) -> Interval:
    """Returns the 2.5th and 97.5th percentiles."""
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(float(low), float(high))
