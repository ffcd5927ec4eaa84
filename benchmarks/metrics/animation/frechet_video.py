"""The Fréchet distance between the videos made and the real ones (Unterthiner et al. 2018, arXiv 1812.01717), over features that a declared extractor gives.

The number depends on the extractor, on the size and number of frames it is shown and on the number of clips, so a metric's name carries its extractor:
`fvd_pooled_pixels`, `fvd_videomae`. Neither can be compared with published FVD, which uses an I3D network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from threadpoolctl import threadpool_limits
from torch import nn

from hub.engine.device import first_line
from hub.errors import DataUnavailableError
from hub.results.intervals import bootstrap_weights

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, as VideoMAE was trained with."""
_CLIPS_AT_ONCE = 4


class VideoFeatures(Protocol):
    """Turns clips into vectors."""

    name: str
    """What follows `fvd_` in the metric's name."""

    @property
    def settings(self) -> Mapping[str, int | str]:
        """What the number depends on, to be recorded beside it."""
        ...

    def __call__(self, clips: Sequence[Pixels]) -> Floats:
        """Returns (clips, dimensions) features of clips of (frames, height, width, 3), which may differ in length and size."""
        ...


@dataclass(frozen=True, slots=True)
class PooledPixels:
    """Features without weights: frames pooled to a grid, averaged over time, and their changes over time, each through a fixed random projection.

    Not comparable with published FVD, and blind to detail finer than the grid: it tells whether colours, places and motion are distributed as in the targets.
    The projections come from a seed, so that every run and model has the same; few dimensions keep the covariance of few clips of full rank.
    """

    frames: int = 8
    grid: int = 8
    dimensions: int = 32
    """Half of them for what stays, half for what moves."""
    seed: int = 0
    name: str = "pooled_pixels"

    @property
    def settings(self) -> Mapping[str, int | str]:
        return {"extractor": self.name, "frames": self.frames, "size": self.grid, "dimensions": self.dimensions, "seed": self.seed}

    def __call__(self, clips: Sequence[Pixels]) -> Floats:
        half = self.dimensions // 2
        generator = np.random.default_rng(self.seed)
        cells = self.grid * self.grid * 3
        still = generator.standard_normal((cells, half)) / np.sqrt(cells)
        moving = generator.standard_normal((cells * (self.frames - 1), half)) / np.sqrt(cells * (self.frames - 1))
        found = np.empty((len(clips), 2 * half))
        for row, clip in enumerate(clips):
            pooled = _pooled(clip[_resampled(len(clip), self.frames)], self.grid)
            changes = np.diff(pooled, axis=0)
            found[row] = np.concatenate([pooled.mean(axis=0).ravel() @ still, changes.ravel() @ moving])
        return found


class VideoMae:
    """The last hidden state of a VideoMAE (Tong et al. 2022, arXiv 2203.12602), averaged over its tokens, from a folder in transformers' layout."""

    name = "videomae"

    def __init__(self, folder: Path) -> None:
        """Loads the weights; only safetensors are read, and nothing is downloaded.

        Raises:
            DataUnavailableError: the folder holds no VideoMAE in safetensors.
        """
        from transformers import VideoMAEModel

        if not (folder / "config.json").is_file() or not any(folder.glob("*.safetensors")):
            raise DataUnavailableError(f"{folder}: holds no VideoMAE; expected a transformers folder with config.json and *.safetensors")
        try:
            model: Any = VideoMAEModel.from_pretrained(folder, use_safetensors=True, local_files_only=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise DataUnavailableError(f"{folder}: cannot be read as a VideoMAE in safetensors ({first_line(error)})") from error
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model = model.eval().to(self._device)
        self._folder = folder

    @property
    def settings(self) -> Mapping[str, int | str]:
        config = self._model.config
        return {"extractor": self.name, "frames": config.num_frames, "size": config.image_size, "dimensions": config.hidden_size, "weights": self._folder.name}

    @torch.inference_mode()
    def __call__(self, clips: Sequence[Pixels]) -> Floats:
        found = [self._features(clips[start : start + _CLIPS_AT_ONCE]) for start in range(0, len(clips), _CLIPS_AT_ONCE)]
        return np.concatenate(found)

    def _features(self, clips: Sequence[Pixels]) -> Floats:
        config = self._model.config
        batch = torch.stack([self._prepared(clip[_resampled(len(clip), config.num_frames)], config.image_size) for clip in clips])
        hidden: Floats = self._model(pixel_values=batch.to(self._device)).last_hidden_state.mean(dim=1).double().cpu().numpy()
        return hidden

    def _prepared(self, clip: Pixels, size: int) -> torch.Tensor:
        frames = torch.from_numpy(clip).permute(0, 3, 1, 2).float() / 255
        frames = nn.functional.interpolate(frames, (size, size), mode="bilinear", align_corners=False, antialias=True)
        return (frames - frames.new_tensor(_MEAN)[:, None, None]) / frames.new_tensor(_DEVIATION)[:, None, None]


def frechet_distance(features_a: Floats, features_b: Floats) -> float:
    """Returns |m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2)), the squared Fréchet distance between Gaussians with the features' means and covariances.

    Args:
        features_a: (n, dimensions), n at least 2.
        features_b: (m, dimensions), m at least 2.

    Raises:
        ValueError: there are too few rows, or the dimensions differ.
    """
    _check(features_a, features_b)
    return _distance(features_a, np.ones(len(features_a)), features_b, np.ones(len(features_b)))


def frechet_replicates(features_a: Floats, features_b: Floats, replicates: int, seed: int) -> Floats:
    """Returns the distance in bootstrap resamples, of which each draws clips with their output and their target: (replicates,).

    A resample has fewer different clips than the whole, which raises the distance, so use the spread of these and not their place.

    Args:
        features_a: (n, dimensions).
        features_b: the same, row by row of the same clips.
        replicates: how many.
        seed: equal seeds and numbers of clips give the same resamples to every model.

    Raises:
        ValueError: the shapes differ, or there are too few rows.
    """
    _check(features_a, features_b)
    if len(features_a) != len(features_b):
        raise ValueError(f"{len(features_a)} outputs and {len(features_b)} targets: clips are drawn in pairs, so there must be as many")
    weights = bootstrap_weights(len(features_a), replicates, seed).astype(np.float64)
    # Threads cost more than they bring on matrices this small: 20 times more on a busy machine.
    with threadpool_limits(1):
        return np.array([_distance(features_a, row, features_b, row) for row in weights])


def _distance(features_a: Floats, weights_a: Floats, features_b: Floats, weights_b: Floats) -> float:
    mean_a, root_a = _moments(features_a, weights_a)
    mean_b, root_b = _moments(features_b, weights_b)
    # With S = R^T R, the eigenvalues of S_a S_b are the squared singular values of R_a R_b^T: no root of a product that rounding makes asymmetric.
    shared = np.linalg.svd(root_a @ root_b.T, compute_uv=False).sum()
    return float(np.square(mean_a - mean_b).sum() + np.square(root_a).sum() + np.square(root_b).sum() - 2 * shared)


def _moments(features: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Returns the mean, and R of at most `dimensions` rows with R^T R the unbiased covariance, of rows that count `weights` times."""
    drawn = weights > 0
    rows, counts = features[drawn], weights[drawn]
    mean = counts @ rows / counts.sum()
    root = (rows - mean) * np.sqrt(counts / (counts.sum() - 1))[:, None]
    if len(root) > root.shape[1]:
        # As good a root with fewer rows, and much faster than a QR decomposition of many.
        values, vectors = np.linalg.eigh(root.T @ root)
        root = np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
    return mean, root


def _check(features_a: Floats, features_b: Floats) -> None:
    if features_a.ndim != 2 or features_b.ndim != 2 or features_a.shape[1] != features_b.shape[1] or min(len(features_a), len(features_b)) < 2:
        raise ValueError(
            f"features of shapes {features_a.shape} and {features_b.shape}: two (clips, dimensions), equal dimensions, 2 clips or more are expected"
        )


def _resampled(length: int, frames: int) -> npt.NDArray[np.int64]:
    """Returns which frames of a clip to take so that `frames` of them are spread evenly from its first to its last."""
    return np.round(np.linspace(0, length - 1, frames)).astype(np.int64)


def _pooled(clip: Pixels, grid: int) -> Floats:
    """Returns (frames, grid, grid, 3) means over areas, 0 to 1."""
    frames = torch.from_numpy(clip).permute(0, 3, 1, 2).double() / 255
    pooled: Floats = nn.functional.adaptive_avg_pool2d(frames, grid).permute(0, 2, 3, 1).numpy()
    return pooled
