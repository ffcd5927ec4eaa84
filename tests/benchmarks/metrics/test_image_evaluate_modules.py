"""The `evaluate` modules for images load by path without a network, and say the same as the pure functions."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.metrics.image_scores import accuracy_at_k, mean_average_precision
from tests.support.projects import REPOSITORY

GENERATOR = np.random.default_rng(0)
PROBABILITIES = GENERATOR.random((40, 5)).astype(np.float32)
ACTUAL, HOLDS = GENERATOR.integers(0, 5, 40), GENERATOR.random((40, 5)) < 0.3


def _load(name: str, tmp_path: Path) -> Any:
    import evaluate

    return evaluate.load(str(REPOSITORY / "benchmarks/metrics" / name), cache_dir=str(tmp_path))


@pytest.mark.parametrize("k", [1, 3])
def test_accuracy_at_k_equals_the_pure_function(tmp_path: Path, k: int) -> None:
    found = _load("accuracy_at_k", tmp_path).compute(predictions=PROBABILITIES.tolist(), references=ACTUAL.tolist(), k=k)
    assert found == {f"accuracy_at_{k}": accuracy_at_k(ACTUAL[:, None] == np.arange(5), PROBABILITIES, k)}


def test_mean_average_precision_equals_the_pure_function(tmp_path: Path) -> None:
    found = _load("mean_average_precision", tmp_path).compute(predictions=PROBABILITIES.tolist(), references=HOLDS.astype(int).tolist())
    assert found["mean_average_precision"] == pytest.approx(mean_average_precision(HOLDS, PROBABILITIES))
    assert len(found["average_precisions"]) == 5
