"""Language-modelling runs on a tiny project: complete records, the same twice, and nothing trained in vain."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.methods.language.language_model import CausalLanguageModel
from benchmarks.runners.language_modeling import RUNNER
from benchmarks.runners.run import write_outcome
from hub.errors import EmohubError
from hub.paths import Project
from hub.results import RunRecord
from hub.tables import read_table
from tests.support.text_project import LABELS_FILE, make_run, make_text_project, write_model, write_published, write_task, write_yaml
from tests.support.tiny_gpt import SETTINGS
from tests.support.toy_texts import toy_texts

WAYS = ("", "_top_p", "_greedy")
SCORES = ("mauve", "distinct_1", "distinct_2", "distinct_3", "repetition_4", "rouge_1", "rouge_2", "rouge_l")


def write_language_task(root: Path, name: str, source: dict[str, Any], **changes: Any) -> None:
    declared = {
        "name": name,
        "title": f"Task {name}",
        "summary": "A task for tests.",
        "type": "language_modeling",
        "source": source,
        "prefix_words": 2,
        "continuation_words": 3,
        "prompts": 24,
        "main_metric": "mauve",
        **changes,
    }
    write_yaml(root / "benchmarks" / "tasks" / f"{name}.yaml", declared)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_text_project(tmp_path / "project")
    source = {"kind": "published", "dataset": "emo_pillars", "configuration": "context-less"}
    splits = {"train": toy_texts(120, 1), "validation": toy_texts(20, 2), "test": toy_texts(60, 3)}
    write_published(made, "emo_pillars", "context-less", splits)
    corpus = tmp_path / "ptb"
    corpus.mkdir()
    for split, name in (("train", "train"), ("validation", "valid"), ("test", "test")):
        (corpus / f"ptb.{name}.txt").write_text("\n".join(splits[split].texts) + "\n", encoding="utf-8")
    write_yaml(made.params, {"profile": "tiny", "data": {"theirs": str(corpus)}})
    external = {"kind": "external", "reader": "benchmarks.sources.corpora:read_penn_treebank", "licence": "none", "how_to_get": "Ask the authors."}
    write_language_task(made.root, "ours", source, columns=["utterance"])
    write_language_task(made.root, "theirs", external)
    write_language_task(made.root, "missing", external)
    write_language_task(made.root, "far", source, columns=["utterance"], mauve_features="openai-community/gpt2-large")
    write_task(made.root, "labelled", source, taxonomy=LABELS_FILE)
    few_shot = {"task": "labelled", "template": "{text} Emotion: {label}\n", "labels": ["joy", "sadness", "anger"], "shots": 1, "questions": 30}
    write_language_task(
        made.root, "asked", source, columns=["utterance"], prompts=0, continuation_words=5000, few_shot=few_shot, main_metric="few_shot_accuracy"
    )
    write_model(made.root, "gpt", "benchmarks.methods.language.language_model:CausalLanguageModel", task_type="language_modeling", settings=SETTINGS)
    return made


def bench(project: Project, task: str, seed: int | None = 0) -> list[tuple[RunRecord, Any]]:
    return RUNNER.run_pair(make_run(project, task, "gpt", only_seed=seed))


def test_a_run_scores_every_way_of_decoding_and_people_beside_them(project: Project) -> None:
    record, _ = bench(project, "ours")[0]
    assert record.status == "complete" and set(record.parts) == {"sampling", "top_p", "greedy", "people"}
    assert {f"{score}{way}" for score in SCORES for way in WAYS} | {"perplexity", "word_perplexity"} == set(record.metrics)
    assert record.metrics["mauve_greedy"].value == pytest.approx(record.parts["greedy"]["mauve"], abs=1e-6)
    for name in ("perplexity", "word_perplexity", "mauve"):
        score = record.metrics[name]
        assert score.low is not None and score.high is not None and score.low <= score.value <= score.high
        assert len(score.replicates) == 200
    assert (record.data.train, record.data.validation, record.data.test, record.data.source) == (120, 20, 60, "published")


def test_perplexity_can_be_worked_out_again_from_the_predictions(project: Project) -> None:
    record, table = bench(project, "ours")[0]
    nats, tokens = (np.array(table[name].to_pylist()) for name in ("nats", "tokens"))
    assert record.metrics["perplexity"].value == pytest.approx(np.exp(nats.sum() / tokens.sum()))


def test_the_same_seed_gives_the_same_metrics_and_another_seed_others(project: Project) -> None:
    first, _ = bench(project, "ours")[0]
    shutil.rmtree(project.work)
    again, _ = bench(project, "ours")[0]
    other, _ = bench(project, "ours", seed=1)[0]
    assert again.metrics == first.metrics and again.parts == first.parts
    assert other.metrics != first.metrics


def test_a_finished_seed_is_not_trained_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = bench(project, "ours")[0]
    monkeypatch.setattr("benchmarks.methods.language.language_model.CausalLanguageModel.fit", lambda *_: pytest.fail("it was trained again"))
    assert bench(project, "ours")[0][0] == first


def test_what_is_written_after_our_texts_is_kept_and_after_others_texts_is_not(project: Project) -> None:
    ours, theirs = (bench(project, task)[0][1] for task in ("ours", "theirs"))
    assert sum(text is not None for text in ours["sampling"].to_pylist()) == 24
    assert not any(text for way in ("sampling", "top_p", "greedy") for text in theirs[way].to_pylist())
    assert all(number > 0 for number in theirs["nats"].to_pylist())


@pytest.mark.parametrize("task", ["missing", "far"])
def test_without_text_or_features_the_run_is_unavailable_and_nothing_is_trained(project: Project, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.methods.language.language_model.CausalLanguageModel.fit", lambda *_: pytest.fail("it was trained in vain"))
    record, table = bench(project, task)[0]
    assert record.status == "unavailable" and record.reason and table is None


def test_a_task_without_prompts_asks_its_questions_alone(project: Project) -> None:
    outcome = bench(project, "asked")
    write_outcome(make_run(project, "asked", "gpt", only_seed=0), outcome)
    record, _ = outcome[0]
    assert set(record.metrics) == {"perplexity", "word_perplexity", "few_shot_accuracy", "few_shot_macro_f1", "few_shot_commonest_label"}
    assert not record.parts
    table = read_table(project.predictions / "tiny" / "asked" / "gpt" / "0.parquet")
    asked = [row for row in table.to_pylist() if row["truth"]]
    assert record.metrics["few_shot_accuracy"].value == pytest.approx(np.mean([row["truth"] == row["answered"] for row in asked]))


def test_what_cannot_be_continued_is_said_before_anything_is_trained(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project.root / "benchmarks" / "tasks" / "ours.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("continuation_words: 3", "continuation_words: 50"), encoding="utf-8")
    monkeypatch.setattr(CausalLanguageModel, "fit", lambda *_: pytest.fail("it was trained"))
    with pytest.raises(EmohubError, match="ours: 0 test texts can be continued, and MAUVE needs 20; lower prefix_words or continuation_words"):
        bench(project, "ours")
