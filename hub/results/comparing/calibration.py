"""How far probabilities are what they say. Pure functions."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.results.comparing.predictions import Labels

BINS = 15
"""Equally wide, as for the calibration error in run records."""
_NORMAL = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Bin:
    """The decisions, one a row and label, whose probability lies in one interval."""

    start: float
    end: float
    count: int
    probability: float
    """The mean probability."""
    frequency: float
    """The share of decisions whose label holds."""
    low: float
    """The bounds of the frequency, 95 %, by Wilson's score interval."""
    high: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The bins that are not empty, and the expected calibration error (Naeini et al. 2015): the mean gap, weighted by count."""

    bins: tuple[Bin, ...]
    error: float


def calibration(truth: Labels, probabilities: npt.NDArray[np.float32], bins: int = BINS) -> Calibration:
    """Bins the probabilities of all rows and labels together, (rows, labels)."""
    flat, outcome = probabilities.astype(np.float64).ravel(), truth.ravel().astype(np.float64)
    member = np.minimum((flat * bins).astype(np.int64), bins - 1)
    counts, said, held = (np.bincount(member, weights, bins) for weights in (None, flat, outcome))
    found = tuple(_bin(int(number), bins, int(counts[number]), said[number], held[number]) for number in np.flatnonzero(counts))
    return Calibration(found, float(np.abs(said - held).sum() / max(len(flat), 1)))


def _bin(number: int, bins: int, count: int, said: float, held: float) -> Bin:
    low, high = wilson(held / count, count)
    return Bin(number / bins, (number + 1) / bins, count, float(said / count), float(held / count), low, high)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Returns the 95 % bounds of a share of `count` (Wilson 1927)."""
    square = _NORMAL**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    margin = _NORMAL / (1 + square / count) * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    return float(max(0.0, middle - margin)), float(min(1.0, middle + margin))
