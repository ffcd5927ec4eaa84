"""Living room, kitchen, office, classroom and hospital room."""

import numpy as np

from hub.engine.render.look import mixed, scaled
from hub.engine.render.places.parts import BACK, WALLS, number, pick, room, window
from hub.engine.render.sketch import Sketch, box, ellipse, polygon, polyline, smooth
from hub.engine.render.weather import Air

BOOKS = ((0.75, 0.3, 0.28), (0.3, 0.45, 0.65), (0.85, 0.7, 0.35), (0.35, 0.55, 0.42), (0.6, 0.45, 0.62))


def _frame(sketch: Sketch, x: float, y: float, wide: float, tall: float) -> None:
    """A picture on the wall."""
    sketch.shape(box(x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2), (0.42, 0.3, 0.2), 0.2, BACK)
    inner = box(x - wide / 2 + 0.014, y - tall / 2 + 0.014, x + wide / 2 - 0.014, y + tall / 2 - 0.014)
    sketch.shape(inner, pick(sketch.random, BOOKS), 0.1, 0.3)
    sketch.shape(ellipse(x + 0.02, y, wide * 0.17), (0.95, 0.9, 0.75), 0.1, 0.0)


def _shelf(sketch: Sketch, left: float, right: float, level: float) -> None:
    """A board of books."""
    x = left + 0.006
    while x < right - 0.03:
        wide, tall = number(sketch.random, 0.016, 0.03), number(sketch.random, 0.06, 0.1)
        sketch.shape(box(x, level - tall, x + wide, level), pick(sketch.random, BOOKS), 0.2, 0.35)
        x += wide + 0.002
    sketch.shape(box(left, level, right, level + 0.016), (0.5, 0.36, 0.24), 0.2, BACK)


def _sides(sketch: Sketch) -> tuple[float, float]:
    """The middles of the left and the right third, in an order by chance."""
    low, high = number(sketch.random, 0.14, 0.22), number(sketch.random, 0.78, 0.86)
    return (low, high) if sketch.random.random() < 0.5 else (high, low)


def living_room(sketch: Sketch, air: Air) -> None:
    """A sofa, a window with curtains, pictures, a plant, a rug."""
    random = sketch.random
    room(sketch, pick(random, WALLS), (0.66, 0.48, 0.33), 0.7)
    one, other = _sides(sketch)
    window(sketch, air, one - 0.1, 0.12, one + 0.1, 0.44)
    curtain = pick(random, ((0.75, 0.35, 0.35), (0.4, 0.5, 0.65), (0.86, 0.72, 0.45), (0.45, 0.6, 0.5)))
    for side in (-1, 1):
        edge = one + side * 0.16
        drape = smooth(
            (one + side * 0.09, 0.08), (edge + side * 0.02, 0.08), (edge, 0.3), (edge + side * 0.02, 0.54), (one + side * 0.1, 0.54), (one + side * 0.115, 0.3)
        )
        sketch.shape(drape, curtain, 0.45, BACK)
    _frame(sketch, other - 0.06, number(random, 0.18, 0.24), 0.13, 0.15)
    _frame(sketch, other + 0.09, number(random, 0.2, 0.3), 0.1, 0.1)
    sofa = pick(random, ((0.35, 0.5, 0.55), (0.62, 0.42, 0.36), (0.5, 0.52, 0.36), (0.48, 0.42, 0.58)))
    sketch.shape(ellipse(0.5, 0.9, 0.46, 0.075), mixed(curtain, (0.95, 0.9, 0.8), 0.5), 0.1, BACK)
    left = number(random, 0.1, 0.3)
    sketch.shape(box(left, 0.5, left + 0.6, 0.74, 0.05), sofa, 0.4, BACK)
    sketch.shape(box(left + 0.02, 0.65, left + 0.58, 0.77, 0.03), mixed(sofa, (1.0, 1.0, 1.0), 0.15), 0.4, BACK)
    for x in (left - 0.03, left + 0.55):
        sketch.shape(box(x, 0.58, x + 0.08, 0.79, 0.035), sofa, 0.5, BACK)
    sketch.shape(box(left + 0.08, 0.56, left + 0.2, 0.68, 0.03), curtain, 0.5, BACK)
    _plant(sketch, 0.94 if left < 0.2 else 0.06, 0.82)


def _plant(sketch: Sketch, x: float, foot: float) -> None:
    for lean in (-0.09, -0.05, 0.0, 0.05, 0.09):
        tip = foot - 0.34 + 1.4 * abs(lean)
        sketch.shape(
            smooth((x, foot - 0.09), (x + lean * 0.8 - 0.02, tip + 0.1), (x + lean, tip), (x + lean * 0.8 + 0.02, tip + 0.1)), (0.25, 0.52, 0.3), 0.4, BACK
        )
    sketch.shape(polygon((x - 0.055, foot - 0.1), (x + 0.055, foot - 0.1), (x + 0.04, foot), (x - 0.04, foot)), (0.76, 0.45, 0.32), 0.5, BACK)


def kitchen(sketch: Sketch, air: Air) -> None:
    """Cupboards, a worktop with a cooker, tiles and hanging lamps."""
    random = sketch.random
    front = pick(random, ((0.55, 0.68, 0.66), (0.85, 0.8, 0.7), (0.6, 0.66, 0.78), (0.78, 0.62, 0.5)))
    room(sketch, (0.92, 0.9, 0.85), (0.62, 0.6, 0.58), 0.84, boards=False)
    for level in np.arange(0.36, 0.58, 0.055):
        sketch.line(polyline((-0.05, float(level)), (1.05, float(level))), (0.78, 0.78, 0.76), 0.003)
    for x in np.arange(-0.02, 1.05, 0.075):
        sketch.line(polyline((float(x), 0.34), (float(x), 0.58)), (0.78, 0.78, 0.76), 0.003)
    for x in np.arange(0.0, 1.0, 0.25):
        for y in np.arange(0.86, 1.0, 0.08):
            sketch.shape(
                polygon((float(x), float(y)), (float(x) + 0.12, float(y)), (float(x) + 0.12, float(y) + 0.04), (float(x), float(y) + 0.04)),
                (0.5, 0.48, 0.47),
                0.0,
                0.0,
            )
    middle = number(random, 0.3, 0.7)
    window(sketch, air, middle - 0.11, 0.12, middle + 0.11, 0.4)
    for left in np.arange(-0.04, 1.0, 0.17):
        left = float(left)
        if abs(left + 0.08 - middle) > 0.2:
            sketch.shape(box(left, 0.06, left + 0.165, 0.32, 0.008), front, 0.25, BACK)
            sketch.shape(box(left + 0.02, 0.085, left + 0.145, 0.295, 0.006), mixed(front, (1.0, 1.0, 1.0), 0.16), 0.1, 0.3)
    sketch.shape(box(-0.05, 0.57, 1.05, 0.61), (0.5, 0.38, 0.28), 0.2, BACK)
    cooker = int(random.integers(0, 6))
    for index, left in enumerate(np.arange(-0.04, 1.0, 0.18)):
        left = float(left)
        colour = (0.28, 0.29, 0.32) if index == cooker else front
        sketch.shape(box(left, 0.61, left + 0.175, 0.85, 0.006), colour, 0.25, BACK)
        if index == cooker:
            sketch.shape(box(left + 0.025, 0.68, left + 0.15, 0.8, 0.01), (0.12, 0.12, 0.15), 0.3, 0.4)
            sketch.shape(box(left + 0.04, 0.49, left + 0.14, 0.57, 0.012), (0.75, 0.28, 0.25), 0.6, BACK)
            sketch.shape(box(left + 0.03, 0.48, left + 0.15, 0.5, 0.008), (0.85, 0.4, 0.35), 0.4, BACK)
        else:
            sketch.shape(box(left + 0.07, 0.64, left + 0.11, 0.652, 0.005), (0.35, 0.33, 0.3), 0.3, 0.3)
    for x in (number(random, 0.1, 0.4), number(random, 0.6, 0.9)):
        sketch.line(polyline((x, -0.02), (x, 0.1)), (0.2, 0.2, 0.22), 0.005)
        sketch.shape(polygon((x - 0.02, 0.09), (x + 0.02, 0.09), (x + 0.06, 0.15), (x - 0.06, 0.15)), (0.85, 0.6, 0.25), 0.4, BACK)
        if air.dark:
            sketch.glow(x, 0.17, 0.26, (1.0, 0.85, 0.55), 0.65)


def office(sketch: Sketch, air: Air) -> None:
    """A wide window over the town, a desk with a screen, a shelf."""
    random = sketch.random
    room(sketch, pick(random, ((0.8, 0.83, 0.86), (0.86, 0.84, 0.78), (0.74, 0.8, 0.8))), (0.46, 0.5, 0.56), 0.74, boards=False)
    left = number(random, 0.04, 0.2)
    right = left + number(random, 0.5, 0.62)
    window(sketch, air, left, 0.1, right, 0.5, (0.5, 0.54, 0.58))
    x = left + 0.02
    while x < right - 0.08:
        wide, top = number(random, 0.04, 0.075), number(random, 0.27, 0.44)
        sketch.flat(box(x, top, x + wide, 0.5), mixed((0.32, 0.36, 0.44), air.low, 0.35))
        for y in np.arange(top + 0.02, 0.49, 0.035):
            sketch.flat(
                box(x + 0.01, float(y), x + wide - 0.01, float(y) + 0.012), (1.0, 0.88, 0.55) if air.dark else mixed(air.low, (1.0, 1.0, 1.0), 0.2), 0.75
            )
        x += wide + 0.008
    for level in np.arange(0.12, 0.24, 0.02):
        sketch.flat(box(left, float(level), right, float(level) + 0.008), (0.9, 0.9, 0.88), 0.8)
    for level in (0.22, 0.38, 0.54):
        _shelf(sketch, right + 0.06, 1.02, level)
    desk = (0.66, 0.5, 0.36)
    shift = number(random, -0.12, 0.12)
    sketch.shape(box(0.1 + shift, 0.66, 0.9 + shift, 0.7, 0.006), desk, 0.2, BACK)
    for x in (0.13 + shift, 0.68 + shift):
        sketch.shape(box(x, 0.7, x + 0.2, 0.88), scaled(desk, 0.82), 0.2, BACK)
    for x in (number(random, 0.18, 0.26) + shift, number(random, 0.74, 0.8) + shift):
        sketch.shape(box(x - 0.1, 0.48, x + 0.1, 0.62, 0.008), (0.14, 0.15, 0.18), 0.2, BACK)
        sketch.ramp(box(x - 0.088, 0.492, x + 0.088, 0.608), ((0.45, 0.7, 0.9), (0.25, 0.42, 0.7)))
        for row, long in enumerate(random.uniform(0.04, 0.13, 4)):
            sketch.flat(box(x - 0.075, 0.506 + 0.022 * row, x - 0.075 + float(long), 0.515 + 0.022 * row), (0.92, 0.96, 1.0), 0.85)
        sketch.shape(box(x - 0.014, 0.62, x + 0.014, 0.66), (0.3, 0.31, 0.34), 0.2, 0.4)


def classroom(sketch: Sketch, air: Air) -> None:
    """A blackboard with chalk drawings and rows of desks."""
    random = sketch.random
    room(sketch, pick(random, ((0.93, 0.88, 0.72), (0.8, 0.86, 0.82), (0.86, 0.82, 0.86))), (0.7, 0.56, 0.4), 0.68)
    left = number(random, 0.06, 0.3)
    right = left + 0.62
    sketch.shape(box(left - 0.02, 0.1, right + 0.02, 0.46), (0.5, 0.36, 0.22), 0.2, BACK)
    sketch.shape(box(left, 0.12, right, 0.44), (0.17, 0.34, 0.28), 0.15, 0.4)
    chalk = (0.93, 0.95, 0.92)
    for row in range(3):
        x = left + 0.03
        while x < right - 0.12:
            long = number(random, 0.02, 0.09)
            y = 0.18 + 0.07 * row
            sketch.line(smooth((x, y), (x + long / 3, y - 0.018), (x + 2 * long / 3, y + 0.01), (x + long, y), closed=False), chalk, 0.006)
            x += long + 0.03
    x = number(random, left + 0.1, right - 0.1)
    sketch.line(polyline((x - 0.06, 0.42), (x, 0.34), (x + 0.06, 0.42), (x - 0.06, 0.42)), (0.95, 0.85, 0.5), 0.006)
    if left > 0.18:
        _frame(sketch, 0.08, 0.26, 0.11, 0.15)
    else:
        window(sketch, air, right + 0.06, 0.14, right + 0.22, 0.44)
    desk = (0.8, 0.6, 0.38)
    for foot, wide in ((0.78, 0.17), (0.93, 0.25)):
        for x in np.arange(0.02 + number(random, -0.06, 0.06), 1.05, wide * 1.5):
            x = float(x)
            for leg in (x + 0.02, x + wide - 0.035):
                sketch.shape(box(leg, foot - 0.08, leg + 0.014, foot + 0.03), (0.38, 0.4, 0.44), 0.2, 0.3)
            sketch.shape(box(x, foot - 0.12, x + wide, foot - 0.085, 0.006), desk, 0.25, BACK)
            if random.random() < 0.6:
                sketch.shape(box(x + 0.04, foot - 0.14, x + 0.11, foot - 0.12), pick(random, BOOKS), 0.2, 0.4)


def hospital_room(sketch: Sketch, air: Air) -> None:
    """A bed, a drip, a monitor and a curtain."""
    random = sketch.random
    room(sketch, pick(random, ((0.83, 0.91, 0.9), (0.88, 0.92, 0.95), (0.86, 0.9, 0.84))), (0.7, 0.76, 0.78), 0.72, boards=False)
    sketch.shape(box(-0.05, 0.44, 1.05, 0.47), (0.5, 0.72, 0.72), 0.1, 0.3)
    one, other = _sides(sketch)
    window(sketch, air, one - 0.11, 0.1, one + 0.11, 0.4)
    side = 1 if other > 0.5 else -1
    for index in range(4):
        x = 0.5 + side * (0.32 + 0.05 * index)
        sketch.shape(box(x - 0.026, 0.05, x + 0.028, 0.7, 0.02), (0.55, 0.75, 0.8) if index % 2 else (0.62, 0.82, 0.85), 0.4, BACK)
    sketch.line(polyline((0.5 + side * 0.26, 0.055), (0.5 + side * 0.6, 0.055)), (0.6, 0.63, 0.66), 0.01)
    head = 0.5 - side * number(random, 0.34, 0.4)
    foot = 0.5 + side * number(random, 0.24, 0.34)
    left, right = min(head, foot), max(head, foot)
    sketch.shape(box(head - 0.02, 0.5, head + 0.02, 0.84, 0.01), (0.7, 0.74, 0.78), 0.3, BACK)
    sketch.shape(box(foot - 0.014, 0.6, foot + 0.014, 0.86, 0.01), (0.7, 0.74, 0.78), 0.3, BACK)
    sketch.shape(box(left, 0.65, right, 0.77, 0.03), (0.97, 0.98, 0.98), 0.35, BACK)
    blanket = pick(random, ((0.5, 0.7, 0.78), (0.65, 0.78, 0.66), (0.7, 0.66, 0.8)))
    sketch.shape(box(min(0.5 - side * 0.1, foot), 0.63, max(0.5 - side * 0.1, foot), 0.77, 0.025), blanket, 0.35, BACK)
    sketch.shape(ellipse(head + side * 0.09, 0.635, 0.08, 0.035), (1.0, 1.0, 1.0), 0.5, BACK)
    x = 0.5 - side * 0.2
    sketch.line(polyline((x, 0.2), (x, 0.84)), (0.6, 0.63, 0.66), 0.008)
    sketch.shape(box(x - 0.03, 0.22, x + 0.03, 0.33, 0.015), (0.78, 0.9, 0.95), 0.5, BACK)
    x = one - side * 0.02
    sketch.shape(box(x - 0.08, 0.46, x + 0.08, 0.58, 0.012), (0.35, 0.38, 0.42), 0.3, BACK)
    sketch.flat(box(x - 0.066, 0.474, x + 0.066, 0.566), (0.04, 0.12, 0.12))
    beat = polyline(*[(x - 0.06 + 0.02 * step, 0.53 + lift) for step, lift in enumerate((0.0, 0.0, -0.03, 0.02, 0.0, 0.0, 0.0))])
    sketch.line(beat, (0.4, 1.0, 0.6), 0.006)
