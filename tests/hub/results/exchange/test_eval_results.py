"""Evaluation results for model repositories on the Hub, as the Hub's own client reads them."""

from pathlib import Path

import pytest
import yaml
from huggingface_hub import EvalResultEntry, parse_eval_result_entries

from hub.errors import EmohubError
from hub.results import RunRecord, write_record
from hub.results.exchange.eval_results import eval_results_yaml
from hub.results.exchange.exporting import export_results
from tests.support.exchange import declared_project
from tests.support.records import make_metrics, make_record, make_unavailable

COMMIT = "5503434ddd753f426f4b38109466949a1217c2bb"


def from_the_hub(**changes: object) -> RunRecord:
    record = make_record(**changes)
    return record.model_copy(update={"data": record.data.model_copy(update={"source": "hub", "revision": COMMIT})})


def entry(text: str) -> EvalResultEntry:
    (found,) = parse_eval_result_entries(yaml.safe_load(text))
    return found


def test_the_hubs_client_reads_dataset_task_value_and_date() -> None:
    found = entry(eval_results_yaml([from_the_hub()], "google-research-datasets/go_emotions"))
    assert (found.dataset_id, found.task_id, found.value) == ("google-research-datasets/go_emotions", "goemotions", 0.46)
    assert (found.dataset_revision, found.date) == (COMMIT, "2026-11-20")
    assert found.notes == "Macro-F1 on test; 95 % interval 0.4490 to 0.4699; global threshold; emohub, profile local"


def test_seeds_are_averaged_and_counted() -> None:
    found = entry(eval_results_yaml([from_the_hub(seed=seed, metrics=make_metrics(score)) for seed, score in enumerate((0.4, 0.5))], "a/b", task_id="default"))
    assert (found.task_id, found.value) == ("default", 0.45)
    assert found.notes is not None and "mean of 2 seeds" in found.notes


def test_nothing_is_said_to_be_verified() -> None:
    text = eval_results_yaml([from_the_hub()], "a/b")
    assert entry(text).verify_token is None
    assert "verif" not in text.lower()


def test_a_revision_that_is_no_commit_of_the_hub_is_left_out() -> None:
    record = make_record()
    local = record.model_copy(update={"data": record.data.model_copy(update={"revision": "60c895512783213c"})})
    assert entry(eval_results_yaml([local], "a/b")).dataset_revision is None


@pytest.mark.parametrize(
    ("records", "dataset", "complaint"),
    [
        ([], "a/b", "no run"),
        ([make_unavailable()], "a/b", "unavailable"),
        ([make_record(), make_record(model="tfidf_logreg")], "a/b", "one profile, task, model"),
        ([make_record(), make_record()], "a/b", "twice"),
        ([make_record()], "b", "organisation/name"),
        ([make_record()], "a/../b", "no repository"),
    ],
)
def test_what_makes_no_entry_is_one_clear_error(records: list[RunRecord], dataset: str, complaint: str) -> None:
    with pytest.raises(EmohubError, match=complaint):
        eval_results_yaml(records, dataset)


def test_only_tasks_whose_dataset_is_on_the_hub_are_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project, registry = declared_project(tmp_path)
    write_record(project.runs, from_the_hub())
    write_record(project.runs, make_record(task="isear"))
    (path,) = export_results(project, registry, "eval_results", tmp_path / "out")
    assert path == tmp_path / "out/local/minilm/.eval_results/goemotions.yaml"
    assert "not exported" in capsys.readouterr().err
    with pytest.raises(EmohubError, match="none of these tasks"):
        export_results(project, registry, "eval_results", tmp_path / "out", task="isear")
    (named,) = export_results(project, registry, "eval_results", tmp_path / "out", task="isear", dataset_id="org/isear")
    assert entry(named.read_text(encoding="utf-8")).dataset_id == "org/isear"
