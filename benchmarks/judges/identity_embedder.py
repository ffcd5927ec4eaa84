"""Tells the people of rendered pictures apart.

A small convolutional network that maps the middle of a portrait to a point on a sphere, trained so that pictures of one identity lie together: softmax over
the training identities' directions with an additive margin on the cosine (CosFace, Wang et al. 2018, arXiv 1801.09414). It knows rendered faces and no others:
its similarities cannot be compared with those of ArcFace and the like, which were trained on photographs of many thousands of people.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from benchmarks.judges.augmentation import AugmentationSettings, augment
from benchmarks.judges.layers import Residual, convolution
from benchmarks.judges.training import Pixels, TrainingSettings, as_pictures, fit, judge_device, outputs, small_numbers

Floats = npt.NDArray[np.float32]

_FILE = "identity_embedder.safetensors"
_WIDTH = 64
_TOP, _BOTTOM, _LEFT, _RIGHT = 0.1, 0.82, 0.14, 0.86
"""What is seen of a picture, in shares of it: the head of a portrait, and little of the scene and the clothes, which would give people away."""
_MEAN, _DEVIATION = 0.5, 0.25
_TRAINING = TrainingSettings(steps=600)
_AUGMENTATION = AugmentationSettings(colour=0.12)


@dataclass(frozen=True, slots=True)
class EmbedderSettings:
    """How an embedder is trained."""

    training: TrainingSettings = _TRAINING
    augmentation: AugmentationSettings = _AUGMENTATION
    """Colours are changed little: skin, hair and clothes are much of who someone is."""
    scale: float = 16.0
    """Of the cosines before the softmax."""
    margin: float = 0.2
    """What the right identity's cosine must be ahead by."""


class _Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(2),
            convolution(12, 32, stride=2),
            convolution(32, 48),
            convolution(48, 96, stride=2),
            Residual(96),
            convolution(96, 128, stride=2),
            nn.Flatten(),
            nn.Dropout(0.2),
            nn.Linear(128 * 16, _WIDTH),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Returns (n, 64) vectors of length one."""
        return nn.functional.normalize(self.layers((pictures - _MEAN) / _DEVIATION).float(), dim=1)


class IdentityEmbedder:
    """Maps frames to unit vectors: the cosine between two says how alike their people look."""

    name = "rendered_identity"

    def __init__(self, network: nn.Module, device: torch.device) -> None:
        self._network = network.to(device).eval()
        self._device = device

    def embed(self, frames: Pixels) -> Floats:
        """Returns (frames, 64) vectors of length one of (frames, height, width, 3) uint8 frames of any size."""
        found: Floats = outputs(self._network, heads(frames), self._device).numpy()
        return found

    def save(self, folder: Path) -> None:
        """Writes the weights."""
        save_file({name: value.cpu().contiguous() for name, value in self._network.state_dict().items()}, folder / _FILE)


def train_embedder(frames: Pixels, identities: npt.NDArray[np.str_], settings: EmbedderSettings) -> IdentityEmbedder:
    """Trains an embedder.

    Args:
        frames: (n, height, width, 3) uint8, of training identities alone.
        identities: (n,), who each frame shows.
        settings: how.

    Raises:
        ValueError: there are fewer than two identities, or not one a frame.
    """
    names, labels = np.unique(identities, return_inverse=True)
    if len(labels) != len(frames) or len(names) < 2:
        raise ValueError(f"{len(frames)} frames with {len(labels)} identities, {len(names)} different: one a frame and two people or more are expected")
    device = judge_device()
    torch.manual_seed(settings.training.seed)
    network = _Network().to(device)
    directions = nn.Linear(_WIDTH, len(names), bias=False).to(device)
    pictures, truth = as_pictures(heads(frames)), torch.from_numpy(labels)

    def loss(rows: Tensor, generator: torch.Generator) -> Tensor:
        changed, _ = augment(pictures[rows].to(device), None, settings.augmentation, generator)
        with small_numbers(device):
            vectors = network(changed)
        wanted = truth[rows].to(device)
        cosines = vectors @ nn.functional.normalize(directions.weight, dim=1).T
        ahead = cosines - settings.margin * nn.functional.one_hot(wanted, len(names))
        return nn.functional.cross_entropy(settings.scale * ahead, wanted)

    fit(nn.ModuleList([network, directions]), loss, len(frames), settings.training)
    return IdentityEmbedder(network, device)


def heads(frames: Pixels) -> Pixels:
    """Returns the part of (frames, height, width, 3) portraits where the head is, wherever exactly it is: a fixed window."""
    height, width = frames.shape[1:3]
    return frames[:, round(_TOP * height) : round(_BOTTOM * height), round(_LEFT * width) : round(_RIGHT * width)]


def load_embedder(folder: Path) -> IdentityEmbedder:
    """Reads an embedder that `save` wrote."""
    network = _Network()
    network.load_state_dict(load_file(folder / _FILE))
    return IdentityEmbedder(network.requires_grad_(False), judge_device())


def equal_error_rate(same: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> float:
    """Returns the error rate at the threshold where as large a share of same-person pairs falls below it as of other pairs lies above it.

    Args:
        same: similarities of pairs of pictures of one person.
        other: those of pairs of two people.
    """
    thresholds = np.sort(np.concatenate([same, other]))
    rejected = np.searchsorted(np.sort(same), thresholds) / len(same)
    accepted = 1 - np.searchsorted(np.sort(other), thresholds) / len(other)
    best = int(np.argmin(np.abs(rejected - accepted)))
    return float((rejected[best] + accepted[best]) / 2)
