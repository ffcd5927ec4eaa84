"""Smooth noise, made once and moved about."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@lru_cache(maxsize=32)
def tile(size: int, cells: int) -> Floats:
    """Returns (size, size) smooth noise of about unit spread with `cells` bumps across; its edges meet. Not to be written to."""
    coarse = np.random.default_rng(cells).standard_normal((cells, cells)).astype(np.float32)
    place = np.linspace(0, cells, size, endpoint=False, dtype=np.float32)
    low = place.astype(np.intp)
    part = place - low
    part = part * part * (3 - 2 * part)
    high = (low + 1) % cells
    rows = coarse[low] * (1 - part)[:, None] + coarse[high] * part[:, None]
    found: Floats = rows[:, low] * (1 - part) + rows[:, high] * part
    return found


def cloud(size: int, cells: int, random: np.random.Generator) -> Floats:
    """Returns the tile, moved at random."""
    down, across = random.integers(size, size=2)
    return np.roll(tile(size, cells), (int(down), int(across)), (0, 1))
