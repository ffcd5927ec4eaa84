"""What several places are built of: trees, hills, windows, houses, lamps."""

import numpy as np
import skia

from hub.engine.render.look import Colour, mixed, scaled
from hub.engine.render.sketch import Point, Sketch, box, ellipse, polygon, polyline, smooth
from hub.engine.render.weather import Air

LEAVES: tuple[Colour, ...] = ((0.26, 0.55, 0.24), (0.38, 0.62, 0.22), (0.2, 0.47, 0.3), (0.55, 0.6, 0.2))
WALLS: tuple[Colour, ...] = ((0.86, 0.72, 0.56), (0.66, 0.76, 0.8), (0.76, 0.66, 0.74), (0.7, 0.8, 0.68), (0.9, 0.84, 0.72), (0.62, 0.66, 0.8))
BACK = 0.55
"""Outlines of what is far are this much of the style's."""


def pick(random: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    """Returns one of the colours."""
    return colours[int(random.integers(len(colours)))]


def number(random: np.random.Generator, low: float, high: float) -> float:
    """Returns a number between two."""
    return float(random.uniform(low, high))


def ground(sketch: Sketch, top: float, colour: Colour, rise: float = 0.02) -> None:
    """Notes land from about `top` down to the picture's foot, its edge gently waved."""
    random = sketch.random
    edge = [(x, top + number(random, -rise, rise)) for x in np.linspace(-0.1, 1.1, 6)]
    path = smooth(*[(float(x), y) for x, y in edge], closed=False)
    path.lineTo(1.1, 1.1)
    path.lineTo(-0.1, 1.1)
    path.close()
    sketch.shape(path, colour, 0.12, BACK)


def tufts(sketch: Sketch, top: float, colour: Colour, count: int = 26) -> None:
    """Notes blades of grass, larger towards the viewer."""
    for x, y in sketch.random.random((count, 2)):
        near = y**0.7
        x, y, tall = float(x), float(top + 0.03 + near * (0.97 - top)), 0.012 + 0.026 * float(near)
        for lean in (-0.5, 0.0, 0.6):
            sketch.line(polyline((x, y), (x + lean * tall, y - tall)), colour, 0.003 + 0.002 * float(near))


def tree(sketch: Sketch, x: float, foot: float, tall: float, leaves: Colour, bark: Colour = (0.42, 0.29, 0.19)) -> None:
    """Notes a broad-leaved tree."""
    wide = 0.05 * tall
    trunk = polygon((x - wide, foot), (x - 0.6 * wide, foot - 0.6 * tall), (x + 0.6 * wide, foot - 0.6 * tall), (x + wide, foot))
    sketch.shape(trunk, bark, 0.5, BACK)
    crown = skia.Path()
    for along, up, radius in ((-0.2, 0.55, 0.2), (0.2, 0.56, 0.2), (0.0, 0.78, 0.22), (0.0, 0.58, 0.22), (-0.14, 0.7, 0.19), (0.15, 0.71, 0.19)):
        part = ellipse(x + along * tall, foot - up * tall, radius * tall * number(sketch.random, 0.88, 1.08))
        crown = skia.Op(crown, part, skia.PathOp.kUnion_PathOp)
    sketch.shape(crown, leaves, 0.75, BACK)
    for along, up in sketch.random.uniform((-0.25, 0.5), (0.22, 0.82), (5, 2)):
        sketch.shape(ellipse(x + float(along) * tall, foot - float(up) * tall, 0.055 * tall, 0.035 * tall), mixed(leaves, (0.95, 1.0, 0.5), 0.24), 0.2, 0.0)


def pine(sketch: Sketch, x: float, foot: float, tall: float, leaves: Colour) -> None:
    """Notes a conifer."""
    sketch.shape(box(x - 0.03 * tall, foot - 0.2 * tall, x + 0.03 * tall, foot), (0.36, 0.25, 0.17), 0.4, BACK)
    for low, high, wide in ((0.1, 0.52, 0.24), (0.36, 0.76, 0.19), (0.6, 1.0, 0.14)):
        sketch.shape(polygon((x, foot - high * tall), (x + wide * tall, foot - low * tall), (x - wide * tall, foot - low * tall)), leaves, 0.45, BACK)


def bush(sketch: Sketch, x: float, foot: float, wide: float, leaves: Colour) -> None:
    """Notes a low shrub."""
    path = skia.Path()
    for along, radius in ((-0.32, 0.24), (0.0, 0.34), (0.32, 0.25)):
        path = skia.Op(path, ellipse(x + along * wide, foot - 0.18 * wide, radius * wide), skia.PathOp.kUnion_PathOp)
    sketch.shape(path, leaves, 0.65, BACK)


def flower(sketch: Sketch, x: float, foot: float, tall: float, petals: Colour) -> None:
    """Notes a flower on its stalk."""
    sketch.line(polyline((x, foot), (x, foot - tall)), (0.2, 0.45, 0.2), 0.1 * tall)
    for turn in np.radians(np.arange(0, 360, 72)):
        sketch.shape(ellipse(x + 0.2 * tall * float(np.cos(turn)), foot - tall + 0.2 * tall * float(np.sin(turn)), 0.17 * tall), petals, 0.3, 0.25)
    sketch.shape(ellipse(x, foot - tall, 0.14 * tall), (0.97, 0.8, 0.25), 0.3, 0.25)


def peaks(sketch: Sketch, foot: float, tops: list[Point], colour: Colour, snow: bool) -> None:
    """Notes mountains by their tops."""
    for x, y in tops:
        half = (foot - y) * 0.8
        lean = number(sketch.random, -0.1, 0.1) * half
        sketch.shape(
            polygon((x - half, foot), (x - 0.45 * half + lean, y + 0.5 * (foot - y)), (x, y), (x + 0.5 * half + lean, y + 0.42 * (foot - y)), (x + half, foot)),
            colour,
            0.35,
            BACK,
        )
        sketch.shape(polygon((x, y), (x + 0.5 * half + lean, y + 0.42 * (foot - y)), (x + half, foot), (x + 0.12 * half, foot)), scaled(colour, 0.72), 0.1, 0.0)
        if snow:
            deep = 0.28 * (foot - y)
            cap = polygon(
                (x, y),
                (x + 0.6 * deep, y + deep * 0.86),
                (x + 0.2 * deep, y + 0.72 * deep),
                (x, y + 1.1 * deep),
                (x - 0.25 * deep, y + 0.75 * deep),
                (x - 0.5 * deep, y + deep),
            )
            sketch.shape(cap, (0.95, 0.97, 1.0), 0.3, BACK)


def window(sketch: Sketch, air: Air, left: float, top: float, right: float, bottom: float, frame: Colour = (0.93, 0.91, 0.86)) -> None:
    """Notes a window with the sky in it."""
    edge = 0.014
    sketch.shape(box(left - edge, top - edge, right + edge, bottom + edge), frame, 0.2, BACK)
    sketch.ramp(box(left, top, right, bottom), (air.top, air.low))
    if air.time == "night":
        for x, y in sketch.random.uniform((left + 0.01, top + 0.01), (right - 0.01, bottom - 0.05), (8, 2)):
            sketch.flat(ellipse(float(x), float(y), 0.0025), (0.95, 0.95, 1.0))
    else:
        sketch.flat(ellipse(left + 0.7 * (right - left), bottom - 0.01, 0.05, 0.03), mixed((0.3, 0.5, 0.3), air.low, 0.4))
    sketch.shape(box((left + right) / 2 - edge / 2, top, (left + right) / 2 + edge / 2, bottom), frame, 0.1, 0.3)
    sketch.shape(box(left, (top + bottom) / 2 - edge / 2, right, (top + bottom) / 2 + edge / 2), frame, 0.1, 0.3)
    if air.time in ("day", "dawn"):
        sketch.glow((left + right) / 2, (top + bottom) / 2, 0.3, mixed(air.low, (1.0, 1.0, 0.9), 0.5), 0.28)


def house_front(sketch: Sketch, air: Air, left: float, right: float, top: float, foot: float, wall: Colour) -> None:
    """Notes a town house with windows, lit when it is dark."""
    sketch.shape(box(left, top, right, foot), wall, 0.2, BACK)
    columns = max(1, int((right - left) / 0.065))
    rows = max(1, int((foot - top - 0.05) / 0.085))
    for row in range(rows):
        for column in range(columns):
            x = left + (right - left) * (column + 0.5) / columns
            y = top + 0.055 + row * 0.085
            pane = box(x - 0.017, y - 0.024, x + 0.017, y + 0.024)
            lit = air.dark and sketch.random.random() < 0.55
            if lit:
                sketch.flat(pane, (1.0, 0.84, 0.45) if air.style != "science_fiction" else (0.4, 0.95, 1.0))
            else:
                sketch.shape(pane, mixed(scaled(wall, 0.45), air.low, 0.3), 0.1, 0.3)


def street_lamp(sketch: Sketch, air: Air, x: float, foot: float, tall: float) -> None:
    """Notes a street lamp, shining when it is dark."""
    sketch.shape(box(x - 0.007, foot - tall, x + 0.007, foot), (0.22, 0.24, 0.28), 0.3, 0.4)
    sketch.shape(
        polygon((x - 0.025, foot - tall), (x - 0.016, foot - tall - 0.05), (x + 0.016, foot - tall - 0.05), (x + 0.025, foot - tall)),
        (0.95, 0.9, 0.7),
        0.3,
        0.5,
    )
    if air.dark:
        sketch.glow(x, foot - tall - 0.02, 0.17, (1.0, 0.82, 0.45), 0.9)


def room(sketch: Sketch, wall: Colour, floor: Colour, edge: float, boards: bool = True) -> None:
    """Notes a wall and a floor that meet at `edge`."""
    sketch.shape(box(-0.05, -0.05, 1.05, edge + 0.02), wall, 0.22, 0.0)
    sketch.shape(box(-0.05, edge, 1.05, 1.05), floor, 0.15, BACK)
    if boards:
        for x in np.linspace(-1.2, 2.2, 15):
            sketch.line(polyline((0.5 + 0.55 * (float(x) - 0.5), edge), (float(x), 1.05)), scaled(floor, 0.78), 0.004)
    sketch.shape(box(-0.05, edge - 0.022, 1.05, edge), mixed(wall, (1.0, 1.0, 1.0), 0.5), 0.1, 0.4)
