"""What a training draws from: every picture once, with its drawn landmarks and masks, and which pictures make up a clip."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from benchmarks.methods.follow_your_emoji.drawing import EXPRESSION_AWARE, RAW, Parts, draw_landmarks
from benchmarks.methods.follow_your_emoji.masks import expression_mask, face_mask
from benchmarks.portrait_examples import Pair
from hub.faces import FaceTrack
from hub.files import digest

LandmarkMode = Literal["expression_aware", "raw"]


@dataclass(frozen=True, slots=True)
class ClipRows:
    """Where the pictures of one training pair lie."""

    portrait: int
    frames: range
    """Consecutive frames of the clip."""


@dataclass(frozen=True, slots=True)
class Material:
    """All pictures of a training, by row."""

    pictures: torch.Tensor
    """(rows, 3, size, size) uint8."""
    landmarks: torch.Tensor
    """(rows, 3, size, size) uint8, drawn on black."""
    face_masks: torch.Tensor
    """(rows, grid, grid) float32, 0 to 1."""
    expression_masks: torch.Tensor
    clips: tuple[ClipRows, ...]
    digest: str
    """Of the pictures, their landmarks and the clips; the masks follow from these and a setting."""


def parts_of(mode: LandmarkMode) -> Parts:
    """Returns which parts of a face are drawn for the denoiser."""
    return RAW if mode == "raw" else EXPRESSION_AWARE


def read_material(pairs: Sequence[Pair], grid: int, mode: LandmarkMode, expression_radius: float | None) -> Material:
    """Draws the landmarks and masks of every portrait and frame, each once.

    Args:
        pairs: self-reenactment, with landmarks of portraits and clips.
        grid: latents across and down.

    Raises:
        ValueError: there is no pair.
    """
    if not pairs:
        raise ValueError("there is no pair to train on")
    pictures: list[Any] = []
    tracks: list[FaceTrack] = []
    rows: dict[str, range] = {}
    count = 0
    for name, shown, track in _once(pairs):
        rows[name] = range(count, count + len(shown))
        count += len(shown)
        pictures.append(shown)
        tracks.append(track)
    stacked = np.ascontiguousarray(np.concatenate(pictures).transpose(0, 3, 1, 2))
    size = stacked.shape[-1]
    drawn = np.concatenate([draw_landmarks(track, size, parts_of(mode)) for track in tracks])
    clips = tuple(ClipRows(rows[_portrait(pair)].start, rows[_clip(pair)]) for pair in pairs)
    return Material(
        pictures=torch.from_numpy(stacked),
        landmarks=torch.from_numpy(np.ascontiguousarray(drawn.transpose(0, 3, 1, 2))),
        face_masks=torch.from_numpy(np.concatenate([face_mask(track, size, grid) for track in tracks])),
        expression_masks=torch.from_numpy(np.concatenate([expression_mask(track, size, grid, expression_radius) for track in tracks])),
        clips=clips,
        digest=_digest(stacked, drawn, clips),
    )


def _digest(pictures: Any, landmarks: Any, clips: tuple[ClipRows, ...]) -> str:
    parts = [hashlib.sha256(part.tobytes()).hexdigest() for part in (pictures, landmarks)]
    return digest([*parts, [[clip.portrait, clip.frames.start, clip.frames.stop] for clip in clips]])


def _once(pairs: Sequence[Pair]) -> Iterable[tuple[str, Any, FaceTrack]]:
    seen: set[str] = set()
    for pair in pairs:
        if pair.portrait.face is None:
            raise ValueError(f"the portrait {pair.portrait.id} has no landmarks, so nothing can be learnt from it")
        shown = ((_portrait(pair), pair.portrait.image[None], pair.portrait.face), (_clip(pair), pair.driving.frames, pair.driving.face))
        for name, pictures, track in shown:
            if name not in seen:
                seen.add(name)
                yield name, pictures, track


def _portrait(pair: Pair) -> str:
    return f"portrait {pair.portrait.id}"


def _clip(pair: Pair) -> str:
    return f"clip {pair.driving.id}"
