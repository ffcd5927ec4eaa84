"""Run records go out as Every Eval Ever records, and come back with the same score, interval and seed."""

import json
import sys
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import EmohubError
from hub.files import file_digest
from hub.paths import Project
from hub.results import Score, write_record
from hub.results.exchange.every_eval_ever import check
from hub.results.exchange.exporting import export_results
from hub.results.exchange.foreign import records_of
from hub.results.exchange.importing import import_results
from hub.results.imported import read_imported
from hub.spec import Registry
from tests.support.exchange import REPOSITORY, declared_project, foreign
from tests.support.records import FINGERPRINT, make_record, make_unavailable


@pytest.fixture
def declared(tmp_path: Path) -> tuple[Project, Registry]:
    return declared_project(tmp_path / "project")


def test_a_record_is_a_file_where_the_formats_data_store_looks_for_it(declared: tuple[Project, Registry], tmp_path: Path) -> None:
    project, registry = declared
    write_record(project.runs, make_record())
    (path,) = export_results(project, registry, "every_eval_ever", tmp_path / "out")
    assert path.parent == tmp_path / "out/data/goemotions/emohub/minilm"
    assert UUID(path.stem).version == 4
    log = json.loads(path.read_text(encoding="utf-8"))
    check(log)
    main = log["evaluation_results"][0]
    assert log["evaluation_id"] == "goemotions/emohub/minilm/1795167000.000000"
    assert main["evaluation_name"] == "goemotions/macro_f1"
    assert main["metric_config"]["lower_is_better"] is False
    assert (main["metric_config"]["min_score"], main["metric_config"]["max_score"]) == (0, 1)
    assert main["score_details"]["score"] == 0.46
    assert main["score_details"]["uncertainty"] == {
        "confidence_interval": {
            "lower": 0.449,
            "upper": 0.4699,
            "confidence_level": 0.95,
            "method": "95 % percentile bootstrap over test rows, 1,000 replicates",
        },
        "num_samples": 5427,
        "num_bootstrap_samples": 1000,
    }
    assert main["source_data"]["additional_details"]["fingerprint"] == FINGERPRINT
    assert main["generation_config"]["additional_details"]["threshold"] == "0.34"
    assert "uncertainty" not in log["evaluation_results"][2]["score_details"], "the Brier score has no interval"


def test_the_same_record_is_the_same_file_and_another_one_is_another(declared: tuple[Project, Registry], tmp_path: Path) -> None:
    project, registry = declared
    write_record(project.runs, make_record())
    first = export_results(project, registry, "every_eval_ever", tmp_path / "a")
    again = export_results(project, registry, "every_eval_ever", tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    write_record(project.runs, make_record(command="another"))
    assert export_results(project, registry, "every_eval_ever", tmp_path / "c")[0].name != first[0].name


def test_a_dataset_read_from_the_hub_is_named_by_its_repository(declared: tuple[Project, Registry], tmp_path: Path) -> None:
    project, registry = declared
    record = make_record()
    write_record(project.runs, record.model_copy(update={"data": record.data.model_copy(update={"source": "hub"})}))
    (path,) = export_results(project, registry, "every_eval_ever", tmp_path / "out", task="goemotions")
    source = json.loads(path.read_text(encoding="utf-8"))["evaluation_results"][0]["source_data"]
    assert source["source_type"] == "hf_dataset"
    assert source["hf_repo"] == registry.task("goemotions").source.hub_id


def test_a_metric_without_an_upper_bound_says_so_in_the_only_way_the_schema_has(declared: tuple[Project, Registry]) -> None:
    _, registry = declared
    record = make_record(task="narrative_lm", model="small_gpt_mle", main_metric="mauve", metrics={"mauve": Score(value=0.8), "perplexity": Score(value=90.0)})
    metric = foreign(registry, record)["evaluation_results"][1]["metric_config"]
    assert metric["max_score"] == sys.float_info.max
    assert metric["additional_details"]["upper_bound"] == "none"
    assert metric["lower_is_better"] is True


def test_a_model_that_was_never_trained_here_is_evaluated_by_a_third_party(declared: tuple[Project, Registry]) -> None:
    _, registry = declared
    data = make_record().data
    zero_shot = make_record(data=data.model_copy(update={"adapted": False}))
    ours = make_record(data=data.model_copy(update={"adapted": False, "pretrained_on": "emo_pillars_contextless"}))
    assert foreign(registry, zero_shot)["source_metadata"]["evaluator_relationship"] == "third_party"
    assert foreign(registry, ours)["source_metadata"]["evaluator_relationship"] == "first_party"


def test_no_local_path_and_no_secret_leaves_with_the_settings(declared: tuple[Project, Registry]) -> None:
    _, registry = declared
    text = json.dumps(foreign(registry, make_record(settings={"encoder": "/home/someone/model", "hf_token": "hf_abc"})))
    assert "someone" not in text
    assert "hf_abc" not in text


def test_predictions_go_along_row_by_row_without_the_inputs(declared: tuple[Project, Registry], tmp_path: Path) -> None:
    project, registry = declared
    table = pa.table(
        {"id": ["a", "b"], "fold": [0, 0], "truth": [[0], [0, 1]], "decided": [[0], [1]], "probabilities": [[0.9, 0.1], [0.4, 0.6]]}
    ).replace_schema_metadata({"labels": '["joy", "fear"]'})
    path = project.predictions / "local/goemotions/minilm/0.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(table, path)
    write_record(project.runs, make_record(predictions="predictions/local/goemotions/minilm/0.parquet", predictions_sha256=file_digest(path)))
    result, samples = export_results(project, registry, "every_eval_ever", tmp_path / "out")
    described = json.loads(result.read_text(encoding="utf-8"))["detailed_evaluation_results"]
    assert samples == tmp_path / "out" / described["file_path"]
    assert described["checksum"] == sha256(samples.read_bytes()).hexdigest()
    right, wrong = map(json.loads, samples.read_text(encoding="utf-8").splitlines())
    assert right["evaluation"] == {"score": 1.0, "is_correct": True}
    assert (wrong["input"]["reference"], wrong["output"]["raw"], wrong["evaluation"]["is_correct"]) == (["joy", "fear"], ["fear"], False)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(EmohubError, match="not the file that the record was made with"):
        export_results(project, registry, "every_eval_ever", tmp_path / "out")


def test_what_cannot_be_exported_is_one_clear_error(declared: tuple[Project, Registry], tmp_path: Path) -> None:
    project, registry = declared
    write_record(project.runs, make_unavailable())
    with pytest.raises(EmohubError, match="no complete runs"):
        export_results(project, registry, "every_eval_ever", tmp_path)
    with pytest.raises(EmohubError, match="did you mean 'every_eval_ever'"):
        export_results(project, registry, "every_eval_evr", tmp_path)
    with pytest.raises(EmohubError, match="goemotions"):
        export_results(project, registry, "every_eval_ever", tmp_path, task="goemotion")
    write_record(project.runs, make_record(metrics={"macro_f1": Score(value=0.4), "invented": Score(value=1)}))
    with pytest.raises(EmohubError, match="'invented' is no metric"):
        export_results(project, registry, "every_eval_ever", tmp_path)


@pytest.mark.parametrize(
    ("place", "value", "complaint"),
    [
        (("schema_version",), "0.2.0", "schema_version"),
        (("source_metadata", "source_type"), "rumour", "source_type"),
        (("evaluation_results", 0, "score_details", "score"), "0.5", "score_details.score"),
        (("dedupe_identity",), {"content_hash": "ab"}, "dedupe_identity"),
        (("surprise",), 1, "surprise"),
    ],
)
def test_the_schema_refuses_and_names_the_place(declared: tuple[Project, Registry], place: tuple[str | int, ...], value: object, complaint: str) -> None:
    log = foreign(declared[1], make_record())
    inner = log
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(EmohubError, match=complaint):
        check(log)


def test_what_is_sent_out_comes_back(declared: tuple[Project, Registry], tmp_path: Path) -> None:
    project, registry = declared
    records = [make_record(seed=seed) for seed in (0, 1)]
    for record in records:
        write_record(project.runs, record)
    export_results(project, registry, "every_eval_ever", tmp_path / "out")
    other, there = declared_project(tmp_path / "other")
    outcome = import_results(other, there, tmp_path / "out", "A lab")
    assert (len(outcome.accepted), outcome.refused) == (2, ())
    found = {result.record.seed: result.record for result in read_imported(other).results}
    for record in records:
        back = found[record.seed]
        assert {name: (score.value, score.low, score.high) for name, score in back.metrics.items()} == {
            name: (score.value, score.low, score.high) for name, score in record.metrics.items()
        }
        assert (back.decision, back.main_metric, back.data.fingerprint, back.data.test) == (record.decision, "macro_f1", FINGERPRINT, 5427)
        assert (back.profile, back.finished, back.command, back.code_revision) == (record.profile, record.finished, record.command, record.code_revision)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.integers(0, 999_999_999_999_999))
def test_every_score_interval_and_seed_survives_the_way_there_and_back(value: float, one: float, other: float, seed: int) -> None:
    registry = Registry(Project(REPOSITORY))
    score = Score(value=value, low=min(one, other), high=max(one, other))
    (back,) = records_of(foreign(registry, make_record(seed=seed, metrics={"macro_f1": score})), registry)
    assert (back.metrics["macro_f1"], back.seed) == (score, seed)
