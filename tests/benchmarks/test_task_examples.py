"""The examples of a profile: the rows that its runs were tested on, with the fingerprint that their records carry."""

import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from benchmarks.examples import TextExamples
from benchmarks.runners import image_classification, text_classification
from benchmarks.runners.run import write_outcome
from benchmarks.task_examples import THUMBNAIL, task_examples, thumbnail
from hub.errors import EmohubError
from hub.paths import Project
from hub.results import RunRecord, read_results
from hub.results.comparing.examples import examples_file, read_examples
from hub.results.comparing.predictions import read_predictions
from hub.spec import Registry
from hub.workspace import Workspace
from tests.support.emotion_images import SOURCE, SPLITS, plain_images, published_rows, write_image_task, write_labels, write_published_images
from tests.support.mean_colour import REFERENCE
from tests.support.portrait_bench import make_portrait_project
from tests.support.records import make_record
from tests.support.text_project import make_run, make_text_project, write_goemotions, write_model, write_published, write_task
from tests.support.toy_texts import toy_texts

TFIDF = "benchmarks.methods.tfidf_logreg:TfidfLogisticRegression"
PUBLISHED = {"kind": "published", "dataset": "toy", "configuration": "all"}
GOEMOTIONS = {"kind": "external", "reader": "benchmarks.sources.goemotions:read", "licence": "cc-by-4.0", "how_to_get": "Ask for it."}


def _splits() -> dict[str, TextExamples]:
    return {split: toy_texts(rows, seed) for seed, (split, rows) in enumerate((("train", 60), ("validation", 20), ("test", 20)))}


def _workspace(project: Project) -> Workspace:
    registry = Registry(project)
    return Workspace(project, registry, registry.params(), registry.profile("tiny"))


def _run(project: Project, runner: Any, task: str, model: str) -> RunRecord:
    run = make_run(project, task, model, only_seed=0)
    write_outcome(run, runner.RUNNER.run_pair(run))
    return next(record for record in read_results(project).records if record.task == task)


@pytest.fixture
def texts(tmp_path: Path) -> Project:
    project = make_text_project(tmp_path / "project")
    write_published(project, "toy", "all", _splits())
    write_task(project.root, "toy", PUBLISHED)
    write_model(project.root, "tfidf", TFIDF)
    return project


def test_texts_join_the_predictions_of_the_run(texts: Project) -> None:
    record = _run(texts, text_classification, "toy", "tfidf")
    outcome = task_examples(_workspace(texts))
    assert outcome.lines()[-1] == "1 tasks written, 0 as before, 0 skipped"
    found = read_examples(examples_file(texts.root / "results", "tiny", "toy"))
    assert found.fingerprint == record.data.fingerprint
    predicted = read_predictions(texts.root / "results", record)
    assert set(predicted.ids) == set(found.table["id"].to_pylist())
    rows = pq.read_table(texts.published("toy") / "all" / "test-00000-of-00001.parquet").to_pylist()
    example = found.get(rows[0]["id"])
    assert example is not None and example.text == rows[0]["utterance"]
    assert "built by this project" in found.source and found.about == "A task for tests."


def test_the_same_data_is_not_written_twice(texts: Project) -> None:
    _run(texts, text_classification, "toy", "tfidf")
    task_examples(_workspace(texts))
    path = examples_file(texts.root / "results", "tiny", "toy")
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert task_examples(_workspace(texts)).lines()[-1] == "0 tasks written, 1 as before, 0 skipped"
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_other_data_is_written_anew_and_said(texts: Project, capsys: pytest.CaptureFixture[str]) -> None:
    record = _run(texts, text_classification, "toy", "tfidf")
    task_examples(_workspace(texts))
    splits = _splits()
    write_published(texts, "toy", "all", {**splits, "test": splits["test"].take(range(3))})
    assert not task_examples(_workspace(texts)).written[0].unchanged
    assert "1 runs were made on other data" in capsys.readouterr().err
    assert read_examples(examples_file(texts.root / "results", "tiny", "toy")).fingerprint != record.data.fingerprint


def test_a_task_whose_data_is_not_there_is_skipped_with_the_reason(texts: Project) -> None:
    _run(texts, text_classification, "toy", "tfidf")
    shutil.rmtree(texts.published("toy"))
    lines = task_examples(_workspace(texts)).lines()
    assert lines[0].startswith("toy: skipped: toy/all has not been built here")
    assert lines[-1].startswith("0 tasks written, 0 as before, 1 skipped (1 × toy/all has not been built here")


def test_a_task_that_is_no_longer_declared_is_skipped(texts: Project) -> None:
    from hub.results import write_record

    write_record(texts.runs, make_record(profile="tiny", task="gone"))
    assert task_examples(_workspace(texts)).skipped == {"gone": "the task is no longer declared"}


def test_a_profile_without_runs_has_nothing_to_write(texts: Project) -> None:
    assert task_examples(_workspace(texts)).lines() == ["0 tasks written, 0 as before, 0 skipped"]


def test_data_of_others_names_its_licence(texts: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOHUB_DATA_THEIRS", str(write_goemotions(tmp_path / "data", _splits())))
    write_task(texts.root, "theirs", GOEMOTIONS)
    record = _run(texts, text_classification, "theirs", "tfidf")
    task_examples(_workspace(texts))
    found = read_examples(examples_file(texts.root / "results", "tiny", "theirs"))
    assert (found.fingerprint, found.licence) == (record.data.fingerprint, "cc-by-4.0")
    assert "data of others" in found.source


def test_images_come_small_and_with_their_style(tmp_path: Path) -> None:
    project = make_text_project(tmp_path / "project")
    write_labels(project.root)
    write_published_images(project, {split: published_rows(plain_images(split, count)) for split, count in SPLITS.items()})
    write_image_task(project.root, "plain", SOURCE)
    write_model(project.root, "colours", REFERENCE, task_type="image_classification", settings={"log": str(tmp_path / "log.jsonl")})
    record = _run(project, image_classification, "plain", "colours")
    task_examples(_workspace(project))
    found = read_examples(examples_file(project.root / "results", "tiny", "plain"))
    assert found.fingerprint == record.data.fingerprint
    id = read_predictions(project.root / "results", record).ids[0]
    example, picture = found.get(id), found.image(id)
    assert example is not None and example.domain and picture is not None
    assert max(Image.open(io.BytesIO(picture)).size) <= THUMBNAIL


def test_pairs_show_their_portraits(tmp_path: Path) -> None:
    from hub.results import write_record

    project = make_portrait_project(tmp_path)
    write_record(project.runs, make_record(profile="tiny", task="others"))
    assert [one.task for one in task_examples(_workspace(project)).written] == ["others"]
    found = read_examples(examples_file(project.root / "results", "tiny", "others"))
    assert all(found.image(id) for id in found.table["id"].to_pylist())


@pytest.mark.parametrize(("mode", "size"), [("RGB", (800, 400)), ("RGBA", (64, 64)), ("L", (10, 300)), ("P", (300, 300))])
def test_a_thumbnail_is_a_jpeg_that_keeps_its_shape(tmp_path: Path, mode: str, size: tuple[int, int]) -> None:
    Image.new(mode, size).save(tmp_path / "picture.png")
    made = Image.open(io.BytesIO(thumbnail(tmp_path / "picture.png")))
    assert made.format == "JPEG" and max(made.size) <= THUMBNAIL
    assert made.width / made.height == pytest.approx(size[0] / size[1], rel=0.2)


def test_transparent_pixels_become_white(tmp_path: Path) -> None:
    Image.new("RGBA", (32, 32), (0, 0, 0, 0)).save(tmp_path / "picture.png")
    assert np.asarray(Image.open(io.BytesIO(thumbnail(tmp_path / "picture.png")))).min() > 250


def test_a_type_without_examples_is_refused(texts: Project) -> None:
    from benchmarks.task_examples import read_test_rows
    from hub.spec import TaskSpec

    task = Registry(texts).task("toy")
    other = TaskSpec.model_construct(**{**task.model_dump(), "type": "riddles"})
    with pytest.raises(EmohubError, match="'riddles' have no examples"):
        read_test_rows(other, _workspace(texts))
