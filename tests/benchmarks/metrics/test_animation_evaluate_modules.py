"""The `evaluate` modules for animation load by path without a network, and say the same as the pure functions."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.metrics.animation.frechet_video import frechet_distance
from benchmarks.metrics.animation.pixels import l1, psnr, ssim
from tests.support.projects import REPOSITORY

GENERATOR = np.random.default_rng(0)


def _load(name: str, tmp_path: Path) -> Any:
    import evaluate

    return evaluate.load(str(REPOSITORY / "benchmarks/metrics" / name), cache_dir=str(tmp_path))


def test_frechet_video_distance_equals_the_pure_function(tmp_path: Path) -> None:
    one, other = GENERATOR.standard_normal((2, 20, 4))
    found = _load("frechet_video_distance", tmp_path).compute(predictions=one.tolist(), references=other.tolist())
    assert found == {"frechet_video_distance": pytest.approx(frechet_distance(one, other))}


def test_animation_pixels_equal_the_pure_functions(tmp_path: Path) -> None:
    outputs, targets = GENERATOR.integers(0, 256, (2, 2, 2, 12, 12, 3), dtype=np.uint8)
    found = _load("animation_pixels", tmp_path).compute(predictions=outputs.tolist(), references=targets.tolist())
    for name, score in (("l1", l1), ("psnr", psnr), ("ssim", ssim)):
        assert found[name] == pytest.approx(np.mean([score(one, other) for one, other in zip(outputs, targets, strict=True)]))
