"""Rotten food, overflowing bin, cockroaches, mouldy bread and slime."""

import numpy as np

from hub.engine.render.sketch import Sketch, box, ellipse, polygon, polyline, smooth

MOULD = (0.36, 0.5, 0.34)
DARK = (0.14, 0.1, 0.08)


def _flies(sketch: Sketch, spots: tuple[tuple[float, float], ...]) -> None:
    for x, y in spots:
        for side in (-1, 1):
            sketch.flat(ellipse(x + side * 0.032, y - 0.02, 0.026, 0.018), (0.85, 0.88, 0.92), 0.85)
        sketch.flat(ellipse(x, y, 0.026, 0.02), DARK)


def _stench(sketch: Sketch, xs: tuple[float, ...], low: float, high: float) -> None:
    for x in xs:
        step = (low - high) / 3
        sketch.line(smooth((x, low), (x - 0.05, low - step), (x + 0.05, low - 2 * step), (x, high), closed=False), (0.55, 0.62, 0.2), 0.028)


def rotten_food(sketch: Sketch) -> None:
    """A brown apple and a fish bone on a plate, with flies."""
    _stench(sketch, (0.24, 0.76), 0.36, 0.12)
    sketch.shape(ellipse(0.5, 0.84, 0.48, 0.12), (0.85, 0.84, 0.8), 0.3)
    apple = smooth((0.16, 0.52), (0.26, 0.38), (0.38, 0.42), (0.52, 0.37), (0.62, 0.54), (0.54, 0.78), (0.38, 0.83), (0.22, 0.78))
    sketch.shape(apple, (0.5, 0.36, 0.16), 0.7)
    for x, y, radius in ((0.3, 0.6, 0.08), (0.46, 0.7, 0.06), (0.48, 0.5, 0.045)):
        sketch.shape(ellipse(x, y, radius, radius * 0.8), MOULD, 0.2, 0.4)
    sketch.line(polyline((0.39, 0.42), (0.44, 0.3)), DARK, 0.03)
    sketch.line(polyline((0.6, 0.82), (0.92, 0.66)), (0.93, 0.92, 0.84), 0.026)
    for share in (0.25, 0.5, 0.75):
        x, y = 0.6 + 0.32 * share, 0.82 - 0.16 * share
        sketch.line(polyline((x - 0.045, y - 0.09), (x + 0.045, y + 0.08)), (0.93, 0.92, 0.84), 0.022)
    sketch.shape(polygon((0.9, 0.67), (0.98, 0.54), (0.99, 0.72)), (0.93, 0.92, 0.84), 0.2, 0.5)
    _flies(sketch, ((0.5, 0.16), (0.34, 0.26), (0.66, 0.3)))


def overflowing_bin(sketch: Sketch) -> None:
    """A bin with rubbish over its edge."""
    for x, y, radius, colour in (
        (0.3, 0.36, 0.14, (0.2, 0.22, 0.26)),
        (0.54, 0.28, 0.17, (0.26, 0.28, 0.34)),
        (0.74, 0.38, 0.12, (0.92, 0.9, 0.84)),
        (0.14, 0.48, 0.09, (0.9, 0.88, 0.8)),
    ):
        sketch.shape(ellipse(x, y, radius, 0.85 * radius), colour, 0.6)
    sketch.shape(polygon((0.62, 0.14), (0.74, 0.1), (0.82, 0.3), (0.7, 0.34)), (0.8, 0.25, 0.22), 0.4, 0.7)
    sketch.shape(smooth((0.2, 0.3), (0.12, 0.14), (0.2, 0.06), (0.26, 0.2)), (0.92, 0.78, 0.22), 0.4, 0.7)
    sketch.shape(polygon((0.14, 0.48), (0.86, 0.48), (0.76, 1.12), (0.24, 1.12)), (0.42, 0.5, 0.48), 0.55)
    for x in (0.33, 0.5, 0.67):
        sketch.line(polyline((x + 0.12 * (x - 0.5), 0.58), (x - 0.04 * (x - 0.5), 1.06)), (0.28, 0.34, 0.33), 0.028)
    sketch.shape(box(0.09, 0.44, 0.91, 0.53, 0.03), (0.5, 0.58, 0.56), 0.4)
    sketch.shape(smooth((0.02, 1.12), (0.06, 1.0), (0.18, 1.02), (0.2, 1.12)), (0.92, 0.9, 0.84), 0.5)
    sketch.shape(polygon((0.82, 1.12), (0.86, 0.98), (0.98, 1.0), (0.97, 1.12)), (0.75, 0.5, 0.3), 0.4)
    _flies(sketch, ((0.38, 0.08), (0.9, 0.18)))


def cockroaches(sketch: Sketch) -> None:
    """Three of them."""
    for x, y, size, turn in ((0.3, 0.36, 1.0, -0.5), (0.72, 0.3, 0.85, 0.7), (0.6, 0.74, 1.1, -1.3)):
        across, down = float(np.cos(turn)), float(np.sin(turn))

        def at(along: float, beside: float, x: float = x, y: float = y, size: float = size, across: float = across, down: float = down) -> tuple[float, float]:
            return x + size * (along * across - beside * down), y + size * (along * down + beside * across)

        for along in (-0.1, 0.0, 0.1):
            for side in (-1, 1):
                sketch.line(polyline(at(along, 0.05 * side), at(along - 0.02, 0.13 * side), at(along - 0.06, 0.17 * side)), DARK, 0.018, shining=True)
        for side in (-1, 1):
            sketch.line(smooth(at(0.17, 0.02 * side), at(0.24, 0.09 * side), at(0.26, 0.16 * side), closed=False), DARK, 0.012, shining=True)
        body = smooth(at(0.18, 0.0), at(0.12, 0.08), at(-0.08, 0.095), at(-0.19, 0.03), at(-0.19, -0.03), at(-0.08, -0.095), at(0.12, -0.08))
        sketch.shape(body, (0.42, 0.2, 0.08), 0.7, 0.6)
        sketch.shape(smooth(at(0.19, 0.0), at(0.14, 0.075), at(0.07, 0.05), at(0.07, -0.05), at(0.14, -0.075)), (0.55, 0.3, 0.12), 0.5, 0.5)
        sketch.line(polyline(at(0.06, 0.0), at(-0.18, 0.0)), DARK, 0.014)


def mouldy_bread(sketch: Sketch) -> None:
    """A slice with green spots."""
    loaf = smooth(
        (0.1, 0.34),
        (0.14, 0.14),
        (0.36, 0.08),
        (0.5, 0.12),
        (0.64, 0.08),
        (0.86, 0.14),
        (0.9, 0.34),
        (0.83, 0.46),
        (0.85, 0.9),
        (0.5, 0.93),
        (0.15, 0.9),
        (0.17, 0.46),
    )
    sketch.shape(loaf, (0.6, 0.38, 0.18), 0.3)
    crumb = smooth(
        (0.17, 0.34),
        (0.2, 0.2),
        (0.36, 0.15),
        (0.5, 0.19),
        (0.64, 0.15),
        (0.8, 0.2),
        (0.83, 0.34),
        (0.76, 0.48),
        (0.78, 0.84),
        (0.5, 0.86),
        (0.22, 0.84),
        (0.24, 0.48),
    )
    sketch.shape(crumb, (0.9, 0.8, 0.58), 0.25, 0.0)
    for x, y, radius in ((0.36, 0.36, 0.12), (0.62, 0.62, 0.15), (0.34, 0.7, 0.08), (0.68, 0.3, 0.07), (0.5, 0.5, 0.06)):
        sketch.shape(ellipse(x, y, radius, 0.85 * radius), (0.3, 0.48, 0.32), 0.4, 0.3)
        sketch.shape(ellipse(x, y, 0.6 * radius, 0.5 * radius), (0.6, 0.7, 0.6), 0.2, 0.0)
        for turn in range(0, 360, 60):
            angle = np.radians(turn)
            sketch.shape(ellipse(x + 1.2 * radius * float(np.cos(angle)), y + 1.05 * radius * float(np.sin(angle)), 0.013), (0.22, 0.36, 0.26), 0.1, 0.0)


def slime(sketch: Sketch) -> None:
    """A green heap that drips and bubbles."""
    green = (0.45, 0.8, 0.2)
    heap = smooth(
        (0.02, 0.9),
        (0.1, 0.74),
        (0.22, 0.6),
        (0.28, 0.34),
        (0.42, 0.2),
        (0.58, 0.22),
        (0.7, 0.4),
        (0.76, 0.62),
        (0.9, 0.74),
        (0.98, 0.9),
        (0.8, 0.97),
        (0.5, 0.95),
        (0.2, 0.97),
    )
    sketch.shape(heap, green, 0.75)
    for x, y, radius in ((0.4, 0.5, 0.085), (0.6, 0.68, 0.1), (0.3, 0.76, 0.06), (0.56, 0.4, 0.05), (0.78, 0.82, 0.055)):
        sketch.shape(ellipse(x, y, radius), (0.68, 0.93, 0.35), 0.6, 0.35)
        sketch.flat(ellipse(x - 0.3 * radius, y - 0.35 * radius, 0.24 * radius), (0.97, 1.0, 0.9), 0.9)
    for x, y, radius in ((0.2, 0.32, 0.05), (0.78, 0.26, 0.06), (0.66, 0.1, 0.04)):
        sketch.shape(ellipse(x, y, radius), green, 0.6, 0.6)
