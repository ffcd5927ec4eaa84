"""A first stage on a share of its training rows."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from benchmarks.runners.text_classification import share_of
from hub.spec import ModelSpec
from tests.support.spy_classifier import REFERENCE, fits
from tests.support.text_bench import Bench
from tests.support.text_project import write_model

COMMON = {"name": "one", "title": "One", "summary": "One.", "method": REFERENCE, "task_type": "text_classification"}


def _write(bench: Bench, name: str, share: float, adapt: bool = False) -> None:
    write_model(bench.root, name, REFERENCE, settings={"log": str(bench.log)}, pretrain_on="pillars", pretrain_share=share, adapt=adapt)


def test_a_share_of_the_first_stage_is_learnt_from_and_recorded(bench: Bench) -> None:
    _write(bench, "third", 0.3333)
    record = bench.run("target", "third", only_seed=0)[0]
    fit = fits(bench.log)[-1]
    assert len(fit["train"]) == record.data.pretrain_rows == 20
    assert set(fit["train"]) < set(bench.pillars["train"].ids)
    assert tuple(fit["validation"]) == bench.pillars["validation"].ids
    assert (record.data.train, record.data.adapted) == (0, False)


def test_a_smaller_share_is_part_of_a_larger_one(bench: Bench) -> None:
    kept = []
    for name, share in (("tenth", 0.1), ("half", 0.5)):
        _write(bench, name, share)
        bench.run("target", name, only_seed=0)
        kept.append(set(fits(bench.log)[-1]["train"]))
    assert len(kept[0]) == 6 and kept[0] < kept[1]


def test_the_target_stays_whole(bench: Bench) -> None:
    _write(bench, "both", 0.5, adapt=True)
    record = bench.run("target", "both", only_seed=0)[0]
    assert [len(fit["train"]) for fit in fits(bench.log)] == [30, 90]
    assert (record.data.pretrain_rows, record.data.train) == (30, 90)


def test_without_a_share_every_row_is_counted(bench: Bench) -> None:
    assert bench.run("target", "spy_zero_shot", only_seed=0)[0].data.pretrain_rows == 60
    assert bench.run("target", "spy", only_seed=0)[0].data.pretrain_rows is None


def test_records_of_the_same_test_rows_have_the_same_test_fingerprint(bench: Bench) -> None:
    first, second = (bench.run("target", model, only_seed=0)[0] for model in ("spy", "spy_zero_shot"))
    assert first.data.test_fingerprint is not None
    assert first.data.test_fingerprint == second.data.test_fingerprint


def test_even_the_smallest_share_keeps_a_row(bench: Bench) -> None:
    from benchmarks.examples import Splits

    splits = Splits(bench.pillars["train"], bench.pillars["validation"], bench.pillars["test"], "published", None)
    assert len(share_of(splits, 0.0001).train) == 1
    assert share_of(splits, 1.0) is splits


@pytest.mark.parametrize("share", [0.0, -0.5, 1.5])
def test_a_share_is_above_nothing_and_at_most_all(share: float) -> None:
    with pytest.raises(ValidationError, match="pretrain_share"):
        ModelSpec.model_validate({**COMMON, "pretrain_on": "pillars", "pretrain_share": share})


@pytest.mark.parametrize("more", [{}, {"pretrain_on": "pillars", "task_type": "image_classification"}])
def test_a_share_of_nothing_is_refused_and_the_message_says_what_to_do(more: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="name that task, or leave the share out"):
        ModelSpec.model_validate({**COMMON, "pretrain_share": 0.5, **more})


def test_every_declared_share_is_of_the_same_recipe_as_the_whole() -> None:
    from hub.paths import Project
    from hub.spec import Registry

    registry = Registry(Project(Path(__file__).parents[3]))
    whole = registry.model("emo_pillars_contextless")
    shares = [registry.model(name) for name in registry.files("model") if registry.model(name).pretrain_share < 1]
    assert shares
    for model in shares:
        assert (model.method, model.settings_for("study"), model.adapt) == (whole.method, whole.settings_for("study"), whole.adapt)
