"""One domain is left out at a time: never learnt from, never tuned or selected on, and tested exactly once."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn.metrics import f1_score

from benchmarks.runners.scoring import BOOTSTRAP_SEED, KEPT_REPLICATES
from hub.errors import DeclarationError
from hub.results import RunRecord
from tests.support.domain_bench import DOMAINS, DomainBench, make_domain_bench, write_domain_task
from tests.support.domain_spy import events
from tests.support.text_project import write_model, write_profile

SIZES = {"north": 30, "south": 30, "east": 24}


@pytest.fixture
def bench(tmp_path: Path) -> DomainBench:
    return make_domain_bench(tmp_path)


def _members(table: pa.Table, column: str) -> npt.NDArray[np.bool_]:
    """A column of label positions as (rows, labels)."""
    labels = json.loads(table.schema.metadata[b"labels"])
    return np.array([[position in row for position in range(len(labels))] for row in table[column].to_pylist()])


def _by_domain(table: pa.Table) -> dict[str, pa.Table]:
    names = json.loads(table.schema.metadata[b"domains"])
    return {name: table.filter(pa.array([fold == number for fold in table["fold"].to_pylist()])) for number, name in enumerate(names)}


def _trainings(bench: DomainBench) -> list[dict[str, Any]]:
    return [event for event in events(bench.log) if "train" in event]


def test_each_domain_is_the_test_once_and_whole(bench: DomainBench) -> None:
    record = bench.run("spy")[0]
    tested = _by_domain(bench.predictions(record))
    assert list(tested) == list(record.parts) == list(DOMAINS)
    for name, table in tested.items():
        assert sorted(table["id"].to_pylist()) == sorted(bench.rows[name].ids)
        assert record.parts[name]["rows"] == SIZES[name]
    assert record.data.test == sum(SIZES.values())


def test_the_domain_left_out_is_neither_trained_nor_validated_on_and_all_others_are(bench: DomainBench) -> None:
    bench.run("spy")
    for left_out, training in zip(DOMAINS, _trainings(bench), strict=True):
        others = {id for name in DOMAINS if name != left_out for id in bench.rows[name].ids}
        train, validation = set(training["train"]), set(training["validation"])
        assert not train & validation
        assert train | validation == others
        assert len(training["train"]) + len(training["validation"]) == len(others)


def test_validation_is_the_declared_share_of_every_training_domain(bench: DomainBench) -> None:
    record = bench.run("spy")[0]
    for left_out, training in zip(DOMAINS, _trainings(bench), strict=True):
        for name in DOMAINS:
            drawn = len(set(training["validation"]) & set(bench.rows[name].ids))
            assert drawn == (0 if name == left_out else round(SIZES[name] * 0.2))
    assert (record.data.train, record.data.validation) == (54 - 11, 11)


def test_a_domain_is_cut_alike_in_every_fold_and_otherwise_by_another_seed(bench: DomainBench) -> None:
    bench.run("spy", only_seed=None)
    cuts = [{name: set(training["validation"]) & set(bench.rows[name].ids) for name in DOMAINS} for training in _trainings(bench)]
    assert cuts[0]["east"] == cuts[1]["east"] and cuts[1]["north"] == cuts[2]["north"]
    assert cuts[0]["east"] != cuts[3]["east"]


def test_the_left_out_rows_are_predicted_last_and_once_whatever_the_candidates(bench: DomainBench) -> None:
    bench.run(bench.spy("searching", candidates=[{"untaught": True}, {}, {"untaught": False}]))
    seen = events(bench.log)
    for left_out, start in zip(DOMAINS, range(0, len(seen), 7), strict=True):
        *before, last = seen[start : start + 7]
        assert ["train" if "train" in event else "predict" for event in before] == ["train", "predict"] * 3
        assert set(last["predict"]) == set(bench.rows[left_out].ids)
        for event in before:
            assert not set(bench.rows[left_out].ids) & {id for ids in event.values() if isinstance(ids, list) for id in ids}


@pytest.mark.parametrize("better", [1, 2])
def test_the_candidate_that_does_better_on_validation_is_taken(bench: DomainBench, better: int) -> None:
    candidates = [{"untaught": number != better} for number in (1, 2)]
    record = bench.run(bench.spy("searching", candidates=candidates))[0]
    plain = bench.run("spy")[0]
    assert [part["candidate"] for part in record.parts.values()] == [better] * 3
    assert record.metrics == plain.metrics
    assert record.settings["candidates"] == candidates


def test_of_equal_candidates_the_first_is_taken_and_all_are_paid_for(bench: DomainBench) -> None:
    record = bench.run(bench.spy("searching", candidates=[{"untaught": True}, {"untaught": True, "cut_off": None}]))[0]
    assert [part["candidate"] for part in record.parts.values()] == [1] * 3
    assert len(_trainings(bench)) == 6


@pytest.mark.parametrize("wrong", [[], "learning_rate", [1e-5]])
def test_candidates_that_are_no_list_of_settings_are_refused(bench: DomainBench, wrong: object) -> None:
    with pytest.raises(DeclarationError, match=r"searching\.yaml: settings\.candidates must be a list of settings"):
        bench.run(bench.spy("searching", candidates=wrong))


def test_the_threshold_is_tuned_on_the_validation_rows_of_its_fold(bench: DomainBench) -> None:
    record = bench.run("floor")[0]
    assert record.decision is not None and record.decision.tuned_on == "validation"
    assert record.decision.threshold == pytest.approx(np.mean([part["threshold"] for part in record.parts.values()]), abs=1e-6)
    for name, table in _by_domain(bench.predictions(record)).items():
        probabilities = np.array(table["probabilities"].to_pylist(), dtype=np.float32)
        np.testing.assert_array_equal(probabilities >= record.parts[name]["threshold"], _members(table, "decided"))


def _oracle(truth: npt.NDArray[np.bool_], decided: npt.NDArray[np.bool_]) -> dict[str, float]:
    return {
        "macro_f1": float(f1_score(truth, decided, average="macro", zero_division=0)),
        "micro_f1": float(f1_score(truth, decided, average="micro", zero_division=0)),
        "accuracy": float(np.mean([list(one) == list(other) for one, other in zip(truth, decided, strict=True)])),
    }


def test_scores_are_means_over_domains_of_what_scikit_learn_finds_in_the_predictions(bench: DomainBench) -> None:
    record = bench.run("floor")[0]
    found = {name: _oracle(_members(table, "truth"), _members(table, "decided")) for name, table in _by_domain(bench.predictions(record)).items()}
    for metric in ("macro_f1", "micro_f1", "accuracy"):
        for name, scores in found.items():
            assert record.parts[name][metric] == pytest.approx(scores[metric], abs=1e-6)
        score = record.metrics[metric]
        assert score.value == pytest.approx(np.mean([scores[metric] for scores in found.values()]))
        assert score.low is not None and score.high is not None and score.low <= score.value <= score.high
    assert record.score == record.metrics["macro_f1"]


def test_replicates_draw_rows_within_every_domain(bench: DomainBench) -> None:
    record = bench.run("floor")[0]
    tables = _by_domain(bench.predictions(record)).values()
    generators = [np.random.default_rng(BOOTSTRAP_SEED + number) for number in range(3)]
    for replicate in range(20):
        scores = []
        for table, generator in zip(tables, generators, strict=True):
            drawn = generator.integers(0, len(table), len(table))
            scores.append(_oracle(_members(table, "truth")[drawn], _members(table, "decided")[drawn]))
        for metric in ("macro_f1", "micro_f1", "accuracy"):
            assert record.metrics[metric].replicates[replicate] == pytest.approx(np.mean([one[metric] for one in scores]), abs=1e-6)
    assert len(record.metrics["macro_f1"].replicates) == KEPT_REPLICATES


def test_a_record_is_complete(bench: DomainBench) -> None:
    record = bench.run("spy")[0]
    assert record.status == "complete" and record.main_metric == "macro_f1"
    assert set(record.metrics) == {"macro_f1", "micro_f1", "accuracy", "brier_score", "expected_calibration_error"}
    assert set(record.parts["east"]) == {"macro_f1", "micro_f1", "accuracy", "rows", "validation_macro_f1", "candidate", "threshold"}
    assert list(record.per_label) == ["joy", "sadness", "anger"] and record.per_label["joy"]["support"] == 28
    assert record.data.source == "published" and record.data.revision and record.data.adapted
    assert record.interval_method == "95 % percentile bootstrap over test rows within every domain, 200 replicates"
    assert record.cost is not None and record.curve
    assert str(bench.root) not in record.command


def test_the_seed_decides_and_running_again_trains_nothing(bench: DomainBench) -> None:
    first = bench.run("spy", only_seed=None)
    assert [record.seed for record in first] == [0, 1]
    assert bench.run("spy", only_seed=None) == first
    assert len(_trainings(bench)) == 6


def test_models_that_differ_in_prediction_alone_share_every_folds_training(bench: DomainBench) -> None:
    bench.run("spy")
    dull = bench.run(bench.spy("dull", dull=True))[0]
    assert len(_trainings(bench)) == 3
    assert dull.metrics["macro_f1"].value < 0.6
    bench.run("spy", only_seed=1)
    assert len(_trainings(bench)) == 6


def test_a_limit_keeps_the_same_rows_of_every_domain_for_every_model(bench: DomainBench) -> None:
    write_domain_task(bench.root, "few", rows_per_domain=10)
    one, other = (bench.predictions(bench.run(model, "few")[0]) for model in ("spy", "floor"))
    assert one["id"].to_pylist() == other["id"].to_pylist()
    assert [len(table) for table in _by_domain(one).values()] == [10, 10, 10]


def test_the_highest_probability_scores_plain_accuracy(bench: DomainBench) -> None:
    write_domain_task(bench.root, "single", decision={"kind": "highest_probability"}, main_metric="accuracy")
    record = bench.run("spy", "single")[0]
    assert record.score is not None and record.score.value > 0.9
    assert record.decision is not None and record.decision.threshold is None
    assert "threshold" not in record.parts["north"] and "validation_accuracy" in record.parts["north"]
    assert record.metrics["accuracy"].value == pytest.approx(record.metrics["micro_f1"].value, abs=0.02)


def test_a_dataset_that_is_not_built_is_unavailable(bench: DomainBench) -> None:
    write_domain_task(bench.root, "unbuilt", source={"kind": "published", "dataset": "emo_pillars", "configuration": "contextual"})
    record = _only(bench.run("spy", "unbuilt"))
    assert record.status == "unavailable" and record.reason is not None and "dvc repro build@emo_pillars" in record.reason


def test_missing_weights_are_unavailable(bench: DomainBench) -> None:
    write_model(bench.root, "large", "benchmarks.methods.encoder:EncoderClassifier", settings={"encoder": "someone/large"})
    record = _only(bench.run("large"))
    assert record.status == "unavailable" and record.reason is not None and "bench.network: true" in record.reason


def _only(records: list[RunRecord]) -> RunRecord:
    assert len(records) == 1
    return records[0]


def test_a_first_stage_is_refused_because_its_data_may_hold_the_domain_left_out(bench: DomainBench) -> None:
    write_model(bench.root, "staged", "benchmarks.methods.tfidf_logreg:TfidfLogisticRegression", pretrain_on="settings")
    with pytest.raises(DeclarationError, match="its data may hold the domain left out"):
        bench.run("staged")


def test_a_kept_training_gives_the_same_numbers_as_a_fresh_one(bench: DomainBench, tiny_bert: Path) -> None:
    settings = {"encoder": str(tiny_bert), "epochs": 1, "batch_size": 16, "maximum_length": 32, "learning_rate": 0.003, "head_learning_rate": 0.02}
    write_model(bench.root, "tiny_encoder", "benchmarks.methods.encoder:EncoderClassifier", settings=settings)
    fresh = bench.run("tiny_encoder")[0]
    write_profile(bench.root, "again")
    kept = bench.run("tiny_encoder", profile="again")[0]
    assert len(list((bench.project.work / "checkpoints").iterdir())) == 3
    assert (kept.metrics, kept.parts) == (fresh.metrics, fresh.parts)
