"""Ears, muzzles, noses and whiskers of the animal heads."""

import numpy as np
import skia

from hub.engine.render.figure.curves import follow, smooth
from hub.engine.render.figure.portrait import Portrait
from hub.engine.render.look import INK, WHITE, Colour, fill_of, ink, mixed, scaled
from hub.engine.render.parameters import Species

_EARS: dict[Species, list[tuple[float, float, float]]] = {
    "cat": [(0.12, -0.4, 0.0), (0.2, -0.56, 0.0), (0.37, -0.76, -0.02), (0.43, -0.5, -0.04), (0.4, -0.26, -0.04), (0.26, -0.3, 0.0)],
    "dog": [
        (0.2, -0.42, 0.08),
        (0.36, -0.44, 0.04),
        (0.5, -0.26, 0.02),
        (0.56, 0.02, 0.04),
        (0.52, 0.2, 0.06),
        (0.42, 0.16, 0.1),
        (0.38, -0.1, 0.12),
        (0.3, -0.28, 0.12),
    ],
    "bear": [(0.18, -0.44, 0.0), (0.22, -0.58, 0.0), (0.34, -0.63, -0.02), (0.45, -0.56, -0.04), (0.47, -0.42, -0.04), (0.4, -0.28, -0.04)],
    "rabbit": [
        (0.08, -0.42, 0.0),
        (0.09, -0.68, 0.0),
        (0.15, -0.95, -0.02),
        (0.23, -1.04, -0.03),
        (0.29, -0.94, -0.03),
        (0.29, -0.66, -0.02),
        (0.25, -0.4, 0.0),
    ],
}
"""The ear on the picture's right."""
_PINK: Colour = (0.93, 0.62, 0.62)
_TURN = np.linspace(0, 2 * np.pi, 24, endpoint=False)


def draw_animal_ears(portrait: Portrait, near: bool) -> None:
    """Draws the ears behind the head's edge, or (`near`) those that hang before it."""
    species = portrait.identity.species
    if near != (species == "dog"):
        return
    dark = scaled(portrait.skin, 0.62) if species == "dog" else portrait.skin
    for side in (-1.0, 1.0):
        if species == "dog" and portrait.pose.turned(np.array([side, 0.0, 0.25]))[2] < -0.35:
            continue
        points = np.array(_EARS[species]) * np.array([side, 1.0, 1.0])
        portrait.brush.shape(smooth(portrait.pose.flat(points)), dark, volume=0.35, outline=portrait.outlined)
        if species != "dog" and not portrait.turned_away:
            middle = points.mean(axis=0)
            inner = middle + (points - middle) * np.array([0.55, 0.68, 1.0])
            portrait.brush.shape(smooth(portrait.pose.flat(inner)), mixed(_PINK, portrait.skin, 0.3), volume=0.2, outline=0.0)


def draw_muzzle(portrait: Portrait) -> None:
    """Draws the pale fur round the mouth, the nose's pad, the line below it, and whiskers."""
    species = portrait.identity.species
    features, m = portrait.features, portrait.features.skull.measures
    pale = mixed(portrait.skin, (1.0, 0.97, 0.92), 0.62)
    wide, tall = {"cat": (0.19, 0.115), "dog": (0.17, 0.15), "bear": (0.19, 0.15), "rabbit": (0.17, 0.115)}.get(species, (0.18, 0.13))
    y = m.nose_y + 0.07 + tall * np.sin(_TURN)
    patch = features.skull.on_front(wide * np.cos(_TURN), np.minimum(y, 0.47))
    lower = features.skull.lowered(patch)
    path = smooth(portrait.pose.flat(lower))
    brush, canvas = portrait.brush, portrait.brush.canvas
    tone = brush.tone(pale)
    paint = fill_of(tone, 0.92)
    if portrait.shading != "cel":
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, max(0.4, 0.02 * portrait.pose.scale)))
    canvas.save()
    canvas.clipPath(smooth(portrait.rim), skia.ClipOp.kIntersect, True)
    canvas.drawPath(path, paint)
    canvas.restore()
    if portrait.shading not in ("cel",):
        portrait.blot(np.array([0.0, m.mouth_y + 0.075, 0.4]), 0.16, 0.04, scaled(portrait.skin, 0.5), 0.3)
    _draw_eye_patches(portrait)


def draw_pad(portrait: Portrait) -> None:
    """Draws the nose's pad and what hangs on it, over the mouth."""
    species = portrait.identity.species
    features, m = portrait.features, portrait.features.skull.measures
    dark = INK if portrait.shading == "cel" else scaled(portrait.skin, 0.28)
    base = features.nose[4:]
    line = np.stack([base[2] + np.array([0.0, 0.005, 0.01]), (base[2] + features.outer[3]) / 2 + np.array([0, 0, 0.01]), features.outer[3]])
    portrait.stroke(smooth(portrait.pose.flat(line), closed=False), dark, 0.013)
    tip = features.nose[3]
    half = m.nose_half * (1.15 if species in ("dog", "bear") else 0.85)
    tall = 0.05 if species in ("dog", "bear") else 0.036
    middle = (tip + base[2]) / 2
    pad = middle + np.stack(
        [half * np.array([-1, -0.5, 0.5, 1.0, 0.55, 0.0, -0.55]), tall * np.array([-0.5, -0.95, -0.95, -0.5, 0.4, 0.9, 0.4]), np.full(7, 0.02)], axis=1
    )
    colour = mixed(_PINK, portrait.skin, 0.1) if species in ("cat", "rabbit") else (0.16, 0.12, 0.12)
    path = smooth(portrait.pose.flat(pad))
    portrait.brush.shape(path, colour, volume=0.5, outline=0.7 * portrait.outlined)
    portrait.blot(middle + np.array([-0.25 * half, -0.4 * tall, 0.02]), 0.3 * half, 0.25 * tall, WHITE, 0.6)
    if species in ("cat", "rabbit") and portrait.pose.scale > 30:
        _draw_whiskers(portrait)


def _draw_eye_patches(portrait: Portrait) -> None:
    """Pale fur over the eyes, so that brows stand out."""
    pale = mixed(portrait.skin, (1.0, 0.98, 0.95), 0.4)
    for eye in portrait.features.eyes:
        portrait.blot(eye.mean(axis=0) + np.array([0.0, -0.03, 0.0]), 0.16, 0.15, pale, 0.5)


def _draw_whiskers(portrait: Portrait) -> None:
    features, m = portrait.features, portrait.features.skull.measures
    path = skia.Path()
    lift = -0.05 * features.strength[12] + 0.05 * features.strength[15]
    for side in (-1.0, 1.0):
        if portrait.pose.turned(np.array([side, 0.0, 0.9]))[2] < 0.05:
            continue
        for row in (-1.0, 0.0, 1.0):
            start = features.skull.on_front(np.array(side * 0.12), np.array(m.nose_y + 0.06 + 0.022 * row))
            whisker = np.stack(
                [start, start + np.array([side * 0.16, 0.008 * row + 0.5 * lift, 0.02]), start + np.array([side * 0.33, 0.035 * row + 0.02 + lift, -0.04])]
            )
            follow(path, portrait.pose.flat(whisker))
    light = sum(portrait.skin) < 1.5 or portrait.shading == "neon"
    paint = skia.Paint(Color=ink(WHITE if light else INK, 0.7), AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=portrait.width(0.007))
    portrait.brush.canvas.drawPath(path, paint)
