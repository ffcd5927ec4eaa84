"""Crops and flips of a batch."""

import numpy as np
import torch
from torch.nn import functional

from benchmarks.methods.uniemox.augmentation import Crops, cut, draw_crops
from benchmarks.methods.vision.image_loading import DEVIATION, MEAN


def _pixels(images: int = 2, size: int = 16) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (images, size, size, 3), dtype=np.uint8))


def _in_bytes(normalised: torch.Tensor) -> torch.Tensor:
    shares = normalised * torch.tensor(DEVIATION)[:, None, None] + torch.tensor(MEAN)[:, None, None]
    return (255 * shares).permute(0, 2, 3, 1)


def test_an_uncut_image_is_normalised_once_and_nothing_else() -> None:
    pixels, whole = _pixels(), Crops(torch.ones(2, 2), torch.zeros(2, 2), torch.tensor([False, True]))
    restored = _in_bytes(cut(pixels, whole, 16))
    torch.testing.assert_close(restored[0], pixels[0].float(), rtol=0, atol=1e-2)
    torch.testing.assert_close(restored[1], pixels[1].flip(1).float(), rtol=0, atol=1e-2)


def test_a_crop_is_the_named_part_of_the_image_resized() -> None:
    pixels = _pixels(1)
    crops = Crops(torch.tensor([[0.5, 0.25]]), torch.tensor([[0.25, 0.5]]), torch.tensor([False]))
    assert torch.allclose(_in_bytes(cut(pixels, crops, 4))[0, 1, 1:3].mean(), pixels[0, 9, 6:10].float().mean(), atol=30)
    # At the size of the part, every pixel is one of the image's.
    part = Crops(torch.tensor([[0.5, 0.5]]), torch.tensor([[0.25, 0.5]]), torch.tensor([False]))
    torch.testing.assert_close(_in_bytes(cut(pixels, part, 8))[0], pixels[0, 8:16, 4:12].float(), rtol=0, atol=1e-2)


def test_smaller_images_are_brought_to_size() -> None:
    whole = Crops(torch.ones(2, 2), torch.zeros(2, 2), torch.zeros(2, dtype=torch.bool))
    pixels = _pixels(2, 8)
    expected = functional.interpolate(pixels.permute(0, 3, 1, 2).float(), size=16, mode="bilinear", align_corners=False).permute(0, 2, 3, 1)
    torch.testing.assert_close(_in_bytes(cut(pixels, whole, 16)), expected, rtol=0, atol=1e-2)


def test_crops_lie_inside_have_the_asked_areas_and_repeat_with_the_generator() -> None:
    crops = draw_crops(4000, torch.Generator().manual_seed(0))
    again = draw_crops(4000, torch.Generator().manual_seed(0))
    assert torch.equal(crops.size, again.size) and torch.equal(crops.corner, again.corner) and torch.equal(crops.flipped, again.flipped)
    assert (crops.corner >= 0).all() and (crops.corner + crops.size <= 1 + 1e-6).all()
    area, shape = crops.size.prod(dim=1), crops.size[:, 0] / crops.size[:, 1]
    assert 0.19 < area.min() < 0.21 and area.max() > 0.97 and 0.74 < shape.min() < 0.77 and 1.3 < shape.max() < 1.34
    assert abs(crops.flipped.float().mean() - 0.5) < 0.03
    assert torch.equal(crops.whole().flipped, crops.flipped) and (crops.whole().size == 1).all()
