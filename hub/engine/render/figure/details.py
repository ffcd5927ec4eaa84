"""The nose, the colour of cheeks, lines and wrinkles, tears."""

from collections.abc import Callable

import numpy as np
import skia

from hub.engine.render.figure.curves import Floats, follow, smooth
from hub.engine.render.figure.portrait import Portrait
from hub.engine.render.look import CYAN, INK, WHITE, Colour, fill_of, mixed, scaled, stroke_of

_MIRROR = np.array([-1.0, 1.0, 1.0])


def line_colour(portrait: Portrait) -> Colour:
    """The colour of lines in the skin."""
    if portrait.shading == "cel":
        return mixed(INK, portrait.skin, 0.15)
    return mixed(scaled(portrait.skin, 0.42), (0.35, 0.08, 0.06), 0.3)


def draw_complexion(portrait: Portrait) -> None:
    """Draws blush, sockets' shade and what smiling or anger do to the colour of the skin."""
    features, measures, strength = portrait.features, portrait.features.skull.measures, portrait.features.strength
    if not portrait.human:
        return
    portrait.brush.canvas.save()
    portrait.brush.canvas.clipPath(smooth(portrait.rim), skia.ClipOp.kIntersect, True)
    flush = max(0.0, portrait.expression.flush)
    if portrait.carved:
        flush = 0.0
    blush = {"cel": 0.22, "gloss": 0.26, "wash": 0.24, "soft": 0.12, "neon": 0.1}[portrait.shading] * (1 - 0.7 * max(0.0, -portrait.expression.flush))
    # Blood shows through dark skin as a deeper, not a brighter red.
    red = mixed(scaled((0.92, 0.3, 0.28), 0.3 + 0.7 * max(portrait.skin)), portrait.skin, 0.25)
    for side in () if portrait.carved else (-1.0, 1.0):
        lifted = -0.015 * strength[6]
        x, y = np.array(side * (measures.eye_x + 0.045)), np.array(measures.nose_y - 0.04 + lifted)
        if portrait.pose.turned(np.array([1.4 * x, 0.0, 0.4]))[2] > 0.1:
            portrait.blot(features.skull.on_front(x, y), 0.12, 0.08, red, min(0.75, blush + 0.5 * flush))
    if flush > 0:
        portrait.blot(features.nose[3], 0.1, 0.08, red, 0.45 * flush)
        portrait.blot(features.skull.on_front(np.array(0.0), np.array(-0.22)), 0.32, 0.16, red, 0.3 * flush)
    if portrait.shading in ("soft", "neon", "wash") and portrait.pose.scale > 40:
        for eye in features.eyes:
            middle = eye.mean(axis=0)
            portrait.blot(middle - np.array([0, 0.02, 0]), 0.12, 0.07, scaled(portrait.skin, 0.45), 0.28)
    portrait.brush.canvas.restore()


def draw_nose(portrait: Portrait) -> None:
    """Draws the nose over its relief."""
    if not portrait.human:
        return
    features, measures = portrait.features, portrait.features.skull.measures
    line = line_colour(portrait)
    base = portrait.pose.flat(features.nose[4:])
    yaw = portrait.expression.yaw
    if portrait.shading == "cel":
        tip, low = portrait.pose.flat(features.nose[3]), base[2]
        turn = -1.0 if yaw < -4 else 1.0
        wing = base[3] if turn > 0 else base[1]
        if abs(yaw) > 12:
            bridge = portrait.pose.flat(features.nose[2:4])
            curve = np.stack([bridge[0], tip + (low - tip) * 0.3, low, (base[1] if turn > 0 else base[3])])
        else:
            curve = np.stack([base[1], low + np.array([0.0, 0.012 * portrait.pose.scale]), wing])
        portrait.stroke(smooth(curve, closed=False), line, 0.016)
        return
    under = features.nose[6] + np.array([0.0, 0.012, -0.01])
    portrait.blot(under, 1.3 * measures.nose_half, 0.028, scaled(portrait.skin, 0.4), 0.5)
    if portrait.shading in ("soft", "gloss", "neon"):
        portrait.blot(features.nose[3] + np.array([-0.01, -0.01, 0.0]), 0.026, 0.022, WHITE, 0.55 if portrait.shading == "gloss" else 0.28)
    for index, side in ((5, -1.0), (7, 1.0)):
        if side * yaw > 38:
            continue
        x, y = portrait.pose.flat(features.nose[index] + np.array([0.1 * side * measures.nose_half, -0.004, 0.0])).tolist()
        canvas = portrait.brush.canvas
        canvas.save()
        canvas.translate(x, y)
        canvas.rotate(portrait.expression.roll + 18 * side)
        size = 0.24 * measures.nose_half * portrait.pose.scale
        canvas.drawOval(skia.Rect(-size, -0.42 * size, size, 0.42 * size), fill_of(portrait.brush.tone(scaled(line, 0.7)), 0.8))
        canvas.restore()
        wing = features.nose[4 if side < 0 else 8]
        curve = np.stack([wing + np.array([0, -0.04, 0]), wing + np.array([0.012 * side, -0.014, 0]), wing + np.array([-0.012 * side, 0.006, 0.01])])
        portrait.stroke(smooth(portrait.pose.flat(curve), closed=False), line, 0.008, 0.6)


def draw_lines(portrait: Portrait) -> None:
    """Draws the lines that action units and age fold into the skin."""
    strength, wrinkles = portrait.features.strength, portrait.features.skull.measures.wrinkles
    muzzle = 0.5 if not portrait.human else 1.0
    smile = max(strength[12], 0.8 * strength[10], 0.7 * strength[9], 0.5 * strength[14])
    _fold(portrait, _nasolabial, muzzle * (0.75 * smile + 0.45 * wrinkles), 0.013)
    _fold(portrait, _crows_feet, 0.75 * strength[6] * (0.45 + 0.55 * wrinkles) + 0.55 * wrinkles, 0.008)
    _fold(portrait, _bags, 0.4 * wrinkles + 0.5 * strength[6] + 0.25 * strength[7] + 0.3 * strength[9], 0.009)
    _fold(portrait, _frown, 0.75 * strength[4] + 0.5 * strength[9] + 0.2 * wrinkles, 0.013)
    _fold(portrait, _nose_root, 0.6 * strength[9], 0.01)
    _fold(portrait, _forehead, muzzle * (0.6 * max(strength[1], strength[2]) * (0.5 + 0.5 * wrinkles) + 0.5 * wrinkles), 0.009)
    _fold(portrait, _dimple, max(strength[14], 0.35 * strength[12], 0.5 * strength[20]), 0.013)
    _fold(portrait, _chin, 0.8 * strength[17], 0.01)
    _fold(portrait, _marionette, 0.5 * wrinkles + 0.55 * strength[15], 0.009)


def _fold(portrait: Portrait, curves: Callable[[Portrait], list[Floats]], alpha: float, width: float) -> None:
    if alpha < 0.06 or portrait.pose.scale < 24:
        return
    path = skia.Path()
    for curve in curves(portrait):
        middle = curve[len(curve) // 2]
        if portrait.pose.turned(np.array([1.4 * middle[0], 0.3 * middle[1], max(0.15, middle[2])]))[2] > 0.05:
            follow(path, portrait.pose.flat(curve))
    if portrait.shading == "cel":
        portrait.stroke(path, line_colour(portrait), width, min(0.8, 0.75 * alpha))
        return
    # A fold is a soft valley with a fine dark floor.
    faint = 0.7 if portrait.shading == "gloss" else 1.0
    tone = portrait.brush.tone(line_colour(portrait))
    valley = stroke_of(tone, portrait.width(2.4 * width), min(0.45, 0.4 * alpha * faint))
    valley.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, max(0.4, 0.9 * width * portrait.pose.scale)))
    portrait.brush.canvas.drawPath(path, valley)
    portrait.brush.canvas.drawPath(path, stroke_of(tone, portrait.width(0.6 * width), min(0.55, 0.5 * alpha * faint)))


def _both(portrait: Portrait, x: list[float], y: list[float]) -> list[Floats]:
    left = portrait.features.skull.on_front(-np.array(x), np.array(y), 0.003)
    return [left, left * _MIRROR]


def _nasolabial(portrait: Portrait) -> list[Floats]:
    f, m = portrait.features, portrait.features.skull.measures
    corner_x, corner_y = -float(f.outer[0, 0]), float(f.outer[0, 1])
    start_x = -float(f.nose[4, 0]) + 0.012
    return _both(
        portrait, [start_x, (start_x + corner_x) / 2 + 0.035, corner_x + 0.035], [m.nose_y - 0.03, (m.nose_y + corner_y) / 2 - 0.01, min(corner_y + 0.01, 0.42)]
    )


def _crows_feet(portrait: Portrait) -> list[Floats]:
    m = portrait.features.skull.measures
    x, y = m.eye_x + m.eye_half * 1.08, m.eye_y
    curves = []
    for rise in (-0.035, 0.0, 0.032):
        curves += _both(portrait, [x + 0.008, x + 0.028, x + 0.048], [y + 0.35 * rise, y + 0.75 * rise, y + 1.25 * rise])
    return curves


def _bags(portrait: Portrait) -> list[Floats]:
    f, m = portrait.features, portrait.features.skull.measures
    low = float(f.eyes[0, 4:, 1].mean())
    return _both(portrait, [m.eye_x - 0.75 * m.eye_half, m.eye_x, m.eye_x + 0.75 * m.eye_half], [low + 0.012, low + 0.026, low + 0.01])


def _frown(portrait: Portrait) -> list[Floats]:
    inner = portrait.features.brows[0, 4]
    x, y = -float(inner[0]), float(inner[1])
    half = max(0.014, 0.55 * x)
    return _both(portrait, [half * 0.85, half, half * 0.7], [y - 0.045, y - 0.01, y + 0.025])


def _nose_root(portrait: Portrait) -> list[Floats]:
    m = portrait.features.skull.measures
    curves = []
    for down in (0.0, 0.035):
        y = m.eye_y + 0.005 + down
        curves.append(portrait.features.skull.on_front(np.array([-0.026, 0.0, 0.026]), np.array([y + 0.008, y, y + 0.008]), 0.004))
    curves += _both(portrait, [0.03, 0.045, 0.056], [m.eye_y + 0.075, m.eye_y + 0.095, m.eye_y + 0.125])
    return curves


def _forehead(portrait: Portrait) -> list[Floats]:
    m, strength = portrait.features.skull.measures, portrait.features.strength
    middle = -0.02 * strength[1] * (1 + strength[4]) + 0.012 * strength[2]
    top = m.brow_y - 0.065
    x = np.array([-0.16, -0.08, 0.0, 0.08, 0.16])
    bend = np.array([0.008, 0.0, middle, 0.0, 0.008])
    return [portrait.features.skull.on_front(x * (1 - 0.15 * row), top - 0.038 * row + bend - 0.03 * max(strength[1], strength[2]), 0.003) for row in range(3)]


def _dimple(portrait: Portrait) -> list[Floats]:
    x, y = -float(portrait.features.outer[0, 0]) + 0.022, min(float(portrait.features.outer[0, 1]), 0.42)
    return _both(portrait, [x, x + 0.011, x], [y - 0.024, y, y + 0.024])


def _chin(portrait: Portrait) -> list[Floats]:
    skull = portrait.features.skull
    x = np.array([-0.045, 0.0, 0.045])
    curves = [skull.on_front(x * factor, np.array([0.0, bend, 0.0]) + y, 0.003) for factor, bend, y in ((1.0, -0.018, 0.415), (0.6, -0.012, 0.44))]
    return [skull.lowered(curve) for curve in curves]


def _marionette(portrait: Portrait) -> list[Floats]:
    x, y = -float(portrait.features.outer[0, 0]) + 0.012, min(float(portrait.features.outer[0, 1]), 0.4)
    return _both(portrait, [x, x + 0.008, x + 0.002], [y + 0.012, y + 0.035, y + 0.06])


def draw_tears(portrait: Portrait) -> None:
    """Draws tears on the cheeks and wetness in the eyes."""
    amount = portrait.expression.tears
    if amount <= 0.02 or portrait.carved:
        return
    features = portrait.features
    water: Colour = (0.62, 0.84, 0.98)
    canvas, scale = portrait.brush.canvas, portrait.pose.scale
    for side in (0, 1):
        eye = features.eyes[side]
        sign = 2 * side - 1
        if portrait.pose.turned(np.array([sign * 0.25, 0.0, 0.35]))[2] < 0.08:
            continue
        lower = portrait.pose.flat(eye[[3, 4, 5, 0]] + np.array([0.0, -0.004, 0.006]))
        portrait.stroke(smooth(lower, closed=False), mixed(water, WHITE, 0.5), 0.016, 0.85 * min(1.0, 2 * amount))
        start = eye[4:6].mean(axis=0)
        length = 0.06 + 0.24 * amount
        y = np.linspace(start[1] + 0.008, start[1] + length, 5)
        x = start[0] + sign * np.array([0.0, 0.008, 0.014, 0.017, 0.018])
        stream = features.skull.on_front(x, y, 0.006)
        if amount > 0.45:
            path = smooth(portrait.pose.flat(stream), closed=False)
            portrait.stroke(path, water, 0.03 * (0.5 + 0.5 * amount), 0.75)
            portrait.stroke(path, WHITE, 0.009, 0.8)
        drop_x, drop_y = portrait.pose.flat(stream[-1]).tolist()
        size = (0.024 + 0.014 * amount) * scale
        drop = skia.Path()
        drop.moveTo(drop_x, drop_y - 2.0 * size)
        drop.cubicTo(drop_x + 0.3 * size, drop_y - 0.9 * size, drop_x + size, drop_y - 0.4 * size, drop_x + size, drop_y + 0.2 * size)
        drop.cubicTo(drop_x + size, drop_y + 1.3 * size, drop_x - size, drop_y + 1.3 * size, drop_x - size, drop_y + 0.2 * size)
        drop.cubicTo(drop_x - size, drop_y - 0.4 * size, drop_x - 0.3 * size, drop_y - 0.9 * size, drop_x, drop_y - 2.0 * size)
        drop.close()
        canvas.drawPath(drop, fill_of(mixed(portrait.brush.tone(water), water, 0.6), 0.92))
        if portrait.shading == "cel":
            portrait.stroke(drop, (0.2, 0.4, 0.6), 0.007)
        canvas.drawCircle(drop_x - 0.3 * size, drop_y + 0.1 * size, max(0.4, 0.28 * size), fill_of(WHITE, 0.9))


def draw_implants(portrait: Portrait) -> None:
    """Draws the lit lines that science fiction wears on temple and cheek."""
    if portrait.shading != "neon" or portrait.pose.scale < 30:
        return
    skull = portrait.features.skull
    m = skull.measures
    side = 1.0 if portrait.expression.yaw <= 0 else -1.0
    temple = skull.on_front(side * m.width * np.array([0.29, 0.315, 0.31, 0.255]), np.array([-0.17, -0.08, 0.14, 0.22]), 0.004)
    path = skia.Path()
    path.addPoly([skia.Point(x, y) for x, y in portrait.pose.flat(temple).tolist()], False)
    canvas = portrait.brush.canvas
    for width, alpha in ((0.035, 0.25), (0.011, 0.95)):
        canvas.drawPath(path, stroke_of(CYAN, portrait.width(width), alpha))
    x, y = portrait.pose.flat(temple[-1]).tolist()
    canvas.drawCircle(x, y, portrait.width(0.016), fill_of((0.85, 1.0, 1.0)))
