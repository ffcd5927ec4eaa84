"""Finds the 70 landmarks of rendered faces.

A small network (`LandmarkNetwork`) trained on rendered frames, whose landmarks are exact. It knows rendered faces and always answers as if there were one: its
errors cannot be compared with those of MediaPipe and the like, which find faces in photographs.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from benchmarks.judges.augmentation import AugmentationSettings, augment
from benchmarks.judges.landmark_network import CELLS, MARGIN, LandmarkNetwork
from benchmarks.judges.training import SIDE, Pixels, TrainingSettings, as_pictures, fit, judge_device, outputs, small_numbers
from hub.faces.landmarks import FACE_70

Floats = npt.NDArray[np.float32]

_FILE = "landmark_detector.safetensors"
_TRAINING = TrainingSettings(steps=1000, learning_rate=3.5e-3)
_AUGMENTATION = AugmentationSettings(shift=0.05, scale=0.12, rotation=10.0, degraded=0.4)
_MAP_WEIGHT = 0.3
"""Of the maps' cross-entropy beside the distance."""


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """How a detector is trained."""

    training: TrainingSettings = _TRAINING
    augmentation: AugmentationSettings = _AUGMENTATION


class LandmarkDetector:
    """Finds landmarks in frames of any size."""

    name = "rendered_landmarks"

    def __init__(self, network: nn.Module, device: torch.device) -> None:
        self._network = network.to(device).eval()
        self._device = device

    def detect(self, frames: Pixels) -> Floats:
        """Returns (frames, 70, 2) places of FACE_70 in pixels of (frames, height, width, 3) uint8 frames. It always finds a face."""
        size = np.array([frames.shape[2], frames.shape[1]], dtype=np.float32)
        found: Floats = outputs(self._network, frames, self._device).numpy() * size
        return found

    def save(self, folder: Path) -> None:
        """Writes the weights."""
        save_file({name: value.cpu().contiguous() for name, value in self._network.state_dict().items()}, folder / _FILE)


def train_detector(frames: Pixels, points: npt.NDArray[np.floating], settings: DetectorSettings) -> LandmarkDetector:
    """Trains a detector.

    Args:
        frames: (n, height, width, 3) uint8, of training identities alone.
        points: (n, 70, 2 or more), x and y in pixels of the frames; points outside the picture are not learnt.
        settings: how.

    Raises:
        ValueError: the shapes do not go together.
    """
    if points.shape[:2] != (len(frames), FACE_70.count) or not len(frames):
        raise ValueError(f"{len(frames)} frames with points of shape {points.shape}: (frames, 70, 2) is expected, of at least one frame")
    device = judge_device()
    torch.manual_seed(settings.training.seed)
    network = LandmarkNetwork().to(device)
    pictures = as_pictures(frames)
    truth = torch.from_numpy((points[:, :, :2] / np.array([frames.shape[2], frames.shape[1]])).astype(np.float32))
    weights = _weights().to(device)

    def loss(rows: Tensor, generator: torch.Generator) -> Tensor:
        changed, wanted = augment(pictures[rows].to(device), truth[rows].to(device), settings.augmentation, generator)
        assert wanted is not None
        with small_numbers(device):
            found = network.found(changed)
        counted = weights * ((wanted > 0) & (wanted < 1)).all(dim=2)
        distances = [nn.functional.smooth_l1_loss(stage, wanted, beta=1 / SIDE, reduction="none").sum(dim=2) * SIDE for stage in found.stages]
        return (counted * (torch.stack(distances).sum(dim=0) + _MAP_WEIGHT * _map_loss(found.marginals, wanted))).mean()

    fit(network, loss, len(frames), settings.training)
    return LandmarkDetector(network, device)


def load_detector(folder: Path) -> LandmarkDetector:
    """Reads a detector that `save` wrote."""
    network = LandmarkNetwork()
    network.load_state_dict(load_file(folder / _FILE))
    return LandmarkDetector(network.requires_grad_(False), judge_device())


def _weights() -> Tensor:
    """Returns how much each point counts: eyes, mouth and pupils most, the contour least; 1 on average."""
    weights = torch.ones(FACE_70.count)
    weights[17:27] = 1.5
    weights[36:68] = 2.0
    weights[list(FACE_70.pupils)] = 3.0
    return weights / weights.mean()


def _map_loss(marginals: Tensor, wanted: Tensor) -> Tensor:
    """Returns (n, 70): the cross-entropy of the marginals with all weight on the two cells beside the point, so that their mean is the point."""
    cells = ((wanted + MARGIN) / (1 + 2 * MARGIN) * CELLS - 0.5).clamp(0, CELLS - 1.001)
    first = cells.long()
    share = cells - first
    logarithms = (marginals + 1e-6).log()
    beside = [logarithms.gather(3, (first + step)[..., None])[..., 0] for step in (0, 1)]
    return -((1 - share) * beside[0] + share * beside[1]).sum(dim=2)
