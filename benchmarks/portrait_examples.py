"""Portraits, driving clips and their pairs, as the portrait animation runner hands them to methods."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.faces import FaceTrack
from hub.files import digest

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Portrait:
    """One picture of someone, to be animated."""

    id: str
    identity: str
    style: str
    """human, cartoon, sculpture, animal or photo."""
    image: Pixels
    """(height, width, 3), sRGB."""
    face: FaceTrack | None
    """Of one frame; None where no landmarks are known."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Someone in motion."""

    id: str
    identity: str
    style: str
    family: str
    """What kind of motion: exaggerated, talking, pupils, turning, or video for recordings."""
    frames: Pixels
    """(frames, height, width, 3), sRGB."""
    face: FaceTrack


@dataclass(frozen=True, slots=True)
class Pair:
    """A portrait and the clip whose motion it is to make."""

    id: str
    portrait: Portrait
    driving: Clip
    target: Clip | None
    """The portrait's own person making that motion: the driving clip itself in self-reenactment, known exactly for rendered portraits in cross-reenactment, and
    None where nobody knows."""


@dataclass(frozen=True, slots=True)
class PairSplits:
    """What one task trains, watches and tests on. Train and validation pairs are always self-reenactment; identities are in one split each."""

    train: tuple[Pair, ...]
    validation: tuple[Pair, ...]
    test: tuple[Pair, ...]
    source: str
    revision: str
    size: int
    """Width and height of every picture and frame in pixels."""

    @property
    def fingerprint(self) -> str:
        """A hash of what was read: the dataset's revision and the pairs of every split."""
        return digest([self.revision, self.size, *(pair_ids(pairs) for pairs in (self.train, self.validation, self.test))])

    @property
    def training_fingerprint(self) -> str:
        """A hash of what a training may depend on."""
        return digest([self.revision, self.size, pair_ids(self.train), pair_ids(self.validation)])


def pair_ids(pairs: Sequence[Pair]) -> list[list[str | int]]:
    """Returns what identifies pairs within one revision of a dataset."""
    return [[pair.id, pair.portrait.id, pair.driving.id, len(pair.driving.frames)] for pair in pairs]
