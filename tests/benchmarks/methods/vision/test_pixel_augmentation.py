"""Batches are augmented image by image, by torch's own random numbers, and mixed with their targets in the same shares."""

from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.image_pixels import Pixels
from benchmarks.methods.vision.image_loading import DEVIATION, MEAN
from benchmarks.methods.vision.pixel_augmentation import AugmentationSettings, augmented, mixed, normalised, to_tensor

CPU = torch.device("cpu")
OFF = {"smallest_crop": 1.0, "flip": False}


@pytest.fixture(scope="module")
def pixels() -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), dtype=np.uint8)


def _augmented(pixels: Pixels, seed: int = 0, **settings: Any) -> torch.Tensor:
    torch.manual_seed(seed)
    return augmented(pixels, AugmentationSettings.model_validate(settings), CPU)


def test_with_everything_off_an_image_is_only_normalised(pixels: Pixels) -> None:
    expected = (pixels.transpose(0, 3, 1, 2) / 255 - np.array(MEAN)[:, None, None]) / np.array(DEVIATION)[:, None, None]
    np.testing.assert_allclose(_augmented(pixels, **OFF), expected, atol=1e-5)


def test_half_of_the_images_are_mirrored_and_the_others_left(pixels: Pixels) -> None:
    many = np.repeat(pixels[:1], 200, axis=0)
    found, plain = _augmented(many, smallest_crop=1.0), normalised(to_tensor(many[:1], CPU))
    same = torch.isclose(found, plain, atol=1e-4).flatten(1).all(1)
    mirrored = torch.isclose(found, plain.flip(3), atol=1e-4).flatten(1).all(1)
    assert (same | mirrored).all()
    assert 70 < int(mirrored.sum()) < 130


@pytest.mark.parametrize("settings", [{"smallest_crop": 0.3}, {"jitter": 0.4}, {"erasing": 1.0}, {"rand_augment": 9}], ids=lambda chosen: next(iter(chosen)))
def test_every_image_is_changed_in_its_own_way_and_the_seed_decides_how(pixels: Pixels, settings: dict[str, Any]) -> None:
    same = np.repeat(pixels[:1], 12, axis=0)
    found = _augmented(same, **{**OFF, **settings})
    assert torch.equal(found, _augmented(same, **{**OFF, **settings}))
    assert not torch.equal(found, _augmented(same, seed=1, **{**OFF, **settings}))
    assert len({image.numpy().tobytes() for image in found}) > 6
    assert found.shape == (12, 3, 16, 16) and found.isfinite().all()


def test_a_crop_keeps_the_colours_of_the_image(pixels: Pixels) -> None:
    plain = np.broadcast_to(np.array([10, 200, 90], dtype=np.uint8), (4, 16, 16, 3)).copy()
    np.testing.assert_allclose(_augmented(plain, smallest_crop=0.2), _augmented(plain, **OFF), atol=1e-5)


@pytest.mark.parametrize("kind", ["mixup", "cutmix"])
def test_targets_are_mixed_in_the_shares_of_the_images(kind: str) -> None:
    torch.manual_seed(0)
    images = torch.stack([torch.zeros(3, 32, 32), torch.ones(3, 32, 32)])
    found, targets = mixed(images, torch.eye(2), AugmentationSettings.model_validate({kind: 1.0}))
    assert 0.05 < float(targets[0, 1]) < 0.95
    np.testing.assert_allclose(found.mean(dim=(1, 2, 3)), targets[:, 1], atol=1e-5)
    np.testing.assert_allclose(targets.sum(dim=1), 1, atol=1e-6)


def test_without_mixing_a_batch_stays_what_it_was() -> None:
    images, targets = torch.rand(2, 3, 8, 8), torch.eye(2)
    found = mixed(images, targets, AugmentationSettings.model_validate({}))
    assert found[0] is images and found[1] is targets
