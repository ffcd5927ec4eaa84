"""Lips, teeth, tongue and the dark between."""

import numpy as np
import skia

from hub.engine.render.figure.curves import Floats, along, ellipse, follow, smooth
from hub.engine.render.figure.palette import lips_of, teeth_of
from hub.engine.render.figure.portrait import Portrait
from hub.engine.render.look import INK, WHITE, Colour, fill_of, ink, mixed, scaled

_CLOSED = 0.012
_CAVITY: Colour = (0.22, 0.04, 0.06)
_TONGUE: Colour = (0.82, 0.36, 0.38)


def draw_mouth(portrait: Portrait) -> None:
    """Draws the mouth, open or closed."""
    features = portrait.features
    outer, inner = portrait.pose.flat(features.outer), portrait.pose.flat(features.inner)
    lips = lips_of(portrait.identity, portrait.expression.flush)
    if portrait.shading == "gloss" and portrait.human and portrait.identity.facial_hair == "none":
        lips = mixed(lips, (0.82, 0.2, 0.28), 0.3)
    open_mouth = features.opening > _CLOSED
    opening = _between(inner[:5], inner[[4, 5, 6, 7, 0]])
    if open_mouth:
        _draw_inside(portrait, opening, inner)
    _draw_lips(portrait, outer, inner, lips)
    _draw_seams(portrait, outer, inner, opening, lips, open_mouth)


def _between(upper: Floats, lower: Floats) -> skia.Path:
    path = skia.Path()
    follow(path, upper)
    follow(path, lower, joined=True)
    path.close()
    return path


def _draw_inside(portrait: Portrait, opening: skia.Path, inner: Floats) -> None:
    strength, canvas, brush = portrait.features.strength, portrait.brush.canvas, portrait.brush
    scale = portrait.pose.scale
    canvas.save()
    canvas.clipPath(opening, skia.ClipOp.kIntersect, True)
    canvas.drawPath(opening, fill_of(brush.tone(_CAVITY)))
    down = portrait.pose.turned(np.array([0.0, 1.0, 0.0]))[:2]
    gap = portrait.features.opening
    smile = min(1.0, max(strength[12], strength[10], 0.8 * strength[20], strength[9]))
    if gap > 0.06:
        middle = inner[6] - down * 0.02 * scale * (1 - smile)
        wide = float(np.linalg.norm(inner[4] - inner[0])) * 0.36
        canvas.save()
        canvas.translate(*middle.tolist())
        canvas.rotate(portrait.expression.roll)
        canvas.drawPath(ellipse(0, 0.012 * scale, wide, max(1.0, 0.42 * gap * scale)), fill_of(brush.tone(_TONGUE)))
        canvas.restore()
    teeth = brush.tone(teeth_of(portrait.identity))
    if not portrait.carved:
        teeth = mixed(teeth, WHITE, 0.6 if portrait.shading == "gloss" else 0.25)
    bared = max(strength[10], 0.8 * strength[20], 0.35 * strength[27])
    if bared > 0.25:
        lower = along(inner[[4, 5, 6, 7, 0]], 11)
        canvas.drawPath(_strip(lower, -down * scale * (0.022 + 0.014 * bared)), fill_of(scaled(teeth, 0.9)))
    upper = along(inner[:5], 11)
    length = min(0.012 + 0.042 * smile + 0.01 * strength[27], 0.82 * gap if bared <= 0.25 else 0.6 * gap)
    canvas.drawPath(_strip(upper, down * scale * length), fill_of(teeth))
    if bared > 0.25 and scale > 40:
        for share in range(1, 10):
            x, y = upper[share].tolist()
            line = skia.Path()
            line.moveTo(x, y)
            line.lineTo(*(upper[share] + down * scale * min(gap, 0.06)).tolist())
            portrait.stroke(line, (0.45, 0.4, 0.4), 0.004, 0.45)
        seam = smooth(upper + down * scale * length, closed=False)
        portrait.stroke(seam, (0.3, 0.2, 0.2), 0.006, 0.7)
    # The upper lip shades the teeth.
    top = float(inner[2, 1])
    shader = skia.GradientShader.MakeLinear([(0, top), (0, top + 0.02 * scale)], [ink(_CAVITY, 0.35), ink(_CAVITY, 0.0)])
    canvas.drawPath(opening, skia.Paint(Shader=shader))
    canvas.restore()


def _strip(edge: Floats, depth: Floats) -> skia.Path:
    """A row of teeth hanging from an edge, shorter towards its ends."""
    share = np.linspace(-1.0, 1.0, len(edge))
    return smooth(np.vstack([edge, (edge + depth * (1 - 0.45 * share**2)[:, None])[::-1]]))


def _draw_lips(portrait: Portrait, outer: Floats, inner: Floats, lips: Colour) -> None:
    brush, canvas = portrait.brush, portrait.brush.canvas
    if not portrait.human:
        return
    upper = _between(outer[:7], inner[[4, 3, 2, 1, 0]])
    lower = _between(outer[[6, 7, 8, 9, 10, 11, 0]], inner[[0, 7, 6, 5, 4]])
    tone = brush.tone(lips)
    alpha = {"cel": 0.75, "wash": 0.8}.get(portrait.shading, 0.88)
    canvas.drawPath(upper, fill_of(scaled(tone, 0.84), alpha))
    canvas.drawPath(lower, fill_of(tone, alpha))
    if portrait.shading in ("soft", "gloss", "neon") and portrait.pose.scale > 45:
        strength = 0.75 if portrait.shading == "gloss" else 0.3
        middle = (portrait.features.outer[9] + portrait.features.inner[6]) / 2
        thick = abs(portrait.features.outer[9, 1] - portrait.features.inner[6, 1])
        canvas.save()
        canvas.clipPath(lower, skia.ClipOp.kIntersect, True)
        portrait.blot(middle - np.array([0.015, 0.1 * thick, 0.0]), 0.05, 0.4 * thick, WHITE, strength)
        canvas.restore()


def _draw_seams(portrait: Portrait, outer: Floats, inner: Floats, opening: skia.Path, lips: Colour, open_mouth: bool) -> None:
    dark = INK if portrait.shading == "cel" or not portrait.human else mixed(scaled(lips, 0.36), (0.2, 0.05, 0.05), 0.4)
    if open_mouth:
        portrait.stroke(opening, dark, 0.014 if portrait.shading == "cel" or not portrait.human else 0.006)
        tips = along(np.vstack([outer[:1], inner[:1]]), 2), along(np.vstack([outer[6:7], inner[4:5]]), 2)
        for tip in tips:
            portrait.stroke(smooth(tip, closed=False), dark, 0.012)
        return
    seam = np.vstack([outer[:1], (inner[:5] + inner[[0, 7, 6, 5, 4]]) / 2, outer[6:7]])
    portrait.stroke(smooth(seam, closed=False), dark, 0.018 if portrait.shading == "cel" or not portrait.human else 0.011)
    if portrait.shading != "cel" and portrait.human:
        under = np.array([0.0, portrait.features.outer[9, 1] + 0.022, portrait.features.outer[9, 2] - 0.01])
        portrait.blot(under, 0.075, 0.02, scaled(portrait.skin, 0.5), 0.35)
