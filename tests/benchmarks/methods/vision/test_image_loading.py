"""Images are decoded and augmented by seed alone, whichever process does it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.methods.vision.image_loading import DEVIATION, MEAN, augmented, batches, plain
from tests.support.shapes import write_shapes

GROUPS = [[(0, 1), (1, 2)], [(2, 3), (0, 4), (0, 1)]]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return sorted(write_shapes(tmp_path_factory.mktemp("shapes"), images=1).rglob("*.png"))


def test_batches_come_in_order_and_in_the_model_s_size(paths: list[Path]) -> None:
    found = list(batches(paths, GROUPS, augmented(24), 0))
    assert [tuple(batch.shape) for batch in found] == [(2, 3, 24, 24), (3, 3, 24, 24)]
    assert all(batch.dtype == torch.float32 for batch in found)


def test_the_seed_of_an_image_decides_its_augmentation(paths: list[Path]) -> None:
    first, second = batches(paths, GROUPS, augmented(24), 0)
    assert torch.equal(first[0], second[2])
    assert not torch.equal(first[0], second[1])


def test_other_processes_give_the_same_images(paths: list[Path]) -> None:
    here, there = (list(batches(paths, GROUPS, augmented(24), processes)) for processes in (0, 2))
    assert all(torch.equal(one, other) for one, other in zip(here, there, strict=True))


def test_augmenting_leaves_the_other_random_numbers_alone(paths: list[Path]) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    list(batches(paths, GROUPS, augmented(24), 0))
    assert torch.equal(torch.rand(3), expected)


def test_the_plain_transform_squeezes_and_normalises(tmp_path: Path) -> None:
    Image.new("RGB", (50, 20), (255, 0, 51)).save(tmp_path / "plain.png")
    (batch,) = batches([tmp_path / "plain.png"], [[(0, 0)]], plain(16), 0)
    expected = (np.array([1.0, 0.0, 0.2]) - MEAN) / DEVIATION
    np.testing.assert_allclose(batch[0].mean(dim=(1, 2)), expected, atol=1e-6)
    assert batch.shape == (1, 3, 16, 16) and float(batch[0].std(dim=(1, 2)).max()) < 1e-6


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK"])
def test_images_of_other_modes_become_red_green_and_blue(tmp_path: Path, mode: str) -> None:
    suffix = "jpg" if mode == "CMYK" else "png"
    Image.new("RGB", (20, 20), (90, 90, 90)).convert(mode).save(tmp_path / f"other.{suffix}")
    (batch,) = batches([tmp_path / f"other.{suffix}"], [[(0, 0)]], plain(16), 0)
    assert batch.shape == (1, 3, 16, 16)
