"""How a face moves in a clip: named motions from `motions.yaml`, as expressions and places of the head over time."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from hub.engine.render.parameters import ACTION_UNITS, Expression
from hub.spec import load
from hub.spec.base import Declaration, Name, Share

Floats = npt.NDArray[np.float64]
Family = Literal["exaggerated", "talking", "pupils", "turning"]
FAMILIES: tuple[Family, ...] = get_args(Family)
Viseme = Literal["open", "wide", "spread", "round", "pressed", "teeth", "half"]
UnitName = Annotated[str, Field(pattern=r"^AU[1-9]\d?$")]
Sideways = Annotated[float, Field(ge=-35, le=35)]
Placed = Annotated[float, Field(ge=-0.06, le=0.06)]

VISEMES: Mapping[Viseme, Mapping[int, float]] = {
    "open": {25: 0.7, 26: 0.8},
    "wide": {25: 0.8, 26: 0.5, 27: 0.4},
    "spread": {20: 0.7, 25: 0.6, 26: 0.2},
    "round": {23: 0.8, 25: 0.5, 26: 0.4},
    "pressed": {24: 0.8},
    "teeth": {10: 0.35, 25: 0.4},
    "half": {25: 0.45, 26: 0.4},
}
"""The mouth's shapes of speech by action units; our own small set."""
_SYLLABLE_FRAMES = 3.0
"""Length of a syllable: a quarter of a second at 12 frames a second, the usual pace of speech."""
_UNITS = tuple(ACTION_UNITS)
_BLINK = _UNITS.index(43)
_GAZE, _POSE, _PLACE, _HEAD = slice(len(_UNITS), len(_UNITS) + 2), slice(len(_UNITS) + 2, len(_UNITS) + 5), slice(len(_UNITS) + 5, len(_UNITS) + 7), -1
_CHANNELS = len(_UNITS) + 8
"""Action units; gaze right and up; yaw, pitch, roll; x and y; the head's size over its usual size, less 1."""
_MIRRORED = (_GAZE.start, _POSE.start, _POSE.start + 2, _PLACE.start)
_LARGEST = {_GAZE.start: 35.0, _GAZE.start + 1: 35.0, _POSE.start: 45.0, _POSE.start + 1: 25.0, _POSE.start + 2: 20.0}


class KeySpec(Declaration):
    """What the face does for a while; between two keys, and from and to the neutral face at both ends of a clip, it moves smoothly."""

    held: tuple[Share, Share]
    """From when to when, in shares of the clip."""
    units: dict[UnitName, Share] = {}
    """Intensity by facial action unit, as in AU12."""
    gaze: tuple[Sideways, Sideways] = (0.0, 0.0)
    """Of the eyes against the head: to the right and up, in degrees."""
    yaw: float = Field(0.0, ge=-45, le=45)
    pitch: float = Field(0.0, ge=-25, le=25)
    roll: float = Field(0.0, ge=-20, le=20)
    x: Placed = 0.0
    """The head's way from its usual place, in shares of the picture's width; y likewise."""
    y: Placed = 0.0
    size: float = Field(1.0, ge=0.9, le=1.1)
    """Factor on the head's usual height."""

    @model_validator(mode="after")
    def _is_drawn_and_in_order(self) -> "KeySpec":
        unknown = sorted(name for name in self.units if int(name.removeprefix("AU")) not in ACTION_UNITS)
        if unknown:
            raise ValueError(f"the renderer does not draw the action units {', '.join(unknown)}")
        if not 0 < self.held[0] <= self.held[1]:
            raise ValueError(f"held from {self.held[0]:g} to {self.held[1]:g}; expected a time after 0, where the face is neutral, and one not before it")
        return self


class MotionSpec(Declaration):
    """One motion. Which side is first is decided by a clip's seed, so a motion to one side stands for both."""

    family: Family
    phrase: str
    """In words."""
    keys: tuple[KeySpec, ...] = ()
    """In the order of time."""
    syllables: tuple[Viseme, ...] = ()
    """Mouth shapes, one after the other and again from a place that the seed decides, over the whole clip."""
    blinks: int = Field(0, ge=0, le=3)

    @model_validator(mode="after")
    def _moves(self) -> "MotionSpec":
        if not self.keys and not self.syllables:
            raise ValueError("there are neither keys nor syllables, so nothing would move")
        if (self.family == "talking") != bool(self.syllables):
            raise ValueError(f"the family is {self.family!r}; motions of the family 'talking' have syllables and no others do")
        if any(one.held[1] >= next_.held[0] for one, next_ in zip(self.keys, self.keys[1:], strict=False)):
            raise ValueError("a key begins before the one above it has ended; list keys in the order of time")
        return self


class VocabularySpec(Declaration):
    """All motions by name."""

    motions: dict[Name, MotionSpec]

    @model_validator(mode="after")
    def _has_every_family(self) -> "VocabularySpec":
        missing = [family for family in FAMILIES if not self.of(family)]
        if missing:
            raise ValueError(f"there is no motion of the family {', '.join(missing)}")
        return self

    def of(self, family: Family) -> tuple[str, ...]:
        """Returns the names of a family's motions in the order of the file."""
        return tuple(name for name, motion in self.motions.items() if motion.family == family)


@lru_cache(maxsize=4)
def read_vocabulary(folder: Path) -> VocabularySpec:
    """Reads the motions of the dataset in `folder`."""
    return load(folder / "motions.yaml", VocabularySpec)


@dataclass(frozen=True, slots=True)
class Moment:
    """The face in one frame."""

    expression: Expression
    x: float
    """The head's way from its usual place, in shares of the picture's width; `y` downwards likewise."""
    y: float
    head: float
    """Factor on the head's usual height."""


def trajectory(motion: MotionSpec, frames: int, seed: int) -> tuple[Moment, ...]:
    """Returns a motion over `frames` frames: smooth, decided by the seed, from a neutral and nearly frontal face in frame 0.

    The seed decides how strong each part is, which side comes first, when, where the head is at rest and how it sways. Yaw stays within 45, pitch within
    25 and roll within 20 degrees.

    Raises:
        ValueError: there are fewer than two frames.
    """
    if frames < 2:
        raise ValueError(f"a clip of {frames} frames cannot hold a motion; ask for at least 2")
    generator = np.random.default_rng(seed)
    times = np.linspace(0.0, 1.0, frames)
    values = _keyed(motion, times, generator)
    if motion.syllables:
        values[:, : len(_UNITS)] += _spoken(motion.syllables, frames, generator)
    values += _swaying(times, generator)
    for _ in range(motion.blinks):
        values[:, _BLINK] = np.maximum(values[:, _BLINK], _blink(frames, generator))
    values[:, : len(_UNITS)] = np.clip(values[:, : len(_UNITS)], 0.0, 1.0)
    for channel, most in _LARGEST.items():
        values[:, channel] = np.clip(values[:, channel], -most, most)
    return tuple(_moment(row) for row in values)


def _keyed(motion: MotionSpec, times: Floats, generator: np.random.Generator) -> Floats:
    """The keys' values at (n,) times, as (n, channels)."""
    strength = np.ones(_CHANNELS)
    strength[: len(_UNITS)] = generator.uniform(0.85, 1.0, len(_UNITS))
    strength[len(_UNITS) :] = generator.uniform(0.8, 1.05, _CHANNELS - len(_UNITS))
    if generator.random() < 0.5:
        strength[list(_MIRRORED)] *= -1
    haste = float(np.exp(generator.uniform(-0.18, 0.18)))
    knots, heights = [0.0], [np.zeros(_CHANNELS)]
    for key in motion.keys:
        for time in sorted(set(key.held)):
            knots.append(time**haste)
            heights.append(_channels(key) * strength)
    if knots[-1] < 1:
        knots.append(1.0)
        heights.append(np.zeros(_CHANNELS))
    return monotone_cubic(np.array(knots), np.stack(heights), times)


def _channels(key: KeySpec) -> Floats:
    intensities = {int(name.removeprefix("AU")): value for name, value in key.units.items()}
    return np.array([*(intensities.get(unit, 0.0) for unit in _UNITS), *key.gaze, key.yaw, key.pitch, key.roll, key.x, key.y, key.size - 1])


def _spoken(syllables: tuple[Viseme, ...], frames: int, generator: np.random.Generator) -> Floats:
    """Mouth shapes at the pace of speech, as (frames, units); the mouth is shut in frame 0."""
    pace = _SYLLABLE_FRAMES * generator.uniform(0.85, 1.2)
    count = int(np.ceil(frames / pace)) + 2
    first = int(generator.integers(len(syllables)))
    knots = np.concatenate([[0.0], pace * (np.arange(count) + generator.uniform(0.6, 1.0) + generator.uniform(-0.12, 0.12, count))])
    heights = np.zeros((count + 1, len(_UNITS)))
    for index in range(count):
        for unit, intensity in VISEMES[syllables[(first + index) % len(syllables)]].items():
            heights[index + 1, _UNITS.index(unit)] = intensity * generator.uniform(0.75, 1.0)
    return monotone_cubic(knots, heights, np.arange(frames, dtype=np.float64))


def _swaying(times: Floats, generator: np.random.Generator) -> Floats:
    """The small slow movement of a living head about where it rests, as (n, channels)."""
    moving = np.zeros((len(times), _CHANNELS))
    for channel, rest, reach in (
        (_POSE.start, 3.0, 2.0),
        (_POSE.start + 1, 2.0, 1.5),
        (_POSE.start + 2, 1.5, 1.5),
        (_PLACE.start, 0.008, 0.008),
        (_PLACE.start + 1, 0.006, 0.006),
        (len(moving[0]) - 1, 0.01, 0.01),
    ):
        start, cycles = generator.uniform(0, 2 * np.pi), generator.uniform(0.4, 1.1)
        sway = np.sin(start + 2 * np.pi * cycles * times) - np.sin(start)
        moving[:, channel] = generator.uniform(-rest, rest) + reach * generator.uniform(0.3, 1.0) * sway / 2
    return moving


def _blink(frames: int, generator: np.random.Generator) -> Floats:
    """Eyes that close and open within about five frames, never in frame 0, as (frames,)."""
    middle = generator.uniform(3.0, max(3.0, frames - 2.0))
    result: Floats = np.clip(1.25 - np.abs(np.arange(frames) - middle) / 2.0, 0.0, 1.0)
    result[0] = 0.0
    return result


def monotone_cubic(knots: Floats, heights: Floats, at: Floats) -> Floats:
    """Returns the smooth curve through (k,) knots and (k, d) heights at (n,) places, as (n, d); between two knots it never leaves their heights.

    Slopes are the harmonic means of both sides', 0 where a curve turns (Fritsch and Butland, 1984) and at both ends.
    """
    spans = np.diff(knots)
    rises = np.diff(heights, axis=0) / spans[:, None]
    before, after = rises[:-1], rises[1:]
    rising = before * after > 0
    slopes = np.zeros_like(heights)
    slopes[1:-1] = np.where(rising, 2 * before * after / np.where(rising, before + after, 1.0), 0.0)
    index = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(spans) - 1)
    span = spans[index][:, None]
    t = np.clip((at - knots[index]) / spans[index], 0.0, 1.0)[:, None]
    result: Floats = (
        (2 * t**3 - 3 * t**2 + 1) * heights[index]
        + (t**3 - 2 * t**2 + t) * span * slopes[index]
        + (3 * t**2 - 2 * t**3) * heights[index + 1]
        + (t**3 - t**2) * span * slopes[index + 1]
    )
    return result


def _moment(row: Floats) -> Moment:
    units = {unit: round(float(value), 3) for unit, value in zip(_UNITS, row, strict=False) if value > 0.0005}
    right, up = (round(float(value), 3) for value in row[_GAZE])
    yaw, pitch, roll = (round(float(value), 3) for value in row[_POSE])
    x, y = (round(float(value), 4) for value in row[_PLACE])
    return Moment(Expression(units, (right, up), yaw, pitch, roll), x, y, round(1 + float(row[_HEAD]), 4))
