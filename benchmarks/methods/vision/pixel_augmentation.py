"""Augmentation of whole batches of pixels in memory: a random crop, flip, colours and holes for every image of the batch, in a few tensor operations."""

import math
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torchvision.transforms import v2

from benchmarks.image_pixels import Pixels
from benchmarks.methods.base import MethodSettings
from benchmarks.methods.vision.image_loading import DEVIATION, MEAN

_HOLES = (0.02, 1 / 3)
"""Smallest and largest share of an image that random erasing (Zhong et al. 2020) takes."""
_ASPECTS = (3 / 4, 4 / 3)


class AugmentationSettings(MethodSettings):
    """What a training image goes through. The defaults crop and flip alone."""

    smallest_crop: float = Field(0.6, gt=0, le=1)
    """The least share of the area that a random crop keeps; 1 keeps every image whole."""
    flip: bool = True
    jitter: float = Field(0.0, ge=0, lt=1)
    """Brightness, contrast and saturation are multiplied by a number within this of 1."""
    rand_augment: int = Field(0, ge=0, le=30)
    """Magnitude of RandAugment (Cubuk et al. 2020), two operations an image; 0 is none. One image after the other, so slow on a CPU."""
    erasing: float = Field(0.0, ge=0, le=1)
    """Probability that a rectangle of an image becomes noise."""
    mixup: float = Field(0.0, ge=0)
    """Both parameters of the beta distribution of mixup (Zhang et al. 2018); 0 is none. With cutmix as well, a batch has one of them, equally often."""
    cutmix: float = Field(0.0, ge=0)
    """The same of cutmix (Yun et al. 2019)."""


def to_tensor(pixels: Pixels, device: torch.device) -> Tensor:
    """Turns (rows, size, size, 3) bytes into (rows, 3, size, size) between 0 and 1."""
    return torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float() / 255


def normalised(images: Tensor) -> Tensor:
    """Takes images between 0 and 1 and gives what the encoder sees: ImageNet's mean and deviation are 0 and 1."""
    found: Tensor = v2.functional.normalize(images, list(MEAN), list(DEVIATION))
    return found


def augmented(pixels: Pixels, settings: AugmentationSettings, device: torch.device) -> Tensor:
    """Returns (rows, 3, size, size), normalised. Draws from torch's own random numbers, for every image anew."""
    if settings.rand_augment:
        pixels = _rand_augmented(pixels, settings.rand_augment)
    images = _jittered(_cropped(to_tensor(pixels, device), settings), settings.jitter)
    return _erased(normalised(images), settings.erasing)


def mixed(images: Tensor, targets: Tensor, settings: AugmentationSettings) -> tuple[Tensor, Tensor]:
    """Returns a batch in which images, and their (rows, classes) targets in the same shares, are mixed with their neighbours'."""
    kinds: list[Any] = [kind(alpha=alpha) for kind, alpha in ((v2.MixUp, settings.mixup), (v2.CutMix, settings.cutmix)) if alpha]
    if not kinds:
        return images, targets
    first, second = v2.RandomChoice(kinds)(images, targets)
    return first, second


def _cropped(images: Tensor, settings: AugmentationSettings) -> Tensor:
    """One affine resampling an image: a crop of random area, aspect and place, squeezed back to the whole size, and a flip for half of them."""
    rows = len(images)
    if settings.smallest_crop < 1:
        area = torch.empty(rows).uniform_(settings.smallest_crop, 1)
        aspect = torch.empty(rows).uniform_(*(math.log(bound) for bound in _ASPECTS)).exp()
        width, height = (area * aspect).sqrt().clamp(max=1), (area / aspect).sqrt().clamp(max=1)
        across, down = (torch.rand(2, rows) * 2 - 1) * (1 - torch.stack([width, height]))
    elif not settings.flip:
        return images
    else:
        width, height, across, down = torch.ones(rows), torch.ones(rows), torch.zeros(rows), torch.zeros(rows)
    if settings.flip:
        width = width * (torch.randint(0, 2, (rows,)) * 2 - 1)
    nought = torch.zeros(rows)
    matrices = torch.stack([torch.stack([width, nought, across], 1), torch.stack([nought, height, down], 1)], 1).to(images.device)
    grid = nn.functional.affine_grid(matrices, list(images.shape), align_corners=False)
    return nn.functional.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def _jittered(images: Tensor, strength: float) -> Tensor:
    if not strength:
        return images
    brightness, contrast, saturation = torch.empty(3, len(images), 1, 1, 1).uniform_(1 - strength, 1 + strength).to(images.device)
    images = images * brightness
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    images = mean + (images - mean) * contrast
    grey = v2.functional.rgb_to_grayscale(images)
    coloured: Tensor = grey + (images - grey) * saturation
    return coloured.clamp(0, 1)


def _rand_augmented(pixels: Pixels, magnitude: int) -> Pixels:
    transform = v2.RandAugment(num_ops=2, magnitude=magnitude)
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2)
    changed: Pixels = torch.stack([transform(image) for image in images]).permute(0, 2, 3, 1).numpy()
    return changed


def _erased(images: Tensor, probability: float) -> Tensor:
    if not probability:
        return images
    rows, _, height, width = images.shape
    area = torch.empty(rows).uniform_(*_HOLES)
    aspect = torch.empty(rows).uniform_(math.log(0.3), math.log(1 / 0.3)).exp()
    high, wide = (area * aspect).sqrt().clamp(max=1), (area / aspect).sqrt().clamp(max=1)
    top, left = torch.rand(rows) * (1 - high), torch.rand(rows) * (1 - wide)
    chosen = torch.rand(rows) < probability
    down, across = (torch.arange(height) + 0.5) / height, (torch.arange(width) + 0.5) / width
    inside_rows = (down >= top[:, None]) & (down < (top + high)[:, None])
    inside_columns = (across >= left[:, None]) & (across < (left + wide)[:, None])
    hole = (chosen[:, None, None] & inside_rows[:, :, None] & inside_columns[:, None, :]).to(images.device)
    return torch.where(hole[:, None], torch.randn(images.shape).to(images.device), images)
