"""Who is separably better than whom, and the ranks that follow."""

import math
from collections.abc import Sequence
from itertools import chain, combinations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.results import Data, RunRecord, Score
from hub.results.paired import ROWS_ONLY, SEEDS_AND_ROWS
from hub.results.standings import OTHER_HAS_ONE_SEED, Comparison, Standing, compare_models, holm, stand
from tests.support.records import make_record

P_VALUE = st.one_of(st.none(), st.floats(1e-12, 1))
RESAMPLES = 200


def closed_testing(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's adjusted p-values by their definition: the largest Bonferroni p-value of all sets of hypotheses that hold this one."""
    places = [place for place, value in enumerate(p_values) if value is not None]
    subsets = list(chain.from_iterable(combinations(places, size) for size in range(1, len(places) + 1)))

    def bonferroni(subset: Sequence[int]) -> float:
        return min(1.0, len(subset) * min(value for place in subset if (value := p_values[place]) is not None))

    return [None if value is None else max(bonferroni(subset) for subset in subsets if place in subset) for place, value in enumerate(p_values)]


@given(st.lists(P_VALUE, max_size=8))
def test_holm_is_closed_testing_with_bonferroni(p_values: list[float | None]) -> None:
    assert [value if value is None else pytest.approx(value) for value in closed_testing(p_values)] == holm(p_values)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjusting_never_lowers_a_p_value_and_keeps_their_order(p_values: list[float]) -> None:
    adjusted = [value for value in holm(p_values) if value is not None]
    assert all(after >= before for before, after in zip(p_values, adjusted, strict=True))
    assert [adjusted[place] for place in np.argsort(p_values, kind="stable")] == sorted(adjusted)


def records(scores: dict[str, Sequence[float]], resamples: dict[str, npt.NDArray[np.float64]] | None = None, **changes: object) -> dict[str, list[RunRecord]]:
    """Records of models by seed; `resamples` adds to every seed's score."""

    def score(model: str, value: float) -> Score:
        around = value + (resamples or {})[model] if resamples else np.array([])
        return Score(value=value, low=value - 0.02, high=value + 0.02, replicates=tuple(around.tolist()))

    return {
        model: [make_record(model=model, seed=seed, metrics={"macro_f1": score(model, value)}, **changes) for seed, value in enumerate(values)]
        for model, values in scores.items()
    }


def test_every_pair_is_tested_once_and_a_gain_is_the_first_ones() -> None:
    found = compare_models(records({"c": [0.5, 0.52], "a": [0.4, 0.43], "b": [0.3, 0.31]}))
    assert [(one.first, one.second) for one in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [round(one.gain, 3) for one in found] == [0.11, -0.095, -0.205]
    assert [(one.turned if one.gain < 0 else one).first for one in found] == ["a", "c", "c"]


def test_turning_a_comparison_twice_changes_nothing() -> None:
    one = Comparison("a", "b", 0.25, 0.125, 0.5, 0.75, 0.5, 0.5, 1.5, 3, "over seeds")
    assert one.turned.turned == one and one.turned.low == -0.5


def test_models_on_other_data_or_by_another_metric_are_not_compared() -> None:
    other = Data(name="GoEmotions", source="local", fingerprint="0" * 64)
    models = records({"a": [0.5], "b": [0.4]}) | records({"c": [0.3]}, data=other)
    models["d"] = [make_record(model="d", main_metric="micro_f1", metrics={"micro_f1": Score(value=0.4, low=0.3, high=0.5)})]
    models["e"] = [*records({"e": [0.4]})["e"], make_record(model="e", seed=1, data=other)]
    models["f"] = records({"f": [0.4]}, data=other.model_copy(update={"fingerprint": None}))["f"]
    assert [(one.first, one.second) for one in compare_models(models)] == [("a", "b")]


def test_one_seed_beside_several_is_compared_with_each_of_them_and_says_so() -> None:
    rows = {name: np.random.default_rng(number).normal(0, 0.01, RESAMPLES) for number, name in enumerate("abc")}
    found = {(one.first, one.second): one for one in compare_models(records({"a": [0.5], "b": [0.4, 0.42, 0.44], "c": [0.3]}, rows))}
    assert found["a", "b"].gain == pytest.approx(0.08)
    assert (found["a", "b"].seeds, found["a", "b"].variance) == (3, OTHER_HAS_ONE_SEED)
    assert found["a", "c"].variance == ROWS_ONLY
    several = compare_models(records({"a": [0.5, 0.51], "b": [0.4, 0.42]}, rows))
    assert several[0].variance == SEEDS_AND_ROWS


def test_what_only_shared_rows_move_is_separable_though_the_intervals_overlap() -> None:
    generator = np.random.default_rng(1)
    rows = generator.normal(0, 0.05, RESAMPLES)
    models = records({"a": [0.52], "b": [0.5]}, {name: rows + generator.normal(0, 0.003, RESAMPLES) for name in "ab"})
    (pair,) = compare_models(models)
    assert pair.separable
    assert stand(["a", "b"], [pair]) == {"a": Standing(1, 1, ()), "b": Standing(2, 2, ())}


def test_a_pair_without_a_comparison_is_tied() -> None:
    assert stand(["a", "b", "c"], ()) == {name: Standing(1, 3, tuple(sorted(set("abc") - {name}))) for name in "abc"}


def comparison(first: str, second: str, gain: float, adjusted: float | None) -> Comparison:
    return Comparison(first, second, gain, gain - 0.01, gain + 0.01, 0.9, adjusted, adjusted, None, 1, "")


@st.composite
def outcomes(draw: st.DrawFn) -> tuple[list[str], list[Comparison]]:
    names = [f"m{number}" for number in range(draw(st.integers(1, 6)))]
    found = []
    for first, second in combinations(names, 2):
        if draw(st.booleans()):
            found.append(comparison(first, second, draw(st.floats(-0.3, 0.3)), draw(st.one_of(st.none(), st.floats(0, 0.1)))))
    return names, found


@given(outcomes())
def test_ranks_intervals_and_ties_fit_together(drawn: tuple[list[str], list[Comparison]]) -> None:
    names, comparisons = drawn
    standings = stand(names, comparisons)
    separable = {frozenset((one.first, one.second)) for one in comparisons if one.separable}
    for name, where in standings.items():
        assert 1 <= where.rank <= where.rank_high <= len(names)
        assert where.rank_high - where.rank == len(where.ties)
        assert all(name in standings[other].ties for other in where.ties)
        assert {frozenset((name, other)) for other in set(names) - {name, *where.ties}} <= separable
        assert not {frozenset((name, other)) for other in where.ties} & separable


@given(outcomes())
def test_swapping_the_sides_of_comparisons_changes_no_standing(drawn: tuple[list[str], list[Comparison]]) -> None:
    names, comparisons = drawn
    swapped = [comparison(one.second, one.first, -one.gain, one.adjusted) for one in comparisons]
    decided = [pair for pair in zip(comparisons, swapped, strict=True) if pair[0].gain]
    assert stand(names, [one for one, _ in decided]) == stand(names, [other for _, other in decided])


@given(outcomes())
def test_a_new_model_that_beats_all_moves_every_rank_by_one(drawn: tuple[list[str], list[Comparison]]) -> None:
    names, comparisons = drawn
    before = stand(names, comparisons)
    after = stand([*names, "new"], [*comparisons, *(comparison("new", name, 0.5, 0.001) for name in names)])
    assert after.pop("new") == Standing(1, 1, ())
    assert after == {name: Standing(where.rank + 1, where.rank_high + 1, where.ties) for name, where in before.items()}


@given(outcomes())
def test_a_new_model_that_loses_to_all_moves_no_rank(drawn: tuple[list[str], list[Comparison]]) -> None:
    names, comparisons = drawn
    before = stand(names, comparisons)
    after = stand([*names, "new"], [*comparisons, *(comparison("new", name, -0.5, 0.001) for name in names)])
    assert after.pop("new") == Standing(len(names) + 1, len(names) + 1, ())
    assert after == before


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_in_which_models_come_changes_nothing(order: list[str]) -> None:
    scores = {"a": [0.5, 0.52], "b": [0.4, 0.43], "c": [0.3, 0.31], "d": [0.41, 0.4]}
    assert compare_models(records({name: scores[name] for name in order})) == compare_models(records(scores))


def simulated(generator: np.random.Generator, skills: Sequence[float], seeds: int) -> tuple[Comparison, ...]:
    """Models whose true scores are `skills`, each seed off by its training, all off by the rows, of which each model has its own share."""
    rows = generator.normal(0, 0.02, RESAMPLES + 1)
    scores, resamples = {}, {}
    for number, skill in enumerate(skills):
        own = rows + generator.normal(0, 0.01, RESAMPLES + 1)
        # The first draw is the test set at hand; the others are what the bootstrap sees, around what was measured.
        scores[f"m{number}"] = [float(skill + own[0] + noise) for noise in generator.normal(0, 0.005, seeds)]
        resamples[f"m{number}"] = own[1:]
    return compare_models(records(scores, resamples))


def test_among_equal_models_a_pair_is_called_separable_in_at_most_5_percent_of_tasks() -> None:
    generator, trials = np.random.default_rng(7), 200
    wrong = sum(any(pair.separable for pair in simulated(generator, [0.5] * 5, 3)) for _ in range(trials))
    assert wrong / trials <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / trials)


def test_all_rank_intervals_of_a_task_hold_the_true_ranks_in_95_percent_of_tasks() -> None:
    generator, trials = np.random.default_rng(8), 200
    skills = [0.6, 0.56, 0.56, 0.55, 0.5]
    lowest, highest = [1, 2, 2, 4, 5], [1, 3, 3, 4, 5]
    held = 0
    for _ in range(trials):
        standings = stand([f"m{number}" for number in range(5)], simulated(generator, skills, 3))
        held += all(standings[f"m{number}"].rank <= lowest[number] and standings[f"m{number}"].rank_high >= highest[number] for number in range(5))
    assert held / trials >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / trials)
