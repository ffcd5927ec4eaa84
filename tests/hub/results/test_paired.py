"""The paired difference between two models, and what its interval and probability are worth."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hub.results.paired import ROWS_ONLY, SEEDS_AND_ROWS, SEEDS_ONLY, UNPAIRED, PairedDifference, SeedScores, paired_difference
from tests.support.records import make_record

SCORE = st.floats(0, 1).map(lambda value: round(value, 6))


def of(values: list[float], replicates: list[npt.NDArray[np.float64]] | None = None, deviation: float | None = None) -> SeedScores:
    return SeedScores(
        dict(enumerate(values)),
        dict(enumerate(replicates or [])),
        {} if deviation is None else dict.fromkeys(range(len(values)), deviation),
    )


def difference(first: SeedScores, second: SeedScores, higher_is_better: bool = True) -> PairedDifference:
    found = paired_difference(first, second, higher_is_better)
    assert found is not None
    return found


@given(st.lists(st.tuples(SCORE, SCORE), min_size=2, max_size=8))
def test_over_seeds_alone_it_is_the_paired_t_test(pairs: list[tuple[float, float]]) -> None:
    ours, theirs = (list(side) for side in zip(*pairs, strict=True))
    found = difference(of(ours), of(theirs))
    gains = np.subtract(ours, theirs)
    assert found.variance == SEEDS_ONLY
    assert found.gain == pytest.approx(float(gains.mean()))
    if gains.std() < 1e-9:
        return
    oracle = stats.ttest_rel(ours, theirs)
    interval = oracle.confidence_interval(0.95)
    assert found.p_value() == pytest.approx(oracle.pvalue, rel=1e-6)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-6, abs=1e-12)
    assert found.probability == pytest.approx(1 - stats.ttest_rel(ours, theirs, alternative="greater").pvalue, abs=1e-9)


def test_a_bound_other_than_0_is_the_t_test_of_shifted_scores() -> None:
    ours, theirs = [0.52, 0.55, 0.56, 0.51], [0.5, 0.51, 0.53, 0.5]
    oracle = stats.ttest_rel(np.array(ours) - 0.01, theirs)
    assert difference(of(ours), of(theirs)).p_value(0.01) == pytest.approx(oracle.pvalue)


def test_one_seed_is_judged_by_the_spread_of_the_difference_over_the_shared_resamples() -> None:
    generator = np.random.default_rng(1)
    rows = generator.normal(0, 0.05, 1000)
    ours, theirs = 0.6 + rows + generator.normal(0, 0.001, 1000), 0.59 + rows + generator.normal(0, 0.001, 1000)
    found = difference(of([0.6], [ours]), of([0.59], [theirs]))
    assert found.variance == ROWS_ONLY
    assert (found.training, found.rows) == pytest.approx((0, float((ours - theirs).std(ddof=1))))
    assert found.low == pytest.approx(0.01 - 1.959964 * found.rows)
    assert found.probability == pytest.approx(float(stats.norm.cdf(0.01 / found.rows)))
    assert found.effect_size is None
    assert found.rows < 0.1 * math.hypot(ours.std(), theirs.std()), "what both models share is no error of their difference"


def test_the_margins_of_seeds_and_of_rows_add_in_quadrature_at_every_level() -> None:
    generator = np.random.default_rng(2)
    ours, theirs = generator.normal(0.5, 0.02, 4), generator.normal(0.46, 0.02, 4)
    replicates = generator.normal(0.5, 0.01, (2, 4, 1000))
    found = difference(of(ours.tolist(), list(replicates[0])), of(theirs.tolist(), list(replicates[1])))
    training = float(np.subtract(ours, theirs).std(ddof=1)) / 2
    rows = float((replicates[0].mean(axis=0) - replicates[1].mean(axis=0)).std(ddof=1))

    def margin(level: float) -> float:
        return math.hypot(float(stats.t.isf(level / 2, 3)) * training, float(stats.norm.isf(level / 2)) * rows)

    assert found.variance == SEEDS_AND_ROWS
    assert (found.training, found.rows) == pytest.approx((training, rows))
    assert (found.low, found.high) == pytest.approx((found.gain - margin(0.05), found.gain + margin(0.05)))
    p_value = found.p_value()
    assert p_value is not None and margin(p_value) == pytest.approx(abs(found.gain))
    assert found.probability == pytest.approx(1 - p_value / 2)


def test_more_seeds_do_not_shrink_the_error_of_the_test_rows() -> None:
    rows = np.random.default_rng(3).normal(0, 0.02, 1000)
    few, many = (difference(of([0.5] * count, [rows] * count), of([0.5] * count, [np.zeros(1000)] * count)) for count in (2, 50))
    assert few.rows == pytest.approx(many.rows) == pytest.approx(float(rows.std(ddof=1)))


def test_only_shared_seeds_count() -> None:
    found = difference(SeedScores({0: 0.5, 1: 0.6, 7: 0.0}), SeedScores({1: 0.5, 0: 0.45, 9: 1.0}))
    assert found.seeds == (0, 1)
    assert (found.first, found.second) == pytest.approx((0.55, 0.475))
    assert paired_difference(SeedScores({0: 0.5}), SeedScores({1: 0.5}), True) is None


def test_single_seeds_without_resamples_fall_back_to_both_intervals_and_to_nothing_without_them() -> None:
    found = difference(of([0.6], deviation=0.03), of([0.5], deviation=0.04))
    assert found.variance == UNPAIRED
    assert found.rows == pytest.approx(0.05)
    assert paired_difference(of([0.6]), of([0.5], deviation=0.04), True) is None


def test_resamples_of_another_number_are_not_paired() -> None:
    generator = np.random.default_rng(4)
    found = difference(of([0.5, 0.6], [generator.normal(size=1000)] * 2), of([0.4, 0.4], [generator.normal(size=500)] * 2))
    assert found.variance == SEEDS_ONLY


def test_models_that_never_differ_have_no_error_and_no_p_value() -> None:
    rows = np.random.default_rng(5).normal(0.5, 0.02, 1000)
    same = difference(of([0.5, 0.6], [rows, rows]), of([0.5, 0.6], [rows, rows]))
    assert (same.gain, same.p_value(), same.probability, same.low, same.high) == (0, None, 0.5, 0, 0)
    shifted = difference(of([0.6, 0.7]), of([0.5, 0.6]))
    assert shifted.probability > 0.999


def test_where_less_is_better_the_lower_score_gains() -> None:
    found = difference(of([0.2, 0.21]), of([0.4, 0.42]), higher_is_better=False)
    assert found.gain > 0 and found.probability > 0.5
    assert found.first < found.second, "the scores themselves keep their direction"


@st.composite
def sides(draw: st.DrawFn) -> tuple[SeedScores, SeedScores]:
    seeds = draw(st.integers(1, 5))
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    replicates = draw(st.booleans())
    first, second = (
        of(
            draw(st.lists(SCORE, min_size=seeds, max_size=seeds)),
            list(generator.normal(0.5, 0.02, (seeds, 200))) if replicates else None,
            draw(st.floats(0.001, 0.1)),
        )
        for _ in range(2)
    )
    return first, second


@given(sides(), st.booleans())
def test_swapping_the_models_turns_every_sign_and_nothing_else(pair: tuple[SeedScores, SeedScores], higher: bool) -> None:
    first, second = pair
    one, other = difference(first, second, higher), difference(second, first, higher)
    assert (one.gain, one.low, one.high) == pytest.approx((-other.gain, -other.high, -other.low), abs=1e-12)
    assert one.probability == pytest.approx(1 - other.probability, abs=1e-9)
    assert one.p_value() == (None if other.p_value() is None else pytest.approx(other.p_value()))
    assert one.low <= one.gain <= one.high


@given(sides())
def test_probability_p_value_and_interval_agree(pair: tuple[SeedScores, SeedScores]) -> None:
    found = difference(*pair)
    p_value = found.p_value()
    if p_value is None:
        return
    assert p_value == pytest.approx(2 * min(found.probability, 1 - found.probability), abs=1e-9)
    if abs(p_value - 0.05) > 1e-6:
        assert (p_value < 0.05) == (found.low > 0 or found.high < 0)


def test_a_record_gives_its_scores_resamples_and_the_width_of_its_interval() -> None:
    from hub.results import Score

    records = [make_record(seed=3, metrics={"macro_f1": Score(value=0.5, low=0.46, high=0.54, replicates=(0.49, 0.51))}), make_record(seed=4)]
    scores = SeedScores.of(records, "macro_f1")
    assert scores.values == {3: 0.5, 4: 0.46}
    assert list(scores.replicates) == [3]
    assert scores.deviations[3] == pytest.approx(0.04 / 1.959964)


def correct(generator: np.random.Generator, models: int, seeds: int, rows: int, between: float, skill: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Draws which rows each seed of each model gets right: rows are of one difficulty for all, and every training turns out a little differently."""
    difficulty = generator.normal(0, 1, rows)
    training = generator.normal(0, between, (models, seeds))
    chance = 1 / (1 + np.exp(-(skill[:, None, None] + training[:, :, None] - difficulty)))
    return (generator.random((models, seeds, rows)) < chance).astype(float)


def resampled(generator: np.random.Generator, hits: npt.NDArray[np.float64], count: int = 200) -> npt.NDArray[np.float64]:
    """Accuracy in `count` resamples of the rows that all share: a plain bootstrap. Returns models × seeds × count."""
    rows = hits.shape[-1]
    weights = generator.multinomial(rows, [1 / rows] * rows, size=count) / rows
    return hits @ weights.T


@pytest.mark.parametrize(("seeds", "between"), [(1, 0.0), (3, 0.15), (5, 0.15)])
def test_the_interval_covers_the_true_difference_in_a_simulation(seeds: int, between: float) -> None:
    """Both models are equally skilled: the truth is 0. With one seed only the test rows can be covered, so trainings do not differ there."""
    generator, trials = np.random.default_rng(6), 600
    covered = 0
    for _ in range(trials):
        hits = correct(generator, 2, seeds, 300, between, np.zeros(2))
        replicates = resampled(generator, hits)
        first, second = (of(hits[model].mean(axis=-1).tolist(), list(replicates[model])) for model in (0, 1))
        found = difference(first, second)
        covered += found.low <= 0 <= found.high
    assert covered / trials >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / trials)
