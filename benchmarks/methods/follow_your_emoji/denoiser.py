"""What sampling needs of a network, so that windows and key frames can be tested without one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

LandmarkSource = Callable[[Sequence[int]], torch.Tensor]
"""From frame numbers to their drawn landmarks, (frames, 3, height, width), 0 to 1. Drawn when asked for, so that a long clip never lies in memory whole."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A portrait as the denoiser reads it, worked out once a portrait."""

    tokens: dict[str, torch.Tensor]
    """By the name of a spatial self-attention layer: (1, tokens, channels), the portrait's hidden states there. Empty where reference attention is off."""
    image_prompt: torch.Tensor
    """(1, tokens, width): the portrait through the CLIP vision tower, projected."""
    latents: torch.Tensor
    """(1, channels, height, width): the portrait's own latents, for denoisers that take them as input."""
    landmarks: torch.Tensor
    """(1, 3, picture height, picture width): the portrait's own drawn landmarks, for denoisers that compare the frames' with them."""


class Denoiser(Protocol):
    """Predicts v, the velocity between noise and picture (Salimans and Ho 2022)."""

    def predict(self, noisy: torch.Tensor, timestep: int, landmarks: torch.Tensor, reference: Reference | None) -> torch.Tensor:
        """Returns v of the frames of one clip.

        Args:
            noisy: (frames, channels, height, width) latents at `timestep`.
            timestep: 0 to 999; 999 is pure noise.
            landmarks: (frames, 3, picture height, picture width), 0 to 1.
            reference: None is the unconditional half of guidance: no reference attention, an image prompt of zeros; the landmarks stay.
        """
        ...
