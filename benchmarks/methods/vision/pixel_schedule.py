"""The learning rate of what is trained on pixels."""

import math


def warm_cosine(step: int, total: int, warm: int, lowest: float = 0.0) -> float:
    """Returns the factor of a step from 0: evenly up over `warm` steps, then down a half cosine to `lowest` at `total`."""
    if step < warm:
        return (step + 1) / warm
    along = (step - warm) / max(1, total - warm)
    return lowest + (1 - lowest) * (1 + math.cos(math.pi * along)) / 2
