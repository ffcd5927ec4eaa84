"""Two stages, zero-shot transfer, runs that were interrupted, and what is not on this machine."""

from pathlib import Path

import pytest

from hub.errors import EmohubError
from hub.results import RunRecord
from tests.support.spy_classifier import fits
from tests.support.text_bench import READER, Bench
from tests.support.text_project import write_model, write_profile, write_published, write_task, write_yaml
from tests.support.toy_texts import toy_texts


def _trained_on(bench: Bench) -> list[str]:
    """What each training so far learnt from, in order."""
    names = {bench.target["train"].ids: "target", bench.pillars["train"].ids: "pillars"}
    return [names.get(tuple(fit["train"]), "other") for fit in fits(bench.log)]


def _numbers(record: RunRecord) -> object:
    return record.metrics, record.per_label, record.decision


def test_the_first_stage_comes_first_and_the_record_says_so(bench: Bench) -> None:
    record = bench.run("target", "spy_two_stages", only_seed=0)[0]
    assert _trained_on(bench) == ["pillars", "target"]
    assert (record.data.pretrained_on, record.data.adapted, record.data.train) == ("pillars", True, 90)


def test_the_first_stage_is_trained_once_a_seed_and_shared_by_tasks(bench: Bench) -> None:
    bench.run("target", "spy_two_stages")
    assert _trained_on(bench) == ["pillars", "target"] * 2
    given = str(bench.root.parent / "given")
    write_yaml(bench.project.params, {"profile": "tiny", "data": {"target": given, "single": given}})
    bench.run("single", "spy_two_stages")
    assert _trained_on(bench) == ["pillars", "target"] * 2 + ["target"] * 2


def test_a_kept_first_stage_gives_the_same_numbers_as_a_fresh_one(bench: Bench, tiny_roberta: Path) -> None:
    settings = {"encoder": str(tiny_roberta), "epochs": 1, "maximum_length": 32, "learning_rate": 0.003, "batch_size": 16}
    write_model(bench.root, "recipe", "benchmarks.methods.emo_pillars:EmoPillarsClassifier", settings=settings, pretrain_on="pillars")
    fresh = bench.run("target", "recipe", only_seed=0)[0]
    write_profile(bench.root, "other")
    kept = bench.run("target", "recipe", "other", only_seed=0)[0]
    assert len(list((bench.project.work / "checkpoints").iterdir())) == 1
    assert kept.finished > fresh.finished
    assert _numbers(kept) == _numbers(fresh)


def test_zero_shot_never_learns_from_the_target(bench: Bench) -> None:
    record = bench.run("target", "spy_zero_shot", only_seed=0)[0]
    assert _trained_on(bench) == ["pillars"]
    assert (record.data.pretrained_on, record.data.adapted, record.data.train) == ("pillars", False, 0)
    assert record.decision is not None and record.decision.tuned_on == "validation"
    # The cue words are the same in both, so what was learnt transfers.
    assert record.metrics["micro_f1"].value > 0.7


def test_an_interrupted_pair_keeps_the_seeds_it_finished(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "cut_off").touch()
    with pytest.raises(KeyboardInterrupt):
        bench.run("target", "spy")
    assert bench.records("target", "spy") == []
    (tmp_path / "cut_off").unlink()
    first, second = bench.run("target", "spy")
    assert [fit["seed"] for fit in fits(bench.log)] == [0, 1]
    write_profile(bench.root, "uninterrupted")
    whole = bench.run("target", "spy", "uninterrupted")
    assert [_numbers(record) for record in whole] == [_numbers(first), _numbers(second)]
    assert [bench.predictions(record) for record in whole] == [bench.predictions(first), bench.predictions(second)]


def test_running_again_trains_nothing_and_changes_nothing(bench: Bench) -> None:
    before = bench.run("target", "spy_two_stages")
    assert bench.run("target", "spy_two_stages") == before
    assert len(fits(bench.log)) == 4


def test_a_finished_seed_is_not_taken_for_another_profile(bench: Bench) -> None:
    bench.run("target", "spy")
    write_profile(bench.root, "study")
    assert [record.profile for record in bench.run("target", "spy", "study")] == ["study", "study"]


def test_more_replicates_are_worked_out_anew(bench: Bench) -> None:
    bench.run("target", "spy", only_seed=0)
    write_profile(bench.root, bootstrap_replicates=300)
    assert bench.run("target", "spy", only_seed=0)[0].interval_method == "95 % percentile bootstrap over test rows, 300 replicates"


def test_a_first_stage_with_new_data_is_trained_anew(bench: Bench) -> None:
    bench.run("target", "spy_two_stages", only_seed=0)
    write_published(bench.project, "emo_pillars", "context-less", {**bench.pillars, "train": toy_texts(60, 40)})
    bench.run("target", "spy_two_stages", only_seed=0)
    assert _trained_on(bench) == ["pillars", "target", "other", "target"]


def test_a_changed_method_is_trained_anew(bench: Bench) -> None:
    before = bench.run("target", "floor")[0]
    write_model(bench.root, "floor", "benchmarks.methods.tfidf_logreg:TfidfLogisticRegression", settings={"longest_ngram": 1}, deterministic=True)
    after = bench.run("target", "floor")[0]
    assert before.cost and after.cost and before.cost.parameters > after.cost.parameters


def _only(records: list[RunRecord]) -> RunRecord:
    assert len(records) == 1
    return records[0]


def test_missing_data_is_one_unavailable_record_with_the_reason(bench: Bench) -> None:
    record = _only(bench.run("elsewhere", "spy"))
    assert (record.status, record.seed, record.metrics, record.predictions, record.data.source) == ("unavailable", 0, {}, None, "none")
    assert record.reason is not None and "Ask the authors." in record.reason and "EMOHUB_DATA_ELSEWHERE" in record.reason
    assert list((bench.project.predictions / "tiny/elsewhere/spy").iterdir()) == []


def test_missing_weights_are_one_unavailable_record_with_the_reason(bench: Bench) -> None:
    write_model(bench.root, "large", "benchmarks.methods.encoder:EncoderClassifier", settings={"encoder": "someone/large"})
    record = _only(bench.run("target", "large"))
    assert record.status == "unavailable" and record.reason is not None and "bench.network: true" in record.reason


def test_a_first_stage_without_data_is_unavailable(bench: Bench) -> None:
    write_task(bench.root, "unbuilt", {"kind": "published", "dataset": "emo_pillars", "configuration": "contextual"})
    write_model(bench.root, "hopeful", "benchmarks.methods.tfidf_logreg:TfidfLogisticRegression", pretrain_on="unbuilt")
    record = _only(bench.run("target", "hopeful"))
    assert record.status == "unavailable" and record.reason is not None and "dvc repro build@emo_pillars" in record.reason


def test_data_that_arrives_replaces_the_unavailable_record(bench: Bench) -> None:
    assert _only(bench.run("elsewhere", "floor")).status == "unavailable"
    write_yaml(bench.project.params, {"profile": "tiny", "data": {"elsewhere": str(bench.root.parent / "given")}})
    assert _only(bench.run("elsewhere", "floor")).status == "complete"


def test_a_wrong_path_stops_the_run_and_is_not_called_unavailable(bench: Bench) -> None:
    write_yaml(bench.project.params, {"profile": "tiny", "data": {"elsewhere": "no/such/place"}})
    with pytest.raises(EmohubError, match="nothing is there"):
        bench.run("elsewhere", "spy")
    assert bench.records("elsewhere", "spy") == []


def test_a_method_that_cannot_be_a_first_stage_says_so(bench: Bench) -> None:
    write_task(bench.root, "other", READER)
    write_model(bench.root, "stubborn", "benchmarks.methods.tfidf_logreg:TfidfLogisticRegression", pretrain_on="pillars")
    with pytest.raises(EmohubError, match="tfidf_logreg cannot be a first stage"):
        bench.run("target", "stubborn")
