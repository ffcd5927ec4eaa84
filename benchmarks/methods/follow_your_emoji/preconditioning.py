"""Preconditioning around a guess: the network learns how the picture differs from what is expected, in units of how much that usually is.

Ours, for networks trained from scratch on a CPU; off where Stable Diffusion's weights are loaded. It is the preconditioning of Karras et al. 2022 (table 1,
EDM) for v-prediction and variance-preserving noise, with a mean that need not be 0: a picture x is taken to be normal around a guess m with deviation s. Given
the noisy z = αx + σε, the expected picture is m + k(z - αm) with k = s²α / (s²α² + σ²), and v = (αz - x) / σ is off its expectation by s / sqrt(s²α² + σ²) on
average.
"""

import torch

from benchmarks.methods.follow_your_emoji.noise import amounts

UNKNOWN_DEVIATION = 0.5
"""Of a latent around 0, for pictures nothing is known of."""


def expected_velocity(noisy: torch.Tensor, guess: torch.Tensor, deviation: float, timestep: torch.Tensor) -> torch.Tensor:
    """Returns the expected v, as `noisy`.

    Args:
        noisy: (batch, ...).
        guess: as `noisy`, or broadcast to it.
        deviation: of the picture around the guess, above 0.
        timestep: (batch,), 0 to 999.
    """
    signal, spread = amounts(timestep, noisy)
    # (αz - m - k(z - αm)) / σ with the division worked out, so that nothing is divided by the small σ of the first time steps.
    return (signal * spread * (1 - deviation**2) * noisy - spread * guess) / ((deviation * signal) ** 2 + spread**2)


def velocity_deviation(deviation: float, timestep: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Returns how far v is from its expectation on average, (batch, 1, ...) with as many dimensions as `like`; arguments as above."""
    signal, spread = amounts(timestep, like)
    return deviation / ((deviation * signal) ** 2 + spread**2).sqrt()
