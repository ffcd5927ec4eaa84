"""From noise to the latents of one window of frames: DDIM without added noise, classifier-free guidance, and frames that are known beforehand."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from benchmarks.methods.follow_your_emoji.denoiser import Denoiser, Reference
from benchmarks.methods.follow_your_emoji.noise import amounts, clean_and_noise, timesteps

Adjust = Callable[[int, torch.Tensor], torch.Tensor]
"""From how many steps are done and the latents there to the latents that sampling goes on with."""


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """How latents are sampled. The released code takes 30 steps and a guidance of 3.5."""

    steps: int = 30
    guidance: float = 3.5
    """1 asks the network once a step and takes what it says; more exaggerates what portrait and image prompt change."""

    def __post_init__(self) -> None:
        timesteps(self.steps)
        if self.guidance < 1:
            raise ValueError(f"guidance is at least 1, which is none, not {self.guidance:g}")


@dataclass(frozen=True, slots=True)
class Known:
    """Frames whose latents are known before sampling."""

    frames: tuple[int, ...]
    """Their places within the window, from 0."""
    latents: torch.Tensor
    """(frames, channels, height, width), without noise."""

    def __post_init__(self) -> None:
        if len(self.frames) != len(self.latents):
            raise ValueError(f"{len(self.frames)} known frames are named, but there are latents of {len(self.latents)}")


@torch.no_grad()
def sample(
    denoiser: Denoiser,
    landmarks: torch.Tensor,
    reference: Reference | None,
    noise: torch.Tensor,
    settings: SamplingSettings,
    known: Known | None = None,
) -> torch.Tensor:
    """Returns the latents of one window, (frames, channels, height, width).

    Known frames stand among the noisy ones without noise at every step, as they do in training, and are in the result as they were given.

    Args:
        landmarks: (frames, 3, picture height, picture width), 0 to 1.
        noise: (frames, channels, height, width), standard normal; its device and type are the result's.

    Raises:
        ValueError: landmarks and noise are of different numbers of frames, or a known frame is outside them.
    """
    if known is None:
        return denoise(denoiser, landmarks, reference, noise, settings)
    places, latents = _places(known, len(noise)), known.latents.to(noise)
    return denoise(denoiser, landmarks, reference, noise, settings, lambda _, noisy: noisy.index_copy(0, places.to(noisy.device), latents))


@torch.no_grad()
def denoise(
    denoiser: Denoiser,
    landmarks: torch.Tensor,
    reference: Reference | None,
    noise: torch.Tensor,
    settings: SamplingSettings,
    adjust: Adjust = lambda _, noisy: noisy,
) -> torch.Tensor:
    """Samples as `sample` does, with `adjust` applied to the noise, before anything is done, and to the latents after every step."""
    if len(landmarks) != len(noise):
        raise ValueError(f"there are landmarks of {len(landmarks)} frames and noise of {len(noise)}, expected one for one")
    visited = timesteps(settings.steps)
    noisy = adjust(0, noise)
    for done, timestep in enumerate(visited):
        predicted = guided_velocity(denoiser, noisy, timestep, landmarks, reference, settings.guidance)
        following = visited[done + 1] if done + 1 < len(visited) else None
        noisy = adjust(done + 1, ddim_step(noisy, predicted, timestep, following))
    return noisy


def guided_velocity(
    denoiser: Denoiser, noisy: torch.Tensor, timestep: int, landmarks: torch.Tensor, reference: Reference | None, guidance: float
) -> torch.Tensor:
    """Returns v under classifier-free guidance (Ho and Salimans 2022): without the portrait, plus `guidance` times what the portrait changes."""
    with_portrait = denoiser.predict(noisy, timestep, landmarks, reference)
    if guidance == 1 or reference is None:
        return with_portrait
    without = denoiser.predict(noisy, timestep, landmarks, None)
    return without + guidance * (with_portrait - without)


def ddim_step(noisy: torch.Tensor, velocity: torch.Tensor, timestep: int, following: int | None) -> torch.Tensor:
    """Returns the latents at the following time step, or without noise where there is none (Song et al. 2021, equation 12 with sigma 0).

    diffusers takes `timestep - 1000 // steps` for the following one, which misses the step that is asked for next, and at the end the clean latents, wherever
    `steps` does not divide 1000. This goes to the very step that is next.
    """
    clean, noise = clean_and_noise(noisy, velocity.to(noisy.dtype), torch.tensor([timestep]))
    if following is None:
        return clean.to(noisy.dtype)
    signal, spread = amounts(torch.tensor([following]), noisy)
    return (signal * clean + spread * noise).to(noisy.dtype)


def _places(known: Known, frames: int) -> torch.Tensor:
    outside = [place for place in known.frames if not 0 <= place < frames]
    if outside:
        raise ValueError(f"known frame {outside[0]} is outside the window of {frames} frames")
    return torch.tensor(known.frames, dtype=torch.long)
