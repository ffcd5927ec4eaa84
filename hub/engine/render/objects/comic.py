"""Rubber duck, party hat, clown mask, banana peel and jack-in-the-box, each within 0 to 1 across."""

import numpy as np

from hub.engine.render.sketch import Sketch, box, ellipse, polygon, polyline, smooth

RED = (0.87, 0.22, 0.22)
YELLOW = (0.98, 0.82, 0.2)
BLUE = (0.24, 0.48, 0.85)
WHITE = (0.98, 0.97, 0.94)
DARK = (0.12, 0.1, 0.14)


def rubber_duck(sketch: Sketch) -> None:
    """Seen from its left."""
    body = smooth((0.04, 0.52), (0.12, 0.74), (0.32, 0.9), (0.66, 0.9), (0.92, 0.76), (0.98, 0.5), (0.86, 0.52), (0.66, 0.58), (0.4, 0.52), (0.2, 0.56))
    sketch.shape(body, YELLOW, 0.75)
    sketch.shape(polygon((0.02, 0.26), (0.22, 0.24), (0.22, 0.38), (0.06, 0.38)), (0.96, 0.5, 0.12), 0.4)
    sketch.shape(ellipse(0.36, 0.3, 0.235), YELLOW, 0.85)
    sketch.shape(smooth((0.5, 0.62), (0.78, 0.58), (0.86, 0.64), (0.7, 0.78), (0.54, 0.74)), (0.93, 0.72, 0.13), 0.5)
    sketch.shape(ellipse(0.3, 0.24, 0.05, 0.065), DARK, 0.2, 0.0)
    sketch.flat(ellipse(0.285, 0.22, 0.018), WHITE)


def party_hat(sketch: Sketch) -> None:
    """A striped cone with a pompon."""
    stripes = (RED, YELLOW, BLUE, (0.35, 0.72, 0.4), RED)
    for index, colour in enumerate(stripes):
        one, two = index / 5, (index + 1) / 5
        low, high = 0.95 - 0.77 * one, 0.95 - 0.77 * two
        left, right = 0.4 * (1 - one), 0.4 * (1 - two)
        sketch.shape(polygon((0.5 - left, low), (0.5 + left, low), (0.5 + right, high - 0.02), (0.5 - right, high - 0.02)), colour, 0.4, 0.5)
    for x, y in ((0.4, 0.82), (0.58, 0.7), (0.46, 0.52), (0.62, 0.86)):
        sketch.shape(ellipse(x, y, 0.035), WHITE, 0.2, 0.0)
    sketch.shape(ellipse(0.5, 0.95, 0.42, 0.045), WHITE, 0.4)
    for turn in np.radians(np.arange(0, 360, 45)):
        sketch.shape(ellipse(0.5 + 0.07 * float(np.cos(turn)), 0.13 + 0.07 * float(np.sin(turn)), 0.06), YELLOW, 0.5, 0.4)
    sketch.shape(ellipse(0.5, 0.13, 0.07), (1.0, 0.9, 0.5), 0.5, 0.0)


def clown_mask(sketch: Sketch) -> None:
    """White face, red nose, tufts of hair."""
    for x, y, radius in ((0.12, 0.3, 0.11), (0.1, 0.46, 0.1), (0.88, 0.3, 0.11), (0.9, 0.46, 0.1), (0.18, 0.18, 0.1), (0.82, 0.18, 0.1)):
        sketch.shape(ellipse(x, y, radius), (0.95, 0.45, 0.12), 0.6)
    sketch.shape(ellipse(0.5, 0.52, 0.36, 0.44), WHITE, 0.6)
    for x in (0.35, 0.65):
        sketch.shape(polygon((x - 0.06, 0.4), (x, 0.22), (x + 0.06, 0.4), (x, 0.56)), BLUE, 0.2, 0.4)
        sketch.shape(ellipse(x, 0.4, 0.06, 0.065), DARK, 0.2, 0.3)
    sketch.shape(smooth((0.24, 0.68), (0.38, 0.72), (0.5, 0.73), (0.62, 0.72), (0.76, 0.68), (0.66, 0.84), (0.5, 0.9), (0.34, 0.84)), RED, 0.3)
    sketch.shape(smooth((0.34, 0.745), (0.5, 0.77), (0.66, 0.745), (0.5, 0.83)), WHITE, 0.1, 0.4)
    sketch.shape(ellipse(0.5, 0.56, 0.095), RED, 0.9)


def banana_peel(sketch: Sketch) -> None:
    """Four flaps lying open."""
    for tip, bow in (((0.02, 0.86), (0.12, 0.48)), ((0.98, 0.86), (0.88, 0.48)), ((0.3, 0.97), (0.3, 0.62)), ((0.72, 0.97), (0.7, 0.62))):
        flap = smooth((0.45, 0.32), (bow[0], bow[1]), tip, ((bow[0] + tip[0]) / 2 + 0.1 * (0.5 - bow[0]), tip[1] - 0.08), (0.55, 0.5))
        sketch.shape(flap, YELLOW, 0.5)
        sketch.line(polyline((0.5, 0.42), bow), (0.84, 0.62, 0.12), 0.014)
    sketch.shape(smooth((0.42, 0.46), (0.44, 0.2), (0.56, 0.2), (0.58, 0.46), (0.5, 0.56)), (1.0, 0.88, 0.35), 0.5)
    sketch.shape(box(0.465, 0.06, 0.535, 0.22, 0.02), (0.5, 0.36, 0.12), 0.4)


def jack_in_the_box(sketch: Sketch) -> None:
    """A head on a spring over a box."""
    sketch.shape(polygon((0.2, 0.58), (0.04, 0.36), (0.16, 0.3), (0.3, 0.56)), BLUE, 0.3)
    for y in (0.6, 0.54, 0.48, 0.42):
        sketch.line(polyline((0.4, y), (0.6, y - 0.03)), (0.55, 0.57, 0.6), 0.03)
    sketch.shape(box(0.14, 0.58, 0.86, 0.98), RED, 0.4)
    sketch.shape(box(0.14, 0.58, 0.86, 0.66), YELLOW, 0.3)
    sketch.shape(polygon((0.5, 0.69), (0.62, 0.82), (0.5, 0.95), (0.38, 0.82)), YELLOW, 0.2, 0.5)
    sketch.shape(polygon((0.3, 0.2), (0.12, 0.06), (0.42, 0.08)), BLUE, 0.3)
    sketch.shape(polygon((0.7, 0.2), (0.88, 0.06), (0.58, 0.08)), RED, 0.3)
    sketch.shape(ellipse(0.5, 0.26, 0.21, 0.2), (0.98, 0.83, 0.7), 0.7)
    for x in (0.42, 0.58):
        sketch.shape(ellipse(x, 0.23, 0.028, 0.04), DARK, 0.1, 0.0)
    sketch.line(smooth((0.38, 0.33), (0.5, 0.4), (0.62, 0.33), closed=False), RED, 0.03)
    sketch.shape(ellipse(0.5, 0.285, 0.042), RED, 0.6, 0.4)
