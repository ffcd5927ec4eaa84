"""People's ears, on the side of the head that they are on."""

import numpy as np

from hub.engine.render.figure.curves import Floats, smooth
from hub.engine.render.figure.portrait import Portrait
from hub.engine.render.look import INK, mixed, scaled

_TURN = np.radians(np.linspace(0, 360, 14, endpoint=False))


def draw_ears(portrait: Portrait, near: bool) -> None:
    """Draws the ears that lie before the head's edge (`near`), or those behind it."""
    for side in (-1.0, 1.0):
        before = portrait.pose.turned(np.array([side, 0.0, 0.0]))[2] > 0.2
        if before == near:
            _draw_ear(portrait, side)


def _draw_ear(portrait: Portrait, side: float) -> None:
    skull = portrait.features.skull
    y = skull.measures.eye_y + 0.06
    root = np.array([side * 0.97 * float(skull.half_width(np.array([y]))[0]), y, -0.02])
    back = np.array([side * 0.5, 0.0, -0.86]) * 0.058
    down = np.array([side * -0.08, 1.0, 0.1]) * 0.088
    portrait.brush.shape(smooth(portrait.pose.flat(_rim(root, back, down))), portrait.skin, volume=0.3, outline=portrait.outlined)
    inner = _rim(root + 0.35 * back, 0.62 * back, 0.6 * down)
    line = INK if portrait.shading == "cel" else mixed(scaled(portrait.skin, 0.45), (0.4, 0.1, 0.08), 0.25)
    portrait.stroke(smooth(portrait.pose.flat(inner)[[10, 11, 12, 13, 0, 1, 2, 3]], closed=False), line, 0.009, 0.6)


def _rim(root: Floats, back: Floats, down: Floats) -> Floats:
    lobe = 1 - 0.2 * np.sin(_TURN)
    result: Floats = root + back * (1 + 1.1 * np.cos(_TURN) * lobe)[:, None] + down * np.sin(_TURN)[:, None]
    return result
