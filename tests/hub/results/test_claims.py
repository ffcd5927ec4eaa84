"""Claims are judged by paired differences: over seeds, and over the test rows that all models share."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from hub.paths import Project
from hub.results import Data, RunRecord, Score, write_record
from hub.results.claims import Evidence, judge
from hub.results.claims_output import judge_all, judgement_as_dict, print_claims
from hub.results.paired import SEEDS_AND_ROWS, SEEDS_ONLY
from hub.spec import ClaimSpec, Registry
from tests.support.projects import REPOSITORY
from tests.support.records import make_record

SEEDS = 5


def claim(*comparisons: dict[str, Any]) -> ClaimSpec:
    return ClaimSpec.model_validate(
        {
            "name": "c",
            "title": "A beats B",
            "statement": "A is better.",
            "citation": {"title": "A paper", "authors": "Someone", "year": 2024},
            "comparisons": [{"task": "goemotions", "model": "a", "baseline": "b", "metric": "macro_f1", **changes} for changes in comparisons or ({},)],
        },
        strict=False,
    )


def runs(model: str, scores: list[float], replicates: list[list[float]] | None = None, **changes: Any) -> list[RunRecord]:
    return [
        make_record(
            model=model,
            seed=seed,
            profile="study",
            metrics={"macro_f1": Score(value=score, replicates=tuple(replicates[seed]) if replicates else ())},
            **changes,
        )
        for seed, score in enumerate(scores)
    ]


def only(records: list[RunRecord], **changes: Any) -> Evidence:
    (evidence,) = judge(claim(changes), records, "study").evidence
    return evidence


def test_without_resamples_it_is_the_paired_t_test_over_seeds() -> None:
    ours, theirs = [0.50, 0.52, 0.51, 0.53, 0.52], [0.49, 0.50, 0.51, 0.50, 0.50]
    evidence = only(runs("a", ours) + runs("b", theirs))
    oracle = ttest_rel(ours, theirs)
    assert evidence.p_value == pytest.approx(oracle.pvalue)
    assert (evidence.low, evidence.high) == pytest.approx(tuple(oracle.confidence_interval(0.95)))
    assert evidence.verdict == "supported" and evidence.variance == SEEDS_ONLY


def test_the_effect_size_is_hedges_correction_of_cohens_d() -> None:
    evidence = only(runs("a", [0.1, 0.2, 0.3, 0.4, 0.5]) + runs("b", [0.0, 0.0, 0.0, 0.0, 0.0]))
    assert evidence.effect_size == pytest.approx(0.3 / np.std([0.1, 0.2, 0.3, 0.4, 0.5], ddof=1) * (1 - 3 / 15))


def test_few_test_rows_widen_the_interval_however_alike_the_seeds_are() -> None:
    generator = np.random.default_rng(0)
    noise = generator.normal(0, 0.02, 200)
    alike = [[0.5 + one for one in noise]] * SEEDS
    ours, theirs = [0.51, 0.512, 0.511, 0.509, 0.51], [0.5] * SEEDS
    assert only(runs("a", ours) + runs("b", theirs)).verdict == "supported"
    evidence = only(runs("a", ours, alike) + runs("b", theirs, [[0.5] * 200] * SEEDS))
    assert evidence.verdict == "not separable" and evidence.variance == SEEDS_AND_ROWS
    assert evidence.high is not None and evidence.low is not None
    assert evidence.high - evidence.low == pytest.approx(2 * 1.96 * np.std(noise, ddof=1), rel=0.02)


def test_test_rows_that_both_find_hard_cancel() -> None:
    noise = np.random.default_rng(0).normal(0, 0.02, 200)
    shared = [[0.5 + one for one in noise]] * SEEDS
    evidence = only(runs("a", [0.51, 0.512, 0.511, 0.509, 0.51], shared) + runs("b", [0.5] * SEEDS, shared))
    assert evidence.verdict == "supported"


def test_a_metric_of_which_less_is_better_is_turned_around() -> None:
    records = runs("a", [10.0, 10.1, 10.0, 9.9, 10.0]) + runs("b", [12.0, 12.1, 12.0, 12.0, 11.9])
    assert only(records, higher_is_better=False).verdict == "supported"
    assert only(records).verdict == "contradicted"


def test_not_worse_allows_the_margin_and_no_more() -> None:
    records = runs("a", [100.4, 100.5, 100.6, 100.5, 100.4]) + runs("b", [100.0] * SEEDS)
    expected = {"higher_is_better": False, "expected": "not_worse"}
    assert only(records, **expected, margin=0.01).verdict == "supported"
    assert only(records, **expected, margin=0.005).verdict == "not separable"
    assert only(records, **expected, margin=0.001).verdict == "contradicted"


def test_too_few_shared_seeds_are_no_evidence() -> None:
    evidence = only(runs("a", [0.5] * SEEDS) + runs("b", [0.4] * 4))
    assert evidence.verdict == "no evidence"
    assert evidence.reason == "4 shared seeds in the profile 'study', 5 needed"


def test_runs_on_other_data_are_no_evidence() -> None:
    other = Data(name="GoEmotions", source="local", fingerprint="0" * 64)
    evidence = only(runs("a", [0.5] * SEEDS) + runs("b", [0.4] * SEEDS, data=other))
    assert (evidence.verdict, evidence.reason) == ("no evidence", "the runs were tested on different data")


def test_other_profiles_do_not_count() -> None:
    records = runs("a", [0.5] * SEEDS) + [record.model_copy(update={"profile": "local"}) for record in runs("b", [0.4] * SEEDS)]
    assert only(records).verdict == "no evidence"


@pytest.mark.parametrize(
    ("second", "verdict"),
    [([0.40, 0.41, 0.40, 0.41, 0.40], "supported"), ([0.5, 0.4, 0.6, 0.45, 0.55], "not separable"), ([0.60, 0.61, 0.60, 0.61, 0.60], "contradicted")],
)
def test_a_claim_holds_when_all_its_comparisons_do(second: list[float], verdict: str) -> None:
    records = runs("a", [0.5, 0.51, 0.5, 0.51, 0.5]) + runs("b", [0.4, 0.4, 0.41, 0.4, 0.41]) + runs("c", second)
    assert judge(claim({}, {"baseline": "c"}), records, "study").verdict == verdict


def test_models_that_never_differ_are_not_separable() -> None:
    evidence = only(runs("a", [0.5] * SEEDS) + runs("b", [0.5] * SEEDS))
    assert (evidence.verdict, evidence.gain, evidence.p_value, evidence.effect_size) == ("not separable", 0.0, None, None)


@pytest.mark.parametrize("spread", [1e-170, 1e-85, 5e-324])
def test_differences_at_the_edge_of_floats_are_judged_all_the_same(spread: float) -> None:
    evidence = only(runs("a", [spread, 0.0, 0.0, 0.0, 0.0]) + runs("b", [0.0] * SEEDS))
    assert evidence.verdict in ("not separable", "supported")
    assert evidence.low is not None and math.isfinite(evidence.low)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=SEEDS, max_size=8))
def test_swapping_the_models_swaps_the_verdict(scores: list[tuple[float, float]]) -> None:
    ours, theirs = runs("a", [one for one, _ in scores]), runs("b", [one for _, one in scores])
    there, back = only(ours + theirs), only(ours + theirs, model="b", baseline="a")
    swapped = {"supported": "contradicted", "contradicted": "supported"}
    assert back.verdict == swapped.get(there.verdict, there.verdict)
    assert there.gain is not None and back.gain is not None and math.isclose(there.gain, -back.gain, abs_tol=1e-12)


def test_the_declared_claims_are_judged_printed_and_exported(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "benchmarks").symlink_to(REPOSITORY / "benchmarks")
    project = Project(tmp_path)
    for record in runs("small_gpt_emo1", [0.5, 0.51, 0.52, 0.51, 0.5], task="narrative_lm") + runs("small_gpt_mle", [0.5] * SEEDS, task="narrative_lm"):
        score = record.metrics["macro_f1"]
        write_record(project.runs, record.model_copy(update={"metrics": {"mauve": score, "perplexity": score}, "main_metric": "mauve"}))
    judgements = {judgement.claim.name: judgement for judgement in judge_all(project, Registry(project), "study")}
    assert [one.verdict for one in judgements["emo_mle_anchored"].evidence] == ["not separable", "not separable"]
    assert judgements["emoe_beats_dense"].verdict == "no evidence"
    print_claims(list(judgements.values()))
    printed = capsys.readouterr().out
    assert "EMoE beats dense fine-tuning, in and out of domain: no evidence" in printed
    assert "small_gpt_emo1 > small_gpt_mle" in printed
    exported = judgement_as_dict(judgements["emo_mle_anchored"])
    assert exported["evidence"][0]["seeds"] == [0, 1, 2, 3, 4]
    assert exported["verdict"] == "not separable"
