"""Hair that hangs or is gathered: the mane behind the head, the locks before the ears, bun and ponytail."""

import numpy as np
import skia

from hub.engine.render.figure.curves import Floats, Pose, follow, ribbon, smooth
from hub.engine.render.figure.portrait import Portrait
from hub.engine.render.look import scaled

_LOCK = [
    (0.3, -0.26),
    (0.325, -0.08),
    (0.325, 0.12),
    (0.32, 0.33),
    (0.31, 0.6),
    (0.35, 0.85),
    (0.44, 1.0),
    (0.51, 0.8),
    (0.48, 0.45),
    (0.445, 0.15),
    (0.43, -0.15),
]
"""The outline of the lock on the picture's right, down its inner side and up its outer."""


def hanging(portrait: Portrait, points: Floats) -> Floats:
    """Returns the pixels of (n, 3) points that turn with the head where they leave it and hang straight down below it."""
    straight = Pose(portrait.pose.x, portrait.pose.y, portrait.pose.scale, np.diag([-1.0 if portrait.turned_away else 1.0, 1.0, 1.0]))
    share = np.clip((points[:, 1:2] - 0.1) / 0.6, 0.0, 1.0)
    result: Floats = portrait.pose.flat(points) * (1 - share) + straight.flat(points) * share
    return result


def _mirrored(half: list[tuple[float, float]], depth: float) -> Floats:
    left = np.array([(-x, y, depth) for x, y in half])
    return np.concatenate([left, (left * np.array([-1.0, 1.0, 1.0]))[::-1]])


def draw_mane(portrait: Portrait) -> None:
    """Draws long or curly hair behind the head."""
    width = portrait.features.skull.measures.width
    if portrait.identity.hair_style == "curly":
        half = [
            (0.25, -0.46),
            (0.42, -0.25),
            (0.5, -0.06),
            (0.46, 0.04),
            (0.53, 0.12),
            (0.48, 0.22),
            (0.53, 0.31),
            (0.45, 0.4),
            (0.42, 0.52),
            (0.32, 0.48),
            (0.2, 0.55),
            (0.1, 0.48),
        ]
    else:
        half = [(0.2, -0.5), (0.4, -0.25), (0.43, 0.05), (0.45, 0.35), (0.5, 0.65), (0.52, 0.9), (0.44, 1.06), (0.25, 1.1)]
    points = _mirrored([(x * width, y) for x, y in half], -0.12 if not portrait.turned_away else 0.0)
    path = smooth(hanging(portrait, points))
    colour = portrait.hair
    shade = scaled(colour, 0.8) if not portrait.turned_away else colour
    portrait.brush.shape(path, shade, volume=0.3, outline=portrait.outlined)
    if portrait.identity.hair_style == "long" and portrait.pose.scale > 30:
        strands = skia.Path()
        for x in np.linspace(-0.42, 0.42, 13):
            flat = hanging(portrait, np.array([[0.8 * x, -0.2, 0.0], [0.95 * x, 0.3, 0.0], [1.1 * x, 0.98, 0.0]]))
            follow(strands, flat)
        portrait.stroke(strands, scaled(colour, 0.55), 0.012, 0.45)


def locks(portrait: Portrait) -> list[skia.Path]:
    """Returns long hair that falls before the ears and the shoulders."""
    width = portrait.features.skull.measures.width
    paths = []
    for side in (-1.0, 1.0):
        if portrait.pose.turned(np.array([side * 0.9, 0.0, 0.55]))[2] >= 0.3:
            points = np.array([(side * x * width, y, 0.06) for x, y in _LOCK])
            paths.append(smooth(hanging(portrait, points)))
    return paths


def draw_lock_strands(portrait: Portrait) -> None:
    """Draws the strands in the locks."""
    width = portrait.features.skull.measures.width
    strands = skia.Path()
    for side in (-1.0, 1.0):
        points = np.array([(side * x * width, y, 0.06) for x, y in _LOCK])
        for shift in (0.15, 0.32, 0.5, 0.68, 0.85):
            inside = points[[1, 2, 3, 4, 5]] * (1 - shift) + points[[10, 9, 9, 8, 7]] * shift
            follow(strands, hanging(portrait, inside))
    portrait.stroke(strands, scaled(portrait.hair, 0.6), 0.009, 0.45)


def draw_bun(portrait: Portrait) -> None:
    """Draws a bun on the back of the crown."""
    colour = portrait.hair
    x, y = portrait.pose.flat(np.array([0.0, -0.56, -0.16])).tolist()
    radius = 0.17 * portrait.pose.scale
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    ball = np.stack([x + radius * 1.1 * np.cos(angles), y + radius * np.sin(angles)], axis=1)
    portrait.brush.shape(smooth(ball), colour, volume=0.7, outline=portrait.outlined)
    swirl = skia.Path()
    swirl.addArc(skia.Rect(x - 0.6 * radius, y - 0.6 * radius, x + 0.7 * radius, y + 0.6 * radius), 150, 200)
    swirl.addArc(skia.Rect(x - 0.9 * radius, y - 0.75 * radius, x + 0.4 * radius, y + 0.8 * radius), -60, 150)
    portrait.stroke(swirl, scaled(colour, 0.6), 0.014, 0.6)


def draw_tail(portrait: Portrait) -> None:
    """Draws a ponytail that falls on the side away from the face."""
    colour = portrait.hair
    side = 0.0 if portrait.turned_away else (1.0 if portrait.expression.yaw <= 0 else -1.0)
    sway = np.array([(0.1, -0.42), (0.36, -0.44), (0.54, -0.2), (0.57, 0.1), (0.6, 0.42), (0.5, 0.72)])
    points = np.array([(side * x, y, -0.3) for x, y in sway])
    widths = portrait.pose.scale * np.array([0.1, 0.2, 0.25, 0.25, 0.2, 0.04])
    flat = hanging(portrait, points)
    portrait.brush.shape(ribbon(flat, widths), colour, volume=0.5, outline=portrait.outlined)
    strands = skia.Path()
    for shift in (-0.06, 0.04):
        follow(strands, flat[1:-1] + np.array([shift * portrait.pose.scale, 0.0]))
    portrait.stroke(strands, scaled(colour, 0.6), 0.012, 0.5)
