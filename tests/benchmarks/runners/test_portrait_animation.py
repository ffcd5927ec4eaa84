"""The portrait animation runner, from the published files to the written record."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from benchmarks.judges import JudgesSettings
from benchmarks.judges.identity_embedder import EmbedderSettings
from benchmarks.judges.landmark_detector import DetectorSettings
from benchmarks.judges.training import TrainingSettings
from benchmarks.portrait_examples import Pixels, Portrait
from benchmarks.runners import animation_scoring
from benchmarks.runners.portrait_animation import RUNNER
from benchmarks.runners.run import write_outcome
from hub.errors import DeclarationError, EmohubError
from hub.faces import FaceTrack
from hub.paths import Project
from hub.results import RunRecord, read_results
from hub.results.comparing.pictures import read_animations
from hub.tables import read_table
from tests.support.portrait_bench import (
    FRAMES,
    REFERENCE,
    SIZE,
    CopyingAnimator,
    events,
    make_portrait_project,
    tiny_rows,
    write_emojibench,
    write_portrait_task,
)
from tests.support.text_project import make_run, write_model

WITH_TARGETS = {"ssim", "l1", "psnr", "mouth_l1", "expression_error", "mouth_opening_error", "eye_opening_error", "pupil_error", "pose_error", "jitter"}


class SmallAnimator(CopyingAnimator):
    """Gives frames of another size."""

    def animate(self, portrait: Portrait, driving: FaceTrack) -> Pixels:
        return super().animate(portrait, driving)[:, ::2, ::2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One for all tests, in which the judges are trained once, and for a few steps only."""
    few = TrainingSettings(steps=4)
    quick = JudgesSettings(DetectorSettings(training=few), EmbedderSettings(training=few))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(animation_scoring, "JUDGES", quick)
        yield make_portrait_project(tmp_path_factory.mktemp("bench"))


@pytest.fixture
def log(project: Project) -> Path:
    """What the model `copier` notes from here on."""
    path = project.root.parent / "log.jsonl"
    path.unlink(missing_ok=True)
    return path


def _run(project: Project, task: str = "own", model: str = "copier", only_seed: int | None = 0) -> list[RunRecord]:
    run = make_run(project, task, model, only_seed=only_seed)
    write_outcome(run, RUNNER.run_pair(run))
    results = read_results(project)
    assert not results.broken
    return [record for record in results.records if (record.task, record.model) == (task, model)]


def _model(project: Project, name: str, reference: str = REFERENCE, **settings: Any) -> str:
    write_model(project.root, name, reference, task_type="portrait_animation", settings={"log": str(project.root.parent / "log.jsonl"), **settings})
    return name


def _predictions(project: Project, record: RunRecord) -> pa.Table:
    assert record.predictions is not None
    return read_table(project.root / "results" / record.predictions)


def test_a_record_holds_every_score_with_its_interval_and_what_it_took(project: Project) -> None:
    record = _run(project)[0]
    assert set(record.metrics) == {*WITH_TARGETS, "identity_similarity", "fvd_pooled_pixels", "seconds_per_frame", "peak_memory_megabytes"}
    for name, score in record.metrics.items():
        measured = name in ("seconds_per_frame", "peak_memory_megabytes")
        assert (score.low is None) == measured and len(score.replicates) == (0 if measured else 200), name
    assert record.metrics["peak_memory_megabytes"].value > 50
    assert (record.main_metric, record.data.source) == ("ssim", "published")
    assert (record.data.train, record.data.validation, record.data.test) == (8, 4, 8)
    assert record.cost is not None and record.cost.predict_seconds >= 0
    assert [point.step for point in record.curve] == [1]


def test_copying_the_portrait_loses_on_moving_faces_and_keeps_who_they_are(project: Project) -> None:
    record = _run(project)[0]
    assert 0.3 < record.metrics["ssim"].value < 0.999 and record.metrics["l1"].value > 0.001
    assert record.metrics["identity_similarity"].value == pytest.approx(1, abs=1e-3)


def test_parts_say_what_styles_and_families_score_and_what_the_real_frames_do(project: Project) -> None:
    parts = _run(project)[0].parts
    assert list(parts) == ["style: animal", "style: human", "family: talking", "family: turning", "truth", "fvd_pooled_pixels"]
    assert [part["rows"] for part in parts.values() if "rows" in part] == [4, 4, 4, 4, 8]
    assert {"frames", "size", "dimensions"} <= set(parts["fvd_pooled_pixels"])
    assert {"expression_error", "pupil_error", "pose_error", "identity_similarity"} <= set(parts["truth"])
    assert "ssim" not in parts["truth"]


def test_scores_of_pairs_stand_in_the_predictions_and_their_mean_is_the_score(project: Project) -> None:
    record = _run(project)[0]
    table = _predictions(project, record)
    assert len(table) == 8 and len(set(table["id"].to_pylist())) == 8
    for name in ("ssim", "l1", "expression_error", "identity_similarity"):
        assert np.mean(table[name].to_pylist()) == pytest.approx(record.metrics[name].value, abs=1e-5)


def test_the_predictions_say_which_judges_there_were_and_they_are_trained_once(project: Project) -> None:
    digests = {_predictions(project, _run(project, task)[0]).schema.metadata[b"judges"].decode() for task in ("own", "others")}
    assert [path.name for path in (project.work / "judges").iterdir()] == [one[:16] for one in digests]


def test_one_pair_of_every_style_and_family_is_shown(project: Project) -> None:
    record = _run(project)[0]
    rows = [row for row in _predictions(project, record).to_pylist() if row["strip"]]
    assert sorted((row["style"], row["family"]) for row in rows) == [(style, family) for style in ("animal", "human") for family in ("talking", "turning")]
    assert all(len(row["frames"]) == FRAMES and Image.open(io.BytesIO(row["frames"][0])).size == (SIZE, SIZE) for row in rows)
    assert len(read_animations(project.root / "results", record)) == 4


def test_a_model_sees_the_drivers_landmarks_and_nothing_else_of_it(project: Project, log: Path) -> None:
    _run(project, model=_model(project, "watched", brightness=1))
    animated = events(log, "portrait")
    assert len(animated) == 8 and all(event["given"] == "FaceTrack" and event["frames"] == FRAMES for event in animated)


def test_a_model_trains_on_pairs_of_the_same_person_and_never_on_tested_ones(project: Project, log: Path) -> None:
    _run(project, model=_model(project, "taught", log=str(log), **{"brightness": 2}), only_seed=1)
    (fit,) = events(log, "fit")
    assert all(id.startswith("self-train-") for id in fit["fit"]) and all(id.startswith("self-validation-") for id in fit["validation"])
    assert (fit["seed"], fit["size"]) == (1, SIZE)


def test_both_tasks_share_one_training_and_so_do_models_that_differ_in_inference_alone(project: Project, log: Path) -> None:
    _run(project, "own")
    _run(project, "others")
    _run(project, "others", _model(project, "brighter", brightness=20))
    assert len(events(log, "fit")) <= 1


def test_a_finished_seed_is_not_animated_again(project: Project, log: Path) -> None:
    first = _run(project)
    log.unlink(missing_ok=True)
    assert [record.metrics for record in _run(project)] == [record.metrics for record in first]
    assert events(log, "portrait") == []


def test_cross_reenactment_counts_pairs_without_a_target_and_scores_them_by_identity_alone(project: Project) -> None:
    record = _run(project, "others")[0]
    assert record.main_metric == "expression_error" and record.data.test == 8
    assert record.parts["without_target"]["rows"] == 1 and set(record.parts["without_target"]) == {"rows", "identity_similarity"}
    table = _predictions(project, record)
    assert table["ssim"].null_count == 1 and table["identity_similarity"].null_count == 0


def test_fewer_test_pairs_leave_training_as_it_is(project: Project, log: Path) -> None:
    _run(project)
    write_portrait_task(project.root, "few", "self", test_pairs=2, title="Task own")
    record = _run(project, "few")[0]
    assert (record.data.test, record.data.train) == (2, 8)
    assert len(events(log, "fit")) <= 1


def test_frames_of_another_size_are_refused(project: Project) -> None:
    name = _model(project, "small", "tests.benchmarks.runners.test_portrait_animation:SmallAnimator")
    with pytest.raises(EmohubError, match=r"gave \(4, 32, 32, 3\) numbers of type uint8 for self-test-.*; expected \(4, 64, 64, 3\)"):
        _run(project, model=name)


def test_a_first_stage_on_another_task_is_refused(project: Project) -> None:
    write_model(project.root, "staged", REFERENCE, task_type="portrait_animation", pretrain_on="others")
    with pytest.raises(DeclarationError, match="'pretrain_on' does not go with tests.support.portrait_bench"):
        _run(project, model="staged")


def test_a_dataset_that_was_not_built_is_unavailable(project: Project) -> None:
    write_portrait_task(project.root, "absent", "self", source={"kind": "published", "dataset": "another", "configuration": "pairs_self"})
    (record,) = _run(project, "absent")
    assert record.status == "unavailable" and record.reason is not None and "dvc repro build@another" in record.reason


def test_a_test_without_any_target_is_refused(tmp_path: Path) -> None:
    project = make_portrait_project(tmp_path)
    pairs = [{**row, "target_id": None} for row in tiny_rows()["pairs_cross"]["test"]]
    write_emojibench(project, {"pairs_cross": {"test": pairs}})
    with pytest.raises(EmohubError, match="none of the 8 test pairs of 'others' has a target"):
        _run(project, "others")
