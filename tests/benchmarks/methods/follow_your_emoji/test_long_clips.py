"""Long clips by windows and by key frames: every frame once, the right one, and in memory that does not grow."""

import gc
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.methods.follow_your_emoji.denoiser import Denoiser, Reference
from benchmarks.methods.follow_your_emoji.long_clips import ClipSettings, Strategy, generate
from benchmarks.methods.follow_your_emoji.noise import frame_noise
from benchmarks.methods.follow_your_emoji.sampling import SamplingSettings, sample
from tests.support.denoisers import Between, Mean, Picture, landmarks_of

SHAPE = (2, 4, 4)
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
QUICK = SamplingSettings(3, 1.0)


def whole(denoiser: Denoiser, frames: int, how: ClipSettings, seed: int = 0) -> torch.Tensor:
    chunks = list(generate(denoiser, landmarks_of, frames, None, SHAPE, how, seed))
    assert [frame for numbers, _ in chunks for frame in numbers] == list(range(frames))
    assert all(len(numbers) == len(latents) for numbers, latents in chunks)
    return torch.cat([latents for _, latents in chunks])


@settings(max_examples=40)
@given(st.data())
def test_every_frame_is_made_once_in_order_and_is_the_one_its_landmarks_ask_for(data: st.DataObject) -> None:
    window, strategy = data.draw(st.integers(2, 9)), data.draw(st.sampled_from(STRATEGIES))
    how = ClipSettings(QUICK, window, strategy, overlap=data.draw(st.integers(0, window // 2)), stride=data.draw(st.integers(1, window - 1)))
    frames = data.draw(st.integers(1, 60))
    expected = Picture().clean(landmarks_of(range(frames)), SHAPE)
    torch.testing.assert_close(whole(Picture(), frames, how), expected.float(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_clip_that_fits_into_a_window_is_sampled_at_once(strategy: Strategy) -> None:
    expected = sample(Mean(), landmarks_of(range(8)), None, frame_noise(5, range(8), SHAPE), QUICK)
    assert torch.equal(whole(Mean(), 8, ClipSettings(QUICK, 8, strategy, overlap=2, stride=4), seed=5), expected)


def test_the_first_frames_do_not_depend_on_how_long_the_clip_is() -> None:
    how = ClipSettings(QUICK, 8, "windows", overlap=3)
    torch.testing.assert_close(whole(Mean(), 50, how)[:20], whole(Mean(), 33, how)[:20], rtol=0, atol=0)


def test_overlapping_windows_meet_without_a_jump_where_windows_side_by_side_jump() -> None:
    def largest_jump(overlap: int) -> float:
        latents = whole(Mean(), 64, ClipSettings(SamplingSettings(10, 1.0), 16, "windows", overlap=overlap))
        return float((latents[1:] - latents[:-1]).abs().max())

    assert largest_jump(8) < 0.6 * largest_jump(0)


def test_frames_between_key_frames_are_conditioned_on_both_ends() -> None:
    stride, frames = 5, 28
    latents = whole(Between(), frames, ClipSettings(QUICK, 6, "progressive", overlap=0, stride=stride))
    for first in range(0, frames - 1, stride):
        last = min(first + stride, frames - 1)
        for frame in range(first, last + 1):
            share = (frame - first) / (last - first)
            torch.testing.assert_close(latents[frame], latents[first] * (1 - share) + latents[last] * share, rtol=0, atol=1e-5)


def test_a_window_of_key_frames_goes_on_from_the_last_key_frame_before_it() -> None:
    network = Recording()
    latents = whole(network, 41, ClipSettings(QUICK, 3, "progressive", overlap=0, stride=2))
    keys = [call for call in network.calls if call.numbers[1] - call.numbers[0] == 2]
    assert {call.numbers for call in keys[3:]} >= {(4, 6, 8), (8, 10, 12), (36, 38, 40)}
    assert all(torch.equal(call.noisy[0], latents[call.numbers[0]]) for call in keys if call.numbers[0] > 0)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_network_is_never_given_more_frames_than_a_window(strategy: Strategy) -> None:
    network = Recording()
    whole(network, 70, ClipSettings(QUICK, 7, strategy, overlap=3, stride=6))
    assert max(len(call.numbers) for call in network.calls) <= 7


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_memory_does_not_grow_with_the_length_of_the_clip(strategy: Strategy) -> None:
    how = ClipSettings(QUICK, 8, strategy, overlap=2, stride=4)
    short, long = most_bytes_alive(64, how), most_bytes_alive(512, how)
    assert 0 < long <= short


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_python_objects_do_not_pile_up_either(strategy: Strategy) -> None:
    how = ClipSettings(QUICK, 8, strategy, overlap=2, stride=4)

    def peak(frames: int) -> int:
        tracemalloc.start()
        for _ in generate(Picture(keep=False), landmarks_of, frames, None, SHAPE, how, 0):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(32)
    # 480 frames more: their plan of a few numbers each, and not their noise of 128 bytes.
    assert peak(512) - peak(32) < 480 * 64


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_frames_come_before_later_landmarks_are_drawn(strategy: Strategy) -> None:
    asked: list[int] = []

    def source(frames: Sequence[int]) -> torch.Tensor:
        asked.extend(frames)
        return landmarks_of(frames)

    next(generate(Picture(), source, 10_000, None, SHAPE, ClipSettings(QUICK, 8, strategy, overlap=2, stride=4), 0))
    assert max(asked) <= 8 * 4


def test_settings_that_cannot_be_are_one_sentence() -> None:
    with pytest.raises(ValueError, match="overlap by 0 to 4 frames, not 5"):
        ClipSettings(QUICK, 8, "windows", overlap=5)
    with pytest.raises(ValueError, match="1 to 7 frames apart.*not 8"):
        ClipSettings(QUICK, 8, "progressive", stride=8)
    with pytest.raises(ValueError, match="at least 1 frame, not 0"):
        whole(Picture(), 0, ClipSettings(QUICK, 8))


@dataclass(frozen=True)
class Call:
    numbers: tuple[int, ...]
    noisy: torch.Tensor


@dataclass
class Recording(Mean):
    """Keeps what it was asked."""

    calls: list[Call] = field(default_factory=list)

    def predict(self, noisy: torch.Tensor, timestep: int, landmarks: torch.Tensor, reference: Reference | None) -> torch.Tensor:
        numbers = tuple(round(float(one[0] * 16 + one[1] * 256)) for one in landmarks.reshape(-1, 3))
        self.calls.append(Call(numbers, noisy))
        return super().predict(noisy, timestep, landmarks, reference)


def most_bytes_alive(frames: int, how: ClipSettings) -> int:
    """Returns the most bytes that new tensors held whenever a chunk came; every chunk is dropped before the next is asked for."""
    gc.collect()
    # What is there already is not counted.
    gc.freeze()
    most = 0
    for _ in generate(Mean(), landmarks_of, frames, None, SHAPE, how, 0):
        most = max(most, bytes_alive())
    gc.unfreeze()
    return most


def bytes_alive() -> int:
    storages = {one.untyped_storage().data_ptr(): one.untyped_storage().nbytes() for one in gc.get_objects() if type(one) is torch.Tensor}
    return sum(storages.values())
