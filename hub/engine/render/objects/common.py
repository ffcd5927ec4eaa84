"""Bench, bicycle, umbrella, clock, tree, ball and signpost."""

import numpy as np
import skia

from hub.engine.render.sketch import Sketch, box, ellipse, polygon, polyline, smooth

WOOD = (0.62, 0.42, 0.25)
IRON = (0.25, 0.27, 0.3)
WHITE = (0.96, 0.95, 0.92)


def bench(sketch: Sketch) -> None:
    """A park bench."""
    for x in (0.1, 0.82):
        sketch.shape(box(x, 0.04, x + 0.06, 0.62, 0.02), IRON, 0.4, 0.7)
        sketch.shape(
            polygon((x - 0.04, 0.36), (x + 0.1, 0.36), (x + 0.1, 0.66), (x + 0.06, 0.66), (x + 0.05, 0.42), (x - 0.04, 0.66), (x - 0.08, 0.66)), IRON, 0.3, 0.7
        )
    for y in (0.04, 0.14, 0.24):
        sketch.shape(box(0.02, y, 0.98, y + 0.075, 0.015), WOOD, 0.35)
    sketch.shape(polygon((0.04, 0.36), (0.96, 0.36), (1.0, 0.45), (0.0, 0.45)), (0.7, 0.5, 0.32), 0.3)


def bicycle(sketch: Sketch) -> None:
    """Seen from its side."""
    frame = (0.82, 0.22, 0.24)
    for x in (0.22, 0.78):
        for turn in np.radians(np.arange(0, 180, 36)):
            across, down = 0.19 * float(np.cos(turn)), 0.19 * float(np.sin(turn))
            sketch.line(polyline((x - across, 0.46 - down), (x + across, 0.46 + down)), (0.7, 0.72, 0.75), 0.01)
        rim = skia.Path()
        rim.addCircle(x, 0.46, 0.195)
        sketch.line(rim, (0.12, 0.12, 0.14), 0.042, shining=True)
    for one, two in (
        ((0.22, 0.46), (0.48, 0.46)),
        ((0.48, 0.46), (0.7, 0.2)),
        ((0.7, 0.2), (0.36, 0.2)),
        ((0.36, 0.2), (0.48, 0.46)),
        ((0.36, 0.2), (0.22, 0.46)),
        ((0.68, 0.1), (0.78, 0.46)),
        ((0.36, 0.2), (0.33, 0.11)),
    ):
        sketch.line(polyline(one, two), frame, 0.036)
    sketch.shape(smooth((0.22, 0.09), (0.34, 0.05), (0.42, 0.08), (0.34, 0.12)), IRON, 0.4, 0.4)
    sketch.line(smooth((0.6, 0.06), (0.68, 0.08), (0.78, 0.05), closed=False), IRON, 0.034)
    sketch.shape(ellipse(0.48, 0.46, 0.05), IRON, 0.4, 0.4)


def umbrella(sketch: Sketch) -> None:
    """Open, on its handle."""
    sketch.line(polyline((0.5, 0.03), (0.5, 0.88)), IRON, 0.03, shining=True)
    hook = skia.Path()
    hook.addArc(skia.Rect(0.5, 0.8, 0.64, 0.96), 180, -180)
    sketch.line(hook, WOOD, 0.044)
    canopy = ((0.85, 0.24, 0.28), (0.96, 0.9, 0.8), (0.85, 0.24, 0.28), (0.96, 0.9, 0.8))
    for index, colour in enumerate(canopy):
        left, right = 0.02 + 0.24 * index, 0.26 + 0.24 * index
        piece = skia.Path()
        piece.moveTo(0.5, 0.07)
        piece.quadTo(left + (0.02 if index else -0.0), 0.12 + 0.12 * (index in (1, 2)), left, 0.46)
        piece.quadTo((left + right) / 2, 0.39, right, 0.46)
        piece.quadTo(right - (0.02 if index < 3 else 0.0), 0.12 + 0.12 * (index in (0, 1)), 0.5, 0.07)
        piece.close()
        sketch.shape(piece, colour, 0.35, 0.8)


def clock(sketch: Sketch) -> None:
    """A round alarm clock, its hands by the scene's seed."""
    for x in (0.26, 0.74):
        sketch.shape(ellipse(x, 0.13, 0.13, 0.11), (0.86, 0.65, 0.25), 0.5)
        sketch.line(polyline((x, 0.86), (x + 0.3 * (x - 0.5), 0.97)), IRON, 0.06)
    sketch.shape(ellipse(0.5, 0.53, 0.41), (0.25, 0.5, 0.62), 0.5)
    sketch.shape(ellipse(0.5, 0.53, 0.33), WHITE, 0.2, 0.6)
    for turn in np.radians(np.arange(0, 360, 30)):
        across, down = float(np.cos(turn)), float(np.sin(turn))
        sketch.line(polyline((0.5 + 0.25 * across, 0.53 + 0.25 * down), (0.5 + 0.285 * across, 0.53 + 0.285 * down)), IRON, 0.024)
    for long, wide in ((0.14, 0.046), (0.23, 0.03)):
        turn = float(sketch.random.uniform(0, 2 * np.pi))
        sketch.line(polyline((0.5, 0.53), (0.5 + long * float(np.cos(turn)), 0.53 + long * float(np.sin(turn)))), (0.12, 0.1, 0.14), wide)


def tree(sketch: Sketch) -> None:
    """A round-headed tree."""
    sketch.shape(polygon((0.42, 1.45), (0.45, 0.7), (0.55, 0.7), (0.6, 1.45)), (0.45, 0.3, 0.19), 0.5)
    crown = skia.Path()
    for x, y, radius in ((0.5, 0.28, 0.26), (0.26, 0.5, 0.23), (0.74, 0.5, 0.23), (0.5, 0.62, 0.26), (0.34, 0.72, 0.18), (0.68, 0.74, 0.18)):
        crown = skia.Op(crown, ellipse(x, y, radius), skia.PathOp.kUnion_PathOp)
    sketch.shape(crown, (0.3, 0.58, 0.24), 0.75)
    for x, y in ((0.4, 0.24), (0.24, 0.46), (0.58, 0.44), (0.74, 0.58), (0.46, 0.66)):
        sketch.shape(ellipse(x, y, 0.07, 0.045), (0.5, 0.74, 0.32), 0.2, 0.0)


def ball(sketch: Sketch) -> None:
    """A beach ball."""
    whole = ellipse(0.5, 0.5, 0.46)
    sketch.shape(whole, WHITE, 0.8)
    for colour, one, two in (((0.88, 0.25, 0.25), -0.46, -0.26), ((0.25, 0.5, 0.85), -0.1, 0.14), ((0.95, 0.75, 0.2), 0.3, 0.46)):
        slice_ = skia.Path()
        slice_.moveTo(0.5, 0.04)
        slice_.cubicTo(0.5 + 1.33 * one, 0.2, 0.5 + 1.33 * one, 0.8, 0.5, 0.96)
        slice_.cubicTo(0.5 + 1.33 * two, 0.8, 0.5 + 1.33 * two, 0.2, 0.5, 0.04)
        slice_.close()
        sketch.shape(skia.Op(slice_, whole, skia.PathOp.kIntersect_PathOp), colour, 0.5, 0.4)
    sketch.shape(ellipse(0.5, 0.07, 0.07, 0.04), WHITE, 0.3, 0.4)


def signpost(sketch: Sketch) -> None:
    """Two boards that point to the two sides."""
    sketch.shape(box(0.45, 0.04, 0.55, 1.34, 0.02), WOOD, 0.4)
    sketch.shape(polygon((0.14, 0.16), (0.84, 0.16), (0.98, 0.29), (0.84, 0.42), (0.14, 0.42)), (0.86, 0.68, 0.42), 0.3)
    sketch.shape(polygon((0.86, 0.52), (0.16, 0.52), (0.02, 0.65), (0.16, 0.78), (0.86, 0.78)), (0.8, 0.6, 0.36), 0.3)
    for y in (0.25, 0.33):
        sketch.line(polyline((0.24, y), (0.74, y)), (0.4, 0.26, 0.15), 0.026)
    for y in (0.61, 0.69):
        sketch.line(polyline((0.26, y), (0.76, y)), (0.4, 0.26, 0.15), 0.026)
