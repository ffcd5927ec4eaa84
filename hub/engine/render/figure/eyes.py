"""Eyes, lids, lashes and brows."""

import numpy as np
import skia

from hub.engine.render.figure.curves import Floats, along, ellipse, follow, poly, ribbon, smooth
from hub.engine.render.figure.palette import eye_white_of, iris_of
from hub.engine.render.figure.portrait import Portrait
from hub.engine.render.look import CYAN, INK, WHITE, Colour, fill_of, ink, mixed, scaled, stroke_of

_SHUT = 0.012
"""Lids nearer than this share of the head's height are drawn as one line."""


def draw_eyes(portrait: Portrait) -> None:
    """Draws both eyes, as far as they are on the near side of the head."""
    portrait.brush.canvas.save()
    portrait.brush.canvas.clipPath(smooth(portrait.rim), skia.ClipOp.kIntersect, True)
    for side in (0, 1):
        if _seen(portrait, portrait.features.eyes[side]):
            _draw_eye(portrait, side)
    portrait.brush.canvas.restore()


def draw_brows(portrait: Portrait) -> None:
    """Draws both brows."""
    for side in (0, 1):
        brow = portrait.features.brows[side]
        if _seen(portrait, brow):
            _draw_brow(portrait, side, brow)


def eye_path(points: Floats, round_corners: bool) -> skia.Path:
    """Returns the opening between the lids through its six points in pixels."""
    if round_corners:
        return smooth(points)
    path = skia.Path()
    follow(path, points[[0, 1, 2, 3]])
    follow(path, points[[3, 4, 5, 0]], joined=True)
    path.close()
    return path


def _seen(portrait: Portrait, points: Floats) -> bool:
    """Whether a small part of the face is not beyond the head's edge."""
    middle = points.mean(axis=0)
    outward = np.array([0.9 * middle[0], 0.6 * middle[1], max(middle[2], 0.2)])
    return bool(portrait.pose.turned(outward)[2] / np.linalg.norm(outward) > 0.02)


def _draw_eye(portrait: Portrait, side: int) -> None:
    features, pose, canvas = portrait.features, portrait.pose, portrait.brush.canvas
    solid = features.eyes[side]
    points = pose.flat(solid)
    cartoon = portrait.shading == "cel"
    opening = float(solid[4:6, 1].mean() - solid[1:3, 1].mean())
    upper = along(points[:4], 13)
    dark = _line_colour(portrait)
    if opening < _SHUT:
        lower = along(points[[0, 5, 4, 3]], 13)
        _lashes(portrait, (upper + lower) / 2, side, dark, 0.9)
        return
    path = eye_path(points, cartoon)
    canvas.save()
    canvas.clipPath(path, skia.ClipOp.kIntersect, True)
    white = portrait.brush.tone(eye_white_of(portrait.identity, portrait.shading == "soft"))
    canvas.drawPath(path, fill_of(white if portrait.carved else mixed(white, WHITE, 0.35 if portrait.shading in ("cel", "gloss") else 0.1)))
    _draw_iris(portrait, side)
    # The upper lid and its lashes shade the ball beneath.
    shade = ink((0.16, 0.1, 0.14), 0.3)
    height = max(1.0, opening * pose.scale)
    top = float(points[1:3, 1].min())
    shader = skia.GradientShader.MakeLinear([(0, top), (0, top + 0.45 * height)], [shade, ink((0.16, 0.1, 0.14), 0.0)])
    canvas.drawPath(path, skia.Paint(Shader=shader))
    canvas.restore()
    lower = points[[3, 4, 5, 0]]
    if cartoon:
        portrait.stroke(path, INK, 0.01)
    else:
        portrait.stroke(_open(lower), mixed(dark, portrait.skin, 0.45), 0.006, 0.75)
    _lashes(portrait, upper, side, dark, 1.0)
    _crease(portrait, solid, dark)


def _open(points: Floats) -> skia.Path:
    return smooth(points, closed=False)


def _line_colour(portrait: Portrait) -> Colour:
    if portrait.shading in ("cel", "neon"):
        return INK
    if portrait.carved:
        return scaled(portrait.skin, 0.4)
    return mixed(scaled(portrait.skin, 0.22), (0.12, 0.06, 0.05), 0.5)


def _lashes(portrait: Portrait, upper: Floats, side: int, dark: Colour, strength: float) -> None:
    """The upper lid's edge, thicker towards the temple."""
    share = np.linspace(0.0, 1.0, len(upper))
    outward = 1 - share if side == 0 else share
    base = {"cel": 0.026, "gloss": 0.022, "neon": 0.018}.get(portrait.shading, 0.015)
    widths = portrait.pose.scale * base * strength * (0.45 + 0.75 * outward) * np.minimum(1.0, 5 * np.minimum(share, 1 - share) + 0.35)
    tone = portrait.brush.tone(dark)
    portrait.brush.canvas.drawPath(ribbon(upper, np.maximum(widths, 0.7)), fill_of(tone))
    if portrait.shading == "gloss" and portrait.human and portrait.identity.facial_hair == "none":
        tip = upper[0] if side == 0 else upper[-1]
        away = (upper[0] - upper[3]) if side == 0 else (upper[-1] - upper[-4])
        portrait.brush.canvas.drawPath(
            poly(np.stack([tip, tip + 0.35 * away + (0, -0.02 * portrait.pose.scale)]), False), stroke_of(tone, portrait.width(0.009))
        )


def _crease(portrait: Portrait, solid: Floats, dark: Colour) -> None:
    """The fold above the upper lid."""
    lift = portrait.features.skull.measures.eye_upper * 0.3 + 0.012
    fold = solid[:4] + np.array([[0, -0.25, 0], [0, -1, 0], [0, -1, 0], [0, -0.35, 0]]) * lift
    alpha = 0.25 if portrait.shading == "cel" else 0.5
    portrait.stroke(_open(portrait.pose.flat(fold)), mixed(dark, portrait.skin, 0.4), 0.008, alpha)


def _draw_iris(portrait: Portrait, side: int) -> None:
    features, pose, canvas, brush = portrait.features, portrait.pose, portrait.brush.canvas, portrait.brush
    x, y = pose.flat(features.pupils[side]).tolist()
    radius = features.iris * pose.scale
    yaw = np.radians(portrait.expression.yaw + 0.6 * portrait.expression.gaze[0])
    across = radius * max(0.45, float(abs(np.cos(yaw))))
    colour = iris_of(portrait.identity)
    if not portrait.human and not portrait.carved:
        colour = mixed(colour, (0.75, 0.6, 0.15), 0.25)
    vivid = mixed(brush.tone(colour), colour, 0.6)
    if portrait.shading == "neon":
        vivid = mixed(vivid, CYAN, 0.45)
    canvas.save()
    canvas.translate(x, y)
    canvas.rotate(portrait.expression.roll)
    canvas.scale(across, radius)
    canvas.drawCircle(0, 0, 1.0, fill_of(scaled(vivid, 0.42)))
    bright = scaled(vivid, 1.5)
    shader = skia.GradientShader.MakeLinear([(0, -0.9), (0, 0.9)], [ink(scaled(vivid, 0.72)), ink(vivid), ink(mixed(bright, WHITE, 0.15))])
    canvas.drawCircle(0, 0, 0.86, skia.Paint(Shader=shader, AntiAlias=True))
    canvas.drawCircle(0, 0, 0.46 if portrait.human else 0.55, fill_of((0.03, 0.02, 0.03)))
    if portrait.shading == "neon":
        ring = stroke_of(mixed(colour, (0.4, 1.0, 1.0), 0.65), 0.2, 0.9)
        canvas.drawCircle(0, 0, 0.7, ring)
    if portrait.carved:
        canvas.restore()
        return
    light = -0.36 if brush.light.direction[0] < 0 else 0.36
    large = 0.32 if portrait.shading in ("cel", "gloss") else 0.22
    canvas.drawPath(ellipse(light, -0.4, large, large), fill_of(WHITE, 0.95))
    if portrait.shading in ("cel", "gloss") or portrait.expression.tears > 0.2:
        canvas.drawPath(ellipse(-0.8 * light, 0.42, 0.17, 0.15), fill_of(WHITE, 0.75))
    canvas.restore()


def _draw_brow(portrait: Portrait, side: int, brow: Floats) -> None:
    measures = portrait.features.skull.measures
    points = along(portrait.pose.flat(brow), 9)
    profile = np.array([0.2, 0.55, 0.82, 0.96, 1.0, 1.02, 1.05, 0.98, 0.62])
    if side == 1:
        profile = profile[::-1]
    widths = np.maximum(profile * measures.brow_thickness * portrait.pose.scale, 0.6)
    hair = portrait.hair
    colour = mixed(scaled(hair, 0.72), portrait.skin, 0.08) if portrait.human else scaled(portrait.skin, 0.42)
    if portrait.identity.hair_colour in ("white", "grey", "blond") and portrait.human and not portrait.carved:
        colour = mixed(scaled(hair, 0.62), (0.3, 0.22, 0.16), 0.35)
    path = ribbon(points, widths)
    tone = portrait.brush.tone(colour)
    if portrait.shading == "cel":
        portrait.brush.canvas.drawPath(path, fill_of(mixed(tone, INK, 0.35)))
        return
    portrait.brush.canvas.drawPath(path, fill_of(tone, 0.82))
    if portrait.pose.scale < 60:
        return
    thick = measures.brow_thickness * portrait.pose.scale
    lean = 0.35 if side == 1 else -0.35
    hairs = skia.Path()
    for share in np.linspace(0.04, 0.96, 14):
        at = points[min(8, int(share * 9))] + (points[min(8, int(share * 9) + 1)] - points[min(8, int(share * 9))]) * (share * 9 % 1)
        hairs.moveTo(float(at[0] - lean * thick), float(at[1] + 0.5 * thick))
        hairs.lineTo(float(at[0] + lean * thick), float(at[1] - 0.55 * thick))
    portrait.brush.canvas.save()
    portrait.brush.canvas.clipPath(path, skia.ClipOp.kIntersect, True)
    portrait.brush.canvas.drawPath(hairs, stroke_of(scaled(tone, 0.75), max(0.5, 0.2 * thick), 0.35))
    portrait.brush.canvas.restore()
