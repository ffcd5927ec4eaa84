"""Tea cup, sleeping cat, open book, armchair, candle, teddy bear, gift, trophy and lamp."""

import skia

from hub.engine.render.sketch import Sketch, box, ellipse, polygon, polyline, smooth, star

WHITE = (0.97, 0.95, 0.91)
DARK = (0.14, 0.11, 0.13)
GOLD = (0.95, 0.76, 0.24)
BROWN = (0.62, 0.42, 0.26)


def tea_cup(sketch: Sketch) -> None:
    """On a saucer, steaming."""
    for x in (0.36, 0.5):
        sketch.line(smooth((x, 0.32), (x - 0.05, 0.22), (x + 0.05, 0.12), (x, 0.02), closed=False), (0.93, 0.94, 0.97), 0.03)
    handle = skia.Path()
    handle.addOval(skia.Rect(0.66, 0.48, 0.92, 0.76))
    sketch.line(handle, (0.35, 0.6, 0.7), 0.065)
    sketch.shape(ellipse(0.45, 0.9, 0.43, 0.075), WHITE, 0.4)
    sketch.shape(smooth((0.12, 0.42), (0.45, 0.42), (0.78, 0.42), (0.74, 0.68), (0.6, 0.88), (0.3, 0.88), (0.16, 0.68)), (0.4, 0.67, 0.76), 0.6)
    sketch.shape(ellipse(0.45, 0.43, 0.33, 0.07), WHITE, 0.2)
    sketch.shape(ellipse(0.45, 0.44, 0.28, 0.045), (0.6, 0.34, 0.14), 0.2, 0.3)
    for x in (0.28, 0.45, 0.62):
        sketch.shape(ellipse(x, 0.64, 0.04), WHITE, 0.1, 0.0)


def sleeping_cat(sketch: Sketch) -> None:
    """Curled up."""
    fur = (0.88, 0.56, 0.24)
    sketch.shape(ellipse(0.56, 0.44, 0.41, 0.25), fur, 0.7)
    for x in (0.5, 0.64, 0.78):
        sketch.line(smooth((x, 0.21), (x + 0.03, 0.3), (x + 0.02, 0.38), closed=False), (0.66, 0.36, 0.12), 0.035)
    sketch.line(smooth((0.94, 0.48), (0.84, 0.64), (0.6, 0.67), (0.42, 0.64), closed=False), (0.76, 0.44, 0.16), 0.085)
    for ear in (((0.08, 0.38), (0.1, 0.16), (0.24, 0.3)), ((0.27, 0.29), (0.42, 0.16), (0.42, 0.38))):
        sketch.shape(polygon(*ear), fur, 0.4)
    sketch.shape(ellipse(0.25, 0.45, 0.21, 0.18), fur, 0.7)
    for x in (0.17, 0.33):
        sketch.line(smooth((x - 0.045, 0.43), (x, 0.465), (x + 0.045, 0.43), closed=False), DARK, 0.022)
    sketch.shape(polygon((0.225, 0.49), (0.275, 0.49), (0.25, 0.52)), (0.9, 0.45, 0.5), 0.1, 0.0)
    sketch.line(smooth((0.2, 0.54), (0.225, 0.56), (0.25, 0.53), (0.275, 0.56), (0.3, 0.54), closed=False), DARK, 0.014)


def open_book(sketch: Sketch) -> None:
    """Two pages of print."""
    sketch.shape(polygon((0.0, 0.16), (0.5, 0.22), (1.0, 0.16), (1.0, 0.68), (0.5, 0.76), (0.0, 0.68)), (0.65, 0.22, 0.22), 0.3)
    for side in (-1, 1):
        page = smooth((0.5, 0.17), (0.5 + side * 0.2, 0.07), (0.5 + side * 0.46, 0.13), (0.5 + side * 0.46, 0.62), (0.5 + side * 0.2, 0.58), (0.5, 0.68))
        sketch.shape(page, WHITE, 0.3)
        for row in range(5):
            y = 0.2 + 0.08 * row
            sketch.line(smooth((0.5 + side * 0.08, y + 0.03), (0.5 + side * 0.22, y), (0.5 + side * 0.4, y + 0.02), closed=False), (0.4, 0.38, 0.42), 0.02)
    sketch.line(polyline((0.5, 0.17), (0.5, 0.7)), (0.55, 0.5, 0.46), 0.02)


def armchair(sketch: Sketch) -> None:
    """Padded, with wooden feet."""
    cloth = (0.72, 0.35, 0.3)
    for x in (0.2, 0.74):
        sketch.shape(polygon((x, 0.9), (x + 0.08, 0.9), (x + 0.06, 1.0), (x + 0.02, 1.0)), BROWN, 0.3, 0.6)
    sketch.shape(smooth((0.18, 0.7), (0.18, 0.2), (0.3, 0.05), (0.7, 0.05), (0.82, 0.2), (0.82, 0.7)), cloth, 0.5)
    for x in (0.36, 0.5, 0.64):
        sketch.shape(ellipse(x, 0.28, 0.024), (0.5, 0.2, 0.18), 0.3, 0.0)
    sketch.shape(box(0.18, 0.54, 0.82, 0.92, 0.05), (0.64, 0.29, 0.25), 0.4)
    sketch.shape(box(0.2, 0.5, 0.8, 0.68, 0.07), (0.82, 0.48, 0.4), 0.5)
    for left in (0.03, 0.77):
        sketch.shape(box(left, 0.42, left + 0.2, 0.93, 0.1), cloth, 0.6)


def candle(sketch: Sketch) -> None:
    """Burning, in a holder."""
    sketch.shape(box(0.34, 0.46, 0.66, 1.12, 0.03), (0.96, 0.9, 0.76), 0.6)
    sketch.shape(
        smooth((0.34, 0.48), (0.44, 0.44), (0.66, 0.47), (0.66, 0.6), (0.58, 0.52), (0.5, 0.66), (0.43, 0.54), (0.34, 0.58)), (1.0, 0.96, 0.86), 0.4, 0.4
    )
    sketch.shape(ellipse(0.5, 1.14, 0.4, 0.08), GOLD, 0.5)
    sketch.line(polyline((0.5, 0.46), (0.5, 0.36)), DARK, 0.03)
    sketch.glow(0.5, 0.28, 0.28, (1.0, 0.72, 0.3), 0.95)
    sketch.flat(smooth((0.5, 0.06), (0.58, 0.22), (0.59, 0.34), (0.5, 0.41), (0.41, 0.34), (0.42, 0.22)), (1.0, 0.6, 0.12))
    sketch.flat(smooth((0.5, 0.18), (0.54, 0.28), (0.5, 0.38), (0.46, 0.28)), (1.0, 0.95, 0.6))


def teddy_bear(sketch: Sketch) -> None:
    """Sitting."""
    pale = (0.85, 0.68, 0.48)
    for x in (0.2, 0.8):
        sketch.shape(ellipse(x, 0.58, 0.11, 0.17), BROWN, 0.6)
    sketch.shape(ellipse(0.5, 0.7, 0.27, 0.26), BROWN, 0.6)
    sketch.shape(ellipse(0.5, 0.72, 0.16, 0.17), pale, 0.3, 0.0)
    for x in (0.24, 0.76):
        sketch.shape(ellipse(x, 0.87, 0.15, 0.12), BROWN, 0.6)
        sketch.shape(ellipse(x, 0.88, 0.085, 0.07), pale, 0.3, 0.0)
    for x in (0.29, 0.71):
        sketch.shape(ellipse(x, 0.12, 0.1), BROWN, 0.5)
        sketch.shape(ellipse(x, 0.13, 0.05), pale, 0.2, 0.0)
    sketch.shape(ellipse(0.5, 0.29, 0.26, 0.23), BROWN, 0.7)
    sketch.shape(ellipse(0.5, 0.37, 0.12, 0.095), pale, 0.4, 0.0)
    for x in (0.4, 0.6):
        sketch.shape(ellipse(x, 0.25, 0.03), DARK, 0.1, 0.0)
    sketch.shape(ellipse(0.5, 0.335, 0.045, 0.03), DARK, 0.1, 0.0)
    sketch.shape(polygon((0.5, 0.52), (0.36, 0.45), (0.36, 0.59)), (0.8, 0.22, 0.25), 0.3, 0.6)
    sketch.shape(polygon((0.5, 0.52), (0.64, 0.45), (0.64, 0.59)), (0.8, 0.22, 0.25), 0.3, 0.6)


def gift(sketch: Sketch) -> None:
    """A box with a bow."""
    paper, ribbon = (0.3, 0.55, 0.82), (0.92, 0.25, 0.35)
    sketch.shape(box(0.1, 0.46, 0.9, 0.98), paper, 0.35)
    sketch.shape(box(0.43, 0.46, 0.57, 0.98), ribbon, 0.2, 0.5)
    sketch.shape(box(0.05, 0.32, 0.95, 0.48), (0.36, 0.62, 0.88), 0.35)
    sketch.shape(box(0.43, 0.32, 0.57, 0.48), ribbon, 0.2, 0.5)
    for side in (-1, 1):
        sketch.shape(smooth((0.5, 0.31), (0.5 + side * 0.14, 0.08), (0.5 + side * 0.32, 0.1), (0.5 + side * 0.28, 0.27)), ribbon, 0.5)
    sketch.shape(ellipse(0.5, 0.28, 0.065), ribbon, 0.5)


def trophy(sketch: Sketch) -> None:
    """A golden cup with a star."""
    for left in (0.06, 0.64):
        ring = skia.Path()
        ring.addOval(skia.Rect(left, 0.14, left + 0.3, 0.46))
        sketch.line(ring, (0.82, 0.6, 0.15), 0.055)
    sketch.shape(polygon((0.46, 0.56), (0.54, 0.56), (0.58, 0.82), (0.42, 0.82)), GOLD, 0.5)
    sketch.shape(smooth((0.2, 0.08), (0.5, 0.08), (0.8, 0.08), (0.76, 0.36), (0.62, 0.56), (0.5, 0.61), (0.38, 0.56), (0.24, 0.36)), GOLD, 0.7)
    sketch.shape(ellipse(0.5, 0.09, 0.3, 0.045), (1.0, 0.9, 0.5), 0.2, 0.6)
    sketch.shape(star(0.5, 0.33, 0.13, 0.055, 5), (1.0, 0.97, 0.8), 0.1, 0.4)
    sketch.shape(box(0.32, 0.79, 0.68, 0.86), GOLD, 0.4)
    sketch.shape(box(0.24, 0.85, 0.76, 0.99, 0.01), (0.36, 0.24, 0.18), 0.4)


def lamp(sketch: Sketch) -> None:
    """A table lamp, lit."""
    sketch.glow(0.5, 0.42, 0.42, (1.0, 0.85, 0.5), 0.6)
    sketch.shape(smooth((0.4, 0.62), (0.6, 0.62), (0.68, 0.84), (0.56, 0.96), (0.44, 0.96), (0.32, 0.84)), (0.3, 0.55, 0.62), 0.7)
    sketch.shape(ellipse(0.5, 0.96, 0.22, 0.04), (0.5, 0.36, 0.24), 0.3)
    sketch.shape(polygon((0.32, 0.08), (0.68, 0.08), (0.88, 0.58), (0.12, 0.58)), (0.98, 0.86, 0.56), 0.4)
    sketch.glow(0.5, 0.46, 0.34, (1.0, 0.9, 0.6), 0.6)
