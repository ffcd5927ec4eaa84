"""Spider, shadow figure, snake, glowing eyes and knife; wilted flower, gravestone, broken heart and empty chair."""

from hub.engine.render.sketch import Sketch, arch, box, ellipse, polygon, polyline, smooth

BLACK = (0.08, 0.07, 0.1)
STEEL = (0.78, 0.81, 0.85)
WOOD = (0.52, 0.34, 0.2)


def spider(sketch: Sketch) -> None:
    """Hangs on its thread."""
    sketch.line(polyline((0.5, 0.0), (0.5, 0.4)), (0.85, 0.86, 0.9), 0.014)
    for side in (-1, 1):
        for knee, foot in (((0.26, 0.22), (0.44, 0.36)), ((0.32, 0.4), (0.49, 0.58)), ((0.3, 0.6), (0.47, 0.84)), ((0.22, 0.76), (0.34, 0.98))):
            start = (0.5 + side * 0.08, 0.5 + 0.2 * (knee[1] - 0.5))
            sketch.line(smooth(start, (0.5 + side * knee[0], knee[1]), (0.5 + side * foot[0], foot[1]), closed=False), (0.16, 0.12, 0.15), 0.036, shining=True)
    sketch.shape(ellipse(0.5, 0.72, 0.19, 0.2), (0.2, 0.14, 0.18), 0.8)
    sketch.shape(polygon((0.44, 0.66), (0.56, 0.66), (0.46, 0.8), (0.54, 0.8)), (0.85, 0.15, 0.15), 0.2, 0.0)
    sketch.shape(ellipse(0.5, 0.48, 0.125, 0.11), (0.24, 0.17, 0.21), 0.7)
    for x in (0.45, 0.55):
        sketch.flat(ellipse(x, 0.46, 0.026), (0.95, 0.3, 0.2))


def shadow_figure(sketch: Sketch) -> None:
    """A dark shape with a hat and long arms."""
    cloak = smooth((0.5, 0.3), (0.72, 0.42), (0.78, 0.8), (0.86, 1.5), (0.7, 1.78), (0.5, 1.74), (0.3, 1.78), (0.14, 1.5), (0.22, 0.8), (0.28, 0.42))
    sketch.shape(cloak, BLACK, 0.1, 0.7)
    for side in (-1, 1):
        arm = smooth((0.5 + side * 0.2, 0.46), (0.5 + side * 0.4, 0.8), (0.5 + side * 0.46, 1.14), (0.5 + side * 0.36, 1.12), (0.5 + side * 0.2, 0.8))
        sketch.flat(arm, BLACK, 0.96)
        for spread in (-0.04, 0.02, 0.08):
            sketch.flat(polygon((0.5 + side * 0.38, 1.08), (0.5 + side * 0.45, 1.08), (0.5 + side * (0.4 + spread), 1.28)), BLACK)
    sketch.flat(ellipse(0.5, 0.24, 0.15, 0.19), BLACK)
    sketch.flat(polygon((0.34, 0.14), (0.38, 0.0), (0.62, 0.0), (0.66, 0.14)), BLACK)
    sketch.flat(ellipse(0.5, 0.14, 0.28, 0.045), BLACK)
    for x in (0.44, 0.56):
        sketch.flat(ellipse(x, 0.24, 0.026, 0.018), (0.95, 0.95, 0.98))


def snake(sketch: Sketch) -> None:
    """Coiled, its head raised."""
    skin, dark = (0.42, 0.6, 0.22), (0.22, 0.34, 0.12)
    for y, across in ((0.88, 0.44), (0.74, 0.36), (0.62, 0.27)):
        sketch.shape(ellipse(0.5, y, across, 0.105), skin, 0.6)
        for share in (-0.7, -0.35, 0.0, 0.35, 0.7):
            x = 0.5 + across * share
            sketch.shape(polygon((x - 0.045, y + 0.03), (x, y - 0.03), (x + 0.045, y + 0.03), (x, y + 0.08)), dark, 0.1, 0.0)
    neck = smooth((0.36, 0.6), (0.62, 0.6), (0.66, 0.44), (0.54, 0.32), (0.5, 0.22), (0.36, 0.22), (0.36, 0.34), (0.48, 0.46))
    sketch.shape(neck, skin, 0.5)
    sketch.shape(smooth((0.1, 0.24), (0.2, 0.1), (0.4, 0.06), (0.54, 0.16), (0.48, 0.3), (0.28, 0.32)), skin, 0.6)
    sketch.shape(ellipse(0.34, 0.16, 0.042), (0.98, 0.85, 0.2), 0.3, 0.4)
    sketch.flat(ellipse(0.335, 0.16, 0.013, 0.034), BLACK)
    sketch.line(polyline((0.11, 0.25), (0.03, 0.29)), (0.85, 0.15, 0.2), 0.022)
    sketch.line(polyline((0.03, 0.29), (0.0, 0.25)), (0.85, 0.15, 0.2), 0.018)
    sketch.line(polyline((0.03, 0.29), (0.01, 0.34)), (0.85, 0.15, 0.2), 0.018)


def glowing_eyes(sketch: Sketch) -> None:
    """A pair in the dark."""
    sketch.flat(ellipse(0.5, 0.3, 0.5, 0.29), (0.02, 0.02, 0.05), 0.55)
    sketch.flat(ellipse(0.5, 0.3, 0.42, 0.23), (0.02, 0.02, 0.05), 0.85)
    for side in (-1, 1):
        x = 0.5 + side * 0.2
        sketch.glow(x, 0.3, 0.2, (1.0, 0.75, 0.1), 0.8)
        eye = smooth((x - side * 0.12, 0.34), (x, 0.23), (x + side * 0.13, 0.21), (x + side * 0.06, 0.34), (x - side * 0.02, 0.38))
        sketch.flat(eye, (1.0, 0.82, 0.15))
        sketch.flat(ellipse(x + side * 0.01, 0.3, 0.02, 0.065), BLACK)


def knife(sketch: Sketch) -> None:
    """A kitchen knife, point up."""
    sketch.shape(smooth((0.46, 0.02), (0.66, 0.3), (0.72, 0.66), (0.68, 0.94), (0.42, 0.94), (0.4, 0.5)), STEEL, 0.5)
    sketch.line(polyline((0.5, 0.14), (0.48, 0.9)), (0.95, 0.97, 1.0), 0.03)
    sketch.shape(box(0.36, 0.92, 0.74, 1.0, 0.02), (0.3, 0.3, 0.34), 0.4)
    sketch.shape(box(0.41, 0.98, 0.67, 1.48, 0.07), (0.2, 0.14, 0.13), 0.6)
    for y in (1.1, 1.24, 1.38):
        sketch.shape(ellipse(0.54, y, 0.03), STEEL, 0.3, 0.0)


def wilted_flower(sketch: Sketch) -> None:
    """In a pot, its head hanging, petals on the ground."""
    stalk = smooth((0.42, 0.84), (0.42, 0.5), (0.48, 0.24), (0.64, 0.18), (0.76, 0.34), closed=False)
    sketch.line(stalk, (0.42, 0.46, 0.2), 0.05)
    sketch.shape(smooth((0.43, 0.6), (0.28, 0.58), (0.12, 0.74), (0.28, 0.7)), (0.5, 0.5, 0.22), 0.4, 0.7)
    for x, lean in ((0.66, -0.06), (0.74, -0.02), (0.83, 0.03), (0.9, 0.07)):
        sketch.shape(smooth((0.78, 0.36), (x - 0.05, 0.48), (x + lean, 0.62), (x + 0.05, 0.48)), (0.62, 0.36, 0.42), 0.4, 0.7)
    sketch.shape(ellipse(0.78, 0.37, 0.085, 0.07), (0.4, 0.28, 0.16), 0.5, 0.7)
    sketch.shape(polygon((0.22, 0.82), (0.62, 0.82), (0.56, 1.2), (0.28, 1.2)), (0.68, 0.4, 0.28), 0.5)
    sketch.shape(box(0.18, 0.78, 0.66, 0.88, 0.02), (0.74, 0.46, 0.33), 0.4)
    for x in (0.76, 0.92):
        sketch.shape(ellipse(x, 1.17, 0.065, 0.028), (0.62, 0.36, 0.42), 0.3, 0.6)


def gravestone(sketch: Sketch) -> None:
    """With a cross, a crack and grass at its foot."""
    sketch.shape(arch(0.5, 1.0, 0.7, 0.96), (0.62, 0.63, 0.65), 0.4)
    sketch.shape(box(0.455, 0.2, 0.545, 0.58), (0.36, 0.37, 0.4), 0.1, 0.0)
    sketch.shape(box(0.34, 0.29, 0.66, 0.375), (0.36, 0.37, 0.4), 0.1, 0.0)
    for y in (0.68, 0.78):
        sketch.line(polyline((0.3, y), (0.7, y)), (0.4, 0.41, 0.44), 0.032)
    sketch.line(polyline((0.84, 0.42), (0.74, 0.5), (0.78, 0.58), (0.7, 0.64)), (0.34, 0.35, 0.38), 0.02)
    for x in (0.08, 0.18, 0.3, 0.44, 0.58, 0.72, 0.84, 0.93):
        sketch.shape(polygon((x - 0.035, 1.04), (x + 0.035, 1.04), (x - 0.02, 0.87)), (0.32, 0.52, 0.26), 0.2, 0.4)


def broken_heart(sketch: Sketch) -> None:
    """In two halves with a jagged gap."""
    red = (0.86, 0.18, 0.25)
    for side in (-1, 1):
        gap = 0.035
        points = [
            (0.5 + side * (gap + across), down)
            for across, down in ((0.0, 0.24), (0.1, 0.12), (0.24, 0.07), (0.38, 0.14), (0.44, 0.3), (0.38, 0.5), (0.24, 0.7), (0.0, 0.94))
        ]
        teeth = [(0.5 + side * gap + shift, down) for shift, down in ((0.06, 0.78), (-0.07, 0.62), (0.07, 0.47), (-0.06, 0.34))]
        sketch.shape(polygon(*points, *teeth), red, 0.5)
    sketch.flat(ellipse(0.2, 0.24, 0.06, 0.04), (1.0, 0.75, 0.78), 0.8)


def empty_chair(sketch: Sketch) -> None:
    """A wooden chair."""
    for x, top, foot in ((0.2, 0.04, 1.3), (0.7, 0.04, 1.3), (0.1, 0.74, 1.48), (0.8, 0.74, 1.48)):
        sketch.shape(box(x, top, x + 0.09, foot, 0.02), WOOD, 0.4)
    for y in (0.1, 0.26, 0.42):
        sketch.shape(box(0.22, y, 0.77, y + 0.08, 0.02), (0.58, 0.4, 0.25), 0.3, 0.8)
    sketch.shape(polygon((0.2, 0.64), (0.8, 0.64), (0.96, 0.82), (0.04, 0.82)), (0.66, 0.47, 0.3), 0.35)
    sketch.shape(box(0.12, 1.1, 0.88, 1.16), WOOD, 0.3, 0.7)
