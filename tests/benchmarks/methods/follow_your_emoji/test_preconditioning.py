"""The expectation of v around a guess."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.methods.follow_your_emoji.noise import add_noise, amounts, velocity
from benchmarks.methods.follow_your_emoji.preconditioning import expected_velocity, velocity_deviation

STEPS = st.integers(0, 999)


@given(STEPS, st.floats(0.05, 1.0))
def test_it_is_the_least_squares_estimate_of_v(step: int, deviation: float) -> None:
    generator = torch.Generator().manual_seed(0)
    draw = lambda: torch.randn(20_000, generator=generator, dtype=torch.float64)  # noqa: E731
    guess, when = draw(), torch.full((20_000,), step)
    clean, noise = guess + deviation * draw(), draw()
    noisy, truth = add_noise(clean, noise, when), velocity(clean, noise, when)
    expected, spread = expected_velocity(noisy, guess, deviation, when), velocity_deviation(deviation, when, noisy)
    off = ((truth - expected) / spread).numpy()
    assert abs(off.mean()) < 0.05
    assert abs(off.std() - 1) < 0.05
    # What is left over has nothing to do with what was known.
    assert abs(np.corrcoef(off, noisy.numpy())[0, 1]) < 0.05
    assert abs(np.corrcoef(off, guess.numpy())[0, 1]) < 0.05


@given(STEPS)
def test_a_right_guess_that_is_trusted_gives_v_itself(step: int) -> None:
    generator = torch.Generator().manual_seed(1)
    clean, noise = torch.randn(2, 8, generator=generator, dtype=torch.float64)
    when = torch.full((8,), step)
    expected = expected_velocity(add_noise(clean, noise, when), clean, 1e-9, when)
    assert torch.allclose(expected, velocity(clean, noise, when), atol=1e-6)


def test_pure_noise_says_nothing_so_that_the_guess_is_all() -> None:
    guess, noise = torch.randn(2, 5, dtype=torch.float64)
    when = torch.full((5,), 999)
    expected, spread = expected_velocity(noise, guess, 0.3, when), velocity_deviation(0.3, when, noise)
    assert torch.allclose(expected, -guess)
    assert torch.allclose(spread, torch.full((5,), 0.3, dtype=torch.float64))
    assert float(amounts(torch.tensor([999]), noise)[0]) == 0
