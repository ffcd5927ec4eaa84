"""City street, alley, amusement park and graveyard."""

from itertools import pairwise

import numpy as np
import skia

from hub.engine.render.look import mixed, scaled
from hub.engine.render.places.parts import BACK, WALLS, ground, house_front, number, pick, street_lamp, tufts
from hub.engine.render.sketch import Sketch, arch, box, ellipse, polygon, polyline, smooth
from hub.engine.render.weather import Air


def city_street(sketch: Sketch, air: Air) -> None:
    """Houses on both sides, a road and lamps."""
    random = sketch.random
    x = -0.06
    while x < 1.0:
        wide = number(random, 0.1, 0.18)
        house_front(sketch, air, x, x + wide, number(random, 0.2, 0.46), 0.66, mixed(pick(random, WALLS), air.low, 0.45))
        x += wide
    for left, right in ((-0.05, number(random, 0.14, 0.28)), (number(random, 0.72, 0.86), 1.05)):
        house_front(sketch, air, left, right, number(random, 0.04, 0.22), 0.72, pick(random, WALLS))
        awning = mixed(pick(random, WALLS), (0.85, 0.25, 0.25), 0.6)
        sketch.shape(polygon((left, 0.56), (right, 0.56), (right + 0.03, 0.61), (left - 0.03, 0.61)), awning, 0.3, BACK)
    sketch.shape(box(-0.05, 0.66, 1.05, 1.05), (0.68, 0.66, 0.64), 0.1, BACK)
    sketch.shape(polygon((0.4, 0.66), (0.6, 0.66), (1.0, 1.05), (0.0, 1.05)), (0.36, 0.37, 0.41), 0.1, BACK)
    for top in (0.68, 0.74, 0.84):
        half, tall = 0.008 + 0.03 * (top - 0.66), 0.02 + 0.2 * (top - 0.66)
        sketch.shape(polygon((0.5 - half, top), (0.5 + half, top), (0.5 + 1.4 * half, top + tall), (0.5 - 1.4 * half, top + tall)), (0.93, 0.9, 0.7), 0.0, 0.0)
    for side in (-1, 1):
        street_lamp(sketch, air, 0.5 + side * number(random, 0.22, 0.34), 0.76, 0.36)


def alley(sketch: Sketch, air: Air) -> None:
    """Two brick walls close together, pipes, a dustbin and a strip of sky."""
    random = sketch.random
    far = mixed(pick(random, WALLS), air.low, 0.3)
    house_front(sketch, air, 0.34, 0.66, 0.2, 0.62, scaled(far, 0.7))
    sketch.shape(box(-0.05, 0.6, 1.05, 1.05), (0.34, 0.33, 0.35), 0.2, 0.0)
    inner = number(random, 0.26, 0.36)
    brick = pick(random, ((0.52, 0.3, 0.25), (0.45, 0.36, 0.33), (0.4, 0.34, 0.38)))
    for side in (0, 1):
        outer, near = (-0.05, inner) if side == 0 else (1.05, 1 - inner)
        sketch.shape(polygon((outer, -0.05), (near, -0.05), (near, 0.62), (outer, 0.9)), brick, 0.35, BACK)
        levels = np.linspace(0.0, 0.9, 12)
        for row, (level, next_level) in enumerate(pairwise(levels)):
            sketch.line(polyline((outer, float(level)), (near, float(level) * 0.69)), scaled(brick, 0.7), 0.0045)
            for along in (0.2, 0.5, 0.8):
                share = along + 0.14 * (row % 2)
                x = outer + (near - outer) * share
                sketch.line(polyline((x, float(level) * (1 - 0.31 * share)), (x, float(next_level) * (1 - 0.31 * share))), scaled(brick, 0.7), 0.004)
    pipe = inner * number(random, 0.4, 0.8)
    sketch.shape(box(pipe - 0.012, -0.05, pipe + 0.012, 0.74), (0.5, 0.52, 0.54), 0.6, BACK)
    x = 1 - inner * number(random, 0.45, 0.7)
    sketch.shape(box(x - 0.08, 0.28, x + 0.08, 0.42), (0.16, 0.18, 0.22), 0.2, BACK)
    if air.dark:
        sketch.flat(box(x - 0.07, 0.29, x + 0.07, 0.41), (0.95, 0.8, 0.4), 0.9)
        sketch.glow(x, 0.36, 0.2, (0.95, 0.75, 0.35), 0.5)
    sketch.line(smooth((inner, 0.14), (0.5, 0.2), (1 - inner, 0.12), closed=False), (0.1, 0.1, 0.12), 0.005)
    cans = number(random, 0.05, 0.3) if random.random() < 0.5 else number(random, 0.7, 0.95)
    sketch.shape(polygon((cans - 0.06, 0.66), (cans + 0.06, 0.66), (cans + 0.05, 0.82), (cans - 0.05, 0.82)), (0.45, 0.5, 0.5), 0.6, BACK)
    sketch.shape(ellipse(cans, 0.66, 0.07, 0.018), (0.55, 0.6, 0.6), 0.3, BACK)
    sketch.shape(ellipse(number(random, 0.35, 0.65), number(random, 0.82, 0.92), 0.13, 0.022), mixed((0.3, 0.34, 0.42), air.low, 0.4), 0.1, 0.0)


def amusement_park(sketch: Sketch, air: Air) -> None:
    """A big wheel, tents, pennants."""
    random = sketch.random
    colours = ((0.9, 0.3, 0.32), (0.96, 0.78, 0.25), (0.3, 0.6, 0.85), (0.4, 0.72, 0.45), (0.8, 0.45, 0.8))
    x, y, radius = number(random, 0.16, 0.84), number(random, 0.28, 0.34), number(random, 0.19, 0.24)
    steel = (0.6, 0.62, 0.72)
    sketch.shape(polygon((x - 0.015, y), (x + 0.015, y), (x + 0.16, 0.7), (x + 0.12, 0.7), (x, y + 0.08), (x - 0.12, 0.7), (x - 0.16, 0.7)), steel, 0.2, BACK)
    turn = number(random, 0, 30)
    for angle in np.radians(np.arange(0, 360, 30) + turn):
        end = (x + radius * float(np.cos(angle)), y + radius * float(np.sin(angle)))
        sketch.line(polyline((x, y), end), steel, 0.006)
    rim = skia.Path()
    rim.addCircle(x, y, radius)
    sketch.line(rim, mixed(steel, (1.0, 1.0, 1.0), 0.3), 0.011)
    for index, angle in enumerate(np.radians(np.arange(0, 360, 30) + turn)):
        end = (x + radius * float(np.cos(angle)), y + radius * float(np.sin(angle)))
        sketch.shape(box(end[0] - 0.022, end[1], end[0] + 0.022, end[1] + 0.042, 0.01), colours[index % 5], 0.4, BACK)
        if air.dark:
            sketch.glow(end[0], end[1], 0.04, (1.0, 0.9, 0.5), 0.9)
    ground(sketch, 0.69, (0.72, 0.68, 0.55), 0.01)
    for left in random.permutation(np.linspace(0.0, 0.8, 4))[:3]:
        _tent(sketch, float(left) + number(random, -0.03, 0.03), number(random, 0.44, 0.52), pick(random, colours))
    swing = number(random, 0.06, 0.12)
    for index in range(9):
        px = index / 8
        py = number(random, 0.0, 0.004) + 0.04 + swing * 4 * px * (1 - px) * 0.5
        sketch.shape(polygon((px - 0.03, py), (px + 0.03, py), (px, py + 0.065)), colours[index % 5], 0.1, BACK)


def _tent(sketch: Sketch, left: float, top: float, colour: tuple[float, float, float]) -> None:
    wide, foot = 0.24, 0.74
    for index in range(6):
        one, two = left + wide * index / 6, left + wide * (index + 1) / 6
        part = colour if index % 2 == 0 else (0.97, 0.95, 0.9)
        sketch.shape(polygon((one, top + 0.1), (two, top + 0.1), (two, foot), (one, foot)), part, 0.1, 0.3)
        sketch.shape(
            polygon((left + wide / 2, top), (two + (0.02 if index == 5 else 0), top + 0.12), (one - (0.02 if index == 0 else 0), top + 0.12)), part, 0.2, 0.3
        )
    sketch.shape(
        polygon((left + wide / 2, top), (left + wide / 2, top - 0.06), (left + wide / 2 + 0.05, top - 0.045), (left + wide / 2 + 0.004, top - 0.028)),
        colour,
        0.1,
        0.4,
    )


def graveyard(sketch: Sketch, air: Air) -> None:
    """Stones and crosses, a bare tree, a chapel far away."""
    random = sketch.random
    hill = mixed((0.3, 0.38, 0.3), air.low, 0.4)
    ground(sketch, 0.56, hill, 0.03)
    x = number(random, 0.15, 0.85)
    sketch.shape(box(x - 0.07, 0.44, x + 0.07, 0.58), mixed((0.4, 0.4, 0.44), air.low, 0.3), 0.2, BACK)
    sketch.shape(polygon((x - 0.085, 0.45), (x, 0.33), (x + 0.085, 0.45)), mixed((0.26, 0.24, 0.3), air.low, 0.2), 0.2, BACK)
    sketch.line(polyline((x, 0.33), (x, 0.27)), (0.2, 0.2, 0.24), 0.007)
    sketch.line(polyline((x - 0.02, 0.295), (x + 0.02, 0.295)), (0.2, 0.2, 0.24), 0.007)
    ground(sketch, 0.64, (0.36, 0.44, 0.3), 0.02)
    side = number(random, 0.03, 0.16)
    _bare_tree(sketch, side if x > 0.5 else 1 - side, 0.78)
    spots = sorted([(float(x), number(random, 0.7, 0.92)) for x in np.linspace(0.05, 0.95, 7) + random.uniform(-0.05, 0.05, 7)], key=lambda spot: spot[1])
    for x, foot in spots:
        tall = 0.07 + 0.28 * (foot - 0.62)
        stone = mixed((0.6, 0.61, 0.62), (0.5, 0.55, 0.48), float(random.random()))
        if random.random() < 0.65:
            sketch.shape(arch(x, foot, 0.7 * tall, tall), stone, 0.35, BACK)
            for level in (0.62, 0.5):
                sketch.line(polyline((x - 0.18 * tall, foot - level * tall), (x + 0.18 * tall, foot - level * tall)), scaled(stone, 0.6), 0.05 * tall)
        else:
            sketch.shape(box(x - 0.08 * tall, foot - 1.15 * tall, x + 0.08 * tall, foot), stone, 0.3, BACK)
            sketch.shape(box(x - 0.32 * tall, foot - 0.9 * tall, x + 0.32 * tall, foot - 0.74 * tall), stone, 0.3, BACK)
    tufts(sketch, 0.7, (0.25, 0.34, 0.2))


def _bare_tree(sketch: Sketch, x: float, foot: float) -> None:
    bark = (0.23, 0.19, 0.18)
    side = 1 if x < 0.5 else -1
    sketch.line(smooth((x, foot), (x + 0.015 * side, foot - 0.2), (x - 0.01 * side, foot - 0.38), closed=False), bark, 0.032)
    for start, end, wide in (((0.01, 0.24), (0.16, 0.42), 0.016), ((0.0, 0.32), (-0.11, 0.5), 0.014), ((-0.01, 0.38), (0.05, 0.58), 0.013)):
        one, two = (x + side * start[0], foot - start[1]), (x + side * end[0], foot - end[1])
        sketch.line(polyline(one, two), bark, wide)
        middle = ((one[0] + two[0]) / 2, (one[1] + two[1]) / 2)
        for across, up in ((0.06, 0.05), (-0.03, 0.08)):
            sketch.line(polyline(middle, (middle[0] + side * across, middle[1] - up)), bark, 0.5 * wide)
