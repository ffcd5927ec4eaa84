"""Where arms and hands are in each action."""

from dataclasses import dataclass
from typing import Literal

from hub.engine.render.parameters import Action

HandShape = Literal["relaxed", "open", "flat", "fist", "point", "side"]
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm: elbow and wrist in head heights from the head's centre (x positive: away from the body's middle on this arm's side), and its hand."""

    elbow: Place
    wrist: Place
    hand: HandShape
    turn: float
    """Of the fingers in degrees from straight up, positive away from the body's middle."""
    front: bool = False
    """Before the head rather than behind it."""


_REST = Arm((1.0, 1.95), (0.9, 2.95), "relaxed", 178)

GESTURES: dict[Action, tuple[Arm, Arm]] = {
    "at_rest": (_REST, _REST),
    "arms_raised": (Arm((1.42, 0.62), (1.12, -0.32), "open", 8), Arm((1.42, 0.62), (1.12, -0.32), "open", 8)),
    "fists_clenched": (Arm((1.2, 1.72), (0.62, 1.3), "fist", -22, True), Arm((1.2, 1.72), (0.62, 1.3), "fist", -22, True)),
    "hands_on_cheeks": (Arm((0.92, 1.6), (0.4, 0.74), "flat", 2, True), Arm((0.92, 1.6), (0.4, 0.74), "flat", 2, True)),
    "arms_crossed": (Arm((0.98, 1.72), (-0.42, 1.5), "flat", -78, True), Arm((0.98, 1.78), (-0.42, 1.42), "side", -68, True)),
    "hand_over_mouth": (_REST, Arm((0.92, 1.55), (0.36, 0.62), "flat", -52, True)),
    "hugging_self": (Arm((0.94, 1.72), (-0.4, 1.4), "flat", -38, True), Arm((0.94, 1.76), (-0.4, 1.3), "flat", -34, True)),
    "holding_stomach": (Arm((1.16, 1.5), (0.34, 1.72), "flat", -98, True), Arm((1.16, 1.5), (0.3, 1.52), "flat", -94, True)),
    "pointing": (_REST, Arm((1.05, 1.55), (1.18, 0.86), "point", 34, True)),
    "pushing_away": (Arm((1.12, 1.55), (0.8, 0.98), "open", 4, True), Arm((1.12, 1.55), (0.8, 0.98), "open", 4, True)),
    "face_in_hands": (Arm((0.78, 1.5), (0.27, 0.52), "flat", -10, True), Arm((0.78, 1.5), (0.27, 0.52), "flat", -10, True)),
    "waving": (_REST, Arm((1.3, 1.15), (1.14, 0.2), "open", 16)),
    "hand_on_heart": (Arm((1.08, 1.7), (0.12, 1.38), "flat", -74, True), _REST),
    "hands_together": (Arm((0.98, 1.8), (0.12, 1.42), "side", -4, True), Arm((0.98, 1.8), (0.12, 1.42), "side", -4, True)),
}
"""The arm on the picture's left, then the other."""
