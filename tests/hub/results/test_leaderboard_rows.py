"""From records to the lines of the leaderboard."""

import math
from dataclasses import replace
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.results import Cost, Data, Results, RunRecord, Score
from hub.results.table import NO_INTERVAL, ONE_SEED, SEVERAL_SEEDS, Estimate, Filters, Row, estimate, leaderboard_rows
from hub.spec.reported import ReportedNumber
from tests.support.records import FINGERPRINT, make_metrics, make_record, make_unavailable


def rows_of(*records: RunRecord, baselines: tuple[str, ...] = ()) -> tuple[Row, ...]:
    return leaderboard_rows(Results(records, ()), (), baselines)


def reported(**changes: object) -> ReportedNumber:
    fields = {"task": "goemotions", "model": "BERT", "metric": "macro_f1", "value": 0.46, "source": "a paper", "confidence": "reported", "comparable": True}
    return ReportedNumber.model_validate({**fields, **changes})


def test_models_are_ranked_by_their_main_score_within_a_task() -> None:
    rows = rows_of(
        make_record(model="low", metrics=make_metrics(0.2)),
        make_record(model="high", metrics=make_metrics(0.6)),
        make_record(model="other_task", task="isear", metrics=make_metrics(0.9)),
        make_record(model="middle", metrics=make_metrics(0.4)),
    )
    assert [(row.task, row.rank, row.model) for row in rows] == [
        ("goemotions", 1, "high"),
        ("goemotions", 2, "middle"),
        ("goemotions", 3, "low"),
        ("isear", 1, "other_task"),
    ]


def test_equal_scores_share_a_rank_and_the_next_one_is_left_out() -> None:
    rows = rows_of(*(make_record(model=model, metrics=make_metrics(score)) for model, score in (("b", 0.5), ("a", 0.5), ("c", 0.4))))
    assert [(row.model, row.rank) for row in rows] == [("a", 1), ("b", 1), ("c", 3)]


def test_models_whose_error_is_not_known_are_tied() -> None:
    rows = rows_of(*(make_record(model=model, metrics={"macro_f1": Score(value=score)}) for model, score in (("low", 0.2), ("high", 0.6))))
    assert [(row.model, row.rank, row.rank_high, row.ties) for row in rows] == [("high", 1, 2, ("low",)), ("low", 1, 2, ("high",))]


def test_less_is_better_for_errors_and_perplexities() -> None:
    for metric in ("expression_error", "l1", "perplexity"):
        scores = {"low": Score(value=0.2, low=0.19, high=0.21), "high": Score(value=0.6, low=0.59, high=0.61)}
        rows = rows_of(*(make_record(model=model, main_metric=metric, metrics={metric: score}) for model, score in scores.items()))
        assert [(row.model, row.rank) for row in rows] == [("low", 1), ("high", 2)]


def test_an_unavailable_model_stands_last_without_a_rank_and_says_why() -> None:
    rows = rows_of(make_unavailable(model="absent"), make_record(model="present"))
    assert [row.model for row in rows] == ["present", "absent"]
    assert rows[1].rank is None
    assert rows[1].main is None
    assert rows[1].reason is not None and "ISEAR" in rows[1].reason


def test_one_seed_keeps_its_bootstrap_interval_as_it_is() -> None:
    (row,) = rows_of(make_record())
    assert row.main == Estimate(0.46, 0.449, 0.4699)
    assert row.interval == ONE_SEED


def test_several_seeds_are_averaged_and_their_spread_widens_the_interval() -> None:
    scores = (0.44, 0.46, 0.51)
    (row,) = rows_of(*(make_record(seed=seed, metrics=make_metrics(score, 0.01)) for seed, score in enumerate(scores)))
    error = 4.302652729911275 * stdev(scores) / math.sqrt(3)
    assert row.main is not None
    assert row.main.value == pytest.approx(fmean(scores))
    assert row.main.spread == pytest.approx(stdev(scores))
    assert row.main.low == pytest.approx(fmean(scores) - math.hypot(0.01, error))
    assert row.main.high == pytest.approx(fmean(scores) + math.hypot(0.009, error))
    assert row.seeds == (0, 1, 2)
    assert row.interval == SEVERAL_SEEDS


def test_seeds_that_agree_do_not_narrow_the_interval() -> None:
    """More seeds on the same test rows say nothing new about the rows."""
    one = estimate([Score(value=0.5, low=0.48, high=0.53)])
    many = estimate([Score(value=0.5, low=0.48, high=0.53)] * 10)
    assert many.low == pytest.approx(one.low)
    assert many.high == pytest.approx(one.high)


def test_bounds_that_one_seed_lacks_are_not_invented() -> None:
    records = [make_record(), make_record(seed=1, metrics={"macro_f1": Score(value=0.5)})]
    (row,) = rows_of(*records)
    assert row.main is not None and row.main.low is None
    assert row.interval == NO_INTERVAL
    assert set(row.metrics) == {"macro_f1"}


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.2), st.floats(0, 0.2)), min_size=1, max_size=6))
def test_the_interval_always_holds_the_mean(drawn: list[tuple[float, float, float]]) -> None:
    found = estimate([Score(value=value, low=value - below, high=value + above) for value, below, above in drawn])
    assert found.low is not None and found.high is not None
    assert found.low <= found.value + 1e-12
    assert found.high >= found.value - 1e-12


@pytest.mark.parametrize(
    ("extra", "kind"),
    [
        ({}, "trained"),
        ({"pretrained_on": "emo_pillars_contextless"}, "two-stage"),
        ({"pretrained_on": "emo_pillars_contextless", "adapted": False}, "zero-shot"),
    ],
)
def test_the_kind_follows_from_what_a_model_was_trained_on(extra: dict[str, object], kind: str) -> None:
    (row,) = rows_of(make_record(data=Data.model_validate({"name": "GoEmotions", "source": "local", **extra})))
    assert row.kind == kind


def test_a_plain_reference_is_a_baseline() -> None:
    (row,) = rows_of(make_record(model="tfidf_logreg"), baselines=("tfidf_logreg",))
    assert row.kind == "baseline"


def test_costs_and_thresholds_are_means_over_seeds() -> None:
    costs = [Cost(train_seconds=seconds, predict_seconds=1, parameters=10) for seconds in (10.0, 30.0)]
    (row,) = rows_of(*(make_record(seed=seed, cost=cost) for seed, cost in enumerate(costs)))
    assert (row.train_seconds, row.parameters, row.threshold, row.tuned_on) == (20.0, 10, 0.34, "validation")


def test_lines_tested_on_different_data_say_so() -> None:
    other = Data(name="GoEmotions", source="local", fingerprint="0" * 64, test=5427)
    rows = rows_of(make_record(model="a"), make_record(model="b", data=other))
    assert all(row.caution for row in rows)
    assert rows_of(make_record(model="a"), make_record(model="b"))[0].caution is None


def test_seeds_on_different_data_say_so() -> None:
    other = Data(name="GoEmotions", source="local", fingerprint="0" * 64, test=5427)
    (row,) = rows_of(make_record(), make_record(seed=1, data=other))
    assert row.caution == "its seeds were run on different data"
    assert row.data_fingerprint == FINGERPRINT


def test_reported_numbers_are_never_ranked() -> None:
    rows = leaderboard_rows(Results((make_record(),), ()), (reported(value=0.99),))
    assert [(row.status, row.rank) for row in rows] == [("measured", 1), ("reported", None)]
    assert rows[1].source == "a paper"


def test_filters_keep_what_they_say_and_leave_ranks_alone() -> None:
    records = (
        make_record(model="best", metrics=make_metrics(0.6)),
        make_record(model="plain", metrics=make_metrics(0.4)),
        make_unavailable(model="absent"),
        make_record(model="best", profile="study"),
        make_record(model="best", task="isear"),
    )
    rows = leaderboard_rows(Results(records, ()), (reported(), reported(task="isear")), ("plain",))
    here = Filters(profile="local", task="goemotions")
    assert [row.model for row in here.apply(rows)] == ["best", "plain", "absent", "BERT"]
    assert [row.model for row in replace(here, unavailable=False, reported=False).apply(rows)] == ["best", "plain"]
    (plain,) = replace(here, kinds=frozenset({"baseline"}), reported=False).apply(rows)
    assert (plain.model, plain.rank) == ("plain", 2)
