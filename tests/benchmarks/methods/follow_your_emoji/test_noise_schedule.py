"""The diffusion process against diffusers' own arithmetic, and noise that belongs to a frame."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.methods.follow_your_emoji.noise import add_noise, clean_and_noise, frame_noise, schedule, timesteps, velocity


def pictures(seed: int, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    clean, noise = torch.randn(2, 5, 3, 4, 4, generator=generator, dtype=dtype)
    return clean, noise, torch.tensor([0, 17, 500, 998, 999])


def test_the_last_time_step_is_pure_noise() -> None:
    clean, noise, at = pictures(0)
    assert float(schedule().alphas_cumprod[-1]) == 0.0
    torch.testing.assert_close(add_noise(clean, noise, at)[-1], noise[-1], rtol=0, atol=0)
    torch.testing.assert_close(velocity(clean, noise, at)[-1], -clean[-1], rtol=0, atol=0)


def test_noisy_data_and_velocity_are_those_of_diffusers() -> None:
    clean, noise, at = pictures(1, torch.float32)
    scheduler = schedule()
    torch.testing.assert_close(add_noise(clean, noise, at), scheduler.add_noise(clean, noise, at), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(velocity(clean, noise, at), scheduler.get_velocity(clean, noise, at), rtol=1e-5, atol=1e-6)


def test_noisy_data_and_velocity_give_back_data_and_noise() -> None:
    clean, noise, at = pictures(2)
    found = clean_and_noise(add_noise(clean, noise, at), velocity(clean, noise, at), at)
    torch.testing.assert_close(found[0], clean, rtol=0, atol=1e-12)
    torch.testing.assert_close(found[1], noise, rtol=0, atol=1e-12)


def test_half_precision_is_widened() -> None:
    clean, noise, at = pictures(3, torch.bfloat16)
    assert add_noise(clean, noise, at).dtype == torch.float32
    assert velocity(clean, noise, at).dtype == torch.float32


@given(st.integers(1, 1000))
def test_sampling_begins_at_pure_noise_and_goes_down(steps: int) -> None:
    visited = timesteps(steps)
    assert len(visited) == steps and visited[0] == 999 and visited[-1] >= 0
    assert all(later < earlier for earlier, later in pairwise(visited))


@pytest.mark.parametrize("steps", [0, 1001])
def test_a_number_of_steps_out_of_range_is_an_error(steps: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 1000 steps, not {steps}"):
        timesteps(steps)


def test_a_frames_noise_depends_on_the_seed_and_its_number_alone() -> None:
    whole = frame_noise(3, range(40), (4, 8, 8))
    torch.testing.assert_close(frame_noise(3, [25, 7], (4, 8, 8)), whole[[25, 7]], rtol=0, atol=0)
    assert not torch.equal(frame_noise(4, [7], (4, 8, 8)), whole[7:8])
    assert not torch.equal(whole[0], whole[1])


def test_the_noise_of_frames_is_standard_normal_and_independent() -> None:
    noise = frame_noise(0, range(64), (4, 16, 16)).numpy().reshape(64, -1)
    assert abs(noise.mean()) < 0.01 and abs(noise.std() - 1) < 0.01
    between = np.corrcoef(noise)[np.triu_indices(64, 1)]
    assert abs(between).max() < 5 / 32  # five standard deviations of 1024 values
