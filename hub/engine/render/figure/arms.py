"""Arms and hands."""

from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np
import skia

from hub.engine.render.figure.body import Frame
from hub.engine.render.figure.curves import Floats, limb, united
from hub.engine.render.figure.gestures import GESTURES, Arm, HandShape
from hub.engine.render.figure.palette import cloth_of
from hub.engine.render.figure.portrait import Portrait
from hub.engine.render.look import CYAN, INK, Colour, ink, mixed, scaled
from hub.engine.render.parameters import Action

Finger = tuple[float, float, float, float, float]
"""Root x and y, degrees from straight up, length, width, in hand lengths; up is negative y, the thumb's side is positive x."""

_FINGERS: dict[HandShape, tuple[Finger, ...]] = {
    "open": (
        (-0.17, -0.42, -24, 0.36, 0.125),
        (-0.06, -0.47, -8, 0.46, 0.13),
        (0.06, -0.47, 6, 0.48, 0.13),
        (0.17, -0.43, 20, 0.42, 0.13),
        (0.2, -0.16, 58, 0.36, 0.14),
    ),
    "flat": (
        (-0.16, -0.42, -4, 0.34, 0.125),
        (-0.055, -0.45, -1, 0.45, 0.13),
        (0.055, -0.45, 1, 0.47, 0.13),
        (0.16, -0.42, 4, 0.41, 0.13),
        (0.19, -0.18, 36, 0.32, 0.13),
    ),
    "side": ((0.0, -0.4, 0, 0.5, 0.2), (0.04, -0.36, 5, 0.42, 0.16), (0.1, -0.2, 24, 0.3, 0.14)),
    "relaxed": (
        (-0.14, -0.38, 2, 0.34, 0.125),
        (-0.05, -0.4, 2, 0.4, 0.13),
        (0.05, -0.4, 1, 0.4, 0.13),
        (0.14, -0.38, -2, 0.36, 0.13),
        (0.18, -0.16, 22, 0.3, 0.13),
    ),
    "fist": ((-0.16, -0.36, 0, 0.05, 0.16), (-0.055, -0.38, 0, 0.06, 0.16), (0.055, -0.38, 0, 0.06, 0.16), (0.16, -0.36, 0, 0.05, 0.16)),
    "point": (
        (-0.14, -0.36, 0, 0.08, 0.15),
        (-0.05, -0.38, 0, 0.08, 0.15),
        (0.05, -0.38, 0, 0.08, 0.15),
        (0.15, -0.4, 2, 0.5, 0.13),
        (0.18, -0.2, -40, 0.24, 0.14),
    ),
}
_PALM: dict[HandShape, tuple[float, float]] = {
    "open": (0.44, 0.5),
    "flat": (0.42, 0.5),
    "side": (0.2, 0.5),
    "relaxed": (0.38, 0.46),
    "fist": (0.47, 0.42),
    "point": (0.42, 0.44),
}
_SHORT_SLEEVES = ("t_shirt", "dress")


def draw_arms(portrait: Portrait, frame: Frame, action: Action, layer: Literal["behind", "front"]) -> None:
    """Draws the arms that are behind the trunk and the head, or those before them."""
    for side, arm in zip((-1.0, 1.0), GESTURES[action], strict=True):
        front = arm.front and not portrait.turned_away
        if front == (layer == "front"):
            _draw_arm(portrait, frame, side, arm)


def _draw_arm(portrait: Portrait, frame: Frame, side: float, arm: Arm) -> None:
    brush, kind = portrait.brush, portrait.identity.clothing
    shoulder, elbow = frame.at(np.array([(0.71, 1.01), arm.elbow]) * np.array([side, 1.0]))
    wrist = _wrist(frame, np.array(arm.wrist) * np.array([side, 1.0]))
    full = frame.scale * (0.6 + 0.4 * frame.wide)
    thick, middle, thin = 0.31 * full, 0.25 * full, 0.17 * full
    colour = scaled(cloth_of(portrait.identity), 0.96)
    if kind in _SHORT_SLEEVES:
        bare = united(limb(shoulder, elbow, 0.86 * thick, 0.9 * middle), limb(elbow, wrist, 0.9 * middle, 0.95 * thin))
        brush.shape(bare, portrait.skin, volume=0.45, outline=portrait.outlined)
        _draw_hand(portrait, frame, wrist, side, arm)
        if kind == "t_shirt":
            hem = shoulder + 0.55 * (elbow - shoulder)
            brush.shape(limb(shoulder, hem, 1.05 * thick, 1.12 * thick), colour, volume=0.35, outline=portrait.outlined)
        return
    _draw_hand(portrait, frame, wrist, side, arm)
    loose = 1.12 if kind in ("sweater", "hoodie", "jacket") else 1.0
    cuff = wrist + 0.06 * (elbow - wrist)
    sleeve = united(limb(shoulder, elbow, thick * loose, middle * loose), limb(elbow, cuff, middle * loose, 1.15 * thin * loose))
    brush.shape(sleeve, colour, volume=0.42, outline=portrait.outlined)
    if portrait.shading == "neon":
        lit = cuff + 0.16 * (elbow - cuff)
        across = np.array([-(wrist - elbow)[1], (wrist - elbow)[0]]) / max(1e-6, float(np.linalg.norm(wrist - elbow))) * 0.6 * thin * loose
        paint = skia.Paint(Color=ink(CYAN, 0.9), AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=portrait.width(0.018))
        brush.canvas.drawLine(*(lit - across).tolist(), *(lit + across).tolist(), paint)


def _wrist(frame: Frame, wrist: Floats) -> Floats:
    """Hands at the face follow its turning; others keep their place at the body."""
    placed: Floats = frame.at(wrist)
    near = 0.0 if abs(wrist[0]) > 0.6 or wrist[1] > 0.9 else 1.0
    # A narrow body's wrists must still meet the face, whose width does not follow the body's.
    placed[0] += near * wrist[0] * (1 - frame.wide) * frame.scale
    return placed


def _draw_hand(portrait: Portrait, frame: Frame, wrist: Floats, side: float, arm: Arm) -> None:
    length = frame.scale * (0.78 if arm.hand == "fist" else 0.66) * (0.72 + 0.28 * frame.wide / 0.94) * (1.0 if portrait.shading != "cel" else 0.95)
    path = _paw() if not portrait.human else _hand(arm.hand)
    canvas = portrait.brush.canvas
    matrix = skia.Matrix()
    matrix.postScale(-length * side, length)
    matrix.postRotate(side * arm.turn)
    matrix.postTranslate(*wrist.tolist())
    placed = skia.Path()
    path.transform(matrix, placed)
    portrait.brush.shape(placed, portrait.skin, volume=0.35, outline=portrait.outlined * 0.9)
    if arm.hand == "fist" and portrait.human:
        thumb = skia.Path()
        _capsule(0.2, -0.16, -78, 0.3, 0.15).transform(matrix, thumb)
        portrait.brush.shape(thumb, portrait.skin, volume=0.35, outline=0.6 * portrait.outlined)
    if length < 14:
        return
    canvas.save()
    canvas.clipPath(placed, skia.ClipOp.kIntersect, True)
    canvas.concat(matrix)
    line: Colour = INK if portrait.shading == "cel" else mixed(scaled(portrait.skin, 0.45), (0.35, 0.1, 0.08), 0.25)
    paint = skia.Paint(
        Color=ink(portrait.brush.tone(line), 0.6), AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=0.022, StrokeCap=skia.Paint.kRound_Cap
    )
    if portrait.human:
        canvas.drawPath(_creases(arm.hand), paint)
    else:
        canvas.drawPath(_toes(), paint)
    canvas.restore()


def _capsule(x: float, y: float, degrees: float, length: float, width: float) -> skia.Path:
    path = skia.Path()
    path.addRoundRect(skia.Rect(-width / 2, -length, width / 2, width / 2), width / 2, width / 2)
    matrix = skia.Matrix()
    matrix.postRotate(degrees)
    matrix.postTranslate(x, y)
    placed = skia.Path()
    path.transform(matrix, placed)
    return placed


@cache
def _hand(shape: HandShape) -> skia.Path:
    wide, tall = _PALM[shape]
    path = skia.Path()
    path.addRoundRect(skia.Rect(-wide / 2, -tall, wide / 2, 0.06), 0.14 if wide > 0.3 else 0.08, 0.14 if wide > 0.3 else 0.08)
    for finger in _FINGERS[shape]:
        path = united(path, _capsule(*finger))
    return path


def _creases(shape: HandShape) -> skia.Path:
    """The lines between fingers."""
    path = skia.Path()
    fingers = _FINGERS[shape]
    if shape in ("flat", "relaxed", "side"):
        for one, two in pairwise(fingers[:-1]):
            x = (one[0] + two[0]) / 2
            path.moveTo(x, -0.42)
            path.lineTo(x + 0.01 * np.sign(x), -0.82)
    if shape in ("fist", "point"):
        for one, two in pairwise(fingers[:4]):
            x = (one[0] + two[0]) / 2
            path.moveTo(x, -0.5)
            path.lineTo(x, -0.26)
    if shape == "open":
        path.moveTo(0.16, -0.36)
        path.quadTo(0.0, -0.3, 0.06, -0.02)
        path.moveTo(-0.18, -0.3)
        path.quadTo(0.0, -0.34, 0.08, -0.42)
    return path


@cache
def _paw() -> skia.Path:
    path = skia.Path()
    path.addRoundRect(skia.Rect(-0.24, -0.52, 0.24, 0.06), 0.22, 0.22)
    for x in (-0.15, 0.0, 0.15):
        path = united(path, _capsule(x, -0.45, x * 60, 0.16, 0.19))
    return united(path, _capsule(0.18, -0.2, 50, 0.2, 0.16))


def _toes() -> skia.Path:
    path = skia.Path()
    for x in (-0.075, 0.075):
        path.moveTo(x, -0.62)
        path.lineTo(x, -0.42)
    return path
