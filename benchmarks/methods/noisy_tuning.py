"""NoisyTune: a little noise on the pretrained weights before fine-tuning (Wu et al. 2022, arXiv 2202.12024). A baseline of EMoE."""

from typing import TypeVar

import torch
from torch import nn

Model = TypeVar("Model", bound=nn.Module)


def add_noise(model: Model, intensity: float = 0.15, seed: int = 0) -> Model:
    """Adds uniform noise of `intensity` times its own standard deviation, up and down, to every matrix of a model, in place, and returns the model.

    Parameters with fewer than two dimensions (biases, normalisation) stay as they are, and so do matrices that are all one value.

    Args:
        intensity: noise is drawn from [-intensity * std, intensity * std]. The EMoE paper's comparison takes 0.15.
        seed: the same seed gives the same noise on the CPU and elsewhere; torch's global generator is not touched.

    Raises:
        ValueError: `intensity` is negative.
    """
    if intensity < 0:
        raise ValueError(f"intensity is {intensity}; it must not be negative")
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() >= 2:
                noise = torch.rand(parameter.shape, generator=generator) * 2 - 1
                parameter.add_((noise * (intensity * float(parameter.float().std()))).to(parameter))
    return model
