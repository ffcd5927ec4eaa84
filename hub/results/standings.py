"""Who is better than whom: every pair of models of a task tested, and the ranks that follow. Pure functions.

All pairs of one task and profile are one family of tests, adjusted by Holm's method, so that with 95 % confidence no pair is called separable wrongly.
A model's rank is 1 + the number of models that are separably better; models that no test can separate share it. With the number of models that are not
separably worse it makes the rank interval, which covers all ranks of the task at once (Al Mohamad, Goeman and van Zwet, Simultaneous confidence intervals
for ranks, Biometrics 2022).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from hub.results.direction import LOWER_IS_BETTER
from hub.results.paired import PairedDifference, SeedScores, paired_difference
from hub.results.record import RunRecord
from hub.results.store import Results

CONFIDENCE = 0.95
OTHER_HAS_ONE_SEED = "over test rows and one model's seeds; the other has one seed"
Board = tuple[str, str]
"""Profile and task."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models of one task, tested on their main metric. Gains are positive when the first is better, whichever way the metric points."""

    first: str
    second: str
    gain: float
    low: float
    high: float
    probability: float
    """P(the first is better), unadjusted; see hub.results.paired."""
    p_value: float | None
    adjusted: float | None
    """By Holm's method over all pairs of the task; None where two models never differ."""
    effect_size: float | None
    seeds: int
    variance: str
    """What the interval covers."""

    @property
    def separable(self) -> bool:
        return self.adjusted is not None and self.adjusted < 1 - CONFIDENCE

    @property
    def turned(self) -> "Comparison":
        """The same test with the models exchanged."""
        return replace(
            self,
            first=self.second,
            second=self.first,
            gain=-self.gain,
            low=-self.high,
            high=-self.low,
            probability=1 - self.probability,
            effect_size=None if self.effect_size is None else -self.effect_size,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one model stands among those of its task. 1 is best."""

    rank: int
    rank_high: int
    """The end of the rank interval, which begins at `rank`."""
    ties: tuple[str, ...]
    """The models that no test separates from this one."""


def compare_results(results: Results) -> dict[Board, tuple[Comparison, ...]]:
    """Returns every pair that can be tested, by profile and task."""
    boards: dict[Board, dict[str, list[RunRecord]]] = {}
    for record in results.records:
        if record.status == "complete":
            boards.setdefault((record.profile, record.task), {}).setdefault(record.model, []).append(record)
    return {board: compare_models(models) for board, models in boards.items()}


def compare_models(models: Mapping[str, Sequence[RunRecord]]) -> tuple[Comparison, ...]:
    """Returns the pairs of one task that can be tested: the same test data, the same main metric, and an error that is known."""
    sides = {name: _side(records) for name, records in models.items()}
    found: list[tuple[str, str, PairedDifference]] = []
    for first, second in combinations(sorted(models), 2):
        (data, metric, ours), (other_data, other_metric, theirs) = sides[first], sides[second]
        if data is None or (data, metric) != (other_data, other_metric) or metric is None:
            continue
        difference = _difference(ours, theirs, metric not in LOWER_IS_BETTER)
        if difference is not None:
            found.append((first, second, difference))
    p_values = [difference.p_value() for _, _, difference in found]
    return tuple(_comparison(*pair, *both) for pair, both in zip(found, zip(p_values, holm(p_values), strict=True), strict=True))


def _side(records: Sequence[RunRecord]) -> tuple[str | None, str | None, SeedScores]:
    """The test data and main metric that all seeds share, None where they differ, and the scores."""
    data = {record.data.fingerprint for record in records}
    metrics = {record.main_metric for record in records}
    metric = next(iter(metrics)) if len(metrics) == 1 else None
    return (next(iter(data)) if len(data) == 1 else None), metric, SeedScores.of(records, metric or "")


def _difference(first: SeedScores, second: SeedScores, higher_is_better: bool) -> PairedDifference | None:
    """One seed beside several, as of a model that seeds do not change, is compared with each of them."""
    counts = sorted((len(first.values), len(second.values)))
    if counts[0] == 1 < counts[1]:
        seeds = max((first, second), key=lambda scores: len(scores.values)).values
        found = paired_difference(first.spread_over(seeds), second.spread_over(seeds), higher_is_better)
        return found and found.covering(OTHER_HAS_ONE_SEED)
    return paired_difference(first, second, higher_is_better)


def _comparison(first: str, second: str, difference: PairedDifference, p_value: float | None, adjusted: float | None) -> Comparison:
    return Comparison(
        first,
        second,
        difference.gain,
        difference.low,
        difference.high,
        difference.probability,
        p_value,
        adjusted,
        difference.effect_size,
        len(difference.seeds),
        difference.variance,
    )


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Returns p-values adjusted for being one family (Holm 1979); None stays None and counts for nothing."""
    order = sorted((value, place) for place, value in enumerate(p_values) if value is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for number, (value, place) in enumerate(order):
        largest = max(largest, min(1.0, value * (len(order) - number)))
        adjusted[place] = largest
    return adjusted


def stand(models: Sequence[str], comparisons: Sequence[Comparison]) -> dict[str, Standing]:
    """Returns the standing of every model; a pair without a comparison is not separable."""
    better: dict[str, set[str]] = {model: set() for model in models}
    worse: dict[str, set[str]] = {model: set() for model in models}
    for one in comparisons:
        if one.separable and one.first in better and one.second in better:
            winner, loser = (one.first, one.second) if one.gain > 0 else (one.second, one.first)
            better[loser].add(winner)
            worse[winner].add(loser)
    return {
        model: Standing(1 + len(better[model]), len(models) - len(worse[model]), tuple(sorted(set(models) - better[model] - worse[model] - {model})))
        for model in models
    }
