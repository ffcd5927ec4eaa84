"""Who is portrayed: everything about an identity follows from its name, as in `human-0012` or `sculpture-0007`."""

import re
from typing import Literal, cast, get_args

import numpy as np

from hub.curate.splits import split_groups
from hub.engine.people import draw_proportions
from hub.engine.render.parameters import (
    Clothing,
    EyeColour,
    FacialHair,
    Glasses,
    HairColour,
    HairStyle,
    Identity,
    Material,
    Place,
    Scene,
    Species,
    StyleName,
    TimeOfDay,
)
from hub.files import seed_from

PortraitStyle = Literal["human", "cartoon", "sculpture", "animal"]
PORTRAIT_STYLES: tuple[PortraitStyle, ...] = get_args(PortraitStyle)

_NAME = re.compile(rf"({'|'.join(PORTRAIT_STYLES)})-\d{{4}}")
_LOOKS: dict[PortraitStyle, tuple[StyleName, ...]] = {
    "human": ("realistic", "realistic", "natural"),
    "cartoon": ("cartoon",),
    "sculpture": ("realistic",),
    "animal": ("cartoon", "natural", "realistic"),
}
"""The renderer's styles in which a kind of portrait is drawn, one as often as it stands here."""
_MATERIALS: tuple[Material, ...] = ("marble", "bronze", "terracotta")
_ANIMALS: tuple[Species, ...] = ("cat", "dog", "bear", "rabbit")
_PLACES: tuple[Place, ...] = ("park", "garden", "beach", "forest", "mountains", "city_street", "living_room", "office", "classroom", "kitchen")
_TIMES: tuple[TimeOfDay, ...] = ("day", "day", "day", "dawn")
_GREY_FROM = 55
"""Years of age from which most hair is grey or white."""


def style_of(name: str) -> PortraitStyle:
    """Returns the style of portraits that an identity belongs to.

    Raises:
        ValueError: it is no identity's name.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is no identity of EmojiBench; names are one of {', '.join(PORTRAIT_STYLES)}, a hyphen and four digits")
    return cast(PortraitStyle, found.group(1))


def split_identities(style: PortraitStyle, count: int, shares: dict[str, float]) -> dict[str, tuple[str, ...]]:
    """Returns the names of a style's identities by split, each in one split for good."""
    placed = split_groups((f"{style}-{number:04d}" for number in range(count)), shares, f"emojibench {style}")
    return {split: tuple(sorted(name for name, where in placed.items() if where == split)) for split in shares}


def look_of(name: str) -> StyleName:
    """Returns the style in which the renderer draws an identity."""
    looks = _LOOKS[style_of(name)]
    return looks[seed_from("emojibench look", name) % len(looks)]


def scene_of(name: str) -> Scene:
    """Returns where an identity is seen, in all its portraits and clips."""
    generator = np.random.default_rng(seed_from("emojibench scene", name))
    return Scene(
        place=_PLACES[int(generator.integers(len(_PLACES)))],
        weather="clear" if generator.random() < 0.7 else "cloudy",
        time=_TIMES[int(generator.integers(len(_TIMES)))],
        brightness=_rounded(generator.uniform(-0.1, 0.2)),
        colourfulness=_rounded(generator.uniform(-0.15, 0.15)),
        warmth=_rounded(generator.uniform(-0.15, 0.15)),
        seed=int(generator.integers(1 << 30)),
    )


def identity_of(name: str) -> Identity:
    """Returns who a name is. Eyes are always seen: no one wears dark glasses, and sculptures wear none."""
    style = style_of(name)
    generator = np.random.default_rng(seed_from("emojibench identity", name))

    age = _rounded(generator.choice([generator.uniform(8, 15), generator.uniform(16, 55), generator.uniform(56, 80)], p=[0.1, 0.7, 0.2]))
    young = age < 16
    species: Species = _ANIMALS[int(generator.integers(len(_ANIMALS)))] if style == "animal" else "human"
    hair_colours: tuple[HairColour, ...] = ("grey", "white", "grey", "black") if age > _GREY_FROM else ("black", "brown", "auburn", "blond")
    if style == "animal":
        hair_colours = ("black", "brown", "auburn", "blond", "grey", "white")
    # The renderer hangs a ponytail on the side away from the face, so it would jump from side to side in a clip.
    hair_styles: tuple[HairStyle, ...] = ("short", "long", "curly", "bun") if young else ("short", "short", "long", "curly", "bun", "bald")
    hair_style = hair_styles[int(generator.integers(len(hair_styles)))]
    bearded = not young and hair_style in ("short", "bald", "curly")
    facial_hair: tuple[FacialHair, ...] = ("none", "none", "stubble", "moustache", "beard") if bearded else ("none",)
    if style == "sculpture":
        facial_hair = tuple(kind for kind in facial_hair if kind != "stubble")
    glasses: tuple[Glasses, ...] = ("none", "none", "none", "none", "round", "square") if style in ("human", "cartoon") else ("none",)
    eyes: tuple[EyeColour, ...] = ("brown", "brown", "hazel", "green", "blue", "grey")
    clothing: tuple[Clothing, ...] = ("t_shirt", "shirt", "sweater", "hoodie", "jacket", "dress")
    if style == "sculpture":
        clothing = ("t_shirt", "shirt", "dress")
    return Identity(
        species=species,
        age=age,
        skin=_rounded(generator.uniform(0, 0.9)),
        **{name: _rounded(value) for name, value in draw_proportions(generator).items()},
        hair_style=hair_style,
        hair_colour=hair_colours[int(generator.integers(len(hair_colours)))],
        eye_colour=eyes[int(generator.integers(len(eyes)))],
        facial_hair=facial_hair[int(generator.integers(len(facial_hair)))],
        glasses=glasses[int(generator.integers(len(glasses)))],
        clothing=clothing[int(generator.integers(len(clothing)))],
        clothing_hue=_rounded(generator.uniform(0, 1)),
        material=_MATERIALS[int(generator.integers(len(_MATERIALS)))] if style == "sculpture" else "skin",
    )


def _rounded(value: float) -> float:
    return round(float(value), 3)
