"""Scores of multi-label decisions and probabilities. Pure functions; the `evaluate` modules and the runner both call these."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Decisions = npt.NDArray[np.bool_]
"""(rows, labels)."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelScores:
    """Precision, recall, F1 and support of every label, each (labels,). 0 where undefined."""

    precision: Floats
    recall: Floats
    f1: Floats
    support: npt.NDArray[np.int64]


def label_scores(truth: Decisions, predicted: Decisions) -> LabelScores:
    """Returns the scores of every label."""
    both, guessed, actual = (truth & predicted).sum(0), predicted.sum(0), truth.sum(0)
    return LabelScores(_ratio(both, guessed), _ratio(both, actual), _ratio(2 * both, guessed + actual), actual)


def macro_f1(truth: Decisions, predicted: Decisions) -> float:
    """Returns the mean F1 over labels; a label that is neither there nor predicted counts 0, as in scikit-learn."""
    return float(label_scores(truth, predicted).f1.mean())


def micro_f1(truth: Decisions, predicted: Decisions) -> float:
    """Returns the F1 of all decisions taken together."""
    return float(_ratio(np.array([2 * (truth & predicted).sum()]), np.array([truth.sum() + predicted.sum()]))[0])


def brier_score(truth: Decisions, probabilities: npt.NDArray[np.floating]) -> float:
    """Returns the mean squared difference between probability and outcome, over rows and labels (Brier 1950, per decision)."""
    return float(np.mean((probabilities.astype(np.float64) - truth) ** 2))


def expected_calibration_error(truth: Decisions, probabilities: npt.NDArray[np.floating], bins: int = 15) -> float:
    """Returns the mean gap between probability and frequency over equally wide bins, weighted by their size (Naeini et al. 2015), over all decisions."""
    flat, outcome = probabilities.astype(np.float64).ravel(), truth.ravel().astype(np.float64)
    member = np.minimum((flat * bins).astype(np.int64), bins - 1)
    gaps = np.abs(np.bincount(member, flat, bins) - np.bincount(member, outcome, bins))
    return float(gaps.sum() / len(flat))


def threshold_scores(truth: Decisions, probabilities: npt.NDArray[np.floating], thresholds: Floats) -> Floats:
    """Returns the macro-F1 at every threshold."""
    # As Python floats, thresholds are rounded to the precision of the probabilities, just as when the chosen one is applied.
    return np.array([macro_f1(truth, probabilities >= float(threshold)) for threshold in thresholds])


def _ratio(above: npt.NDArray[np.integer], below: npt.NDArray[np.integer]) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.zeros(len(above), dtype=np.float64), where=below > 0)
    return ratio
