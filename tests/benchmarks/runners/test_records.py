"""What a run leaves behind: complete records, and predictions from which every number can be worked out again."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn.metrics import f1_score

from hub.files import file_digest
from hub.results import RunRecord
from tests.support.spy_classifier import fits
from tests.support.text_bench import READER, Bench
from tests.support.text_project import CUE_LABELS, write_goemotions, write_model, write_profile, write_task, write_yaml
from tests.support.toy_texts import toy_texts


def _members(table: pa.Table, column: str) -> npt.NDArray[np.bool_]:
    """A column of label positions as (rows, labels)."""
    labels = json.loads(table.schema.metadata[b"labels"])
    return np.array([[position in row for position in range(len(labels))] for row in table[column].to_pylist()])


@pytest.fixture
def tiny_encoder(bench: Bench, tiny_bert: Path) -> str:
    settings = {"encoder": str(tiny_bert), "epochs": 2, "batch_size": 16, "maximum_length": 32, "learning_rate": 0.003, "head_learning_rate": 0.02}
    write_model(bench.root, "tiny_encoder", "benchmarks.methods.encoder:EncoderClassifier", settings=settings)
    return "tiny_encoder"


def test_a_trained_encoder_leaves_a_complete_record_a_seed(bench: Bench, tiny_encoder: str) -> None:
    records = bench.run("target", tiny_encoder)
    assert [record.seed for record in records] == [0, 1]
    for record in records:
        assert record.status == "complete" and record.score is not None and 0 < record.score.value < 1
        assert set(record.metrics) == {"macro_f1", "micro_f1", "brier_score", "expected_calibration_error"}
        assert len(record.per_label) == 28 and record.per_label["joy"]["support"] == 15
        assert record.decision is not None and record.decision.tuned_on == "validation" and 0.05 <= (record.decision.threshold or 0) <= 0.95
        assert (record.data.source, record.data.train, record.data.validation, record.data.test) == ("local", 90, 30, 45)
        assert record.data.fingerprint and record.data.adapted and record.data.pretrained_on is None
        assert record.cost is not None and record.cost.train_seconds > 0 and record.cost.parameters > 10_000
        assert record.environment.threads == 1 and "torch" in record.environment.packages
        assert record.settings["epochs"] == 2 and record.command == "emohub bench target tiny_encoder --profile tiny"
        assert record.curve and record.interval_method == "95 % percentile bootstrap over test rows, 200 replicates"
        assert str(bench.root) not in record.command
    assert records[0].metrics["brier_score"] != records[1].metrics["brier_score"]


def test_intervals_contain_the_score(bench: Bench) -> None:
    for model in ("floor", "spy"):
        for score in (bench.run("target", model)[0].metrics[name] for name in ("macro_f1", "micro_f1")):
            assert score.low is not None and score.high is not None
            assert 0 <= score.low <= score.value <= score.high <= 1


def _check_reproduced(record: RunRecord, table: pa.Table) -> None:
    truth, decided = _members(table, "truth"), _members(table, "decided")
    for average in ("macro", "micro"):
        assert record.metrics[f"{average}_f1"].value == pytest.approx(f1_score(truth, decided, average=average, zero_division=0))


def test_predictions_reproduce_the_record(bench: Bench) -> None:
    record = bench.run("target", "floor")[0]
    table = bench.predictions(record)
    _check_reproduced(record, table)
    assert record.decision is not None and record.decision.threshold is not None
    probabilities = np.array(table["probabilities"].to_pylist(), dtype=np.float32)
    np.testing.assert_array_equal(probabilities >= record.decision.threshold, _members(table, "decided"))
    assert record.metrics["brier_score"].value == pytest.approx(np.mean((probabilities - _members(table, "truth")) ** 2), abs=1e-6)


def test_predictions_join_the_data_by_id_and_hold_no_text(bench: Bench) -> None:
    table = bench.predictions(bench.run("target", "floor")[0])
    assert table.column_names == ["id", "fold", "truth", "decided", "probabilities"]
    labels = json.loads(table.schema.metadata[b"labels"])
    test = bench.target["test"]
    given = {id: CUE_LABELS[int(row.argmax())] for id, row in zip(test.ids, test.labels, strict=True)}
    assert {id: labels[truth[0]] for id, truth in zip(table["id"].to_pylist(), table["truth"].to_pylist(), strict=True)} == given


def test_the_record_names_its_predictions_and_their_hash(bench: Bench) -> None:
    record = bench.run("target", "floor")[0]
    assert record.predictions == "predictions/tiny/target/floor/0.parquet"
    assert record.predictions_sha256 == file_digest(bench.root / "results" / record.predictions)


def test_a_deterministic_model_runs_one_seed_and_others_all(bench: Bench) -> None:
    assert [record.seed for record in bench.run("target", "floor")] == [0]
    assert [record.seed for record in bench.run("target", "spy")] == [0, 1]
    assert [fit["seed"] for fit in fits(bench.log)] == [0, 1]


def test_the_test_split_is_never_learnt_from(bench: Bench) -> None:
    bench.run("target", "spy")
    for fit in fits(bench.log):
        assert (fit["train"], fit["validation"]) == (list(bench.target["train"].ids), list(bench.target["validation"].ids))


def test_a_task_of_few_labels_is_decided_among_them_and_scored_over_those_it_names(bench: Bench, tmp_path: Path) -> None:
    given = write_goemotions(tmp_path / "dialogue", bench.target)
    (given / "emotions.txt").write_text("happy\nothers\nangry\n", encoding="utf-8")
    # Half of joy is made neutral, so that no label is foretold perfectly.
    (given / "test.tsv").write_text((given / "test.tsv").read_text(encoding="utf-8").replace("\t0\t", "\t1\t", 7), encoding="utf-8")
    write_yaml(bench.project.params, {"profile": "tiny", "data": {"dialogue": str(given)}})
    write_task(
        bench.root,
        "dialogue",
        READER,
        labels=["neutral", "joy", "anger"],
        mapping={"happy": "joy", "others": "neutral", "angry": "anger"},
        scored_labels=["joy", "anger"],
        decision={"kind": "highest_probability"},
        main_metric="micro_f1",
    )
    record = bench.run("dialogue", "floor")[0]
    table = bench.predictions(record)
    assert json.loads(table.schema.metadata[b"labels"]) == list(record.per_label) == ["neutral", "joy", "anger"]
    truth, decided = _members(table, "truth"), _members(table, "decided")
    assert (decided.sum(axis=1) == 1).all()
    assert record.decision is not None and (record.decision.rule, record.decision.threshold) == ("highest_probability", None)
    assert record.score is not None and record.score.value == pytest.approx(f1_score(truth[:, 1:], decided[:, 1:], average="micro"))
    assert record.per_label["neutral"]["f1"] == pytest.approx(f1_score(truth[:, 0], decided[:, 0]), abs=1e-6)
    assert record.score.value < 1


def _cross_validated(bench: Bench, folds: int) -> None:
    """Makes a task of the target's training rows, which stand in the file sorted by label."""
    rows = bench.target["train"]
    ordered = rows.take(np.argsort(rows.labels.argmax(axis=1), kind="stable"))
    given = write_goemotions(bench.root.parent / "folded", {"train": ordered, "validation": ordered.take([]), "test": ordered.take([])})
    write_yaml(bench.project.params, {"profile": "tiny", "data": {"folded": str(given)}})
    write_task(bench.root, "folded", READER, protocol={"kind": "cross_validation", "folds": folds, "validation_share": 0.2})


def test_cross_validation_tests_every_row_once_and_never_learns_from_a_folds_test(bench: Bench) -> None:
    _cross_validated(bench, 5)
    record = bench.run("folded", "spy", only_seed=0)[0]
    table = bench.predictions(record)
    everything = set(bench.target["train"].ids)
    assert sorted(table["id"].to_pylist()) == sorted(everything)
    assert record.data.test == 90
    for fold, fit in enumerate(fits(bench.log)):
        tested = {id for id, number in zip(table["id"].to_pylist(), table["fold"].to_pylist(), strict=True) if number == fold}
        assert len(tested) == 18 and len(fit["validation"]) == round(72 * 0.2)
        assert tested | set(fit["train"]) | set(fit["validation"]) == everything
        assert len(tested) + len(fit["train"]) + len(fit["validation"]) == 90
    assert len(fits(bench.log)) == 5
    _check_reproduced(record, table)


def test_validation_rows_come_from_everywhere_in_a_sorted_file(bench: Bench) -> None:
    _cross_validated(bench, 5)
    bench.run("folded", "spy", only_seed=0)
    label = {id: int(row.argmax()) for id, row in zip(bench.target["train"].ids, bench.target["train"].labels, strict=True)}
    for fit in fits(bench.log):
        assert {label[id] for id in fit["validation"]} == {label[id] for id in fit["train"]} == {0, 1, 2}


def test_seeds_cut_different_folds_and_a_seed_always_the_same(bench: Bench) -> None:
    _cross_validated(bench, 3)
    records = bench.run("folded", "spy")
    cuts = [bench.predictions(record)["id"].to_pylist() for record in records]
    assert cuts[0] != cuts[1]
    write_profile(bench.root, "again")
    assert bench.predictions(bench.run("folded", "spy", "again")[0])["id"].to_pylist() == cuts[0]


def test_a_run_replaces_what_an_earlier_one_left_and_a_single_seed_only_itself(bench: Bench) -> None:
    write_profile(bench.root, seeds=[3, 4, 5])
    assert [record.seed for record in bench.run("target", "spy")] == [3, 4, 5]
    write_profile(bench.root, seeds=[0, 3])
    assert [record.seed for record in bench.run("target", "spy")] == [0, 3]
    assert sorted(path.name for path in (bench.project.predictions / "tiny/target/spy").iterdir()) == ["0.parquet", "3.parquet"]
    records = bench.run("target", "spy", only_seed=7)
    assert [record.seed for record in records] == [0, 3, 7]
    assert records[2].command.endswith("--seed 7")


def test_the_first_labels_of_ties_and_unknown_words_do_no_harm(bench: Bench, tmp_path: Path) -> None:
    unknown = toy_texts(3, 9)
    strange = type(unknown)(unknown.ids, ("zzz", "qqq", "xxx"), unknown.contexts, unknown.labels)
    given = write_goemotions(tmp_path / "strange", {**bench.target, "test": strange})
    write_yaml(bench.project.params, {"profile": "tiny", "data": {"single": str(given)}})
    assert bench.predictions(bench.run("single", "spy")[0])["decided"].to_pylist() == [[0], [0], [0]]
