"""Draws training batches. Which rows, noise and time steps a step has depends on the seed, the stage and the step alone, so that a training that was
interrupted goes on as if it had not been, and every process of several can take its share of the same batch."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from benchmarks.methods.follow_your_emoji.codec import signed
from benchmarks.methods.follow_your_emoji.material import ClipRows, Material
from benchmarks.methods.follow_your_emoji.noise import TRAINING_STEPS
from benchmarks.methods.follow_your_emoji.settings import TrainingSettings


@dataclass(frozen=True, slots=True)
class Batch:
    """Portraits and frames of theirs, on one device."""

    portraits: torch.Tensor
    """(clips, 3, size, size), -1 to 1."""
    portrait_landmarks: torch.Tensor
    """(clips, 3, size, size), 0 to 1."""
    frames: torch.Tensor
    """(clips, frames, 3, size, size), -1 to 1."""
    landmarks: torch.Tensor
    """(clips, frames, 3, size, size), 0 to 1."""
    face_masks: torch.Tensor
    """(clips · frames, grid, grid)."""
    expression_masks: torch.Tensor
    timestep: torch.Tensor
    """(clips, frames), integers 0 to 999."""
    noise_seed: int
    """Of the noise of all clips that were drawn."""
    drawn: int
    """How many clips that were."""
    share: slice
    """Which of them these are."""
    known: torch.Tensor
    """(clips, frames) bool: given without noise, and not learnt."""
    unconditional: bool

    def only(self, share: slice) -> "Batch":
        """Returns some of its clips, with the noise that they have in the whole batch."""
        frames = self.known.shape[1]
        by_clip = {name: getattr(self, name)[share] for name in ("portraits", "portrait_landmarks", "frames", "landmarks", "timestep", "known")}
        masks = {name: getattr(self, name).unflatten(0, (self.drawn, frames))[share].flatten(0, 1) for name in ("face_masks", "expression_masks")}
        return replace(self, **by_clip, **masks, share=share)


class Batches:
    """Draws from one training's material."""

    def __init__(self, material: Material, settings: TrainingSettings, seed: int, device: torch.device) -> None:
        self._material = material
        self._settings = settings
        self._seed = seed
        self._device = device

    def of_frames(self, step: int) -> Batch:
        """A batch of the image stage: single frames, each at a time step of its own."""
        settings = self._settings
        generator = self._generator(0, step)
        chosen = [self._clip(generator) for _ in range(settings.portraits)]
        rows = [generator.choice(len(clip.frames), settings.frames, replace=len(clip.frames) < settings.frames) + clip.frames.start for clip in chosen]
        shape = (settings.portraits, settings.frames)
        return self._batch(generator, chosen, np.array(rows), self._timesteps(generator, shape), np.zeros(shape, dtype=bool))

    def of_clips(self, step: int) -> Batch:
        """A batch of the motion stage: consecutive frames at one time step, now and then with known ends."""
        settings = self._settings
        generator = self._generator(1, step)
        chosen = [self._clip(generator) for _ in range(settings.clips)]
        length = min(settings.clip_frames, *(len(clip.frames) for clip in chosen))
        starts = [int(generator.integers(len(clip.frames) - length + 1)) + clip.frames.start for clip in chosen]
        rows = np.array(starts)[:, None] + np.arange(length)
        known = np.zeros(rows.shape, dtype=bool)
        if length > 2:
            ends = generator.random((settings.clips, 2)) < 0.5
            known[:, [0, -1]] = ends & (generator.random((settings.clips, 1)) < settings.known_ends)
        timestep = np.repeat(self._timesteps(generator, (settings.clips, 1)), length, axis=1)
        return self._batch(generator, chosen, rows, timestep, known)

    def _generator(self, stage: int, step: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, stage, step, 0])

    def _clip(self, generator: np.random.Generator) -> ClipRows:
        return self._material.clips[int(generator.integers(len(self._material.clips)))]

    def _timesteps(self, generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        drawn = generator.random(shape) ** self._settings.late_steps
        return np.minimum((drawn * TRAINING_STEPS).astype(np.int64), TRAINING_STEPS - 1)

    def _batch(
        self,
        generator: np.random.Generator,
        chosen: list[ClipRows],
        rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
        timestep: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
        known: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    ) -> Batch:
        material, device = self._material, self._device
        portraits = [clip.portrait if generator.random() >= self._settings.other_frames else int(generator.choice(clip.frames)) for clip in chosen]
        flat = torch.from_numpy(rows.ravel())
        colours = _colour_changes(generator, len(chosen), self._settings.colour_change).to(device)
        shape = (*rows.shape, *material.pictures.shape[1:])
        frames = signed(material.pictures[flat].to(device)).view(shape)
        return Batch(
            portraits=_recoloured(signed(material.pictures[portraits].to(device))[:, None], colours)[:, 0],
            portrait_landmarks=material.landmarks[portraits].to(device).float() / 255,
            frames=_recoloured(frames, colours),
            landmarks=(material.landmarks[flat].to(device).float() / 255).view(shape),
            face_masks=material.face_masks[flat].to(device),
            expression_masks=material.expression_masks[flat].to(device),
            timestep=torch.from_numpy(timestep).to(device),
            noise_seed=int(generator.integers(2**62)),
            drawn=len(chosen),
            share=slice(None),
            known=torch.from_numpy(known).to(device),
            unconditional=bool(generator.random() < self._settings.drop_reference),
        )


def _colour_changes(generator: np.random.Generator, clips: int, share: float) -> torch.Tensor:
    """(clips, 3, 3): which colour becomes how much of which; the identity where nothing changes."""
    matrices = np.tile(np.eye(3), (clips, 1, 1))
    for clip in range(clips):
        if generator.random() < share:
            matrices[clip] = np.eye(3)[generator.permutation(3)] * generator.uniform(0.7, 1.0, (3, 1))
    return torch.from_numpy(matrices.astype(np.float32))


def _recoloured(frames: torch.Tensor, matrices: torch.Tensor) -> torch.Tensor:
    """Applies each clip's colour change to its frames, (clips, frames, 3, height, width)."""
    return torch.einsum("nij,nfjhw->nfihw", matrices, frames)
