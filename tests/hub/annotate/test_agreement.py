"""Alpha and kappa, against published values, other libraries and plain loops."""

import itertools

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.metrics import masi_distance as nltk_masi
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score

from hub.annotate.agreement import alpha_replicates, kappa_replicates, masi_distance, masi_distances, nominal_distances, share_replicates

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), part C: four observers, twelve units, nominal alpha 0.743.
PUBLISHED = """
    1 2 3 3 2 1 4 1 2 . . .
    1 2 3 3 2 2 4 1 2 5 . 3
    . 3 3 3 2 3 4 2 2 5 1 .
    1 2 3 3 2 4 4 1 2 5 1 .
"""
sets = st.frozensets(st.sampled_from("abcde"), min_size=1)


def counts_of(table: list[list[int | None]], values: int) -> np.ndarray:
    return np.array([[column.count(value) for value in range(values)] for column in zip(*table, strict=True)])


def ones(units: int) -> np.ndarray:
    return np.ones((1, units))


def alpha_by_hand(units: list[list[frozenset[str]]]) -> float:
    """Pairs within units against pairs over all of them, from the definition."""
    pairable = [unit for unit in units if len(unit) > 1]
    everything = [value for unit in pairable for value in unit]
    if not everything:
        return float("nan")
    within = sum(sum(nltk_masi(one, other) for one, other in itertools.permutations(unit, 2)) / (len(unit) - 1) for unit in pairable) / len(everything)
    over_all = sum(nltk_masi(one, other) for one, other in itertools.permutations(everything, 2)) / (len(everything) * (len(everything) - 1))
    return float("nan") if over_all == 0 else 1 - within / over_all


def test_alpha_is_the_one_that_krippendorff_computed() -> None:
    table = [[None if cell == "." else int(cell) - 1 for cell in line.split()] for line in PUBLISHED.strip().splitlines()]
    assert alpha_replicates(counts_of(table, 5), nominal_distances(5), ones(12))[0] == pytest.approx(0.743, abs=0.0005)


@given(st.lists(st.lists(st.none() | st.integers(0, 3), min_size=3, max_size=3), min_size=2, max_size=12))
def test_alpha_is_the_one_of_the_krippendorff_library(columns: list[list[int | None]]) -> None:
    counts = counts_of([list(row) for row in zip(*columns, strict=True)], 4)
    ours = alpha_replicates(counts, nominal_distances(4), ones(len(columns)))[0]
    pairable = counts[counts.sum(axis=1) >= 2]
    if len(pairable) == 0 or (pairable.sum(axis=0) > 0).sum() < 2:
        assert np.isnan(ours)
    else:
        assert ours == pytest.approx(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"), abs=1e-12)


@given(sets, sets)
def test_masi_is_the_one_of_nltk(one: frozenset[str], other: frozenset[str]) -> None:
    # NLTK rounds its weights to two decimals.
    assert masi_distance(one, other) == pytest.approx(nltk_masi(one, other), abs=0.005)


@given(st.lists(st.lists(sets, min_size=1, max_size=4), min_size=2, max_size=8))
def test_alpha_of_sets_follows_from_its_definition(units: list[list[frozenset[str]]]) -> None:
    values = sorted({value for unit in units for value in unit}, key=sorted)
    counts = np.array([[unit.count(value) for value in values] for unit in units])
    distances = np.array([[nltk_masi(one, other) for other in values] for one in values])
    ours, expected = alpha_replicates(counts, distances, ones(len(units)))[0], alpha_by_hand(units)
    assert (np.isnan(ours) and np.isnan(expected)) or ours == pytest.approx(expected, abs=1e-9)


def test_alpha_of_sets_is_near_the_one_of_nltk_where_nothing_is_missing() -> None:
    generator = np.random.default_rng(3)
    choices = [[frozenset(generator.choice(list("abcd"), generator.integers(1, 4), replace=False).tolist()) for _ in range(3)] for _ in range(40)]
    task = AnnotationTask([(f"rater {rater}", str(unit), value) for unit, row in enumerate(choices) for rater, value in enumerate(row)], distance=nltk_masi)
    values = sorted({value for row in choices for value in row}, key=sorted)
    counts = np.array([[row.count(value) for value in values] for row in choices])
    assert alpha_replicates(counts, masi_distances(values), ones(40))[0] == pytest.approx(task.alpha(), abs=0.005)


def test_a_replicate_is_the_measure_of_the_units_drawn() -> None:
    generator = np.random.default_rng(5)
    counts = np.stack([np.bincount(generator.integers(0, 3, 3), minlength=3) for _ in range(30)])
    one, other = generator.integers(0, 3, 30), generator.integers(0, 3, 30)
    drawn = [generator.integers(0, 30, 30) for _ in range(20)]
    weights = np.stack([np.bincount(units, minlength=30) for units in drawn]).astype(float)
    alphas = [krippendorff.alpha(value_counts=counts[units], level_of_measurement="nominal") for units in drawn]
    kappas = [cohen_kappa_score(one[units], other[units]) for units in drawn]
    shares = [(one[units] == 1).mean() for units in drawn]
    np.testing.assert_allclose(alpha_replicates(counts, nominal_distances(3), weights), alphas, atol=1e-12)
    np.testing.assert_allclose(kappa_replicates(one, other, 3, weights), kappas, atol=1e-12)
    np.testing.assert_allclose(share_replicates((one == 1).astype(float), np.ones(30), weights), shares, atol=1e-12)


def test_full_agreement_is_one_and_no_variation_is_undefined() -> None:
    agreed = np.array([[3, 0], [0, 3], [3, 0]])
    assert alpha_replicates(agreed, nominal_distances(2), ones(3))[0] == 1
    assert np.isnan(alpha_replicates(np.array([[3, 0], [3, 0]]), nominal_distances(2), ones(2))[0])
    assert kappa_replicates(np.array([0, 1, 1]), np.array([0, 1, 1]), 2, ones(3))[0] == 1
    assert np.isnan(kappa_replicates(np.array([1, 1]), np.array([1, 1]), 2, ones(2))[0])
