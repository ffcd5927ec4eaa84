"""The image classification runner, from the published files or class folders to the written record."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, top_k_accuracy_score

from benchmarks.examples import Probabilities
from benchmarks.image_examples import ImageExamples
from benchmarks.runners.image_classification import RUNNER
from benchmarks.runners.run import write_outcome
from hub.errors import EmohubError
from hub.paths import Project
from hub.results import RunRecord, read_results
from hub.tables import read_table
from tests.support.emotion_images import (
    EMOTIONS,
    SOURCE,
    SPLITS,
    STYLES,
    plain_images,
    published_rows,
    write_image_task,
    write_labels,
    write_published_images,
)
from tests.support.mean_colour import REFERENCE, MeanColourClassifier, trainings
from tests.support.text_project import make_run, make_text_project, write_model, write_yaml

EXTERNAL = {"kind": "external", "reader": "benchmarks.sources.image_persons:read_emotic", "licence": "none", "how_to_get": "Ask for it."}


class ThoughtlessClassifier(MeanColourClassifier):
    """Gives what are no probabilities."""

    checkpoints = False

    def predict(self, examples: ImageExamples) -> Probabilities:
        return super().predict(examples) * 2 - 1


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = make_text_project(tmp_path / "project")
    write_labels(made.root)
    write_published_images(made, {split: published_rows(plain_images(split, count)) for split, count in SPLITS.items()})
    write_image_task(made.root, "plain", SOURCE)
    write_model(made.root, "colours", REFERENCE, task_type="image_classification", settings={"log": str(tmp_path / "log.jsonl")})
    return made


def _run(project: Project, task: str = "plain", model: str = "colours", only_seed: int | None = None) -> list[RunRecord]:
    run = make_run(project, task, model, only_seed=only_seed)
    write_outcome(run, RUNNER.run_pair(run))
    results = read_results(project)
    assert not results.broken
    return [record for record in results.records if (record.task, record.model) == (task, model)]


def _predictions(project: Project, record: RunRecord) -> tuple[Any, Any, Any]:
    assert record.predictions is not None
    table = read_table(project.root / "results" / record.predictions)
    classes = len(json.loads(table.schema.metadata[b"labels"]))
    marked = [np.array([np.isin(np.arange(classes), row) for row in table[column].to_pylist()]) for column in ("truth", "decided")]
    return marked[0], marked[1], np.array(table["probabilities"].to_pylist())


def test_every_seed_becomes_a_record_with_all_scores_and_intervals(project: Project) -> None:
    records = _run(project)
    assert [record.seed for record in records] == [0, 1]
    record = records[0]
    assert list(record.metrics) == ["accuracy", "accuracy_at_3", "macro_f1", "brier_score", "expected_calibration_error"]
    assert record.score is not None and record.score.value > 0.9
    for name, score in record.metrics.items():
        assert score.low is not None and score.high is not None and score.low <= score.value + 1e-6, name
        assert len(score.replicates) == 200
    assert (record.data.source, record.data.train, record.data.validation, record.data.test) == ("published", 48, 24, 36)
    assert record.decision is not None and record.decision.rule == "highest_probability"
    assert record.interval_method == "95 % percentile bootstrap over test rows, 200 replicates"
    assert [point.step for point in record.curve] == [1]
    assert list(record.per_label) == list(EMOTIONS)


def test_the_scores_are_those_of_scikit_learn_on_the_written_predictions(project: Project) -> None:
    record = _run(project, only_seed=0)[0]
    truth, decided, probabilities = _predictions(project, record)
    actual = truth.argmax(axis=1)
    assert record.metrics["accuracy"].value == pytest.approx(accuracy_score(actual, decided.argmax(axis=1)))
    assert record.metrics["accuracy_at_3"].value == pytest.approx(top_k_accuracy_score(actual, probabilities, k=3))
    assert record.metrics["macro_f1"].value == pytest.approx(f1_score(truth, decided, average="macro"))


def test_scores_by_style_stand_beside_the_whole(project: Project) -> None:
    record = _run(project, only_seed=0)[0]
    assert list(record.parts) == sorted(STYLES)
    assert [part["rows"] for part in record.parts.values()] == [12, 12, 12]
    assert np.mean([part["accuracy"] for part in record.parts.values()]) == pytest.approx(record.metrics["accuracy"].value, abs=1e-5)
    assert all(set(part) == {"rows", "accuracy", "accuracy_at_3", "macro_f1"} for part in record.parts.values())


def test_a_method_is_told_the_classes_by_name_and_where_it_may_keep_things(project: Project, tmp_path: Path) -> None:
    _run(project)
    given = trainings(tmp_path / "log.jsonl")
    assert [one["seed"] for one in given] == [0, 1]
    assert all(tuple(one["class_names"]) == EMOTIONS and one["work"] == str(project.work) for one in given)
    assert all(id.startswith("train-") for id in given[0]["train"]) and all(id.startswith("validation-") for id in given[0]["validation"])


def test_a_training_is_kept_and_not_done_again_for_another_model_with_the_same_settings(project: Project, tmp_path: Path) -> None:
    first = _run(project)
    write_model(project.root, "twin", REFERENCE, task_type="image_classification", settings={"log": str(tmp_path / "log.jsonl")})
    second = _run(project, model="twin")
    assert len(trainings(tmp_path / "log.jsonl")) == 2
    assert [record.metrics for record in first] == [record.metrics for record in second]


def test_a_dataset_that_was_not_built_is_unavailable(project: Project) -> None:
    write_image_task(project.root, "elsewhere", {**SOURCE, "dataset": "another"})
    record = _run(project, "elsewhere")[0]
    assert record.status == "unavailable" and record.reason is not None and "dvc repro build@another" in record.reason


def test_a_first_stage_on_another_task_is_refused(project: Project) -> None:
    write_model(project.root, "staged", REFERENCE, task_type="image_classification", pretrain_on="plain")
    with pytest.raises(EmohubError, match="'pretrain_on' does not go with tests.support.mean_colour"):
        _run(project, model="staged")


def test_what_is_no_probability_is_refused(project: Project, tmp_path: Path) -> None:
    reference = "tests.benchmarks.runners.test_image_classification:ThoughtlessClassifier"
    write_model(project.root, "thoughtless", reference, task_type="image_classification", settings={"log": str(tmp_path / "other.jsonl")})
    with pytest.raises(EmohubError, match=r"outside 0 to 1; expected \(36, 4\) probabilities"):
        _run(project, model="thoughtless")


def _write_emotic(root: Path, splits: Sequence[tuple[str, int]]) -> Path:
    from benchmarks.sources.image_persons import EMOTIC_CATEGORIES

    lines = [",".join(["folder", "filename", "x0", "y0", "x1", "y1", *EMOTIC_CATEGORIES, "split"])]
    for split, count in splits:
        for image in plain_images(f"emotic-{split}", count):
            place = root / "mscoco" / "images" / f"{image.id}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(image.png)
            # The colour tells half of the categories, of which every image has thirteen or more.
            holds = [(number + EMOTIONS.index(image.emotion)) % 2 or number == 3 for number in range(26)]
            lines.append(",".join(["mscoco/images", place.name, "4", "2", "20", "30", *(str(int(one)) for one in holds), split]))
    (root / "emotic.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def test_several_classes_an_image_are_scored_by_mean_average_precision(project: Project, tmp_path: Path) -> None:
    from tests.support.projects import REPOSITORY

    data = _write_emotic(tmp_path / "emotic", [("train", 3), ("val", 2), ("test", 2)])
    source = REPOSITORY / "benchmarks/tasks/emotic.yaml"
    (project.root / "benchmarks/tasks/emotic.yaml").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (project.root / "benchmarks/labels/emotic.yaml").write_text((REPOSITORY / "benchmarks/labels/emotic.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (project.root / "profiles/paper.yaml").write_text((project.root / "profiles/tiny.yaml").read_text(encoding="utf-8").replace("tiny", "paper"))
    write_yaml(project.params, {"profile": "tiny", "data": {"emotic": str(data)}})
    record = _run(project, "emotic", only_seed=0)[0]
    truth, decided, probabilities = _predictions(project, record)
    assert truth.shape == (24, 26) and truth.sum(axis=1).min() >= 13
    assert record.main_metric == "mean_average_precision"
    assert record.metrics["mean_average_precision"].value == pytest.approx(average_precision_score(truth, probabilities, average="macro"))
    assert record.metrics["micro_f1"].value == pytest.approx(f1_score(truth, decided, average="micro"))
    assert "accuracy" not in record.metrics
    assert record.decision is not None and record.decision.tuned_on == "validation"
    assert list(record.parts) == ["mscoco"] and set(record.parts["mscoco"]) == {"rows", "macro_f1", "mean_average_precision"}
