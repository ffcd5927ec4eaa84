"""Colours of skin, hair, eyes and cloth."""

import colorsys

import numpy as np

from hub.engine.render.look import Colour, mixed
from hub.engine.render.parameters import EyeColour, HairColour, Identity

_SKIN = np.array([[0.98, 0.86, 0.78], [0.95, 0.78, 0.67], [0.87, 0.67, 0.53], [0.74, 0.53, 0.39], [0.56, 0.37, 0.26], [0.39, 0.25, 0.18], [0.27, 0.17, 0.13]])
"""From the lightest to the darkest; red falls slower than blue, as in measured skin."""
HAIR: dict[HairColour, Colour] = {
    "black": (0.11, 0.09, 0.1),
    "brown": (0.34, 0.21, 0.13),
    "auburn": (0.52, 0.22, 0.11),
    "blond": (0.87, 0.7, 0.41),
    "grey": (0.58, 0.58, 0.6),
    "white": (0.9, 0.9, 0.9),
}
_FUR: dict[HairColour, Colour] = {
    "black": (0.26, 0.25, 0.29),
    "brown": (0.56, 0.38, 0.25),
    "auburn": (0.8, 0.46, 0.22),
    "blond": (0.91, 0.77, 0.54),
    "grey": (0.62, 0.63, 0.67),
    "white": (0.94, 0.93, 0.91),
}
EYES: dict[EyeColour, Colour] = {
    "brown": (0.36, 0.2, 0.1),
    "hazel": (0.5, 0.38, 0.16),
    "green": (0.26, 0.52, 0.3),
    "blue": (0.22, 0.48, 0.78),
    "grey": (0.45, 0.53, 0.6),
}


_CARVED = {"body": 0.66, "hair": 0.55, "lips": 0.59, "cloth": 0.6, "white": 0.69, "iris": 0.4, "teeth": 0.74}
"""Greys of a sculpture's parts: near each other, so that shade and not colour tells them apart; its material's tones are laid over them at the end."""
_TEETH: Colour = (0.97, 0.96, 0.92)


def _carved(part: str) -> Colour:
    return (_CARVED[part],) * 3


def skin_of(identity: Identity, flush: float) -> Colour:
    """Returns the colour of a person's skin, of an animal's fur, or of a sculpture."""
    if identity.material != "skin":
        return _carved("body")
    if identity.species != "human":
        return _FUR[identity.hair_colour]
    place = identity.skin * (len(_SKIN) - 1)
    red, green, blue = (float(np.interp(place, np.arange(len(_SKIN)), _SKIN[:, channel])) for channel in range(3))
    warm = 0.035 * identity.undertone
    skin = (red + 0.3 * warm, green + 0.25 * warm, blue - warm)
    if flush < 0:
        grey = 0.3 * red + 0.5 * green + 0.2 * blue
        return mixed(skin, (grey * 0.97, grey * 1.04, grey * 1.02), -0.45 * flush)
    return skin


def lips_of(identity: Identity, flush: float) -> Colour:
    """Returns the colour of the lips: redder and darker than the skin."""
    if identity.material != "skin":
        return _carved("lips")
    red, green, blue = skin_of(identity, flush)
    if identity.species != "human":
        return red * 0.5, green * 0.42, blue * 0.45
    return mixed((red * 0.86, green * 0.62, blue * 0.62), (0.75, 0.25, 0.28), 0.22 + 0.12 * max(0.0, flush))


def hair_of(identity: Identity) -> Colour:
    """Returns the colour of the hair."""
    return _carved("hair") if identity.material != "skin" else HAIR[identity.hair_colour]


def iris_of(identity: Identity) -> Colour:
    """Returns the colour of the irises; a sculpture's are cut deeper than the ball round them."""
    return _carved("iris") if identity.material != "skin" else EYES[identity.eye_colour]


def teeth_of(identity: Identity) -> Colour:
    """Returns the colour of the teeth."""
    return _carved("teeth") if identity.material != "skin" else _TEETH


def eye_white_of(identity: Identity, soft: bool) -> Colour:
    """Returns the colour of the eyeball; `soft`: as a photograph has it."""
    if identity.material != "skin":
        return _carved("white")
    return (0.93, 0.92, 0.91) if soft else (0.985, 0.985, 0.99)


def cloth_of(identity: Identity) -> Colour:
    """Returns the colour of the clothes."""
    if identity.material != "skin":
        return _carved("cloth")
    bright = {"t_shirt": 0.86, "shirt": 0.93, "sweater": 0.7, "hoodie": 0.62, "jacket": 0.45, "dress": 0.8}[identity.clothing]
    full = {"t_shirt": 0.6, "shirt": 0.28, "sweater": 0.55, "hoodie": 0.45, "jacket": 0.5, "dress": 0.68}[identity.clothing]
    return colorsys.hsv_to_rgb(identity.clothing_hue % 1.0, full, bright)
