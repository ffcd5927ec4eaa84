"""The paired difference between two models of one task, with its error. Pure functions.

Only seeds that both models ran count, and all models of a task share their bootstrap resamples of the test rows. The difference has two sources of error.
Training: the differences of the n seeds vary with standard deviation s, so their mean has the standard error s/√n, known with n - 1 degrees of freedom.
Test rows: every seed is tested on the same rows, so their error does not shrink with more seeds; it is the standard deviation r of the mean difference
over the shared resamples. At every level of confidence the margin is hypot(t·s/√n, z·r), with the quantiles of Student's t and of the normal distribution;
the p-value is the level at which the margin is as wide as the gain. One Student's t for both, with Welch and Satterthwaite's degrees of freedom, would be
too sure of itself in the far tails that testing many pairs needs; docs/standings.md shows by how much.
One source may be missing, and the difference says so: a metric without resamples has no r, one seed has no s. Where both are missing, the two intervals
stand in, as if the models had been tested apart; that is wider than the truth.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from hub.results.record import RunRecord

SEEDS_AND_ROWS = "over seeds and test rows"
SEEDS_ONLY = "over seeds only"
ROWS_ONLY = "over test rows only, of one seed"
UNPAIRED = "from both intervals, not paired"
Value = TypeVar("Value")
_NORMAL = 1.959963984540054
_FARTHEST = 37.0
"""Standard normal deviates; beyond, tail probabilities leave the range of floats."""


@dataclass(frozen=True, slots=True)
class SeedScores:
    """What one model scored by one metric, by seed."""

    values: Mapping[int, float]
    replicates: Mapping[int, npt.NDArray[np.float64]] = field(default_factory=dict)
    """The metric in the shared resamples; only of seeds that have some."""
    deviations: Mapping[int, float] = field(default_factory=dict)
    """Half the width of the 95 % interval over 1.96; only of seeds that have one."""

    @classmethod
    def of(cls, records: Sequence[RunRecord], metric: str) -> "SeedScores":
        scores = {record.seed: record.metrics[metric] for record in records if metric in record.metrics}
        return cls(
            {seed: score.value for seed, score in scores.items()},
            {seed: np.array(score.replicates) for seed, score in scores.items() if len(score.replicates) > 1},
            {seed: (score.high - score.low) / (2 * _NORMAL) for seed, score in scores.items() if score.low is not None and score.high is not None},
        )

    def spread_over(self, seeds: Iterable[int]) -> "SeedScores":
        """Returns a single seed's scores as those of every seed named; several seeds as they are."""
        if len(self.values) != 1:
            return self
        kept = tuple(seeds)
        return SeedScores(_repeated(self.values, kept), _repeated(self.replicates, kept), _repeated(self.deviations, kept))


def _repeated(found: Mapping[int, Value], seeds: tuple[int, ...]) -> dict[int, Value]:
    """The one value as that of every seed; nothing where there is none."""
    return {seed: one for one in found.values() for seed in seeds}


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """First minus second, turned so that more is better. `low` and `high` bound it with 95 % confidence."""

    seeds: tuple[int, ...]
    first: float
    """The mean score over the shared seeds, as is `second`."""
    second: float
    gain: float
    training: float
    """The standard error over seeds, s/√n; 0 for one seed, which does not show it."""
    rows: float
    """The standard error over test rows, r; 0 for a metric without resamples."""
    effect_size: float | None
    """Cohen's d of the paired differences with Hedges' correction; None for one seed, or where the seeds do not differ."""
    variance: str
    """What the interval covers."""

    @property
    def low(self) -> float:
        return self.gain - self._margin(0.025)

    @property
    def high(self) -> float:
        return self.gain + self._margin(0.025)

    @property
    def probability(self) -> float:
        """P(the first is better): the one-sided confidence that its gain is above 0, by the same rule as the interval."""
        if not self.training and not self.rows:
            return 0.5 if not self.gain else float(self.gain > 0)
        tail = self._tail(abs(self.gain))
        return 1.0 - tail if self.gain > 0 else tail

    def covering(self, variance: str) -> "PairedDifference":
        return replace(self, variance=variance)

    def p_value(self, bound: float = 0.0) -> float | None:
        """Two-sided, of a gain of exactly `bound`; None where the differences have no error at all."""
        return 2 * self._tail(abs(self.gain - bound)) if self.training or self.rows else None

    def _margin(self, tail: float) -> float:
        return _margin(tail, self.training, self.rows, len(self.seeds) - 1)

    def _tail(self, distance: float) -> float:
        return _tail(distance, self.training, self.rows, len(self.seeds) - 1)


def _margin(tail: float, training: float, rows: float, freedom: int) -> float:
    from scipy.special import ndtri, stdtrit

    # Not 0 times an infinite quantile.
    over_seeds = -float(stdtrit(freedom, tail)) * training if training else 0.0
    return math.hypot(over_seeds, float(ndtri(tail)) * rows)


@lru_cache(maxsize=10_000)
def _tail(distance: float, training: float, rows: float, freedom: int) -> float:
    """The probability in one tail at which the margin is `distance` wide."""
    from scipy.optimize import brentq
    from scipy.special import ndtr, stdtr

    if not training:
        return float(ndtr(-distance / rows))
    if not rows:
        return float(stdtr(freedom, -distance / training))

    def beyond(deviate: float) -> float:
        return _margin(float(ndtr(-deviate)), training, rows, freedom) - distance

    # Student's quantiles are the wider ones, so the normal deviate cannot be farther out than if both sources were normal.
    farthest = min(_FARTHEST, distance / math.hypot(training, rows))
    return float(ndtr(-farthest if beyond(farthest) <= 0 else -brentq(beyond, 0.0, farthest, xtol=1e-12)))


def paired_difference(first: SeedScores, second: SeedScores, higher_is_better: bool) -> PairedDifference | None:
    """Returns the difference over the shared seeds; None where no seed is shared, or nothing is known of its error."""
    seeds = tuple(sorted(first.values.keys() & second.values.keys()))
    if not seeds:
        return None
    sign = 1.0 if higher_is_better else -1.0
    ours, theirs = (np.array([scores.values[seed] for seed in seeds]) for scores in (first, second))
    gains = sign * (ours - theirs)
    count, gain = len(seeds), float(gains.mean())
    spread = float(gains.std(ddof=1)) if count > 1 else None
    rows = _row_deviation(first, second, seeds)
    variance = SEEDS_ONLY if rows is None else SEEDS_AND_ROWS if count > 1 else ROWS_ONLY
    if spread is None and rows is None:
        rows, variance = _apart(first, second, seeds[0]), UNPAIRED
        if rows is None:
            return None
    return PairedDifference(
        seeds,
        float(ours.mean()),
        float(theirs.mean()),
        gain,
        (spread or 0.0) / math.sqrt(count),
        rows or 0.0,
        None if spread is None else _hedges(gain, spread, count),
        variance,
    )


def _row_deviation(first: SeedScores, second: SeedScores, seeds: Sequence[int]) -> float | None:
    """The standard deviation of the mean difference over the shared resamples; None where a seed holds none, or another number of them."""
    kept = [(first.replicates.get(seed), second.replicates.get(seed)) for seed in seeds]
    lengths = {0 if one is None else len(one) for pair in kept for one in pair}
    if len(lengths) != 1 or 0 in lengths:
        return None
    values = np.array(kept)
    return float((values[:, 0] - values[:, 1]).mean(axis=0).std(ddof=1))


def _apart(first: SeedScores, second: SeedScores, seed: int) -> float | None:
    ours, theirs = first.deviations.get(seed), second.deviations.get(seed)
    return None if ours is None or theirs is None else math.hypot(ours, theirs)


def _hedges(gain: float, spread: float, count: int) -> float | None:
    size = gain / spread * (1 - 3 / (4 * (count - 1) - 1)) if spread else math.inf
    return size if math.isfinite(size) else None
