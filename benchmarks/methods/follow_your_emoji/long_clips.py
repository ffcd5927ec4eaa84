"""Clips of any length in memory that does not grow with it: windows of frames are sampled one after the other, and frames leave as soon as they are finished.

`windows` slides an overlapping window over the clip. Where two windows overlap, the later one is drawn at every step towards where the earlier one stood then.
The released code averages what all windows predict at every step, which needs the whole clip at once; or it lets windows meet without overlap.

`progressive` is our reading of the paper, whose text says no more than that key frames are made first and the frames between them are conditioned on both ends;
the released code has no such thing. Known frames stand without noise among the noisy ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch

from benchmarks.methods.follow_your_emoji.denoiser import Denoiser, LandmarkSource, Reference
from benchmarks.methods.follow_your_emoji.noise import frame_noise
from benchmarks.methods.follow_your_emoji.sampling import Known, SamplingSettings, denoise, sample
from benchmarks.methods.follow_your_emoji.windows import plan_windows, share_of_latest

Strategy = Literal["windows", "progressive"]
Chunk = tuple[range, torch.Tensor]
"""Frame numbers and their finished latents, (frames, channels, height, width)."""


@dataclass(frozen=True, slots=True)
class ClipSettings:
    """How clips longer than a window are made. A clip that fits into one is sampled at once by either strategy."""

    sampling: SamplingSettings
    window: int
    """How many frames the network is given at once."""
    strategy: Strategy = "windows"
    overlap: int = 4
    """For windows: how many frames neighbours share."""
    stride: int = 8
    """For progressive: from one key frame to the next."""

    def __post_init__(self) -> None:
        plan_windows(1, self.window, self.overlap)
        if self.strategy == "progressive" and not (self.window >= 2 and 1 <= self.stride < self.window):
            raise ValueError(f"key frames lie 1 to {self.window - 1} frames apart, so that a window of {self.window} holds both ends, not {self.stride}")


@dataclass(frozen=True, slots=True)
class _Clip:
    """What stays the same over all windows of a clip."""

    denoiser: Denoiser
    landmarks: LandmarkSource
    reference: Reference | None
    latent_shape: tuple[int, int, int]
    settings: ClipSettings
    seed: int

    def inputs(self, frames: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns the frames' landmarks and noise."""
        landmarks = self.landmarks(frames)
        return landmarks, frame_noise(self.seed, frames, self.latent_shape).to(landmarks.device)

    def sample(self, frames: Sequence[int], known: Known | None) -> torch.Tensor:
        landmarks, noise = self.inputs(frames)
        return sample(self.denoiser, landmarks, self.reference, noise, self.settings.sampling, known)


def generate(
    denoiser: Denoiser,
    landmarks: LandmarkSource,
    frames: int,
    reference: Reference | None,
    latent_shape: tuple[int, int, int],
    settings: ClipSettings,
    seed: int,
) -> Iterator[Chunk]:
    """Yields the clip in order, every frame once.

    No more is held at a time than a window with its trajectory (windows), or a window of key frames and one of the frames between two of them (progressive).

    Args:
        latent_shape: channels, height and width of one frame's latents.
        seed: with a frame's number, what its noise depends on.

    Raises:
        ValueError: the clip has no frame.
    """
    if frames < 1:
        raise ValueError(f"a clip has at least 1 frame, not {frames}")
    clip = _Clip(denoiser, landmarks, reference, latent_shape, settings, seed)
    if frames <= settings.window:
        yield range(frames), clip.sample(range(frames), None)
    elif settings.strategy == "windows":
        yield from _sliding(clip, frames)
    else:
        yield from _progressive(clip, frames)


def _sliding(clip: _Clip, frames: int) -> Iterator[Chunk]:
    windows = plan_windows(frames, clip.settings.window, clip.settings.overlap)
    tail: list[torch.Tensor] = []
    for number, window in enumerate(windows):
        landmarks, noise = clip.inputs(window)
        blend = _Blend(tail, torch.from_numpy(share_of_latest(windows, number)).to(noise).reshape(-1, 1, 1, 1))
        latents = denoise(clip.denoiser, landmarks, clip.reference, noise, clip.settings.sampling, blend)
        finished = windows[number + 1].start - window.start if number + 1 < len(windows) else len(window)
        yield range(window.start, window.start + finished), latents[:finished]
        # Copies, so that the finished frames can be freed.
        tail = [standing[finished:].clone() for standing in blend.trajectory]


class _Blend:
    """Mixes a window's latents at every step with those an earlier window had there, and keeps what comes of it."""

    def __init__(self, earlier: Sequence[torch.Tensor], share: torch.Tensor) -> None:
        self._earlier = earlier
        self._share = share
        self.trajectory: list[torch.Tensor] = []
        """By step, the noise first: the latents of the whole window."""

    def __call__(self, done: int, noisy: torch.Tensor) -> torch.Tensor:
        if self._earlier and len(self._earlier[done]):
            shared = len(self._earlier[done])
            mixed = torch.lerp(self._earlier[done], noisy[:shared], self._share[:shared])
            noisy = torch.cat([mixed, noisy[shared:]])
        self.trajectory.append(noisy)
        return noisy


def _progressive(clip: _Clip, frames: int) -> Iterator[Chunk]:
    for keys, latents in _key_frames(clip, frames):
        for place, (first, last) in enumerate(pairwise(keys)):
            ends = latents[place : place + 2]
            segment = range(first, last + 1)
            inside = clip.sample(segment, Known((0, len(segment) - 1), ends)) if len(segment) > 2 else ends
            # A segment's last frame is the next one's first.
            produced = segment if last == frames - 1 else segment[:-1]
            yield produced, inside[: len(produced)]


def _key_frames(clip: _Clip, frames: int) -> Iterator[tuple[Sequence[int], torch.Tensor]]:
    """Yields windows of key frames and their latents. Each begins with the last key frame of the one before; the clip's last frame is the last."""
    keys = [*range(0, frames - 1, clip.settings.stride), frames - 1]
    known = None
    for start in range(0, len(keys) - 1, clip.settings.window - 1):
        window = keys[start : start + clip.settings.window]
        latents = clip.sample(window, known)
        yield window, latents
        known = Known((0,), latents[-1:].clone())
