"""Broken vase, smashed phone, torn paper, punching bag and dented car."""

from hub.engine.render.sketch import Sketch, box, ellipse, polygon, polyline, smooth

DARK = (0.12, 0.12, 0.15)
WHITE = (0.97, 0.96, 0.93)
CLAY = (0.3, 0.5, 0.75)


def broken_vase(sketch: Sketch) -> None:
    """The lower half, jagged, and shards around it."""
    body = polygon(
        (0.22, 0.6),
        (0.3, 0.5),
        (0.26, 0.36),
        (0.38, 0.46),
        (0.46, 0.3),
        (0.54, 0.5),
        (0.64, 0.38),
        (0.7, 0.52),
        (0.78, 0.62),
        (0.76, 0.78),
        (0.64, 0.95),
        (0.36, 0.95),
        (0.24, 0.78),
    )
    sketch.shape(body, CLAY, 0.6)
    sketch.line(smooth((0.25, 0.74), (0.4, 0.79), (0.6, 0.79), (0.75, 0.74), closed=False), WHITE, 0.045)
    sketch.line(polyline((0.54, 0.5), (0.5, 0.62), (0.58, 0.7), (0.54, 0.84)), DARK, 0.018)
    for points in (
        ((0.02, 0.92), (0.14, 0.76), (0.2, 0.94)),
        ((0.82, 0.95), (0.86, 0.78), (0.98, 0.9)),
        ((0.12, 0.22), (0.26, 0.1), (0.3, 0.28)),
        ((0.66, 0.26), (0.72, 0.06), (0.88, 0.18), (0.8, 0.3)),
    ):
        sketch.shape(polygon(*points), CLAY, 0.4)


def smashed_phone(sketch: Sketch) -> None:
    """A dark screen with cracks from one point."""
    sketch.shape(polygon((0.2, 0.1), (0.7, 0.02), (0.86, 0.88), (0.36, 0.98)), DARK, 0.3)
    sketch.shape(polygon((0.26, 0.17), (0.67, 0.1), (0.78, 0.8), (0.38, 0.88)), (0.36, 0.55, 0.72), 0.2, 0.3)
    centre = (0.5, 0.42)
    rays = ((0.27, 0.22), (0.42, 0.13), (0.66, 0.14), (0.72, 0.36), (0.76, 0.66), (0.6, 0.83), (0.4, 0.8), (0.3, 0.52))
    for x, y in rays:
        sketch.line(polyline(centre, ((centre[0] + x) / 2 + 0.02, (centre[1] + y) / 2 - 0.02), (x, y)), WHITE, 0.016)
    for share in (0.35, 0.68):
        ring = [(centre[0] + share * (x - centre[0]), centre[1] + share * (y - centre[1])) for x, y in rays]
        sketch.line(polyline(*ring, ring[0]), WHITE, 0.012)
    sketch.shape(polygon((0.86, 0.5), (0.98, 0.46), (0.94, 0.6)), (0.5, 0.68, 0.8), 0.3)
    sketch.shape(polygon((0.04, 0.8), (0.16, 0.76), (0.12, 0.92)), (0.5, 0.68, 0.8), 0.3)


def torn_paper(sketch: Sketch) -> None:
    """A written page in two halves."""
    left = polygon((0.04, 0.12), (0.42, 0.06), (0.38, 0.2), (0.46, 0.32), (0.37, 0.46), (0.46, 0.6), (0.38, 0.74), (0.44, 0.9), (0.12, 0.96))
    right = polygon((0.6, 0.1), (0.97, 0.2), (0.88, 0.98), (0.56, 0.9), (0.64, 0.78), (0.54, 0.64), (0.64, 0.5), (0.53, 0.36), (0.63, 0.24))
    for page in (left, right):
        sketch.shape(page, WHITE, 0.25)
    for row in range(5):
        y = 0.26 + 0.13 * row
        sketch.line(polyline((0.13 + 0.008 * row, y), (0.33, y - 0.03)), (0.3, 0.34, 0.5), 0.022)
        sketch.line(polyline((0.7, y), (0.88 - 0.01 * row, y + 0.03)), (0.3, 0.34, 0.5), 0.022)


def punching_bag(sketch: Sketch) -> None:
    """Hangs on chains."""
    sketch.line(polyline((0.5, 0.02), (0.5, 0.18)), (0.55, 0.57, 0.6), 0.035)
    for x in (0.36, 0.64):
        sketch.line(polyline((0.5, 0.14), (x, 0.34)), (0.55, 0.57, 0.6), 0.03)
    sketch.shape(box(0.28, 0.32, 0.72, 1.58, 0.1), (0.72, 0.16, 0.16), 0.75)
    for top in (0.42, 1.36):
        sketch.shape(box(0.28, top, 0.72, top + 0.08), DARK, 0.5, 0.4)
    sketch.shape(ellipse(0.42, 0.86, 0.08, 0.13), (0.5, 0.1, 0.11), 0.4, 0.0)
    sketch.line(polyline((0.4, 1.02), (0.52, 1.12), (0.46, 1.2)), (0.42, 0.08, 0.09), 0.02)


def dented_car(sketch: Sketch) -> None:
    """A car with a crumpled bonnet."""
    body = polygon(
        (0.02, 0.42),
        (0.06, 0.3),
        (0.24, 0.27),
        (0.34, 0.08),
        (0.62, 0.08),
        (0.72, 0.26),
        (0.79, 0.36),
        (0.84, 0.24),
        (0.9, 0.38),
        (0.98, 0.34),
        (0.97, 0.48),
        (0.02, 0.48),
    )
    sketch.shape(body, (0.22, 0.48, 0.72), 0.5)
    for pane in (((0.3, 0.26), (0.37, 0.12), (0.48, 0.12), (0.48, 0.26)), ((0.52, 0.26), (0.52, 0.12), (0.6, 0.12), (0.67, 0.26))):
        sketch.shape(polygon(*pane), (0.75, 0.87, 0.93), 0.2, 0.5)
    for turn in ((0.54, 0.13, 0.64, 0.25), (0.6, 0.14, 0.56, 0.25)):
        sketch.line(polyline(turn[:2], turn[2:]), DARK, 0.008)
    sketch.line(polyline((0.78, 0.38), (0.82, 0.44), (0.88, 0.39), (0.92, 0.45)), (0.1, 0.2, 0.34), 0.014)
    for x in (0.22, 0.76):
        sketch.shape(ellipse(x, 0.48, 0.095), DARK, 0.4)
        sketch.shape(ellipse(x, 0.48, 0.045), (0.72, 0.74, 0.76), 0.5, 0.4)
    for x, y, radius in ((0.88, 0.16, 0.05), (0.93, 0.09, 0.06)):
        sketch.flat(ellipse(x, y, radius), (0.72, 0.72, 0.74), 0.75)
