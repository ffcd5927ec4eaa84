"""The domain generalization runner on folders of images and on a published dataset, from reading to the written record."""

import json

import pytest

from benchmarks.runners.domain_generalization import RUNNER
from benchmarks.runners.run import write_outcome
from hub.paths import Project
from hub.results import RunRecord, read_results
from hub.tables import read_table
from tests.support.domain_bench import write_domain_task
from tests.support.emotion_images import EMOTIONS, LABELS_FILE, SPLITS, STYLES, plain_images, published_rows, write_labels, write_published_images
from tests.support.emotion_images import SOURCE as PUBLISHED
from tests.support.mean_colour import REFERENCE, trainings
from tests.support.shapes import SHAPES, write_shapes
from tests.support.text_project import make_run, make_text_project, write_model, write_yaml
from tests.support.tiny_vit import make_tiny_vit

SOURCE = {"kind": "external", "reader": "benchmarks.sources.image_domains:read", "licence": "none", "how_to_get": "Draw them."}
CANDIDATES = [{"learning_rate": 0.001}, {"learning_rate": 0.00001, "steps": 2}]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("images")
    made = make_text_project(root / "project")
    shapes, vit = write_shapes(root / "shapes", images=8), make_tiny_vit(root / "vit")
    for name in ("pictures", "elsewhere"):
        inputs = {"kind": "images", "domains": []}
        write_domain_task(made.root, name, source=SOURCE, inputs=inputs, taxonomy=None, labels=None, mapping=None, decision=None, main_metric="accuracy")
    write_yaml(made.params, {"profile": "tiny", "data": {"pictures": str(shapes)}})
    settings = {"encoder": str(vit), "steps": 150, "batch_per_domain": 6, "checkpoint_steps": 50, "candidates": CANDIDATES}
    write_model(made.root, "tiny_vit", "benchmarks.methods.vision.image_encoder:ImageEncoderClassifier", task_type="image_classification", settings=settings)
    return made


def _run(project: Project, task: str, model: str = "tiny_vit") -> RunRecord:
    run = make_run(project, task, model, only_seed=0)
    write_outcome(run, RUNNER.run_pair(run))
    return next(record for record in read_results(project).records if record.task == task)


def test_every_domain_of_images_is_left_out_once_and_scored(project: Project) -> None:
    record = _run(project, "pictures")
    assert list(record.parts) == ["chalk", "meadow", "paper"]
    assert [part["rows"] for part in record.parts.values()] == [24, 24, 24]
    # The second candidate has no time to learn anything.
    assert [part["candidate"] for part in record.parts.values()] == [1, 1, 1]
    assert record.score is not None and record.score.value > 0.6
    assert (record.data.source, record.data.train, record.data.validation, record.data.test) == ("local", 38, 10, 72)
    assert record.cost is not None and record.cost.parameters < 30_000
    assert [point.step for point in record.curve] == [50, 100, 150] and all(point.validation is not None for point in record.curve)
    assert record.predictions is not None
    table = read_table(project.root / "results" / record.predictions)
    assert json.loads(table.schema.metadata[b"labels"]) == list(SHAPES)
    assert all(len(decided) == 1 for decided in table["decided"].to_pylist())
    assert all(id.split("/")[0] == list(record.parts)[fold] for id, fold in zip(table["id"].to_pylist(), table["fold"].to_pylist(), strict=True))


def test_images_without_a_path_are_unavailable(project: Project) -> None:
    record = _run(project, "elsewhere")
    assert record.status == "unavailable" and record.reason is not None and "Draw them." in record.reason


def test_every_style_of_a_published_dataset_is_left_out_once(project: Project) -> None:
    write_labels(project.root)
    write_published_images(project, {split: published_rows(plain_images(split, count)) for split, count in SPLITS.items()})
    declared = {"source": PUBLISHED, "inputs": {"kind": "images"}, "taxonomy": LABELS_FILE, "main_metric": "accuracy"}
    write_domain_task(project.root, "styles", **declared, labels=None, mapping=None, decision=None)
    log = project.root.parent / "styles.jsonl"
    write_model(project.root, "colours", REFERENCE, task_type="image_classification", settings={"log": str(log)})
    record = _run(project, "styles", "colours")
    assert list(record.parts) == sorted(STYLES) and record.data.source == "published"
    assert [part["rows"] for part in record.parts.values()] == [36, 36, 36]
    assert record.score is not None and record.score.value > 0.9
    assert list(record.per_label) == list(EMOTIONS)
    for left_out, given in zip(record.parts, trainings(log), strict=True):
        seen = given["train"] + given["validation"]
        assert len(seen) == 72 and not any(f"-{left_out.split()[0]}-" in id for id in seen)
        assert {id.split("-")[0] for id in seen} == set(SPLITS), "the published splits mean nothing here"
        assert tuple(given["class_names"]) == EMOTIONS
