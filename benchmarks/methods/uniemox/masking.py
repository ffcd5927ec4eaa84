"""Patches, and which of them the encoder sees (MAE, arXiv 2111.06377)."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Masking:
    """Which patches of every image are seen."""

    kept: Tensor
    """(images, kept patches): their numbers."""
    mask: Tensor
    """(images, patches) bool: true where a patch is hidden."""


def random_masking(noise: Tensor, ratio: float) -> Masking:
    """Hides the patches with the most noise: that share of every image's, rounded up, but never all of them and never none.

    Args:
        noise: (images, patches), from a generator of the caller's; at least 2 patches.
        ratio: between 0 and 1.

    Raises:
        ValueError: the ratio or the shape is out of range.
    """
    if noise.ndim != 2 or noise.shape[1] < 2:
        raise ValueError(f"noise is {tuple(noise.shape)}; it must be (images, patches) with at least 2 patches, so that one is seen and one hidden")
    if not 0 < ratio < 1:
        raise ValueError(f"ratio is {ratio}; it must lie between 0 and 1")
    patches = noise.shape[1]
    # A tenth of ten patches is one, whatever 1 - 0.9 is in binary.
    kept_patches = min(max(int(patches * (1 - ratio) + 1e-6), 1), patches - 1)
    kept = noise.argsort(dim=1)[:, :kept_patches]
    return Masking(kept, torch.ones_like(noise, dtype=torch.bool).scatter(1, kept, False))


def patchify(images: Tensor, patch: int) -> Tensor:
    """Returns (images, patches, patch * patch * channels) of (images, channels, size, size): patches by row, pixels by row, channels last.

    Raises:
        ValueError: the images are not square, or the patch does not divide their size.
    """
    if images.ndim != 4 or images.shape[2] != images.shape[3] or images.shape[2] % patch:
        raise ValueError(f"images are {tuple(images.shape)}; they must be (images, channels, size, size) with a size that {patch} divides")
    number, channels, size, _ = images.shape
    side = size // patch
    return images.reshape(number, channels, side, patch, side, patch).permute(0, 2, 4, 3, 5, 1).reshape(number, side * side, -1)


def unpatchify(patches: Tensor, patch: int) -> Tensor:
    """Returns (images, channels, size, size): the inverse of `patchify`.

    Raises:
        ValueError: the patches are not those of square images.
    """
    side = int(patches.shape[1] ** 0.5) if patches.ndim == 3 else 0
    if patches.ndim != 3 or side * side != patches.shape[1] or patches.shape[2] % (patch * patch):
        raise ValueError(f"patches are {tuple(patches.shape)}; they must be (images, a square number, {patch * patch} times the channels)")
    size, number = side * patch, len(patches)
    return patches.reshape(number, side, side, patch, patch, -1).permute(0, 5, 1, 3, 2, 4).reshape(number, -1, size, size)
