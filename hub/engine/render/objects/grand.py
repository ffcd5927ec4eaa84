"""What fills the background: rainbow, aurora, galaxy, waterfall, whale, fireworks, confetti and roller coaster."""

import numpy as np
import skia

from hub.engine.render.look import Colour, mixed
from hub.engine.render.sketch import Sketch, box, ellipse, polygon, polyline, smooth

BRIGHT: tuple[Colour, ...] = ((0.95, 0.28, 0.32), (0.98, 0.78, 0.22), (0.3, 0.75, 0.42), (0.28, 0.58, 0.95), (0.78, 0.42, 0.92), (0.98, 0.55, 0.2))


def rainbow(sketch: Sketch) -> None:
    """Six bands of a bow."""
    bands = ((0.93, 0.25, 0.25), (0.98, 0.58, 0.2), (0.98, 0.9, 0.3), (0.35, 0.78, 0.4), (0.28, 0.55, 0.92), (0.58, 0.35, 0.82))
    for index, colour in enumerate(bands):
        outer, inner = 0.5 - 0.024 * index, 0.5 - 0.024 * (index + 1)
        band = skia.Path()
        band.addArc(skia.Rect(0.5 - outer, 0.5 - outer, 0.5 + outer, 0.5 + outer), 180, 180)
        band.arcTo(skia.Rect(0.5 - inner, 0.5 - inner, 0.5 + inner, 0.5 + inner), 0, -180, False)
        band.close()
        sketch.flat(band, colour, 0.82)


def aurora(sketch: Sketch) -> None:
    """Green and violet curtains of light."""
    random = sketch.random
    sketch.ramp(box(0.0, 0.0, 1.0, 0.52), ((0.04, 0.1, 0.24), (0.05, 0.18, 0.3), (0.05, 0.18, 0.3)), (0.8, 0.6, 0.0))
    for base, colours in ((0.34, ((0.6, 0.3, 0.95), (0.2, 0.95, 0.6), (0.3, 1.0, 0.75))), (0.46, ((0.3, 0.4, 0.95), (0.25, 0.98, 0.55), (0.5, 1.0, 0.7)))):
        phase, bend = random.uniform(0, 6), random.uniform(0.04, 0.07)
        places = np.linspace(0.01, 0.96, 40)
        lows = base + bend * np.sin(places * 8 + phase) + 0.012 * np.sin(places * 31 + phase)
        for x, low in zip(places, lows, strict=True):
            high = max(0.0, float(low) - random.uniform(0.2, 0.34))
            sketch.ramp(box(float(x), high, float(x) + 0.026, float(low)), colours, (0.0, 0.4, 0.85))


def galaxy(sketch: Sketch) -> None:
    """A spiral of stars with a bright core, on a dark sky."""
    random = sketch.random
    for share in np.linspace(1.0, 0.7, 20):
        sketch.flat(ellipse(0.5, 0.27, 0.5 * float(share), 0.27 * float(share)), (0.05, 0.03, 0.16), 0.13)
    sketch.glow(0.5, 0.27, 0.27, (0.75, 0.6, 1.0), 0.95)
    sketch.glow(0.5, 0.27, 0.11, (1.0, 0.95, 0.85), 1.0)
    for arm in (0.0, np.pi):
        for step in np.linspace(0.3, 4.6, 75):
            radius = 0.045 + 0.088 * step + random.normal(0, 0.012)
            angle = step * 1.25 + arm + random.normal(0, 0.1)
            x, y = 0.5 + radius * np.cos(angle), 0.27 + 0.5 * radius * np.sin(angle)
            tint = mixed((1.0, 0.75, 0.95), (0.55, 0.75, 1.0), float(random.random()))
            sketch.flat(ellipse(float(x), float(y), float(random.uniform(0.004, 0.013))), tint, 0.85)
    for x, y in random.uniform((0.1, 0.06), (0.9, 0.48), (30, 2)):
        sketch.flat(ellipse(float(x), float(y), 0.004), (1.0, 1.0, 1.0), 0.9)


def waterfall(sketch: Sketch) -> None:
    """White water between two cliffs."""
    rock = (0.45, 0.42, 0.42)
    sketch.shape(polygon((0.0, 0.12), (0.14, 0.04), (0.3, 0.08), (0.36, 0.4), (0.3, 0.9), (0.38, 1.28), (0.0, 1.3)), rock, 0.5)
    sketch.shape(polygon((1.0, 0.1), (0.84, 0.02), (0.7, 0.08), (0.64, 0.4), (0.72, 0.9), (0.62, 1.28), (1.0, 1.3)), rock, 0.5)
    sketch.shape(polygon((0.28, 0.1), (0.72, 0.1), (0.68, 0.5), (0.72, 1.22), (0.28, 1.22), (0.33, 0.5)), (0.55, 0.8, 0.93), 0.3, 0.5)
    for x, top, foot in ((0.34, 0.12, 1.0), (0.42, 0.2, 1.15), (0.5, 0.11, 1.1), (0.58, 0.18, 1.18), (0.66, 0.13, 1.0), (0.46, 0.5, 1.2), (0.55, 0.6, 1.2)):
        sketch.line(polyline((x, top), (0.5 + (x - 0.5) * 0.85, 0.5 * (top + foot)), (x, foot)), (0.97, 0.99, 1.0), 0.024)
    for x, radius in ((0.28, 0.09), (0.4, 0.11), (0.52, 0.12), (0.64, 0.11), (0.74, 0.08)):
        sketch.flat(ellipse(x, 1.25, radius, 0.6 * radius), (0.96, 0.98, 1.0), 0.9)
    for x, y in ((0.1, 0.1), (0.2, 0.08), (0.86, 0.07), (0.94, 0.11)):
        sketch.shape(ellipse(x, y, 0.08, 0.055), (0.28, 0.52, 0.28), 0.5, 0.6)


def whale(sketch: Sketch) -> None:
    """Leaps, its fluke to the right, a spout over its head."""
    for side in (-1, 1):
        sketch.line(smooth((0.24, 0.2), (0.24 + side * 0.05, 0.05), (0.24 + side * 0.12, 0.09), closed=False), (0.75, 0.9, 0.98), 0.022)
    body = smooth(
        (0.03, 0.38), (0.1, 0.25), (0.26, 0.19), (0.46, 0.24), (0.66, 0.36), (0.8, 0.32), (0.86, 0.26), (0.84, 0.4), (0.68, 0.5), (0.4, 0.55), (0.14, 0.52)
    )
    sketch.shape(body, (0.22, 0.38, 0.56), 0.6)
    sketch.shape(smooth((0.04, 0.42), (0.2, 0.44), (0.4, 0.47), (0.6, 0.48), (0.4, 0.545), (0.14, 0.52)), (0.86, 0.9, 0.93), 0.3, 0.4)
    for y in (0.47, 0.5):
        sketch.line(smooth((0.1, y), (0.24, y + 0.012), (0.4, y + 0.018), closed=False), (0.55, 0.64, 0.72), 0.008)
    sketch.shape(
        smooth((0.84, 0.33), (0.8, 0.2), (0.72, 0.12), (0.84, 0.14), (0.88, 0.2), (0.92, 0.12), (0.99, 0.08), (0.97, 0.2), (0.89, 0.34)), (0.2, 0.35, 0.53), 0.5
    )
    sketch.shape(smooth((0.32, 0.46), (0.42, 0.48), (0.44, 0.6), (0.36, 0.57)), (0.18, 0.32, 0.49), 0.4)
    sketch.shape(ellipse(0.15, 0.36, 0.014), (0.05, 0.05, 0.08), 0.1, 0.0)
    sketch.line(smooth((0.04, 0.4), (0.12, 0.43), (0.2, 0.41), closed=False), (0.1, 0.18, 0.28), 0.01)


def fireworks(sketch: Sketch) -> None:
    """Three bursts."""
    random = sketch.random
    for x, y, radius in ((0.22, 0.24, 0.2), (0.56, 0.18, 0.17), (0.82, 0.28, 0.17)):
        colour = BRIGHT[int(random.integers(len(BRIGHT)))]
        sketch.flat(ellipse(x, y, radius), (0.05, 0.04, 0.15), 0.3)
        sketch.glow(x, y, radius, colour, 0.85)
        turn = random.uniform(0, 0.4)
        for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False) + turn:
            across, down = float(np.cos(angle)), float(np.sin(angle))
            ray = polygon(
                (x + 0.25 * radius * across - 0.006 * down, y + 0.25 * radius * down + 0.006 * across),
                (x + 0.9 * radius * across, y + 0.9 * radius * down),
                (x + 0.25 * radius * across + 0.006 * down, y + 0.25 * radius * down - 0.006 * across),
            )
            sketch.flat(ray, mixed(colour, (1.0, 1.0, 1.0), 0.35))
            sketch.flat(ellipse(x + 0.92 * radius * across, y + 0.92 * radius * down, 0.012), mixed(colour, (1.0, 1.0, 0.9), 0.5))
        sketch.flat(ellipse(x, y, 0.022), (1.0, 1.0, 0.92))


def confetti(sketch: Sketch) -> None:
    """Coloured paper in the air."""
    random = sketch.random
    for x, y, turn, kind in random.uniform((0.03, 0.03, 0, 0), (0.97, 0.87, np.pi, 1), (95, 4)):
        across, down = float(np.cos(turn)), float(np.sin(turn))
        colour = BRIGHT[int(kind * len(BRIGHT))]
        long, wide = 0.02, 0.006 + 0.006 * float(kind)
        corners = [
            (float(x) + a * long * across - b * wide * down, float(y) + a * long * down + b * wide * across) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        sketch.shape(polygon(*corners), colour, 0.2, 0.25)
    for x in (0.2, 0.5, 0.8):
        colour = BRIGHT[int(random.integers(len(BRIGHT)))]
        points = [(x + 0.035 * float(np.sin(3.0 * step)), 0.04 + 0.06 * step) for step in range(6)]
        sketch.line(smooth(*points, closed=False), colour, 0.012)


def roller_coaster(sketch: Sketch) -> None:
    """A track with a loop and cars near the top."""
    steel, track = (0.62, 0.64, 0.72), (0.88, 0.25, 0.3)
    heights = {0.06: 0.34, 0.14: 0.18, 0.22: 0.1, 0.3: 0.17, 0.38: 0.36, 0.72: 0.4, 0.8: 0.28, 0.88: 0.24, 0.96: 0.34}
    for x, y in heights.items():
        sketch.line(polyline((x, y), (x, 0.6)), steel, 0.009)
        sketch.line(polyline((x, y + 0.05), (x + 0.05, 0.58)), steel, 0.005)
    rail = smooth(
        (0.02, 0.44),
        (0.1, 0.24),
        (0.22, 0.1),
        (0.34, 0.26),
        (0.46, 0.5),
        (0.6, 0.5),
        (0.66, 0.34),
        (0.55, 0.22),
        (0.44, 0.34),
        (0.5, 0.5),
        (0.64, 0.52),
        (0.78, 0.3),
        (0.88, 0.24),
        (0.98, 0.38),
        closed=False,
    )
    sketch.line(rail, (0.96, 0.92, 0.85), 0.03)
    sketch.line(rail, track, 0.018)
    for x, y, colour in ((0.155, 0.115, BRIGHT[3]), (0.235, 0.065, BRIGHT[1]), (0.315, 0.135, BRIGHT[2])):
        sketch.shape(box(x - 0.036, y - 0.03, x + 0.036, y + 0.018, 0.012), colour, 0.4, 0.8)
        sketch.shape(ellipse(x, y - 0.045, 0.017), (0.9, 0.7, 0.55), 0.4, 0.4)
