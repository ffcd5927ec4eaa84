"""Pixel scores of clips, against torchmetrics and plain arithmetic."""

import numpy as np
import pytest
import torch
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

from benchmarks.metrics.animation.pixels import MOST_DECIBELS, Pixels, l1, psnr, region_l1, ssim

GENERATOR = np.random.default_rng(0)


def _clip() -> Pixels:
    """Three smooth frames, so that structure counts."""
    coarse = torch.from_numpy(GENERATOR.random((3, 3, 6, 6)))
    frames = torch.nn.functional.interpolate(coarse, (32, 32), mode="bicubic").clamp(0, 1) * 255
    return frames.permute(0, 2, 3, 1).round().to(torch.uint8).numpy()


TARGET = _clip()
OUTPUT = np.clip(TARGET.astype(int) + GENERATOR.integers(-20, 21, TARGET.shape), 0, 255).astype(np.uint8)


def _tensor(clip: Pixels) -> torch.Tensor:
    return torch.from_numpy(clip).permute(0, 3, 1, 2).double() / 255


def test_l1_is_the_mean_absolute_difference_in_shares_of_the_range() -> None:
    assert l1(OUTPUT, TARGET) == pytest.approx(np.abs(OUTPUT / 255 - TARGET / 255).mean())
    assert l1(np.zeros_like(TARGET), np.full_like(TARGET, 255)) == 1


def test_psnr_is_that_of_torchmetrics_averaged_over_frames() -> None:
    expected = np.mean(
        [float(peak_signal_noise_ratio(one[None], other[None], data_range=1.0)) for one, other in zip(_tensor(OUTPUT), _tensor(TARGET), strict=True)]
    )
    assert psnr(OUTPUT, TARGET) == pytest.approx(expected)


def test_psnr_of_equal_clips_is_the_cap() -> None:
    assert psnr(TARGET, TARGET) == MOST_DECIBELS


def test_ssim_is_that_of_torchmetrics_without_the_rim() -> None:
    # scikit-image leaves out the 5 pixels at each edge, where half the window has nothing to see; torchmetrics reflects the picture there.
    _, full = structural_similarity_index_measure(_tensor(OUTPUT), _tensor(TARGET), data_range=1.0, sigma=1.5, return_full_image=True)
    assert ssim(OUTPUT, TARGET) == pytest.approx(float(full[..., 5:-5, 5:-5].mean()), abs=1e-6)
    assert ssim(TARGET, TARGET) == pytest.approx(1)


def test_a_region_counts_alone() -> None:
    masks = np.zeros(TARGET.shape[:3], dtype=bool)
    masks[:, 4:9, 5:20] = True
    changed = TARGET.copy()
    changed[~masks] = 0
    assert region_l1(changed, TARGET, masks) == 0
    assert region_l1(OUTPUT, TARGET, np.ones_like(masks)) == pytest.approx(l1(OUTPUT, TARGET))


def test_an_empty_region_has_no_score() -> None:
    assert np.isnan(region_l1(OUTPUT, TARGET, np.zeros(TARGET.shape[:3], dtype=bool)))


@pytest.mark.parametrize("score", [l1, psnr, ssim])
def test_clips_of_different_shapes_are_refused(score: object) -> None:
    with pytest.raises(ValueError, match="two equal"):
        score(OUTPUT[:2], TARGET)  # type: ignore[operator]
