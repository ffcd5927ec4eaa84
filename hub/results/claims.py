"""Judges claims from run records. Pure functions.

A comparison is paired; hub.results.paired says how. The verdict is read off the 95 % interval, so that it and the p-value never disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from hub.results.paired import PairedDifference, SeedScores, paired_difference
from hub.results.record import RunRecord
from hub.spec.claim import ClaimSpec, ComparisonSpec

Verdict = Literal["supported", "not separable", "contradicted", "no evidence"]


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
    if len({side[seed].data.fingerprint for side in (ours, theirs) for seed in seeds}) > 1:
        return Evidence(comparison, "no evidence", "the runs were tested on different data", seeds)
    model, baseline = (SeedScores.of([side[seed] for seed in seeds], comparison.metric) for side in (ours, theirs))
    found = paired_difference(model, baseline, comparison.higher_is_better)
    # At least two seeds were asked for, so the error of a difference is known.
    assert found is not None
    return _judged(comparison, found)


def _by_seed(comparison: ComparisonSpec, records: Sequence[RunRecord], profile: str, model: str) -> dict[int, RunRecord]:
    return {
        record.seed: record
        for record in records
        if (record.profile, record.task, record.model) == (profile, comparison.task, model) and comparison.metric in record.metrics
    }


def _judged(comparison: ComparisonSpec, found: PairedDifference) -> Evidence:
    bound = -comparison.margin * abs(found.second)
    return Evidence(
        comparison,
        _verdict(found.low, found.high, bound),
        seeds=found.seeds,
        model_score=found.first,
        baseline_score=found.second,
        gain=found.gain,
        low=found.low,
        high=found.high,
        p_value=found.p_value(bound),
        effect_size=found.effect_size,
        variance=found.variance,
    )


def _verdict(low: float, high: float, bound: float) -> Verdict:
    if low > bound:
        return "supported"
    return "contradicted" if high < bound else "not separable"
