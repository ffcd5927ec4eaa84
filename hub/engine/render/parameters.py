"""What a picture shows, as numbers and names: the whole input of the renderer. Two equal pictures give equal pixels.

Angles are in degrees and positions in shares of the picture's width and height from its upper left corner, unless said otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

StyleName = Literal["cartoon", "natural", "realistic", "science_fiction", "advertising"]
Species = Literal["human", "cat", "dog", "bear", "rabbit"]
HairStyle = Literal["bald", "short", "long", "curly", "bun", "ponytail"]
HairColour = Literal["black", "brown", "auburn", "blond", "grey", "white"]
EyeColour = Literal["brown", "hazel", "green", "blue", "grey"]
FacialHair = Literal["none", "stubble", "moustache", "beard"]
Glasses = Literal["none", "round", "square", "dark"]
Material = Literal["skin", "marble", "bronze", "terracotta"]
Clothing = Literal["t_shirt", "shirt", "sweater", "hoodie", "jacket", "dress"]
Action = Literal[
    "at_rest",
    "arms_raised",
    "fists_clenched",
    "hands_on_cheeks",
    "arms_crossed",
    "hand_over_mouth",
    "hugging_self",
    "holding_stomach",
    "pointing",
    "pushing_away",
    "face_in_hands",
    "waving",
    "hand_on_heart",
    "hands_together",
]
Place = Literal[
    "beach",
    "forest",
    "mountains",
    "desert",
    "sea",
    "park",
    "garden",
    "city_street",
    "alley",
    "living_room",
    "kitchen",
    "office",
    "classroom",
    "hospital_room",
    "stage",
    "amusement_park",
    "cathedral",
    "graveyard",
]
Weather = Literal["clear", "cloudy", "rain", "snow", "fog", "storm"]
TimeOfDay = Literal["dawn", "day", "dusk", "night"]
ObjectName = Literal[
    "rubber_duck",
    "party_hat",
    "clown_mask",
    "banana_peel",
    "jack_in_the_box",
    "broken_vase",
    "smashed_phone",
    "torn_paper",
    "punching_bag",
    "dented_car",
    "rainbow",
    "aurora",
    "galaxy",
    "waterfall",
    "whale",
    "tea_cup",
    "sleeping_cat",
    "open_book",
    "armchair",
    "candle",
    "rotten_food",
    "overflowing_bin",
    "cockroaches",
    "mouldy_bread",
    "slime",
    "fireworks",
    "trophy",
    "confetti",
    "roller_coaster",
    "gift",
    "spider",
    "shadow_figure",
    "snake",
    "glowing_eyes",
    "knife",
    "wilted_flower",
    "gravestone",
    "broken_heart",
    "empty_chair",
    "teddy_bear",
    "bench",
    "lamp",
    "bicycle",
    "umbrella",
    "clock",
    "tree",
    "ball",
    "signpost",
]

STYLES: tuple[StyleName, ...] = get_args(StyleName)
PLACES: tuple[Place, ...] = get_args(Place)
OBJECTS: tuple[ObjectName, ...] = get_args(ObjectName)
ACTIONS: tuple[Action, ...] = get_args(Action)
INDOORS: frozenset[Place] = frozenset({"living_room", "kitchen", "office", "classroom", "hospital_room", "stage", "cathedral"})
"""Places without weather."""

ACTION_UNITS: Mapping[int, str] = {
    1: "inner brow raiser",
    2: "outer brow raiser",
    4: "brow lowerer",
    5: "upper lid raiser",
    6: "cheek raiser",
    7: "lid tightener",
    9: "nose wrinkler",
    10: "upper lip raiser",
    12: "lip corner puller",
    14: "dimpler",
    15: "lip corner depressor",
    17: "chin raiser",
    20: "lip stretcher",
    23: "lip tightener",
    24: "lip pressor",
    25: "lips part",
    26: "jaw drop",
    27: "mouth stretch",
    43: "eyes closed",
}
"""The facial action units that the renderer draws, by number (Ekman, Friesen and Hager, Facial Action Coding System, 2002)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is drawn. Proportions are between -1 and 1, 0 being the average."""

    species: Species = "human"
    age: float = 30.0
    """Years, 4 to 90."""
    skin: float = 0.3
    """0 the lightest, 1 the darkest."""
    undertone: float = 0.0
    """-1 cool, 1 warm."""
    face_width: float = 0.0
    jaw_width: float = 0.0
    face_length: float = 0.0
    eye_size: float = 0.0
    eye_spacing: float = 0.0
    nose_length: float = 0.0
    nose_width: float = 0.0
    mouth_width: float = 0.0
    lip_fullness: float = 0.0
    brow_thickness: float = 0.0
    hair_style: HairStyle = "short"
    hair_colour: HairColour = "brown"
    eye_colour: EyeColour = "brown"
    facial_hair: FacialHair = "none"
    glasses: Glasses = "none"
    clothing: Clothing = "t_shirt"
    clothing_hue: float = 0.6
    """0 to 1 around the colour circle."""
    material: Material = "skin"
    """What the figure is made of: living skin, cloth and hair, or all of it stone, metal or clay, as a sculpture."""


@dataclass(frozen=True, slots=True)
class Expression:
    """What the face does."""

    action_units: Mapping[int, float] = field(default_factory=dict)
    """Intensity by unit, 0 none to 1 the most; units left out are 0."""
    gaze: tuple[float, float] = (0.0, 0.0)
    """Of the eyes against the head: to the picture's right and up, -35 to 35."""
    yaw: float = 0.0
    """Of the head: to the picture's right, -60 to 60."""
    pitch: float = 0.0
    """Up, -40 to 40."""
    roll: float = 0.0
    """Clockwise as seen, -40 to 40."""
    tears: float = 0.0
    """0 none to 1 streaming."""
    flush: float = 0.0
    """-1 pale to 1 red."""


@dataclass(frozen=True, slots=True)
class Person:
    """One figure and where it stands."""

    identity: Identity = Identity()
    expression: Expression = Expression()
    action: Action = "at_rest"
    x: float = 0.5
    """Of the centre of the head, -1 to 2; outside 0 to 1 it is beyond the picture's edge."""
    y: float = 0.42
    """Likewise."""
    head: float = 0.3
    """The head's height from chin to crown, 0.06 (a whole figure in the distance) to 0.75 (a portrait)."""
    turned_away: bool = False
    """Whether the figure is seen from behind; then no face is seen."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where it is, in what weather and light, with what in it."""

    place: Place = "park"
    weather: Weather = "clear"
    time: TimeOfDay = "day"
    objects: tuple[ObjectName, ...] = ()
    """At most four; the renderer finds each a spot that the figure does not hide."""
    brightness: float = 0.0
    """-1 dark to 1 bright, on top of what the time of day does."""
    colourfulness: float = 0.0
    """-1 nearly grey to 1 vivid."""
    warmth: float = 0.0
    """-1 blue light to 1 orange light."""
    seed: int = 0
    """Decides where trees, houses, clouds … stand. Equal seeds in one place are the same scene."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the renderer is told."""

    style: StyleName
    scene: Scene = Scene()
    person: Person | None = None
    seed: int = 0
    """Of grain, strokes and other texture."""
