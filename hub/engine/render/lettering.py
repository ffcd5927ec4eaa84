"""Capital letters and figures as strokes, so that a cover's words look the same on every machine, whatever fonts it has."""

from collections.abc import Mapping

import numpy as np
import skia

GLYPHS: Mapping[str, str] = {
    "A": "0,7 2.5,0 5,7|1.1,4.6 3.9,4.6",
    "B": "0,0 0,7 3.4,7 4.8,5.9 4.8,4.6 3.5,3.4 0,3.4|0,0 3,0 4.4,1 4.4,2.3 3.3,3.4",
    "C": "5,1.4 3.7,0 1.4,0 0,1.5 0,5.5 1.4,7 3.7,7 5,5.6",
    "D": "0,0 0,7 2.8,7 5,5.2 5,1.8 2.8,0 0,0",
    "E": "4.6,0 0,0 0,7 4.6,7|0,3.5 3.8,3.5",
    "F": "4.6,0 0,0 0,7|0,3.5 3.8,3.5",
    "G": "5,1.4 3.7,0 1.4,0 0,1.5 0,5.5 1.4,7 3.7,7 5,5.6 5,3.9 3,3.9",
    "H": "0,0 0,7|5,0 5,7|0,3.5 5,3.5",
    "I": "0,0 0,7",
    "J": "4.4,0 4.4,5.5 3.2,7 1.4,7 0.2,5.6",
    "K": "0,0 0,7|4.8,0 0,4|1.7,2.9 5,7",
    "L": "0,0 0,7 4.6,7",
    "M": "0,7 0,0 2.5,4 5,0 5,7",
    "N": "0,7 0,0 5,7 5,0",
    "O": "1.4,0 3.6,0 5,1.5 5,5.5 3.6,7 1.4,7 0,5.5 0,1.5 1.4,0",
    "P": "0,7 0,0 3.5,0 4.9,1.1 4.9,2.9 3.5,4 0,4",
    "Q": "1.4,0 3.6,0 5,1.5 5,5.5 3.6,7 1.4,7 0,5.5 0,1.5 1.4,0|3,5 5,7",
    "R": "0,7 0,0 3.5,0 4.9,1.1 4.9,2.7 3.5,3.8 0,3.8|2.6,3.8 5,7",
    "S": "4.8,1.2 3.5,0 1.5,0 0.2,1.1 0.2,2.4 1.5,3.3 3.5,3.7 4.9,4.7 4.9,5.9 3.5,7 1.4,7 0,5.8",
    "T": "0,0 5,0|2.5,0 2.5,7",
    "U": "0,0 0,5.5 1.4,7 3.6,7 5,5.5 5,0",
    "V": "0,0 2.5,7 5,0",
    "W": "0,0 1.2,7 2.5,2.4 3.8,7 5,0",
    "X": "0,0 5,7|5,0 0,7",
    "Y": "0,0 2.5,3.5 5,0|2.5,3.5 2.5,7",
    "Z": "0,0 5,0 0,7 5,7",
    "0": "1.4,0 3.6,0 5,1.5 5,5.5 3.6,7 1.4,7 0,5.5 0,1.5 1.4,0",
    "1": "0,1.4 1.8,0 1.8,7",
    "2": "0.2,1.5 1.5,0 3.6,0 4.8,1.3 4.8,2.5 0,7 5,7",
    "3": "0.2,0 4.8,0 2.4,2.8 3.7,2.9 5,4.2 5,5.6 3.6,7 1.4,7 0,5.8",
    "4": "3.8,7 3.8,0 0,4.8 5,4.8",
    "5": "4.6,0 0.5,0 0.3,3 3.4,2.8 5,4.1 5,5.6 3.6,7 1.4,7 0,5.8",
    "6": "4.4,0.4 2.2,0.4 0,3 0,5.5 1.4,7 3.6,7 5,5.6 5,4.4 3.6,3.2 1.4,3.2 0,4.5",
    "7": "0,0 5,0 1.8,7",
    "8": "1.5,3.3 0.3,2.3 0.3,1.1 1.5,0 3.5,0 4.7,1.1 4.7,2.3 3.5,3.3 1.5,3.3 0,4.5 0,5.8 1.4,7 3.6,7 5,5.8 5,4.5 3.5,3.3",
    "9": "0.6,6.6 2.8,6.6 5,4 5,1.5 3.6,0 1.4,0 0,1.4 0,2.6 1.4,3.8 3.6,3.8 5,2.5",
    ".": "0,6.8 0.4,6.8",
    " ": "",
}
"""Strokes of each sign on a grid 5 wide and 7 high."""
GAP = 2.5
"""Between two signs, on the same grid."""
BLANK = 2.0
"""The width of a space."""
STARTS = ("VE", "GE", "NA", "RU", "TO", "KA", "MI", "ZA", "OR", "EL", "SO", "PA", "DU", "FI", "TE", "BE")
MIDDLES = ("LU", "VA", "NO", "LIO", "TI", "MA", "PO", "DI", "ZO")
ENDS = ("", "N", "X", "RA", "S", "TO", "L")


def brand(random: np.random.Generator) -> str:
    """Returns an invented word of 4 to 6 letters that means nothing."""
    return str(random.choice(STARTS)) + str(random.choice(MIDDLES)) + str(random.choice(ENDS))


def words(text: str, left: float, top: float, height: float, width: float | None = None) -> skia.Path:
    """Returns the strokes of a text; stretched to `width` when that is given.

    Raises:
        ValueError: when a sign has no strokes.
    """
    unit = height / 7
    across = unit if width is None else width / _units(text)
    path = skia.Path()
    x = left
    for sign in text:
        for stroke in _strokes(sign):
            path.addPoly([skia.Point(x + right * across, top + down * unit) for right, down in stroke], False)
        x += (_wide(sign) + GAP) * across
    return path


def text_width(text: str, height: float) -> float:
    """Returns how wide a text of this height is."""
    return _units(text) * height / 7


def _strokes(sign: str) -> list[list[tuple[float, float]]]:
    if sign not in GLYPHS:
        raise ValueError(f"there are no strokes for {sign!r}; use capital letters, figures, spaces and full stops")
    pairs = [[pair.split(",") for pair in stroke.split(" ")] for stroke in GLYPHS[sign].split("|") if stroke]
    return [[(float(right), float(down)) for right, down in stroke] for stroke in pairs]


def _wide(sign: str) -> float:
    return max((right for stroke in _strokes(sign) for right, _ in stroke), default=BLANK)


def _units(text: str) -> float:
    return sum(_wide(sign) + GAP for sign in text) - GAP
