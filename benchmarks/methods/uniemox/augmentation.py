"""Random crops and flips of a whole batch at once, on the device the images are on."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.methods.vision.image_loading import DEVIATION, MEAN


@dataclass(frozen=True)
class Crops:
    """Where every image is cut, in shares of its width and height, and whether it is mirrored."""

    size: Tensor
    """(images, 2): width and height."""
    corner: Tensor
    """(images, 2): left and top."""
    flipped: Tensor
    """(images,) bool."""

    def to(self, device: torch.device) -> "Crops":
        return Crops(self.size.to(device), self.corner.to(device), self.flipped.to(device))

    def whole(self) -> "Crops":
        """Returns the same flips of uncut images."""
        return Crops(torch.ones_like(self.size), torch.zeros_like(self.corner), self.flipped)


def draw_crops(images: int, generator: torch.Generator, smallest: float = 0.2) -> Crops:
    """Draws a part of `smallest` to 1 of every square image's area, 3:4 to 4:3 in shape, anywhere; every second one is mirrored.

    As torchvision's RandomResizedCrop and RandomHorizontalFlip, except that a side longer than the image is cut to it and not drawn again.
    """
    drawn = torch.rand(images, 5, generator=generator)
    area = smallest + (1 - smallest) * drawn[:, 0]
    shape = (4 / 3) ** (2 * drawn[:, 1] - 1)
    size = torch.stack([(area * shape).sqrt(), (area / shape).sqrt()], dim=1).clamp_max(1)
    return Crops(size, drawn[:, 2:4] * (1 - size), drawn[:, 4] < 0.5)


def cut(pixels: Tensor, crops: Crops, size: int) -> Tensor:
    """Returns the crops at `size`, normalised with ImageNet's mean and deviation, once: (images, 3, size, size) float32. Bilinear.

    Args:
        pixels: (images, height, width, 3) uint8, on the device of the crops.
        crops: of as many images.
        size: in pixels, of both sides.
    """
    scale = crops.size * torch.where(crops.flipped[:, None], crops.size.new_tensor([-1.0, 1.0]), 1.0)
    middle = 2 * crops.corner + crops.size - 1
    grid = functional.affine_grid(torch.cat([torch.diag_embed(scale), middle[:, :, None]], dim=2), [len(pixels), 3, size, size], align_corners=False)
    planes = pixels.permute(0, 3, 1, 2).float().contiguous()
    shares = functional.grid_sample(planes, grid, padding_mode="border", align_corners=False) / 255
    return (shares - shares.new_tensor(MEAN)[:, None, None]) / shares.new_tensor(DEVIATION)[:, None, None]
