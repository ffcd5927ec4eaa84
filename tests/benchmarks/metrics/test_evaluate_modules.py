"""The `evaluate` modules load by path without a network, and say the same as the pure functions."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.metrics.scores import brier_score, expected_calibration_error, label_scores, macro_f1, micro_f1
from tests.support.projects import REPOSITORY

METRICS = "benchmarks/metrics"
GENERATOR = np.random.default_rng(0)
TRUTH, PREDICTED = GENERATOR.random((40, 5)) < 0.3, GENERATOR.random((40, 5)) < 0.4
PROBABILITIES = GENERATOR.random((40, 5)).astype(np.float32)


@pytest.fixture
def from_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)


def _load(name: str, tmp_path: Path) -> Any:
    import evaluate

    return evaluate.load(f"{METRICS}/{name}", cache_dir=str(tmp_path))


@pytest.mark.usefixtures("from_repository")
def test_multilabel_f1_equals_the_pure_functions(tmp_path: Path) -> None:
    found = _load("multilabel_f1", tmp_path).compute(predictions=PREDICTED.astype(int).tolist(), references=TRUTH.astype(int).tolist())
    assert found == {
        "macro_f1": macro_f1(TRUTH, PREDICTED),
        "micro_f1": micro_f1(TRUTH, PREDICTED),
        "per_label_f1": label_scores(TRUTH, PREDICTED).f1.tolist(),
    }


@pytest.mark.usefixtures("from_repository")
def test_calibration_equals_the_pure_functions(tmp_path: Path) -> None:
    found = _load("calibration", tmp_path).compute(predictions=PROBABILITIES.tolist(), references=TRUTH.astype(int).tolist())
    assert found["brier_score"] == pytest.approx(brier_score(TRUTH, PROBABILITIES))
    assert found["expected_calibration_error"] == pytest.approx(expected_calibration_error(TRUTH, PROBABILITIES))


@pytest.mark.usefixtures("from_repository")
def test_arrays_and_batches_work_as_lists_do(tmp_path: Path) -> None:
    metric = _load("multilabel_f1", tmp_path)
    metric.add_batch(predictions=PREDICTED[:25], references=TRUTH[:25])
    metric.add_batch(predictions=PREDICTED[25:], references=TRUTH[25:])
    assert metric.compute()["macro_f1"] == macro_f1(TRUTH, PREDICTED)


@pytest.mark.usefixtures("from_repository")
def test_the_modules_can_be_combined(tmp_path: Path) -> None:
    import evaluate

    both = evaluate.combine([_load("multilabel_f1", tmp_path), _load("calibration", tmp_path)])
    found = both.compute(predictions=PREDICTED.astype(int).tolist(), references=TRUTH.astype(int).tolist())
    assert found["macro_f1"] == macro_f1(TRUTH, PREDICTED)
    assert found["brier_score"] == pytest.approx(np.mean(TRUTH != PREDICTED))


def test_from_another_working_directory_their_absolute_path_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import evaluate

    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    for name in ("multilabel_f1", "calibration"):
        metric = evaluate.load(str(REPOSITORY / METRICS / name), cache_dir=str(tmp_path))
        found |= metric.compute(predictions=[[1, 0], [0, 1]], references=[[1, 1], [0, 1]])
    assert found["macro_f1"] == pytest.approx(5 / 6)
    assert found["brier_score"] == 0.25


@pytest.mark.usefixtures("from_repository")
def test_text_variety_scores_both_sides(tmp_path: Path) -> None:
    found = _load("text_variety", tmp_path).compute(predictions=["a b a b a b a b", "c d"], references=["a b c d", "e f g h"])
    assert found["distinct_1"] == 4 / 10
    assert found["repetition_4"] == pytest.approx(3 / 5)
    assert (found["distinct_1_reference"], found["repetition_4_reference"]) == (1.0, 0.0)


@pytest.mark.usefixtures("from_repository")
def test_mauve_tells_like_texts_from_others(tmp_path: Path) -> None:
    metric = _load("mauve_minilm", tmp_path)
    like = [f"The boat came in at {number} in the morning." for number in range(20)]
    other = [f"def function_{number}(x): return x + {number}" for number in range(20)]
    assert metric.compute(predictions=like, references=like)["mauve"] > 0.99
    assert metric.compute(predictions=other, references=like)["mauve"] < 0.1
