"""Facial hair and glasses."""

import numpy as np
import skia

from hub.engine.render.figure.curves import Floats, follow, smooth
from hub.engine.render.figure.portrait import Portrait
from hub.engine.render.look import CYAN, INK, WHITE, Colour, fill_of, ink, scaled, stroke_of

_MIRROR = np.array([-1.0, 1.0, 1.0])


def draw_facial_hair(portrait: Portrait) -> None:
    """Draws stubble, a moustache or a beard, around the mouth as it is."""
    kind = portrait.identity.facial_hair
    if kind == "none" or not portrait.human:
        return
    colour = scaled(portrait.hair, 0.85)
    if kind in ("stubble", "beard"):
        _draw_beard(portrait, colour, 0.3 if kind == "stubble" else 1.0)
    if kind in ("moustache", "beard"):
        _draw_moustache(portrait, colour)


def _draw_beard(portrait: Portrait, colour: Colour, alpha: float) -> None:
    features, brush = portrait.features, portrait.brush
    jaw = features.jaw
    grow = 1.0 if alpha < 1 else 1.05
    low = jaw[2:15] * np.array([grow, 1.0, grow]) + np.array([0.0, 0.0 if alpha < 1 else 0.03, 0.0])
    m = features.skull.measures
    cheek_y = np.array([m.nose_y + 0.02, m.mouth_y - 0.035, m.mouth_y - 0.06])
    cheek_x = np.array([0.26 * m.width, 0.2, float(-features.outer[0, 0]) + 0.02])
    left = features.skull.on_front(-cheek_x, cheek_y)
    top = np.concatenate([left, features.skull.on_front(np.zeros(1), np.array([m.nose_y + 0.035])), (left * _MIRROR)[::-1]])
    path = skia.Path()
    follow(path, portrait.pose.flat(low))
    follow(path, portrait.pose.flat(top[::-1]), joined=True)
    path.close()
    hole = skia.Path()
    follow(hole, portrait.pose.flat(features.outer), closed=True)
    path.addPath(hole)
    path.setFillType(skia.PathFillType.kEvenOdd)
    canvas = brush.canvas
    tone = brush.tone(colour)
    head = smooth(portrait.rim)
    canvas.save()
    if alpha < 1:
        canvas.clipPath(head, skia.ClipOp.kIntersect, True)
        paint = fill_of(tone, alpha)
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, max(0.3, 0.012 * portrait.pose.scale)))
        canvas.drawPath(path, paint)
        canvas.restore()
        return
    canvas.drawPath(path, fill_of(tone, 0.96))
    if portrait.shading == "cel":
        portrait.stroke(path, INK, 0.012)
    canvas.clipPath(path, skia.ClipOp.kIntersect, True)
    strands = skia.Path()
    for x in np.linspace(-0.24, 0.24, 17):
        start = features.skull.on_front(np.array([x, 1.05 * x, 1.1 * x]), np.array([m.nose_y + 0.03, m.mouth_y + 0.04, 0.49]))
        follow(strands, portrait.pose.flat(features.skull.lowered(start)))
    canvas.drawPath(strands, stroke_of(scaled(tone, 0.62), portrait.width(0.008), 0.5))
    canvas.restore()


def _draw_moustache(portrait: Portrait, colour: Colour) -> None:
    outer, nose = portrait.features.outer, portrait.features.nose
    corner = outer[0]
    wide = np.array([-0.03, 0.012, 0.0])
    left = np.stack(
        [
            nose[6] * 0.7 + outer[3] * 0.3 + np.array([0, 0, 0.012]),
            nose[5] * 0.6 + outer[2] * 0.4 + np.array([-0.02, 0.002, 0.008]),
            corner + wide + np.array([0.005, -0.02, 0.0]),
            corner + wide,
            outer[1] * 0.75 + nose[4] * 0.25 + np.array([0.02, 0.006, 0.006]),
            outer[3] + np.array([0.0, -0.002, 0.008]),
        ]
    )
    path = smooth(portrait.pose.flat(np.concatenate([left, (left * _MIRROR)[::-1][1:-1]])))
    portrait.brush.shape(path, colour, volume=0.3, outline=0.5 * portrait.outlined)


def draw_glasses(portrait: Portrait) -> None:
    """Draws glasses that sit on the nose; science fiction wears them with a lit rim."""
    kind = portrait.identity.glasses
    if kind == "none":
        return
    canvas = portrait.brush.canvas
    lenses = [_lens(portrait, side) for side in (-1.0, 1.0)]
    paths = [smooth(portrait.pose.flat(lens)) for lens in lenses]
    frame: Colour = (0.12, 0.1, 0.1) if kind != "round" else (0.32, 0.2, 0.1)
    for path in paths:
        bounds = path.getBounds()
        if kind == "dark":
            shader = skia.GradientShader.MakeLinear([(0, bounds.top()), (0, bounds.bottom())], [ink((0.05, 0.05, 0.08), 0.97), ink((0.2, 0.18, 0.22), 0.9)])
            canvas.drawPath(path, skia.Paint(Shader=shader, AntiAlias=True))
        else:
            canvas.drawPath(path, fill_of((0.85, 0.95, 1.0), 0.1))
        canvas.save()
        canvas.clipPath(path, skia.ClipOp.kIntersect, True)
        gleam = skia.Path()
        gleam.moveTo(bounds.left() + 0.1 * bounds.width(), bounds.top() + 0.75 * bounds.height())
        gleam.lineTo(bounds.left() + 0.45 * bounds.width(), bounds.top())
        canvas.drawPath(gleam, stroke_of(WHITE, 0.1 * bounds.width(), 0.25))
        canvas.restore()
    rim = skia.Path()
    for path in paths:
        rim.addPath(path)
    bridge = portrait.pose.flat(np.stack([lenses[0][0], (lenses[0][0] + lenses[1][0]) / 2 + np.array([0.0, -0.014, 0.02]), lenses[1][0]]))
    follow(rim, bridge)
    for side, lens in zip((-1.0, 1.0), lenses, strict=True):
        if portrait.pose.turned(np.array([side, 0.0, 0.3]))[2] > -0.1:
            m = portrait.features.skull.measures
            ear = np.array([side * 0.37 * m.width, m.eye_y + 0.01, 0.0])
            follow(rim, portrait.pose.flat(np.stack([lens[8], ear])))
    portrait.stroke(rim, frame, 0.021)
    if portrait.shading == "neon":
        canvas.drawPath(rim, stroke_of(CYAN, portrait.width(0.009), 0.8))


def _lens(portrait: Portrait, side: float) -> Floats:
    """Sixteen points round a lens, from its inner side."""
    m = portrait.features.skull.measures
    square = portrait.identity.glasses != "round"
    turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    power = 0.55 if square else 1.0
    across, down = np.cos(turn), np.sin(turn)
    half_x = max(0.112, 1.14 * m.eye_half)
    half_y = max(0.09 if square else 0.112, 1.25 * m.eye_upper)
    x = side * (m.eye_x + 0.008) - side * half_x * np.sign(across) * np.abs(across) ** power
    y = m.eye_y + 0.006 + half_y * np.sign(down) * np.abs(down) ** power
    z = 0.42 - 0.25 * np.maximum(0.0, np.abs(x) - 0.12)
    return np.stack([x, y, z], axis=1)
