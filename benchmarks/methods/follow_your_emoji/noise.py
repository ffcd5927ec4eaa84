"""The diffusion process: scaled-linear noise of 1000 steps that ends in pure noise, and v as what is predicted, as in the released Follow-Your-Emoji."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from diffusers import DDIMScheduler

TRAINING_STEPS = 1000


def schedule() -> DDIMScheduler:
    """Returns the noise schedule: betas 0.00085 to 0.012, rescaled to end in pure noise (Lin et al. 2024, algorithm 1), trailing time steps."""
    # diffusers' decorators hide its types.
    scheduler: Any = DDIMScheduler
    made: DDIMScheduler = scheduler(
        num_train_timesteps=TRAINING_STEPS,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=True,
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        rescale_betas_zero_snr=True,
    )
    return made


@cache
def timesteps(steps: int) -> tuple[int, ...]:
    """Returns the time steps at which a sampler of so many steps asks the network, from 999, pure noise, downwards.

    Raises:
        ValueError: `steps` is not within 1 to 1000.
    """
    if not 1 <= steps <= TRAINING_STEPS:
        raise ValueError(f"sampling takes 1 to {TRAINING_STEPS} steps, not {steps}")
    scheduler: Any = schedule()
    scheduler.set_timesteps(steps)
    # Rounding gives some numbers of steps, such as 61, one time step too many, below 0.
    return tuple(int(step) for step in scheduler.timesteps[:steps])


def add_noise(clean: torch.Tensor, noise: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
    """Returns clean data as it is at a time step, in float32 or wider.

    Args:
        clean: (batch, ...).
        noise: as `clean`, standard normal.
        timestep: (batch,), integers 0 to 999.
    """
    signal, spread = amounts(timestep, clean)
    return signal * clean + spread * noise


def velocity(clean: torch.Tensor, noise: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
    """Returns v, what the network is to predict (Salimans and Ho 2022, section 4), in float32 or wider; arguments as for `add_noise`."""
    signal, spread = amounts(timestep, clean)
    return signal * noise - spread * clean


def clean_and_noise(noisy: torch.Tensor, velocity: torch.Tensor, timestep: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the clean data and the noise that noisy data and v stand for; shapes as for `add_noise`."""
    signal, spread = amounts(timestep, noisy)
    return signal * noisy - spread * velocity, spread * noisy + signal * velocity


def amounts(timestep: torch.Tensor, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns how much of the data and how much noise there is at every time step: (batch, 1, ...) with as many dimensions as `like`, on its device.

    Their squares add up to 1. Never in half precision, where the last steps of the schedule could not be told apart.
    """
    kind = torch.promote_types(like.dtype, torch.float32)
    kept = _kept()[timestep.cpu()].to(like.device, kind).reshape(-1, *[1] * (like.dim() - 1))
    return kept.sqrt(), (1 - kept).sqrt()


def frame_noise(seed: int, frames: Sequence[int], shape: Sequence[int]) -> torch.Tensor:
    """Returns standard normal noise, (frames, *shape), float32.

    A frame's noise depends on the seed and the frame's number alone, so that neither the clip's length nor the way it is cut into windows changes it.
    """
    drawn = [np.random.default_rng([seed, frame]).standard_normal(tuple(shape), dtype=np.float32) for frame in frames]
    return torch.from_numpy(np.stack(drawn))


@cache
def _kept() -> torch.Tensor:
    """The share of the data's variance that is left at every time step, (1000,), float64."""
    scheduler: Any = schedule()
    kept: torch.Tensor = scheduler.alphas_cumprod
    return kept.double()
