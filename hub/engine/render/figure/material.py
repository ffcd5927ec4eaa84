"""Sculptures: a figure of stone, metal or clay is drawn in greys, in which relief and carving show, and then takes on its material's tones."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import skia

from hub.engine.render.figure.curves import follow, smooth
from hub.engine.render.figure.portrait import Portrait
from hub.engine.render.look import Colour, stroke_of
from hub.engine.render.parameters import Material

_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True)
class Tones:
    """A material's colours from black to white, evenly spaced."""

    ramp: tuple[Colour, ...]


_TONES: Mapping[Material, Tones] = {
    "marble": Tones(((0.1, 0.1, 0.12), (0.29, 0.29, 0.31), (0.6, 0.59, 0.59), (0.88, 0.86, 0.82), (1.0, 0.99, 0.96))),
    "bronze": Tones(((0.03, 0.035, 0.03), (0.12, 0.1, 0.07), (0.32, 0.21, 0.11), (0.54, 0.36, 0.18), (0.99, 0.84, 0.58))),
    "terracotta": Tones(((0.13, 0.07, 0.05), (0.3, 0.15, 0.11), (0.51, 0.28, 0.2), (0.73, 0.46, 0.34), (0.9, 0.7, 0.57))),
}
_VEINS = 6


@cache
def toning(material: Material) -> skia.ColorFilter | None:
    """Returns the filter that gives a figure drawn in greys its material's tones; none for living figures."""
    if material == "skin":
        return None
    grey = skia.ColorFilters.Matrix([*(*_LUMA, 0.0, 0.0) * 3, 0.0, 0.0, 0.0, 1.0, 0.0])
    ramp = np.array(_TONES[material].ramp)
    levels = np.linspace(0, 1, 256)
    red, green, blue = ((np.interp(levels, np.linspace(0, 1, len(ramp)), ramp[:, part]) * 255 + 0.5).astype(np.uint8).tolist() for part in range(3))
    return skia.ColorFilters.Compose(skia.TableColorFilter.MakeARGB(list(range(256)), red, green, blue), grey)


def draw_veins(portrait: Portrait) -> None:
    """Draws the fine dark veins of marble over the face; they turn with the head."""
    if portrait.identity.material != "marble" or portrait.pose.scale < 30 or portrait.turned_away:
        return
    skull, canvas = portrait.features.skull, portrait.brush.canvas
    canvas.save()
    canvas.clipPath(smooth(portrait.rim), skia.ClipOp.kIntersect, True)
    for _ in range(_VEINS):
        start, slope = portrait.brush.random.uniform((-0.3, -0.45), (0.3, 0.3)), portrait.brush.random.uniform(-1.3, 1.3)
        steps = np.cumsum(portrait.brush.random.uniform((-0.03, 0.012), (0.03, 0.06), (9, 2)), axis=0)
        x = np.clip(start[0] + steps[:, 0] + slope * steps[:, 1], -0.33, 0.33)
        points = skull.lowered(skull.on_front(x, np.minimum(start[1] + steps[:, 1], 0.48)))
        seen = points[portrait.pose.turned(points)[:, 2] > 0.08]
        if len(seen) < 3:
            continue
        path = skia.Path()
        follow(path, portrait.pose.flat(seen))
        soft = stroke_of((0.3, 0.3, 0.3), portrait.width(0.02), 0.16)
        soft.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, max(0.4, 0.012 * portrait.pose.scale)))
        canvas.drawPath(path, soft)
        canvas.drawPath(path, stroke_of((0.3, 0.3, 0.3), portrait.width(0.005), 0.17))
    canvas.restore()
