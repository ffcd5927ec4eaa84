"""Bootstrap replicates of image scores are the scores of the drawn rows, and the same rows are drawn for every metric and model."""

import numpy as np
import pytest

from benchmarks.metrics.image_scores import mean_average_precision
from benchmarks.metrics.scores import brier_score, expected_calibration_error, macro_f1
from benchmarks.runners.image_scoring import multi_label_metrics, scores_by_domain, single_label_metrics
from benchmarks.runners.scoring import BOOTSTRAP_SEED

ROWS, CLASSES, REPLICATES = 40, 5, 120
GENERATOR = np.random.default_rng(3)
PROBABILITIES = GENERATOR.dirichlet(np.ones(CLASSES), ROWS).astype(np.float32)
ACTUAL = GENERATOR.integers(0, CLASSES, ROWS)
TRUTH, DECIDED = ACTUAL[:, None] == np.arange(CLASSES), PROBABILITIES.argmax(axis=1)[:, None] == np.arange(CLASSES)
HOLDS = GENERATOR.random((ROWS, CLASSES)) < 0.4


def _draws() -> list[np.ndarray]:  # type: ignore[type-arg]
    generator = np.random.default_rng(BOOTSTRAP_SEED)
    return [generator.integers(0, ROWS, ROWS) for _ in range(REPLICATES)]


def test_every_single_label_replicate_is_the_score_of_the_drawn_rows() -> None:
    found = single_label_metrics(TRUTH, DECIDED, PROBABILITIES, REPLICATES)
    for replicate, rows in enumerate(_draws()):
        top = np.argsort(-PROBABILITIES[rows], axis=1)[:, :3]
        expected = {
            "accuracy": (TRUTH[rows] == DECIDED[rows]).all(axis=1).mean(),
            "accuracy_at_3": (top == ACTUAL[rows][:, None]).any(axis=1).mean(),
            "macro_f1": macro_f1(TRUTH[rows], DECIDED[rows]),
            "brier_score": brier_score(TRUTH[rows], PROBABILITIES[rows]),
            "expected_calibration_error": expected_calibration_error(TRUTH[rows], PROBABILITIES[rows]),
        }
        assert {name: score.replicates[replicate] for name, score in found.items()} == pytest.approx(expected, abs=1e-6)


def test_every_multi_label_replicate_is_the_score_of_the_drawn_rows() -> None:
    found = multi_label_metrics(HOLDS, PROBABILITIES > 0.2, PROBABILITIES, REPLICATES)
    assert list(found) == ["mean_average_precision", "macro_f1", "micro_f1", "brier_score", "expected_calibration_error"]
    for replicate, rows in enumerate(_draws()):
        assert found["mean_average_precision"].replicates[replicate] == pytest.approx(mean_average_precision(HOLDS[rows], PROBABILITIES[rows]), abs=1e-6)
        assert found["macro_f1"].replicates[replicate] == pytest.approx(macro_f1(HOLDS[rows], PROBABILITIES[rows] > 0.2), abs=1e-6)


def test_with_three_classes_or_fewer_accuracy_at_three_says_nothing_and_is_left_out() -> None:
    truth = np.eye(3, dtype=np.bool_)
    found = single_label_metrics(truth, truth, truth.astype(np.float32), 100)
    assert "accuracy_at_3" not in found and found["accuracy"].value == 1
    assert "accuracy_at_3" not in scores_by_domain(["a", "b", "a"], truth, truth, truth.astype(np.float32), multi_label=False)["a"]


def test_rows_without_a_domain_make_no_parts() -> None:
    assert scores_by_domain([""] * ROWS, TRUTH, DECIDED, PROBABILITIES, multi_label=False) == {}
