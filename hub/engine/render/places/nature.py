"""Beach, sea, forest, mountains, desert, park and garden."""

import numpy as np
import skia

from hub.engine.render.look import mixed, scaled
from hub.engine.render.places.parts import BACK, LEAVES, bush, flower, ground, number, peaks, pick, pine, tree, tufts
from hub.engine.render.sketch import Sketch, box, ellipse, polygon, polyline, smooth
from hub.engine.render.weather import Air

SAND = (0.93, 0.81, 0.58)
WATER = (0.16, 0.5, 0.68)


def _water(sketch: Sketch, air: Air, top: float, bottom: float, waves: int) -> None:
    sketch.shape(box(-0.05, top, 1.05, bottom), WATER, 0.2, BACK)
    sketch.ramp(box(-0.05, top, 1.05, top + 0.5 * (bottom - top)), (air.low, air.low), (0.55, 0.0))
    for x, y in sketch.random.random((waves, 2)):
        near = float(y)
        x, y, half = float(x), top + 0.015 + near * (bottom - top - 0.03), 0.02 + 0.05 * near
        sketch.line(smooth((x - half, y), (x - half / 2, y - 0.007), (x, y), (x + half / 2, y - 0.007), (x + half, y), closed=False), (0.75, 0.9, 0.95), 0.0045)


def beach(sketch: Sketch, air: Air) -> None:
    """Sea, sand, a palm and perhaps a parasol."""
    random = sketch.random
    _water(sketch, air, 0.5, 0.78, 16)
    shore = number(random, 0.64, 0.72)
    lean = number(random, -0.06, 0.06)
    edge = [(-0.1, shore - lean), (0.2, shore + 0.02), (0.5, shore - 0.01), (0.8, shore + 0.015), (1.1, shore + lean)]
    for lift, colour in ((0.02, (0.96, 0.97, 0.97)), (0.0, SAND)):
        path = smooth(*[(x, y - lift) for x, y in edge], closed=False)
        path.lineTo(1.1, 1.1)
        path.lineTo(-0.1, 1.1)
        path.close()
        sketch.shape(path, colour, 0.15, BACK if lift == 0.0 else 0.0)
    for x, y in random.uniform((0.0, 0.76), (1.0, 1.0), (26, 2)):
        sketch.shape(ellipse(float(x), float(y), 0.006, 0.003), scaled(SAND, 0.8), 0.2, 0.0)
    side = 1 if random.random() < 0.5 else -1
    x = 0.5 + side * number(random, 0.36, 0.44)
    _palm(sketch, x, 0.84, number(random, 0.5, 0.62), -side)
    if random.random() < 0.75:
        _parasol(sketch, 0.5 - side * number(random, 0.28, 0.42), 0.8)


def _palm(sketch: Sketch, x: float, foot: float, tall: float, side: int) -> None:
    top = (x + side * 0.14 * tall, foot - tall)
    trunk = smooth((x - 0.022, foot), (x - 0.01 + side * 0.03 * tall, foot - 0.5 * tall), (top[0] - 0.01, top[1]), closed=False)
    trunk.lineTo(top[0] + 0.01, top[1])
    trunk.quadTo(x + 0.03 + side * 0.05 * tall, foot - 0.5 * tall, x + 0.025, foot)
    trunk.close()
    sketch.shape(trunk, (0.58, 0.42, 0.26), 0.5, BACK)
    for angle in np.radians((-170, -140, -100, -60, -20, 10, 170)):
        across, down = float(np.cos(angle)), float(np.sin(angle))
        tip = (top[0] + 0.36 * tall * across, top[1] + 0.26 * tall * down + 0.13 * tall)
        bow = (top[0] + 0.2 * tall * across, top[1] + 0.24 * tall * down - 0.05 * tall)
        leaf = skia.Path()
        leaf.moveTo(*top)
        leaf.quadTo(bow[0], bow[1] - 0.05 * tall, *tip)
        leaf.quadTo(bow[0], bow[1] + 0.07 * tall, *top)
        leaf.close()
        sketch.shape(leaf, (0.24, 0.56, 0.26), 0.4, BACK)


def _parasol(sketch: Sketch, x: float, foot: float) -> None:
    stripes = ((0.9, 0.3, 0.28), (0.95, 0.93, 0.86))
    sketch.shape(box(x - 0.006, foot - 0.26, x + 0.006, foot), (0.85, 0.82, 0.75), 0.3, 0.4)
    for index in range(5):
        left, right = x - 0.15 + 0.06 * index, x - 0.09 + 0.06 * index
        piece = skia.Path()
        piece.moveTo(x, foot - 0.31)
        piece.quadTo(left + 0.01, foot - 0.29, left, foot - 0.2)
        piece.quadTo((left + right) / 2, foot - 0.22, right, foot - 0.2)
        piece.quadTo(right - 0.01, foot - 0.28, x, foot - 0.31)
        piece.close()
        sketch.shape(piece, stripes[index % 2], 0.3, BACK)


def sea(sketch: Sketch, air: Air) -> None:
    """Open water with a sail or an island and a jetty in front."""
    random = sketch.random
    top = number(random, 0.44, 0.54)
    if random.random() < 0.5:
        x = number(random, 0.1, 0.9)
        island = smooth((x - 0.17, top + 0.01), (x - 0.08, top - 0.05), (x + 0.02, top - 0.08), (x + 0.16, top + 0.01))
        sketch.shape(island, (0.36, 0.45, 0.42), 0.4, BACK)
    _water(sketch, air, top, 1.05, 34)
    x, y = number(random, 0.06, 0.94), top + number(random, 0.03, 0.1)
    sketch.shape(polygon((x, y - 0.19), (x + 0.09, y - 0.02), (x, y - 0.02)), (0.97, 0.95, 0.9), 0.3, BACK)
    sketch.shape(polygon((x - 0.012, y - 0.16), (x - 0.07, y - 0.02), (x - 0.012, y - 0.02)), (0.88, 0.4, 0.3), 0.3, BACK)
    sketch.shape(polygon((x - 0.09, y - 0.012), (x + 0.11, y - 0.012), (x + 0.07, y + 0.03), (x - 0.06, y + 0.03)), (0.5, 0.3, 0.2), 0.4, BACK)
    plank = (0.62, 0.46, 0.32)
    shift = number(random, -0.25, 0.25)
    sketch.shape(polygon((0.36 + shift, 0.83), (0.64 + shift, 0.83), (0.95 + shift, 1.05), (0.05 + shift, 1.05)), plank, 0.2, BACK)
    for share in (0.05, 0.12, 0.18):
        half = 0.14 + 1.4 * share
        sketch.line(polyline((0.5 + shift - half, 0.83 + share), (0.5 + shift + half, 0.83 + share)), scaled(plank, 0.6), 0.006)


def forest(sketch: Sketch, air: Air) -> None:
    """Rows of trees that get darker towards the viewer."""
    random = sketch.random
    sketch.flat(box(-0.05, 0.36, 1.05, 0.7), mixed((0.3, 0.45, 0.38), air.low, 0.55))
    for x in np.linspace(-0.02, 1.02, 13) + random.uniform(-0.03, 0.03, 13):
        pine(sketch, float(x), 0.68, number(random, 0.3, 0.46), mixed((0.2, 0.42, 0.34), air.low, 0.4))
    ground(sketch, 0.66, (0.3, 0.42, 0.2))
    broad = random.random() < 0.5
    for x in np.concatenate([np.linspace(0.0, 0.36, 3), np.linspace(0.64, 1.0, 3)]) + random.uniform(-0.05, 0.05, 6):
        foot, tall = number(random, 0.7, 0.82), number(random, 0.5, 0.75)
        if broad and random.random() < 0.7:
            tree(sketch, float(x), foot, tall, pick(random, LEAVES))
        else:
            pine(sketch, float(x), foot, tall, (0.15, 0.37, 0.25))
    path = smooth((0.5, 0.69), (0.56, 0.8), (0.46, 0.92), (0.36, 1.1), (0.74, 1.1), (0.66, 0.92), (0.66, 0.8), (0.54, 0.69))
    sketch.shape(path, (0.55, 0.44, 0.3), 0.1, 0.0)
    tufts(sketch, 0.72, (0.2, 0.4, 0.18))
    for x in random.uniform(0.02, 0.98, 2):
        _mushroom(sketch, float(x), number(random, 0.84, 0.95))


def _mushroom(sketch: Sketch, x: float, foot: float) -> None:
    sketch.shape(box(x - 0.01, foot - 0.04, x + 0.01, foot, 0.006), (0.93, 0.9, 0.82), 0.5, BACK)
    sketch.shape(smooth((x - 0.033, foot - 0.035), (x, foot - 0.072), (x + 0.033, foot - 0.035)), (0.8, 0.24, 0.18), 0.5, BACK)


def mountains(sketch: Sketch, air: Air) -> None:
    """Two rows of peaks, pines and a meadow."""
    random = sketch.random
    far = [(float(x), number(random, 0.26, 0.4)) for x in random.permutation(np.linspace(0.02, 0.98, 4))]
    peaks(sketch, 0.72, far, mixed((0.46, 0.5, 0.62), air.low, 0.45), True)
    near = [(float(x), number(random, 0.3, 0.5)) for x in random.uniform(0.0, 1.0, 3)]
    peaks(sketch, 0.76, near, (0.42, 0.42, 0.48), True)
    ground(sketch, 0.72, (0.46, 0.58, 0.3))
    if random.random() < 0.5:
        sketch.shape(ellipse(number(random, 0.2, 0.8), 0.78, 0.26, 0.025), WATER, 0.1, BACK)
    for x in random.uniform(0.0, 1.0, 8):
        pine(sketch, float(x), number(random, 0.74, 0.8), number(random, 0.1, 0.2), (0.16, 0.36, 0.26))
    tufts(sketch, 0.78, (0.32, 0.48, 0.22), 20)
    for x, y in random.uniform((0.0, 0.84), (1.0, 0.98), (4, 2)):
        sketch.shape(ellipse(float(x), float(y), 0.04, 0.022), (0.56, 0.55, 0.53), 0.6, BACK)


def desert(sketch: Sketch, air: Air) -> None:
    """Dunes, a table mountain and cactuses."""
    random = sketch.random
    x = number(random, 0.1, 0.9)
    mesa = polygon((x - 0.24, 0.63), (x - 0.15, 0.45), (x - 0.13, 0.4), (x + 0.13, 0.4), (x + 0.15, 0.46), (x + 0.25, 0.63))
    sketch.shape(mesa, mixed((0.74, 0.42, 0.3), air.low, 0.25), 0.35, BACK)
    for top, colour in ((0.6, (0.9, 0.69, 0.42)), (0.7, (0.94, 0.76, 0.48)), (0.84, (0.87, 0.65, 0.38))):
        crest = number(random, 0.15, 0.85)
        height = number(random, 0.03, 0.08)
        dune = smooth((-0.1, top + 0.04), (crest - 0.25, top), (crest, top - height), closed=False)
        dune.quadTo(crest + 0.1, top + 0.03, 1.1, top + 0.05)
        dune.lineTo(1.1, 1.1)
        dune.lineTo(-0.1, 1.1)
        dune.close()
        sketch.shape(dune, colour, 0.3, BACK)
        shadow = polygon((crest, top - height), (crest + 0.1, top + 0.01), (crest + 0.5, top + 0.06), (crest + 0.08, top + 0.09))
        sketch.shape(shadow, scaled(colour, 0.82), 0.1, 0.0)
    for x in random.permutation(np.array([0.08, 0.24, 0.78, 0.93]))[: int(random.integers(2, 4))]:
        _cactus(sketch, float(x) + number(random, -0.03, 0.03), number(random, 0.76, 0.9), number(random, 0.2, 0.32))


def _cactus(sketch: Sketch, x: float, foot: float, tall: float) -> None:
    path = box(x - 0.11 * tall, foot - tall, x + 0.11 * tall, foot, 0.11 * tall)
    for side, up in ((-1, 0.32), (1, 0.46)):
        one, two = sorted((x, x + side * 0.34 * tall))
        path = skia.Op(
            path, box(one - 0.07 * tall, foot - (up + 0.1) * tall, two + 0.07 * tall, foot - (up - 0.04) * tall, 0.07 * tall), skia.PathOp.kUnion_PathOp
        )
        stem = x + side * 0.34 * tall
        path = skia.Op(
            path, box(stem - 0.07 * tall, foot - (up + 0.38) * tall, stem + 0.07 * tall, foot - (up - 0.04) * tall, 0.07 * tall), skia.PathOp.kUnion_PathOp
        )
    sketch.shape(path, (0.3, 0.54, 0.3), 0.55, BACK)
    for shift in (-0.04, 0.04):
        sketch.line(polyline((x + shift * tall, foot - 0.9 * tall), (x + shift * tall, foot - 0.04)), (0.2, 0.42, 0.22), 0.004)


def park(sketch: Sketch, air: Air) -> None:
    """Lawns, trees, a path and a pond."""
    random = sketch.random
    for x in np.linspace(0.0, 1.0, 9) + random.uniform(-0.05, 0.05, 9):
        bush(sketch, float(x), 0.66, number(random, 0.18, 0.28), mixed(pick(random, LEAVES), air.low, 0.3))
    ground(sketch, 0.64, (0.5, 0.7, 0.32))
    bend = number(random, -0.3, 0.3)
    path = smooth((0.5 + bend, 0.65), (0.5, 0.76), (0.3 - bend, 1.1), (0.74 - bend, 1.1), (0.64, 0.76), (0.54 + bend, 0.65))
    sketch.shape(path, (0.86, 0.77, 0.6), 0.1, BACK)
    if random.random() < 0.6:
        sketch.shape(ellipse(0.5 - bend * 1.2, 0.71, 0.17, 0.022), WATER, 0.1, BACK)
    for x in random.permutation(np.array([0.06, 0.24, 0.76, 0.94]))[: int(random.integers(2, 5))]:
        tree(sketch, float(x) + number(random, -0.05, 0.05), number(random, 0.7, 0.8), number(random, 0.42, 0.6), pick(random, LEAVES))
    tufts(sketch, 0.72, (0.34, 0.55, 0.22))


def garden(sketch: Sketch, air: Air) -> None:
    """A fence, a cottage and beds of flowers."""
    random = sketch.random
    x = number(random, 0.1, 0.9)
    sketch.shape(box(x - 0.16, 0.38, x + 0.16, 0.68), (0.93, 0.88, 0.76), 0.25, BACK)
    sketch.shape(polygon((x - 0.2, 0.4), (x - 0.1, 0.25), (x + 0.1, 0.25), (x + 0.2, 0.4)), (0.7, 0.36, 0.28), 0.3, BACK)
    for shift in (-0.08, 0.08):
        pane = box(x + shift - 0.035, 0.45, x + shift + 0.035, 0.53)
        if air.dark:
            sketch.flat(pane, (1.0, 0.85, 0.5))
        else:
            sketch.shape(pane, (0.5, 0.65, 0.75), 0.2, BACK)
    tree(sketch, 0.5 - (1 if x > 0.5 else -1) * number(random, 0.25, 0.45), 0.68, number(random, 0.4, 0.5), pick(random, LEAVES))
    for post in np.arange(-0.02, 1.05, 0.062):
        post = float(post)
        sketch.shape(polygon((post, 0.72), (post, 0.59), (post + 0.02, 0.57), (post + 0.04, 0.59), (post + 0.04, 0.72)), (0.95, 0.94, 0.9), 0.2, BACK)
    sketch.shape(box(-0.05, 0.63, 1.05, 0.648), (0.95, 0.94, 0.9), 0.2, 0.3)
    ground(sketch, 0.7, (0.46, 0.66, 0.3), 0.008)
    petals = ((0.92, 0.35, 0.4), (0.95, 0.75, 0.25), (0.75, 0.5, 0.85), (0.97, 0.95, 0.92), (0.95, 0.55, 0.7))
    for x, y in sorted(random.uniform((0.0, 0.78), (1.0, 1.0), (26, 2)), key=lambda place: float(place[1])):
        flower(sketch, float(x), float(y), 0.03 + 0.16 * (float(y) - 0.7), pick(random, petals))
