"""The Fréchet distance against closed forms and scipy, and the features of videos."""

import time
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from transformers import VideoMAEConfig, VideoMAEModel

from benchmarks.metrics.animation.frechet_video import PooledPixels, VideoMae, frechet_distance, frechet_replicates
from hub.errors import DataUnavailableError
from hub.results.intervals import bootstrap_weights

torch.set_num_threads(1)
GENERATOR = np.random.default_rng(0)


def _by_square_root(one: np.ndarray, other: np.ndarray) -> float:
    """The textbook form."""
    first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    return float(np.square(one.mean(axis=0) - other.mean(axis=0)).sum() + np.trace(first + second - 2 * sqrtm(first @ second).real))


def _features(rows: int, dimensions: int) -> np.ndarray:
    return GENERATOR.standard_normal((rows, dimensions)) @ GENERATOR.standard_normal((dimensions, dimensions)) + GENERATOR.standard_normal(dimensions)


@pytest.mark.parametrize(("rows", "others"), [(40, 40), (200, 30)])
def test_it_equals_the_matrix_square_root(rows: int, others: int) -> None:
    one, other = _features(rows, 8), _features(others, 8)
    assert frechet_distance(one, other) == pytest.approx(_by_square_root(one, other), rel=1e-9)


def test_independent_dimensions_have_a_closed_form() -> None:
    # The rows +-a along each axis: means 0, variances known exactly.
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    one, other = axes * np.array([1.0, 2.0, 3.0]), axes * np.array([2.0, 2.0, 1.0]) + 5
    deviation = np.sqrt(2 / 5)
    assert frechet_distance(one, other) == pytest.approx(75 + deviation**2 * (1 + 0 + 4))


def test_equal_features_are_at_distance_zero_even_with_fewer_rows_than_dimensions() -> None:
    features = _features(10, 32)
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-9 * np.square(features).sum())


def test_a_replicate_is_the_distance_of_the_clips_it_drew() -> None:
    one, other = _features(30, 6), _features(30, 6)
    drawn = [np.repeat(np.arange(30), row) for row in bootstrap_weights(30, 5, seed=3)]
    expected = [_by_square_root(one[rows], other[rows]) for rows in drawn]
    np.testing.assert_allclose(frechet_replicates(one, other, 5, seed=3), expected, rtol=1e-8)


def test_two_hundred_replicates_of_64_dimensions_take_seconds() -> None:
    one, other = _features(300, 64), _features(300, 64)
    start = time.process_time()
    frechet_replicates(one, other, 200, seed=0)
    assert time.process_time() - start < 6


@pytest.mark.parametrize("shapes", [((1, 4), (9, 4)), ((9, 4), (9, 5))])
def test_features_that_do_not_go_together_are_refused(shapes: tuple[tuple[int, int], tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="2 clips or more"):
        frechet_distance(np.zeros(shapes[0]), np.zeros(shapes[1]))


def _clips(count: int, length: int = 6) -> list[np.ndarray]:
    return [GENERATOR.integers(0, 256, (length, 32, 32, 3), dtype=np.uint8) for _ in range(count)]


def test_pooled_pixels_are_the_same_in_every_run_and_have_few_dimensions() -> None:
    clips = _clips(40)
    features = PooledPixels()(clips)
    assert features.shape == (40, 32)
    np.testing.assert_array_equal(features, PooledPixels()(clips))
    assert np.linalg.matrix_rank(np.cov(features, rowvar=False)) == 32


def test_pooled_pixels_take_clips_of_any_length_and_size() -> None:
    assert PooledPixels()([np.zeros((3, 20, 20, 3), dtype=np.uint8), np.zeros((30, 64, 48, 3), dtype=np.uint8)]).shape == (2, 32)


def test_pooled_pixels_see_motion_apart_from_what_stays() -> None:
    clip = _clips(1)[0]
    stopped = PooledPixels()([np.repeat(clip[:1], 6, axis=0)])
    assert np.abs(stopped[:, 16:]).max() == 0
    assert np.abs(PooledPixels()([clip])[:, 16:]).max() > 0


@pytest.fixture(scope="module")
def video_mae(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("video_mae")
    config = VideoMAEConfig(image_size=16, patch_size=8, num_frames=4, hidden_size=12, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    torch.manual_seed(0)
    VideoMAEModel(config).save_pretrained(folder, safe_serialization=True)
    return folder


def test_video_mae_gives_the_mean_of_its_last_hidden_state_and_says_what_it_saw(video_mae: Path) -> None:
    extractor = VideoMae(video_mae)
    features = extractor(_clips(5, length=9))
    assert features.shape == (5, 12)
    assert np.isfinite(features).all() and np.abs(features[0] - features[1]).max() > 0
    assert dict(extractor.settings) == {"extractor": "videomae", "frames": 4, "size": 16, "dimensions": 12, "weights": video_mae.name}


def test_a_clip_that_fits_already_reaches_video_mae_unchanged(video_mae: Path) -> None:
    clip = GENERATOR.integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    pixels = torch.from_numpy((clip / 255 - mean) / deviation).float().permute(0, 3, 1, 2)[None]
    expected = VideoMAEModel.from_pretrained(video_mae)(pixel_values=pixels).last_hidden_state.mean(dim=1)
    np.testing.assert_allclose(VideoMae(video_mae)([clip])[0], expected[0].detach().numpy(), atol=1e-5)


def test_a_folder_without_safetensors_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(DataUnavailableError, match="holds no VideoMAE"):
        VideoMae(tmp_path)
