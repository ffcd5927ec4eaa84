"""Points of scores over numbers of real and synthetic training rows."""

from pathlib import Path

import pytest

from hub.paths import Project
from hub.results.record import Data
from hub.results.standings import Comparison
from hub.results.synthetic import Seen, SharedTest, at_equal_rows, gains_of_adding, missing_runs, real_tests, recipe, size_points, synthetic_tasks
from hub.results.table import Estimate, Row
from hub.spec import Registry

ROOT = Path(__file__).parents[3]
MADE = frozenset({"plain", "told"})


def _seen(model: str, score: float, task: str = "real", **more: object) -> Seen:
    recipe_name = str(more.pop("recipe", "a"))
    seeds = more.pop("seeds", (0, 1))
    fields = {"name": "Real", "source": "local", "test": 100, "fingerprint": "f", **more}
    row = Row("measured", task, model, "macro_f1", metrics={"macro_f1": Estimate(score, score - 0.01, score + 0.01)}, seeds=seeds)  # type: ignore[arg-type]
    return Seen(row, Data.model_validate(fields), recipe_name)


def _all() -> list[Seen]:
    return [
        _seen("alone", 0.4, train=90),
        _seen("alone", 0.5, task="real_whole", train=900),
        _seen("both", 0.45, train=90, pretrained_on="plain", pretrain_rows=60),
        _seen("few", 0.1, pretrained_on="plain", pretrain_rows=6, adapted=False),
        _seen("half", 0.15, pretrained_on="plain", pretrain_rows=30, adapted=False),
        _seen("all", 0.2, pretrained_on="plain", pretrain_rows=60, adapted=False),
        _seen("told", 0.18, pretrained_on="told", pretrain_rows=31, adapted=False),
    ]


def _tested(first: str, second: str, gain: float) -> Comparison:
    return Comparison(first, second, gain, gain - 0.01, gain + 0.01, 0.9, 0.01, 0.02, None, 2, "over seeds and test rows")


def test_points_are_told_apart_by_what_the_records_say_they_were_trained_on() -> None:
    sizes = size_points(_all(), MADE)
    assert [(point.model, point.real_rows) for point in sizes.of("real")] == [("alone", 90), ("alone", 900)]
    assert [(point.model, point.synthetic_rows) for point in sizes.of("synthetic", "plain")] == [("few", 6), ("half", 30), ("all", 60)]
    assert [(point.real_rows, point.synthetic_rows) for point in sizes.of("real + synthetic")] == [(90, 60)]
    assert sizes.sources == ("plain", "told")
    assert (sizes.metric, sizes.test_rows, sizes.left_out) == ("macro_f1", 100, ())


def test_a_model_of_another_recipe_is_on_no_curve() -> None:
    sizes = size_points([*_all(), _seen("large", 0.9, train=90, recipe="b")], MADE)
    assert "large" not in {point.model for point in sizes.points}


def test_without_a_synthetic_model_there_is_nothing_to_compare() -> None:
    assert size_points([_seen("alone", 0.4, train=90)], MADE).points == ()
    assert size_points([], MADE).points == ()


def test_a_first_stage_on_other_data_is_not_called_synthetic() -> None:
    sizes = size_points([*_all(), _seen("reddit", 0.6, train=90, pretrained_on="real_whole", pretrain_rows=900)], MADE)
    assert "reddit" not in {point.model for point in sizes.points}


def test_a_record_without_its_number_of_synthetic_rows_is_left_out_and_named() -> None:
    sizes = size_points([*_all(), _seen("older", 0.3, pretrained_on="plain", adapted=False)], MADE)
    assert "older" not in {point.model for point in sizes.points}
    assert sizes.left_out == ("older on real does not say how many synthetic rows it was trained on; run it again",)


@pytest.mark.parametrize("more", [{"test": 99}, {"test_fingerprint": "other"}])
def test_other_test_rows_are_left_out_and_named(more: dict[str, object]) -> None:
    known = [_seen("known", 0.3, train=50, test_fingerprint="same"), _seen("known_too", 0.3, train=60, test_fingerprint="same")]
    sizes = size_points([*_all(), *known, _seen("elsewhere", 0.3, train=70, **more)], MADE)
    assert "elsewhere" not in {point.model for point in sizes.points}
    assert sizes.left_out == ("elsewhere on real was tested on other rows",)


def test_a_model_that_adapts_to_no_task_is_one_point_where_it_has_most_seeds() -> None:
    again = _seen("all", 0.21, task="real_whole", pretrained_on="plain", pretrain_rows=60, adapted=False, seeds=(0, 1, 2))
    found = [point for point in size_points([*_all(), again], MADE).points if point.model == "all"]
    assert [(point.task, point.seeds) for point in found] == [("real_whole", 3)]


def test_the_gain_of_adding_synthetic_rows_is_the_paired_test_of_that_task() -> None:
    gaps = gains_of_adding(size_points(_all(), MADE), {"real": [_tested("alone", "both", -0.05)]})
    assert [(gap.first.model, gap.second.model) for gap in gaps] == [("both", "alone")]
    assert gaps[0].gain == pytest.approx((0.05, 0.04, 0.06))


def test_contextual_and_context_less_are_compared_where_their_numbers_of_rows_are_about_equal() -> None:
    sizes = size_points(_all(), MADE)
    gap = at_equal_rows(sizes, "told", "plain", {"real": [_tested("told", "half", 0.03)]})
    assert gap is not None and (gap.first.model, gap.second.model) == ("told", "half")
    assert gap.gain == pytest.approx((0.03, 0.02, 0.04))


def test_numbers_of_rows_that_are_far_apart_are_not_compared() -> None:
    kept = [one for one in _all() if one.row.model != "half"]
    assert at_equal_rows(size_points(kept, MADE), "told", "plain", {}) is None


def test_the_declared_tasks_on_the_same_real_rows_belong_together() -> None:
    registry = Registry(Project(ROOT))
    tasks = [registry.task(name) for name in registry.files("task")]
    tests = {rows.name: rows.tasks for rows in real_tests(tasks)}
    assert tests["goemotions"] == ("goemotions", "goemotions_tenth")
    assert not set(tests) & synthetic_tasks(tasks)
    assert {"emo_pillars_contextless", "emo_pillars_contextual"} <= synthetic_tasks(tasks)


def test_what_is_declared_and_not_measured_has_a_command() -> None:
    registry = Registry(Project(ROOT))
    synthetic = synthetic_tasks(registry.task(name) for name in registry.files("task"))
    nothing = size_points([], synthetic)
    commands = missing_runs(registry.pairs("study"), SharedTest("goemotions", ("goemotions", "goemotions_tenth")), synthetic, "study", nothing)
    assert "emohub bench goemotions_tenth emo_pillars_contextual --profile study" in commands
    assert "emohub bench goemotions minilm --profile study" in commands
    assert not any("tfidf" in command or "minilm_first" in command for command in commands)


def test_a_measured_point_asks_for_no_command() -> None:
    registry = Registry(Project(ROOT))
    synthetic = synthetic_tasks(registry.task(name) for name in registry.files("task"))
    rows = SharedTest("goemotions", ("goemotions", "goemotions_tenth"))
    there = size_points(
        [_seen("emo_pillars_contextless", 0.2, "goemotions", pretrained_on="emo_pillars_contextless", pretrain_rows=6, adapted=False)], synthetic
    )
    commands = missing_runs(registry.pairs("study"), rows, synthetic, "study", there)
    # Not even on the other task of the same rows, where it would be the same model.
    assert not any("emo_pillars_contextless --" in command for command in commands)


def test_a_recipe_is_a_method_with_its_settings_in_any_order() -> None:
    assert recipe("m", {"a": 1, "b": 2}) == recipe("m", {"b": 2, "a": 1})
    assert len({recipe("m", {"a": 1}), recipe("m", {"a": 2}), recipe("n", {"a": 1})}) == 3
