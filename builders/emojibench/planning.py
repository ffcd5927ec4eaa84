"""Which portraits and clips EmojiBench has, and which pairs of them: all of it follows from the options alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from builders.emojibench.identities import PORTRAIT_STYLES, PortraitStyle, identity_of, look_of, scene_of, split_identities
from builders.emojibench.motion import Family, VocabularySpec, read_vocabulary, trajectory
from hub.engine.render.parameters import Expression, Person, Picture
from hub.errors import DeclarationError
from hub.files import seed_from
from hub.spec.base import Declaration

Role = Literal["self", "target"]
_SLOTS: tuple[tuple[Family, ...], ...] = (("exaggerated",), ("talking", "pupils"), ("turning",))
"""The families of an identity's first, second and third clip, and so on in turns; where there are two, identities take turns."""
_HELD_OUT = ("validation", "test")
"""Splits that have cross pairs."""


class Options(Declaration):
    """How much of everything is planned."""

    identities: int = Field(24, ge=6, le=9999)
    """In each style."""
    clips: int = Field(3, ge=1, le=18)
    """Of each identity, in which its portrait drives itself."""
    drivers: int = Field(3, ge=1, le=18)
    """Clips of others that drive each identity of the validation and test splits."""
    frames: int = Field(12, ge=2, le=600)
    """Of each clip."""
    fps: int = Field(12, ge=1, le=60)
    """Frames a second."""


@dataclass(frozen=True, slots=True)
class PlannedPortrait:
    """One still picture: neutral, nearly frontal, mouth closed and eyes open."""

    id: str
    """The identity's name: each has one portrait."""
    split: str
    style: PortraitStyle
    identity_id: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class PlannedClip:
    """One clip."""

    id: str
    split: str
    style: PortraitStyle
    identity_id: str
    family: Family
    motion: str
    motion_seed: int
    role: Role
    """self: shown as a driver or a target of its own portrait. target: what a cross pair should look like, the identity with another's motion."""
    pictures: tuple[Picture, ...]
    """One a frame; the scene and the texture are the same in all, and the same as in the portrait."""


@dataclass(frozen=True, slots=True)
class PlannedPair:
    """A portrait and the clip that drives it."""

    id: str
    split: str
    portrait_id: str
    clip_id: str
    target_id: str
    """The clip that a perfect animator would make: the driver itself in a self pair."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it, in the order of ids within each split and style."""

    portraits: tuple[PlannedPortrait, ...]
    clips: tuple[PlannedClip, ...]
    """The self clips, then the targets."""
    self_pairs: tuple[PlannedPair, ...]
    cross_pairs: tuple[PlannedPair, ...]


def plan(options: Options, shares: Mapping[str, float], folder: Path = Path(__file__).parent) -> Plan:
    """Plans the whole dataset with the motions that `folder` declares.

    Raises:
        DeclarationError: a split with cross pairs has fewer than two human identities, so that one had no other to drive it.
    """
    vocabulary = read_vocabulary(folder)
    names = {style: split_identities(style, options.identities, dict(shares)) for style in PORTRAIT_STYLES}
    portraits, clips, targets, cross_pairs = [], [], [], []
    for split in shares:
        own = {style: _self_clips(style, split, names[style][split], vocabulary, options) for style in PORTRAIT_STYLES}
        portraits += [_portrait(name, split, style) for style in PORTRAIT_STYLES for name in names[style][split]]
        clips += [clip for style in PORTRAIT_STYLES for clip in own[style]]
        if split in _HELD_OUT and shares[split] > 0:
            if len(names["human"][split]) < 2:
                raise DeclarationError(
                    f"datasets.emojibench.options.identities: of {options.identities} in each style the split {split!r} gets "
                    f"{len(names['human'][split])}; cross pairs need at least 2 people in it"
                )
            for index, style in enumerate(PORTRAIT_STYLES):
                for position, name in enumerate(names[style][split]):
                    for driver in _drivers(name, position + index, own["human"], options.drivers):
                        target = _clip(f"{name}-as-{driver.id}", name, style, driver, vocabulary, options.frames)
                        targets.append(target)
                        cross_pairs.append(PlannedPair(f"cross-{target.id}", split, name, driver.id, target.id))
    self_pairs = tuple(PlannedPair(f"self-{clip.id}", clip.split, clip.identity_id, clip.id, clip.id) for clip in clips)
    return Plan(tuple(portraits), (*clips, *targets), self_pairs, tuple(cross_pairs))


def _self_clips(style: PortraitStyle, split: str, names: tuple[str, ...], vocabulary: VocabularySpec, options: Options) -> list[PlannedClip]:
    """An identity's clips come from all families in turns, and a family's motions are dealt out in turns, so that each is seen about equally often."""
    dealt = {family: seed_from("emojibench first motion", style, split, family) for families in _SLOTS for family in families}
    clips = []
    for position, name in enumerate(names, start=PORTRAIT_STYLES.index(style)):
        for number in range(options.clips):
            choice = _SLOTS[number % len(_SLOTS)]
            family = choice[(position + number // len(_SLOTS)) % len(choice)]
            motions = vocabulary.of(family)
            motion = motions[dealt[family] % len(motions)]
            dealt[family] += 1
            id = f"{name}-{motion}"
            source = PlannedClip(id, split, style, name, family, motion, seed_from("emojibench motion", id), "self", ())
            clips.append(replace(source, pictures=_frames(name, source, vocabulary, options.frames)))
    return clips


def _drivers(name: str, turn: int, clips: list[PlannedClip], count: int) -> list[PlannedClip]:
    """The clips of others that drive an identity: families in turns, and within a family other drivers for each `turn`."""
    chosen: list[PlannedClip] = []
    for number in range(count):
        left = [clip for clip in clips if clip.identity_id != name and clip not in chosen]
        fitting = [clip for clip in left if clip.family in _SLOTS[number % len(_SLOTS)]] or left
        if fitting:
            chosen.append(fitting[(turn + number) % len(fitting)])
    return chosen


def _clip(id: str, name: str, style: PortraitStyle, driver: PlannedClip, vocabulary: VocabularySpec, frames: int) -> PlannedClip:
    return replace(driver, id=id, style=style, identity_id=name, role="target", pictures=_frames(name, driver, vocabulary, frames))


def _frames(name: str, clip: PlannedClip, vocabulary: VocabularySpec, frames: int) -> tuple[Picture, ...]:
    still = still_of(name)
    person = still.person
    assert person is not None
    return tuple(
        replace(
            still,
            person=replace(
                person,
                expression=moment.expression,
                x=round(person.x + moment.x, 4),
                y=round(person.y + moment.y, 4),
                head=round(person.head * moment.head, 4),
            ),
        )
        for moment in trajectory(vocabulary.motions[clip.motion], frames, clip.motion_seed)
    )


def _portrait(name: str, split: str, style: PortraitStyle) -> PlannedPortrait:
    return PlannedPortrait(name, split, style, name, still_of(name))


def still_of(name: str) -> Picture:
    """Returns an identity's portrait: neutral, yaw within 8 degrees, pitch and roll within 4, the head 0.54 to 0.62 of the picture's height."""
    generator = np.random.default_rng(seed_from("emojibench portrait", name))
    yaw, pitch, roll = (round(float(generator.uniform(-most, most)), 2) for most in (8, 4, 4))
    person = Person(
        identity_of(name),
        Expression(yaw=yaw, pitch=pitch, roll=roll),
        x=round(float(generator.uniform(0.475, 0.525)), 3),
        y=round(float(generator.uniform(0.455, 0.485)), 3),
        head=round(float(generator.uniform(0.54, 0.62)), 3),
    )
    return Picture(look_of(name), scene_of(name), person, seed_from("emojibench texture", name))
