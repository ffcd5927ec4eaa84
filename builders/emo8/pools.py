"""The people and the scenes that pictures are made of, each in one split for good."""

from dataclasses import dataclass

import numpy as np

from hub.curate.splits import split_groups
from hub.engine.people import draw_proportions
from hub.engine.render.parameters import Clothing, EyeColour, FacialHair, Glasses, HairColour, HairStyle, Identity, Place, Species
from hub.files import seed_from

Split = str
_ANIMALS: tuple[Species, ...] = ("cat", "dog", "bear", "rabbit")
_GREY_FROM = 55
"""Years of age from which most hair is grey or white."""


@dataclass(frozen=True, slots=True)
class Pools:
    """Names by split: of people, of cartoon animals, and of scenes by place."""

    people: dict[Split, tuple[str, ...]]
    animals: dict[Split, tuple[str, ...]]
    scenes: dict[Split, dict[Place, tuple[str, ...]]]


def make_pools(people: int, animals: int, scenes_per_place: int, places: tuple[Place, ...], shares: dict[str, float]) -> Pools:
    """Deals out everything to splits by `shares`; no one and nothing is in two of them."""
    placed = split_groups((f"person-{number:04d}" for number in range(people)), shares, "emo8 people")
    placed_animals = split_groups((f"animal-{number:04d}" for number in range(animals)), shares, "emo8 animals")
    scenes: dict[Split, dict[Place, tuple[str, ...]]] = {split: {} for split in shares}
    for place in places:
        placed_scenes = split_groups((f"{place}-{number:03d}" for number in range(scenes_per_place)), shares, "emo8 scenes")
        for split in shares:
            scenes[split][place] = _of(placed_scenes, split)
    return Pools({split: _of(placed, split) for split in shares}, {split: _of(placed_animals, split) for split in shares}, scenes)


def identity_of(name: str) -> Identity:
    """Returns who a name is: everything follows from the name alone."""
    generator = np.random.default_rng(seed_from("emo8 identity", name))
    animal = name.startswith("animal")

    age = float(generator.choice([generator.uniform(6, 15), generator.uniform(16, 55), generator.uniform(56, 85)], p=[0.12, 0.66, 0.22]))
    young = age < 16
    species: Species = _ANIMALS[int(generator.integers(len(_ANIMALS)))] if animal else "human"
    hair_colours: tuple[HairColour, ...] = ("grey", "white", "grey", "black") if age > _GREY_FROM else ("black", "brown", "auburn", "blond")
    hair_styles: tuple[HairStyle, ...] = (
        ("short", "long", "curly", "bun", "ponytail") if young else ("short", "short", "long", "curly", "bun", "ponytail", "bald")
    )
    facial_hair: tuple[FacialHair, ...] = ("none",) if young else ("none", "none", "none", "stubble", "moustache", "beard")
    glasses: tuple[Glasses, ...] = ("none", "none", "none", "none", "round", "square")
    eyes: tuple[EyeColour, ...] = ("brown", "brown", "hazel", "green", "blue", "grey")
    clothing: tuple[Clothing, ...] = ("t_shirt", "shirt", "sweater", "hoodie", "jacket", "dress")
    hair_style = hair_styles[int(generator.integers(len(hair_styles)))]
    # Long hair worn with a beard is rarer than the two lists would make it.
    beards = facial_hair if hair_style in ("short", "bald", "curly") else ("none",)
    return Identity(
        species=species,
        age=round(age, 1),
        skin=float(np.round(generator.uniform(0, 1), 3)),
        **draw_proportions(generator),
        hair_style=hair_style,
        hair_colour=hair_colours[int(generator.integers(len(hair_colours)))],
        eye_colour=eyes[int(generator.integers(len(eyes)))],
        facial_hair=beards[int(generator.integers(len(beards)))],
        glasses=glasses[int(generator.integers(len(glasses)))],
        clothing=clothing[int(generator.integers(len(clothing)))],
        clothing_hue=float(np.round(generator.uniform(0, 1), 3)),
        material="skin",
    )


def _of(placed: dict[str, str], split: str) -> tuple[str, ...]:
    return tuple(sorted(name for name, where in placed.items() if where == split))
