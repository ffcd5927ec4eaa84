"""Stage and cathedral."""

import numpy as np
import skia

from hub.engine.render.look import mixed, scaled
from hub.engine.render.places.parts import BACK, number, pick
from hub.engine.render.sketch import Sketch, arch, box, ellipse, polygon, polyline, smooth
from hub.engine.render.weather import DAYLIGHT, Air


def stage(sketch: Sketch, air: Air) -> None:
    """Curtains, spotlights, boards and the heads of an audience."""
    random = sketch.random
    cloth = pick(random, ((0.68, 0.13, 0.18), (0.2, 0.25, 0.55), (0.42, 0.16, 0.45), (0.12, 0.42, 0.38)))
    sketch.shape(box(-0.05, -0.05, 1.05, 0.8), mixed(scaled(cloth, 0.34), (0.1, 0.08, 0.16), 0.4), 0.2, 0.0)
    for x in np.linspace(0.0, 1.0, 12):
        sketch.line(polyline((float(x), 0.0), (float(x), 0.78)), scaled(cloth, 0.28), 0.012)
    sketch.shape(box(-0.05, 0.74, 1.05, 1.05), (0.62, 0.42, 0.26), 0.15, BACK)
    for y in (0.78, 0.83, 0.89):
        sketch.line(polyline((-0.05, y), (1.05, y)), (0.45, 0.29, 0.17), 0.005)
    wide = number(random, 0.16, 0.25)
    for side in (0, 1):
        for index in range(4):
            x = wide * index / 4 if side == 0 else 1 - wide * (index + 1) / 4
            fold = smooth((x - 0.006, -0.05), (x + wide / 4 + 0.006, -0.05), (x + wide / 4 + 0.012, 0.4), (x + wide / 4, 0.8), (x, 0.8), (x - 0.012, 0.4))
            sketch.shape(fold, cloth, 0.6, BACK)
    for index in range(6):
        sketch.shape(ellipse((index + 0.5) / 6, -0.01, 0.1, 0.11), cloth, 0.5, BACK)
    bulbs = ((1.0, 0.95, 0.8), (1.0, 0.7, 0.85), (0.65, 0.85, 1.0), (0.85, 1.0, 0.7))
    strength = 0.16 + 0.16 * (1 - DAYLIGHT[air.time])
    for x in random.permutation(np.linspace(0.12, 0.88, 5))[: int(random.integers(2, 5))]:
        end = number(random, 0.2, 0.8)
        colour = pick(random, bulbs)
        beam = polygon((float(x) - 0.015, 0.05), (float(x) + 0.015, 0.05), (end + 0.15, 0.86), (end - 0.15, 0.86))
        sketch.ramp(beam, (colour, colour), (2.4 * strength, 0.6 * strength))
        sketch.flat(ellipse(end, 0.86, 0.15, 0.03), colour, strength)
        sketch.shape(ellipse(float(x), 0.045, 0.026), (0.2, 0.2, 0.24), 0.4, BACK)
        sketch.glow(float(x), 0.055, 0.07, colour, 0.9)
    for x in np.linspace(0.0, 1.0, 10) + random.uniform(-0.02, 0.02, 10):
        sketch.shape(ellipse(float(x), 1.0 + number(random, -0.012, 0.012), 0.046, 0.055), (0.13, 0.11, 0.17), 0.3, 0.4)


def cathedral(sketch: Sketch, air: Air) -> None:
    """Tall pillars, pointed vaults, a rose window and pews."""
    random = sketch.random
    stone = pick(random, ((0.74, 0.7, 0.62), (0.66, 0.67, 0.72), (0.76, 0.66, 0.58)))
    sketch.shape(box(-0.05, -0.05, 1.05, 0.75), scaled(stone, 0.72), 0.3, 0.0)
    sketch.shape(box(-0.05, 0.7, 1.05, 1.05), scaled(stone, 0.6), 0.15, BACK)
    for row in range(4):
        for column in range(8):
            if (row + column) % 2:
                top, next_top = 0.7 + 0.02 * row * (row + 1), 0.7 + 0.02 * (row + 1) * (row + 2)
                corners = [
                    (0.5 + (column + edge - 4) * (0.08 + 0.26 * (level - 0.7)), level) for edge, level in ((0, top), (1, top), (1, next_top), (0, next_top))
                ]
                sketch.shape(polygon(*corners), scaled(stone, 0.8), 0.0, 0.0)
    shine = 0.25 + 0.75 * DAYLIGHT[air.time]
    glass = tuple(scaled(colour, shine) for colour in ((0.85, 0.25, 0.3), (0.25, 0.45, 0.85), (0.95, 0.75, 0.3), (0.35, 0.7, 0.45), (0.6, 0.35, 0.8)))
    radius = number(random, 0.1, 0.14)
    shift = number(random, -0.04, 0.04)
    _rose(sketch, 0.5 + shift, 0.2, radius, glass)
    for x in (0.3, 0.41, 0.59, 0.7):
        _lancet(sketch, x + shift, 0.6, 0.07, number(random, 0.2, 0.26), glass)
    sketch.glow(0.5 + shift, 0.25, 0.4, mixed(air.low, (1.0, 0.9, 0.7), 0.5), 0.4 * shine)
    for x, wide in ((0.2, 0.05), (0.8, 0.05), (0.06, 0.085), (0.94, 0.085)):
        x += number(random, -0.015, 0.015)
        sketch.shape(box(x - wide / 2, 0.1, x + wide / 2, 0.8), stone, 0.6, BACK)
        sketch.shape(box(x - 0.72 * wide, 0.77, x + 0.72 * wide, 0.82), stone, 0.3, BACK)
        sketch.shape(polygon((x - 0.8 * wide, 0.1), (x + 0.8 * wide, 0.1), (x + wide / 2, 0.16), (x - wide / 2, 0.16)), stone, 0.3, BACK)
    for left, right in ((-0.1, 0.2), (0.2, 0.8), (0.8, 1.1)):
        rib = skia.Path()
        rib.moveTo(left, 0.12)
        rib.quadTo(left + 0.1 * (right - left), -0.1, (left + right) / 2, -0.14)
        rib.quadTo(right - 0.1 * (right - left), -0.1, right, 0.12)
        sketch.line(rib, stone, 0.026)
    wood = (0.42, 0.27, 0.16)
    for foot, half in ((0.84, 0.15), (0.94, 0.19)):
        for side in (-1, 1):
            x = 0.5 + side * (0.22 + 0.9 * (foot - 0.74))
            sketch.shape(box(x - half, foot - 0.08, x + half, foot + 0.02, 0.008), wood, 0.3, BACK)
            sketch.shape(box(x - half - 0.01, foot - 0.1, x + half + 0.01, foot - 0.075, 0.008), mixed(wood, (1.0, 0.9, 0.7), 0.15), 0.3, 0.4)


def _rose(sketch: Sketch, x: float, y: float, radius: float, glass: tuple[tuple[float, float, float], ...]) -> None:
    sketch.shape(ellipse(x, y, radius), (0.25, 0.23, 0.24), 0.2, BACK)
    turns = np.radians(np.arange(0, 360, 36))
    for index, turn in enumerate(turns):
        for share, size in ((0.68, 0.2), (0.36, 0.12)):
            sketch.flat(
                ellipse(x + share * radius * float(np.cos(turn)), y + share * radius * float(np.sin(turn)), size * radius),
                glass[(index + int(10 * share)) % len(glass)],
            )
    sketch.flat(ellipse(x, y, 0.17 * radius), glass[2])


def _lancet(sketch: Sketch, x: float, foot: float, wide: float, tall: float, glass: tuple[tuple[float, float, float], ...]) -> None:
    sketch.shape(arch(x, foot, wide + 0.014, tall + 0.012), (0.25, 0.23, 0.24), 0.2, BACK)
    for row in range(5):
        for column in range(2):
            left = x - wide / 2 + column * wide / 2 + 0.003
            level = foot - (row + 1) * (tall - wide / 2) / 5
            sketch.flat(box(left, level, left + wide / 2 - 0.006, level + (tall - wide / 2) / 5 - 0.005), glass[int(sketch.random.integers(len(glass)))])
    sketch.flat(ellipse(x, foot - tall + wide / 2, wide * 0.38), glass[int(sketch.random.integers(len(glass)))])
