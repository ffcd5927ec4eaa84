"""Judges claims from run records. Pure functions.

A comparison is paired: only seeds that both models ran, on the same data. The difference has two sources of error. Training: the differences d of the n
seeds vary with standard deviation s. Test rows: every seed is tested on the same rows, so their error does not shrink with more seeds; it is the standard
deviation r of the mean difference over bootstrap resamples, which the records of all models share. The standard error is sqrt(s²/n + r²), its degrees of
freedom follow Welch and Satterthwaite, and the verdict is read off the 95 % interval, so that it and the p-value never disagree. A metric without resamples
in its records has the first source only, and the judgement says so. The effect size is Cohen's d of the paired differences with Hedges' correction.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hub.results.record import RunRecord
from hub.spec.claim import ClaimSpec, ComparisonSpec

Verdict = Literal["supported", "not separable", "contradicted", "no evidence"]
SEEDS_AND_ROWS = "over seeds and test rows"
SEEDS_ONLY = "over seeds only"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One comparison, judged. Gains are positive when the model is better, whichever way the metric points."""

    comparison: ComparisonSpec
    verdict: Verdict
    reason: str = ""
    """Why there is no evidence."""
    seeds: tuple[int, ...] = ()
    model_score: float | None = None
    baseline_score: float | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    """Two-sided; of no gain, or of a loss of exactly the margin."""
    effect_size: float | None = None
    """None where the seeds do not differ."""
    variance: str = ""
    """What the interval covers."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A claim in one profile."""

    claim: ClaimSpec
    profile: str
    verdict: Verdict
    evidence: tuple[Evidence, ...]


def judge(claim: ClaimSpec, records: Sequence[RunRecord], profile: str) -> Judgement:
    """Returns what a profile's records say of a claim."""
    evidence = tuple(_compare(comparison, records, profile, claim.minimum_seeds) for comparison in claim.comparisons)
    return Judgement(claim, profile, _together([one.verdict for one in evidence]), evidence)


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    """All must hold, so one that fails decides; no correction for several tests is needed (intersection-union test)."""
    order: tuple[Verdict, ...] = ("contradicted", "no evidence", "not separable", "supported")
    return next(verdict for verdict in order if verdict in verdicts)


def _compare(comparison: ComparisonSpec, records: Sequence[RunRecord], profile: str, minimum: int) -> Evidence:
    ours = _by_seed(comparison, records, profile, comparison.model)
    theirs = _by_seed(comparison, records, profile, comparison.baseline)
    seeds = tuple(sorted(ours.keys() & theirs.keys()))
    if len(seeds) < minimum:
        return Evidence(comparison, "no evidence", f"{len(seeds)} shared seeds in the profile {profile!r}, {minimum} needed", seeds)
    pairs = [(ours[seed], theirs[seed]) for seed in seeds]
    if len({record.data.fingerprint for pair in pairs for record in pair}) > 1:
        return Evidence(comparison, "no evidence", "the runs were tested on different data", seeds)
    return _judged(comparison, seeds, pairs)


def _by_seed(comparison: ComparisonSpec, records: Sequence[RunRecord], profile: str, model: str) -> dict[int, RunRecord]:
    return {
        record.seed: record
        for record in records
        if (record.profile, record.task, record.model) == (profile, comparison.task, model) and comparison.metric in record.metrics
    }


def _judged(comparison: ComparisonSpec, seeds: tuple[int, ...], pairs: Sequence[tuple[RunRecord, RunRecord]]) -> Evidence:
    from scipy.stats import t

    sign = 1.0 if comparison.higher_is_better else -1.0
    scores = np.array([[record.metrics[comparison.metric].value for record in pair] for pair in pairs])
    gains = sign * (scores[:, 0] - scores[:, 1])
    gain, spread = float(gains.mean()), float(gains.std(ddof=1))
    rows = _row_deviation(comparison.metric, pairs)
    training = spread**2 / len(pairs)
    error = math.sqrt(training + (rows or 0.0) ** 2)
    # Products, because powers of differences near 0 leave the range of floats.
    share = error * error / training if training else math.inf
    freedom = (len(pairs) - 1) * share * share
    margin = float(t.ppf(0.975, freedom)) * error
    bound = -comparison.margin * abs(float(scores[:, 1].mean()))
    return Evidence(
        comparison,
        _verdict(gain - margin, gain + margin, bound),
        seeds=seeds,
        model_score=float(scores[:, 0].mean()),
        baseline_score=float(scores[:, 1].mean()),
        gain=gain,
        low=gain - margin,
        high=gain + margin,
        p_value=float(2 * t.sf(abs(gain - bound) / error, freedom)) if error else None,
        effect_size=_hedges(gain, spread, len(pairs)),
        variance=SEEDS_ONLY if rows is None else SEEDS_AND_ROWS,
    )


def _hedges(gain: float, spread: float, count: int) -> float | None:
    """Cohen's d of paired differences with Hedges' correction for few of them."""
    size = gain / spread * (1 - 3 / (4 * (count - 1) - 1)) if spread else math.inf
    return size if math.isfinite(size) else None


def _row_deviation(metric: str, pairs: Sequence[tuple[RunRecord, RunRecord]]) -> float | None:
    """The standard deviation of the mean difference over the shared resamples; None where a record holds none, or another number of them."""
    kept = [[record.metrics[metric].replicates for record in pair] for pair in pairs]
    lengths = {len(replicates) for pair in kept for replicates in pair}
    if len(lengths) != 1 or min(lengths) < 2:
        return None
    values = np.array(kept)
    return float((values[:, 0] - values[:, 1]).mean(axis=0).std(ddof=1))


def _verdict(low: float, high: float, bound: float) -> Verdict:
    if low > bound:
        return "supported"
    return "contradicted" if high < bound else "not separable"
