"""Networks known in closed form, for tests of sampling: what they are asked to make is written in the landmarks of every frame."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from benchmarks.methods.follow_your_emoji.denoiser import Reference
from benchmarks.methods.follow_your_emoji.noise import amounts


def landmarks_of(frames: Sequence[int]) -> torch.Tensor:
    """Returns landmarks, (frames, 3, 1, 1), that say which frame they are of."""
    values = [[(frame % 16) / 16, (frame // 16 % 16) / 16, 0.5] for frame in frames]
    return torch.tensor(values, dtype=torch.float64).reshape(-1, 3, 1, 1)


def velocity_towards(clean: torch.Tensor, noisy: torch.Tensor, timestep: int) -> torch.Tensor:
    """Returns the v of noisy latents whose clean ones are given: with x = a c + s n, v = a n - s c = (a x - c) / s."""
    signal, spread = amounts(torch.tensor([timestep]), noisy)
    return (signal * noisy - clean) / spread


@dataclass
class Picture:
    """Makes of every frame one colour: its landmarks' own, and `portrait` more where there is a portrait."""

    portrait: float = 0.0
    certainty: float = 1.0
    """Below 1 the picture depends on the noise too."""
    calls: int = 0
    keep: bool = True
    seen: list[torch.Tensor] = field(default_factory=list)

    def clean(self, landmarks: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
        return (landmarks * torch.tensor([1.0, 2.0, 0.1], dtype=landmarks.dtype).reshape(3, 1, 1)).sum(1, keepdim=True).expand(-1, *shape)

    def predict(self, noisy: torch.Tensor, timestep: int, landmarks: torch.Tensor, reference: Reference | None) -> torch.Tensor:
        self.calls += 1
        if self.keep:
            self.seen.append(noisy)
        wanted = self.clean(landmarks, noisy.shape[1:]) + (self.portrait if reference is not None else 0.0)
        return velocity_towards(self.certainty * wanted + (1 - self.certainty) * noisy, noisy, timestep)


class Mean:
    """Makes of every frame the mean of what it is given of all frames, noise included: what a frame becomes shows which others were seen with it."""

    def predict(self, noisy: torch.Tensor, timestep: int, landmarks: torch.Tensor, reference: Reference | None) -> torch.Tensor:
        return velocity_towards(noisy.mean(0, keepdim=True).expand_as(noisy), noisy, timestep)


class Between:
    """Makes of every frame the straight line between the first frame and the last as they are given: right only where both ends are known."""

    def predict(self, noisy: torch.Tensor, timestep: int, landmarks: torch.Tensor, reference: Reference | None) -> torch.Tensor:
        share = torch.linspace(0, 1, len(noisy), dtype=noisy.dtype).reshape(-1, 1, 1, 1)
        return velocity_towards(noisy[:1] * (1 - share) + noisy[-1:] * share, noisy, timestep)
