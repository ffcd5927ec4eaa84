"""How far raters agree with each other: Krippendorff's alpha and Cohen's kappa for every bootstrap replicate at once.

Both are ratios of sums over units (items, or options of items), and a replicate is a vector of unit weights, so that all replicates are one matrix product.
The tests compare with the `krippendorff` library, NLTK and scikit-learn.

Sources: Krippendorff, Content Analysis (3rd edition, 2013), section 12.3; Cohen (1960), Educational and Psychological Measurement 20; MASI: Passonneau
(2006), LREC.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Answer = frozenset[str]


def nominal_distances(values: int) -> Floats:
    """Returns the distances between `values` unordered values: 1, and 0 on the diagonal."""
    return 1 - np.eye(values)


def masi_distance(one: Answer, other: Answer) -> float:
    """Returns 1 - Jaccard × monotonicity of two sets: 0 for equal ones, 1 for disjoint ones. Monotonicity is 1 for equal sets, 2/3 where one holds the other,
    1/3 where they overlap otherwise, 0 where they do not."""
    both, either = len(one & other), len(one | other)
    if either == 0 or one == other:
        return 0.0
    monotonicity = 2 / 3 if one <= other or other <= one else 1 / 3
    return 1 - both / either * (monotonicity if both else 0)


def masi_distances(values: Sequence[Answer]) -> Floats:
    """Returns the MASI distances between all answers, (values, values)."""
    return np.array([[masi_distance(one, other) for other in values] for one in values], dtype=np.float64)


def alpha_replicates(counts: Integers, distances: Floats, weights: Floats) -> Floats:
    """Returns Krippendorff's alpha of every replicate; NaN where nothing varies or nothing is rated twice.

    Args:
        counts: how many raters gave a unit a value, (units, values).
        distances: between values, (values, values), in [0, 1], with a zero diagonal.
        weights: how often each unit is in each replicate, (replicates, units); a row of ones gives alpha itself.
    """
    raters = counts.sum(axis=1)
    pairable = np.where((raters >= 2)[:, None], counts, 0).astype(np.float64)
    within = np.einsum("uv,vw,uw->u", pairable, distances, pairable) / np.maximum(raters - 1, 1)
    observed = weights @ within
    totals = weights @ pairable
    expected = np.einsum("rv,vw,rw->r", totals, distances, totals)
    disagreement = np.divide((totals.sum(axis=1) - 1) * observed, expected, out=np.full(len(weights), np.nan), where=expected > 0)
    return np.asarray(1 - disagreement, dtype=np.float64)


def kappa_replicates(one: Integers, other: Integers, values: int, weights: Floats) -> Floats:
    """Returns Cohen's kappa of two raters for every replicate; NaN where both give one and the same value throughout, or where nothing is drawn.

    Args:
        one: the value that the one rater gave each unit, (units,), in [0, values).
        other: the other rater's.
        values: how many values there are.
        weights: (replicates, units).
    """
    total = weights.sum(axis=1)
    of_one, of_other = weights @ np.eye(values)[one], weights @ np.eye(values)[other]
    by_chance = _ratio((of_one * of_other).sum(axis=1), total**2)
    observed = _ratio(weights @ (one == other), total)
    return _ratio(observed - by_chance, 1 - by_chance)


def share_replicates(hits: Floats, cases: Floats, weights: Floats) -> Floats:
    """Returns the share of hits among cases for every replicate; NaN where there is no case.

    Args:
        hits: by item, (items,).
        cases: by item, (items,).
        weights: (replicates, items).
    """
    return _ratio(weights @ hits, weights @ cases)


def _ratio(above: Floats, below: Floats) -> Floats:
    share: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 1e-12)
    return share
