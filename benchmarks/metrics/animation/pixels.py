"""How near the frames of an animation are to those of its target, pixel by pixel."""

import numpy as np
import numpy.typing as npt
from skimage.metrics import structural_similarity

Pixels = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]

MOST_DECIBELS = 60.0
"""What PSNR is capped at, so that equal frames have a finite score; an error of one level in every 15th value or so."""
_SIGMA = 1.5


def l1(output: Pixels, target: Pixels) -> float:
    """Returns the mean absolute difference, pictures in 0..1. Both (frames, height, width, 3).

    Raises:
        ValueError: the shapes differ, or are no clips.
    """
    _check(output, target)
    return float(np.abs(output.astype(np.int16) - target).mean(dtype=np.float64) / 255)


def psnr(output: Pixels, target: Pixels) -> float:
    """Returns the peak signal-to-noise ratio in dB: of each frame, capped at 60, averaged over frames. Both (frames, height, width, 3).

    Raises:
        ValueError: the shapes differ, or are no clips.
    """
    _check(output, target)
    squared = np.square((output.astype(np.float64) - target) / 255).mean(axis=(1, 2, 3))
    return float(np.minimum(-10 * np.log10(np.maximum(squared, 1e-12)), MOST_DECIBELS).mean())


def ssim(output: Pixels, target: Pixels) -> float:
    """Returns the structural similarity (Wang et al. 2004, Gaussian weights of sigma 1.5 and 11 x 11 pixels) of RGB frames, averaged over frames.

    Both (frames, height, width, 3), at least 11 pixels wide and high.

    Raises:
        ValueError: the shapes differ, or are no clips.
    """
    _check(output, target)
    scores = [
        structural_similarity(  # type: ignore[no-untyped-call]
            one, other, data_range=255, channel_axis=2, gaussian_weights=True, sigma=_SIGMA, use_sample_covariance=False
        )
        for one, other in zip(output, target, strict=True)
    ]
    return float(np.mean(scores))


def region_l1(output: Pixels, target: Pixels, masks: Masks) -> float:
    """Returns the mean absolute difference inside a region, such as the mouth's interior, pictures in 0..1; NaN where the region is empty in every frame.

    Args:
        output: (frames, height, width, 3).
        target: the same.
        masks: (frames, height, width), true inside the region.

    Raises:
        ValueError: the shapes do not go together.
    """
    _check(output, target)
    if masks.shape != output.shape[:3]:
        raise ValueError(f"masks of shape {masks.shape} for frames of shape {output.shape}: one (height, width) mask a frame is expected")
    if not masks.any():
        return float("nan")
    return float(np.abs(output[masks].astype(np.int16) - target[masks]).mean(dtype=np.float64) / 255)


def _check(output: Pixels, target: Pixels) -> None:
    if output.shape != target.shape or output.ndim != 4 or output.shape[3] != 3 or not len(output):
        raise ValueError(f"an output of shape {output.shape} and a target of shape {target.shape}: two equal (frames, height, width, 3) are expected")
    if output.dtype != np.uint8 or target.dtype != np.uint8:
        raise ValueError(f"an output of {output.dtype} and a target of {target.dtype}: uint8 is expected, 0 to 255")
