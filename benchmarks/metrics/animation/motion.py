"""How much an animation trembles: second differences over time, of landmarks and of pixels. A clip of fewer than three frames has none (NaN)."""

import numpy as np
import numpy.typing as npt

from benchmarks.metrics.animation.landmark_errors import Points, inter_ocular_distance

Pixels = npt.NDArray[np.uint8]


def landmark_jitter(output: Points, target: Points) -> float:
    """Returns the mean length of the second difference over time of output minus target landmarks in the picture, in IOD of the target.

    The target's own motion cancels out, and so does an error that stays or grows evenly: what is left is trembling. The detector's own noise is in it.

    Args:
        output: (frames, 70, 2 or 3) in pixels; NaN in frames without a face, which are left out with their neighbours.
        target: the same.
    """
    if len(output) != len(target):
        raise ValueError(f"an output of {len(output)} and a target of {len(target)} frames: as many are expected")
    if len(output) < 3:
        return float("nan")
    error = output[:, :, :2].astype(np.float64) - target[:, :, :2]
    lengths = np.linalg.norm(np.diff(error, n=2, axis=0), axis=2).mean(axis=1) / inter_ocular_distance(target)[1:-1]
    known = lengths[~np.isnan(lengths)]
    return float(known.mean()) if known.size else float("nan")


def pixel_jitter(output: Pixels, target: Pixels) -> float:
    """Returns the mean absolute second difference over time of output minus target, pictures in 0..1. Both (frames, height, width, 3)."""
    if output.shape != target.shape:
        raise ValueError(f"an output of shape {output.shape} and a target of shape {target.shape}: equal shapes are expected")
    return _bend(output.astype(np.int16) - target)


def flicker(output: Pixels) -> float:
    """Returns the mean absolute second difference over time of a clip by itself, (frames, height, width, 3), pictures in 0..1; where there is no target.

    Motion counts too: it tells models apart that make the same motion, and a still picture has 0.
    """
    return _bend(output.astype(np.int16))


def _bend(clip: npt.NDArray[np.int16]) -> float:
    if len(clip) < 3:
        return float("nan")
    return float(np.abs(np.diff(clip, n=2, axis=0)).mean(dtype=np.float64) / 255)
