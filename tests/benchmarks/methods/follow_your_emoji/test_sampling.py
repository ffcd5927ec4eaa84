"""Sampling with networks that are known in closed form, so that what it must return is known too."""

import pytest
import torch

from benchmarks.methods.follow_your_emoji.denoiser import Reference
from benchmarks.methods.follow_your_emoji.noise import frame_noise, schedule, timesteps
from benchmarks.methods.follow_your_emoji.sampling import Known, SamplingSettings, ddim_step, sample
from tests.support.denoisers import Picture, landmarks_of

REFERENCE = Reference({}, torch.zeros(1, 1, 1), torch.zeros(1, 1, 1, 1), torch.zeros(1, 3, 1, 1))
SHAPE = (2, 4, 4)


def noise(frames: int, seed: int = 0) -> torch.Tensor:
    return frame_noise(seed, range(frames), SHAPE).double()


@pytest.mark.parametrize("steps", [1, 2, 7, 30])
def test_a_network_that_knows_the_picture_is_sampled_to_that_picture(steps: int) -> None:
    landmarks = landmarks_of(range(5))
    found = sample(Picture(), landmarks, None, noise(5), SamplingSettings(steps, 1.0))
    torch.testing.assert_close(found, Picture().clean(landmarks, SHAPE), rtol=0, atol=1e-10)


@pytest.mark.parametrize("steps", [1, 4, 10, 40])
def test_a_step_is_that_of_diffusers_where_the_steps_divide_the_schedule(steps: int) -> None:
    scheduler = schedule()
    scheduler.set_timesteps(steps)
    visited = timesteps(steps)
    mine = theirs = noise(3).float()
    for done, timestep in enumerate(visited):
        predicted = torch.tanh(mine + timestep / 1000)
        mine = ddim_step(mine, predicted, timestep, visited[done + 1] if done + 1 < steps else None)
        theirs = scheduler.step(predicted, timestep, theirs).prev_sample
    torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)


def test_the_same_noise_gives_the_same_latents_and_other_noise_gives_others() -> None:
    landmarks, settings, blurred = landmarks_of(range(4)), SamplingSettings(3, 1.0), Picture(certainty=0.5)
    first = sample(blurred, landmarks, None, noise(4), settings)
    assert torch.equal(first, sample(blurred, landmarks, None, noise(4), settings))
    assert not torch.equal(first, sample(blurred, landmarks, None, noise(4, seed=1), settings))


def test_guidance_goes_on_in_the_direction_the_portrait_points() -> None:
    landmarks, network = landmarks_of(range(3)), Picture(portrait=0.25)
    without = Picture().clean(landmarks, SHAPE)
    for guidance in (1.0, 2.0, 3.5):
        found = sample(network, landmarks, REFERENCE, noise(3), SamplingSettings(5, guidance))
        torch.testing.assert_close(found, without + guidance * 0.25, rtol=0, atol=1e-10)


def test_guidance_of_one_asks_the_network_once_a_step_and_more_asks_twice() -> None:
    for guidance, asked in ((1.0, 5), (3.5, 10)):
        network = Picture()
        sample(network, landmarks_of(range(2)), REFERENCE, noise(2), SamplingSettings(5, guidance))
        assert network.calls == asked


def test_known_frames_are_in_the_result_exactly_and_were_seen_without_noise_at_every_step() -> None:
    landmarks, given = landmarks_of(range(6)), torch.full((2, *SHAPE), 0.125, dtype=torch.float64)
    network = Picture(certainty=0.5)
    found = sample(network, landmarks, REFERENCE, noise(6), SamplingSettings(4, 3.5), Known((0, 5), given))
    assert torch.equal(found[[0, 5]], given)
    assert all(torch.equal(seen[[0, 5]], given) for seen in network.seen)
    assert not torch.equal(found[1], found[0])


def test_bad_calls_are_one_sentence() -> None:
    settings = SamplingSettings(2, 1.0)
    with pytest.raises(ValueError, match="landmarks of 3 frames and noise of 4"):
        sample(Picture(), landmarks_of(range(3)), None, noise(4), settings)
    with pytest.raises(ValueError, match="known frame 4 is outside the window of 4 frames"):
        sample(Picture(), landmarks_of(range(4)), None, noise(4), settings, Known((4,), noise(1)))
    with pytest.raises(ValueError, match="2 known frames are named"):
        Known((0, 1), noise(1))
    with pytest.raises(ValueError, match=r"guidance is at least 1.*not 0\.5"):
        SamplingSettings(2, 0.5)
