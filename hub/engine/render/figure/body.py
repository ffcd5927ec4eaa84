"""Neck, trunk, clothes and legs."""

from dataclasses import dataclass

import numpy as np
import skia

from hub.engine.render.figure.curves import Floats, ellipse, follow, poly, ribbon, smooth
from hub.engine.render.figure.palette import cloth_of
from hub.engine.render.figure.portrait import Portrait
from hub.engine.render.look import CYAN, INK, Colour, fill_of, ink, mixed, scaled
from hub.engine.render.parameters import Clothing, StyleName

_HEADS: dict[StyleName, float] = {"cartoon": 5.4, "natural": 6.8, "realistic": 7.2, "science_fiction": 7.0, "advertising": 7.4}
"""An adult's height in heads."""
_NECKLINES: dict[Clothing, list[tuple[float, float]]] = {
    "t_shirt": [(0.25, 0.68), (0.2, 0.8), (0.1, 0.87)],
    "shirt": [(0.2, 0.64), (0.13, 0.76), (0.04, 0.9)],
    "sweater": [(0.19, 0.63), (0.16, 0.69), (0.08, 0.72)],
    "hoodie": [(0.24, 0.66), (0.19, 0.77), (0.09, 0.84)],
    "jacket": [(0.22, 0.65), (0.16, 0.85), (0.05, 1.12)],
    "dress": [(0.4, 0.72), (0.3, 0.95), (0.12, 1.06)],
}
"""The right half of each neckline, from the shoulder to the middle."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a body's parts are: an adult's measures in head heights from the head's centre, fitted to this one and put in pixels."""

    x: float
    y: float
    scale: float
    wide: float
    """Factor on widths."""
    tall: float
    """Factor on heights below the shoulders."""
    heads: float

    def at(self, points: Floats) -> Floats:
        """Returns the pixels of (n, 2) points of an adult's body."""
        x = points[..., 0] * self.wide
        y = np.where(points[..., 1] > 0.8, 0.8 + (points[..., 1] - 0.8) * self.tall, points[..., 1])
        result: Floats = np.stack([self.x + x * self.scale, self.y + y * self.scale], axis=-1)
        return result


def frame_of(portrait: Portrait) -> Frame:
    """Returns the frame of a portrait's body."""
    child = portrait.features.skull.measures.childhood
    heads = _HEADS[portrait.brush.look.name] - 1.7 * child
    if not portrait.human:
        heads = min(heads, 5.0)
    wide = (0.86 if portrait.shading == "cel" else 0.94) * (1 - 0.24 * child)
    tall = 0.62 + 0.38 * (heads - 4) / 3.2
    lift = 0.06 if portrait.human else 0.13
    return Frame(portrait.pose.x, portrait.pose.y - lift * portrait.pose.scale, portrait.pose.scale, wide, tall, heads)


def both(half: list[tuple[float, float]]) -> Floats:
    """Returns a symmetric outline from its right half, top to bottom."""
    right = np.array(half)
    return np.concatenate([right, (right * np.array([-1.0, 1.0]))[::-1]])


def draw_body(portrait: Portrait, frame: Frame) -> None:
    """Draws neck, trunk and, where they fit into the picture, legs."""
    bottom = frame.at(np.array([[0.0, 2.75]]))[0, 1]
    if bottom < portrait.brush.size:
        _draw_legs(portrait, frame)
    if portrait.identity.clothing == "hoodie":
        hood = both([(0.0, 0.42), (0.3, 0.45), (0.42, 0.62), (0.36, 0.86), (0.0, 0.95)])
        portrait.brush.shape(smooth(frame.at(hood)), scaled(cloth_of(portrait.identity), 0.85), volume=0.4, outline=portrait.outlined)
    if not portrait.turned_away:
        _draw_neck(portrait, frame)
    _draw_trunk(portrait, frame)
    if portrait.turned_away:
        _draw_neck(portrait, frame, behind=True)


def _draw_neck(portrait: Portrait, frame: Frame, behind: bool = False) -> None:
    brush, canvas = portrait.brush, portrait.brush.canvas
    child = portrait.features.skull.measures.childhood
    half = (0.155 if portrait.shading == "cel" else 0.185) * (1 - 0.22 * child) * (1 if portrait.human else 1.15)
    side = np.array([[-half, 0.2, -0.06], [half, 0.2, -0.06]])
    top = portrait.pose.flat(side)
    if behind:
        top = top[::-1]
        base = frame.at(np.array([(-half * 1.05, 0.62), (-half * 1.15, 0.7), (-half * 1.1, 0.72), (half * 1.1, 0.72), (half * 1.15, 0.7), (half * 1.05, 0.62)]))
    else:
        base = frame.at(np.array([(-half * 1.12, 0.62), (-0.44, 0.78), (-0.44, 1.2), (0.44, 1.2), (0.44, 0.78), (half * 1.12, 0.62)]))
    path = skia.Path()
    follow(path, np.vstack([top[:1], base[:2]]))
    path.lineTo(*base[2].tolist())
    path.lineTo(*base[3].tolist())
    follow(path, np.vstack([base[4:], top[1:]]), joined=True)
    path.close()
    brush.shape(path, portrait.skin, volume=0.3, outline=portrait.outlined)
    if behind:
        return
    canvas.save()
    canvas.clipPath(path, skia.ClipOp.kIntersect, True)
    shadow = smooth(portrait.rim)
    shadow.offset(0.02 * portrait.pose.scale, 0.1 * portrait.pose.scale)
    tone = brush.tone(portrait.skin)
    paint = fill_of((tone[0] * 0.45, tone[1] * 0.32, tone[2] * 0.38), 0.5)
    if portrait.shading != "cel":
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, max(0.5, 0.03 * portrait.pose.scale)))
    canvas.drawPath(shadow, paint)
    canvas.restore()
    if portrait.human and portrait.pose.scale > 60:
        bones = skia.Path()
        for side_sign in (-1.0, 1.0):
            follow(bones, frame.at(np.array([(side_sign * 0.05, 0.86), (side_sign * 0.18, 0.83), (side_sign * 0.38, 0.8)])))
        portrait.stroke(bones, scaled(portrait.skin, 0.6), 0.01, 0.35)


def _trunk(portrait: Portrait, neckline: bool) -> list[tuple[float, float]]:
    """The right half of the trunk's outline from the neck down to the hips."""
    dress = portrait.identity.clothing == "dress"
    hips = 0.62 if not dress else 0.72
    start = _NECKLINES[portrait.identity.clothing][0]
    shoulder = [(0.5, 0.755), (0.72, 0.82), (0.85, 0.93), (0.88, 1.12)] if start[0] < 0.35 else [(0.55, 0.77), (0.72, 0.82), (0.8, 0.93), (0.8, 1.1)]
    side = [(0.76, 1.45), (0.64, 2.1) if not dress else (0.54, 2.0), (hips, 2.5), (hips, 2.85)]
    return [start, *shoulder, *side] if neckline else [(0.2, 0.66), *shoulder, *side]


def _draw_trunk(portrait: Portrait, frame: Frame) -> None:
    brush, identity = portrait.brush, portrait.identity
    colour = cloth_of(identity)
    right = np.array(_trunk(portrait, not portrait.turned_away))
    left = (right * np.array([-1.0, 1.0]))[::-1]
    path = skia.Path()
    follow(path, frame.at(right))
    if identity.clothing == "dress":
        skirt = frame.at(np.array([(1.0, 4.3), (0.0, 4.4), (-1.0, 4.3)]))
        follow(path, skirt, joined=True)
    follow(path, frame.at(left), joined=True)
    if portrait.turned_away:
        follow(path, frame.at(np.array([(-0.2, 0.66), (0.0, 0.68), (0.2, 0.66)])), joined=True)
    else:
        line = np.array(_NECKLINES[identity.clothing])
        around = np.concatenate([line * np.array([-1.0, 1.0]), line[::-1]])
        follow(path, frame.at(around), joined=True)
    path.close()
    brush.shape(path, colour, volume=0.38, outline=portrait.outlined)
    brush.canvas.save()
    brush.canvas.clipPath(path, skia.ClipOp.kIntersect, True)
    _draw_details(portrait, frame, colour)
    brush.canvas.restore()


def _draw_details(portrait: Portrait, frame: Frame, colour: Colour) -> None:
    """Collars, seams, buttons, folds."""
    kind = portrait.identity.clothing
    dark = INK if portrait.shading == "cel" else scaled(colour, 0.5)
    if not portrait.turned_away:
        line = np.array(_NECKLINES[kind])
        around = frame.at(np.concatenate([line * np.array([-1.0, 1.0]), line[::-1]]))
        if kind in ("t_shirt", "sweater", "hoodie"):
            portrait.stroke(smooth(around, closed=False), scaled(colour, 0.72), 0.11 if kind == "sweater" else 0.07)
        if kind == "sweater":
            for y in (1.25, 1.5, 1.75):
                portrait.stroke(smooth(frame.at(np.array([(-1.0, y), (0.0, y + 0.04), (1.0, y)])), closed=False), mixed(colour, (1, 1, 1), 0.45), 0.05, 0.6)
        if kind == "hoodie":
            for side in (-1.0, 1.0):
                cord = frame.at(np.array([(side * 0.13, 0.86), (side * 0.16, 1.05), (side * 0.14, 1.28)]))
                portrait.stroke(smooth(cord, closed=False), (0.93, 0.92, 0.9), 0.025)
            pocket = frame.at(both([(0.3, 1.85), (0.45, 2.2), (0.45, 2.45)]))
            portrait.stroke(smooth(pocket), dark, 0.014, 0.6)
        if kind in ("shirt", "jacket"):
            _draw_lapels(portrait, frame, colour, kind)
    folds = skia.Path()
    for side in (-1.0, 1.0):
        follow(folds, frame.at(np.array([(side * 0.68, 1.08), (side * 0.66, 1.3), (side * 0.58, 1.55)])))
        follow(folds, frame.at(np.array([(side * 0.5, 2.0), (side * 0.35, 2.08), (side * 0.2, 2.05)])))
    portrait.stroke(folds, dark, 0.014, 0.35)
    if portrait.shading == "neon":
        _draw_circuits(portrait, frame)


def _draw_lapels(portrait: Portrait, frame: Frame, colour: Colour, kind: Clothing) -> None:
    brush = portrait.brush
    dark = INK if portrait.shading == "cel" else scaled(colour, 0.45)
    if kind == "jacket":
        inner = frame.at(np.array([(-0.22, 0.65), (0.22, 0.65), (0.16, 0.85), (0.0, 1.6), (-0.16, 0.85)]))
        brush.shape(poly(inner), (0.95, 0.94, 0.92), volume=0.15, outline=0.0)
    for side in (-1.0, 1.0):
        if kind == "jacket":
            flap = np.array([(0.23, 0.64), (0.36, 0.78), (0.3, 1.0), (0.38, 1.05), (0.04, 1.75), (0.0, 1.7), (0.13, 1.0)])
        else:
            flap = np.array([(0.19, 0.6), (0.3, 0.74), (0.2, 0.95), (0.03, 0.87)])
        shape = poly(frame.at(flap * np.array([side, 1.0])))
        brush.shape(shape, scaled(colour, 0.9 if kind == "jacket" else 1.1), volume=0.25, outline=0.6 * portrait.outlined)
        if portrait.shading not in ("cel", "neon"):
            portrait.stroke(shape, dark, 0.008, 0.5)
    seam = frame.at(np.array([(0.0, 0.95 if kind == "shirt" else 1.7), (0.0, 2.9)]))
    portrait.stroke(poly(seam, False), dark, 0.01, 0.6)
    for y in (1.15, 1.45, 1.75, 2.05) if kind == "shirt" else (1.95, 2.25):
        x, down = frame.at(np.array([0.035, y])).tolist()
        radius = 0.022 * frame.scale
        brush.canvas.drawPath(ellipse(x, down, radius, radius), fill_of(brush.tone(scaled(colour, 0.55))))


def _draw_circuits(portrait: Portrait, frame: Frame) -> None:
    """A suit's glowing seams."""
    lines = skia.Path()
    for side in (-1.0, 1.0):
        follow(lines, frame.at(np.array([(side * 0.3, 0.74), (side * 0.36, 1.1), (side * 0.2, 1.32), (side * 0.2, 2.6)])))
    follow(lines, frame.at(np.array([(-0.2, 1.32), (0.0, 1.42), (0.2, 1.32)])))
    for width, alpha in ((0.05, 0.25), (0.016, 0.95)):
        paint = skia.Paint(Color=ink(CYAN, alpha), AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=portrait.width(width))
        portrait.brush.canvas.drawPath(lines, paint)
    x, y = frame.at(np.array([0.0, 1.42])).tolist()
    portrait.brush.canvas.drawPath(ellipse(x, y, 0.05 * frame.scale, 0.05 * frame.scale), fill_of((0.8, 1.0, 1.0)))


def _draw_legs(portrait: Portrait, frame: Frame) -> None:
    foot = frame.heads - 0.5
    hip = 0.8 + (2.7 - 0.8) * frame.tall
    dress = portrait.identity.clothing == "dress"
    cloth = portrait.skin if dress else mixed(scaled(cloth_of(portrait.identity), 0.4), (0.16, 0.18, 0.26), 0.6)
    for side in (-1.0, 1.0):
        x = frame.x + side * 0.3 * frame.wide * frame.scale
        y = frame.y + np.array([hip - 0.15, (hip + foot) / 2, foot - 0.08]) * frame.scale
        leg = np.stack([[x, x + side * 0.03 * frame.scale, x + side * 0.04 * frame.scale], y], axis=1)
        widths = np.array([0.58, 0.4, 0.28]) * frame.wide * frame.scale * (0.7 if dress else 1.0)
        portrait.brush.shape(ribbon(leg, widths), cloth, volume=0.4, outline=portrait.outlined)
        shoe = ellipse(x + side * 0.1 * frame.scale, y[2] + 0.02 * frame.scale, 0.2 * frame.scale, 0.09 * frame.scale)
        portrait.brush.shape(shoe, (0.2, 0.17, 0.18), volume=0.4, outline=portrait.outlined)
