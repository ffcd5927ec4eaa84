"""Shapes noted down before they are drawn, so that what will be drawn can be measured exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import skia

from hub.engine.render.look import Brush, Colour, Look, mixed

Point = tuple[float, float]


def polygon(*points: Point) -> skia.Path:
    """Returns a closed path with straight sides."""
    path = skia.Path()
    path.addPoly([skia.Point(*point) for point in points], True)
    return path


def polyline(*points: Point) -> skia.Path:
    """Returns an open path with straight pieces."""
    path = skia.Path()
    path.addPoly([skia.Point(*point) for point in points], False)
    return path


def ellipse(x: float, y: float, across: float, down: float | None = None) -> skia.Path:
    """Returns an ellipse by its centre and its radii; a circle when the second is left out."""
    tall = across if down is None else down
    path = skia.Path()
    path.addOval(skia.Rect(x - across, y - tall, x + across, y + tall))
    return path


def box(left: float, top: float, right: float, bottom: float, radius: float = 0.0) -> skia.Path:
    """Returns a rectangle, its corners rounded."""
    path = skia.Path()
    path.addRoundRect(skia.Rect(left, top, right, bottom), radius, radius)
    return path


def smooth(*points: Point, closed: bool = True) -> skia.Path:
    """Returns a smooth path through points (a Catmull-Rom spline)."""
    path = skia.Path()
    count = len(points)
    path.moveTo(*points[0])
    for index in range(count if closed else count - 1):
        before = points[(index - 1) % count] if closed or index > 0 else points[0]
        one, two = points[index], points[(index + 1) % count]
        after = points[(index + 2) % count] if closed or index + 2 < count else two
        path.cubicTo(
            one[0] + (two[0] - before[0]) / 6,
            one[1] + (two[1] - before[1]) / 6,
            two[0] - (after[0] - one[0]) / 6,
            two[1] - (after[1] - one[1]) / 6,
            two[0],
            two[1],
        )
    if closed:
        path.close()
    return path


def star(x: float, y: float, outer: float, inner: float, points: int, turn: float = -90.0) -> skia.Path:
    """Returns a star; `turn` is the angle of its first point in degrees, clockwise from the right."""
    angles = np.radians(turn + 180.0 / points * np.arange(2 * points))
    radii = np.where(np.arange(2 * points) % 2 == 0, outer, inner)
    return polygon(*[(float(x + radius * np.cos(angle)), float(y + radius * np.sin(angle))) for radius, angle in zip(radii, angles, strict=True)])


def arch(x: float, bottom: float, width: float, height: float) -> skia.Path:
    """Returns an upright rectangle with a round top, by the middle of its foot."""
    path = skia.Path()
    half = width / 2
    top = bottom - height
    path.moveTo(x - half, bottom)
    path.lineTo(x - half, top + half)
    path.arcTo(skia.Rect(x - half, top, x + half, top + width), 180, 180, False)
    path.lineTo(x + half, bottom)
    path.close()
    return path


@dataclass(frozen=True, slots=True)
class Mark:
    """One shape of a sketch."""

    kind: Literal["shape", "flat", "line", "glow", "ramp"]
    path: skia.Path
    colours: tuple[Colour, ...]
    volume: float = 0.5
    outline: float = 1.0
    width: float = 0.0
    shining: bool = False
    alphas: tuple[float, ...] = (1.0,)

    def reach(self, look: Look, scale: float, size: int) -> float:
        """Returns how many pixels beyond its path the mark is drawn."""
        match self.kind:
            case "shape":
                return 0.5 * look.outline * self.outline * size + (0.004 * size if look.shading == "wash" else 0.0)
            case "line":
                return 0.5 * self.width * scale
            case _:
                return 0.0


@dataclass(slots=True)
class Sketch:
    """Collects marks in coordinates of its own; y goes down. `random` decides details."""

    random: np.random.Generator
    marks: list[Mark] = field(default_factory=list)

    def shape(self, path: skia.Path, colour: Colour, volume: float = 0.5, outline: float = 1.0) -> None:
        """Notes a shaded shape; see `Brush.shape`."""
        self.marks.append(Mark("shape", path, (colour,), volume=volume, outline=outline))

    def flat(self, path: skia.Path, colour: Colour, alpha: float = 1.0) -> None:
        """Notes an unlit shape."""
        self.marks.append(Mark("flat", path, (colour,), alphas=(alpha,)))

    def line(self, path: skia.Path, colour: Colour, width: float, shining: bool = False) -> None:
        """Notes a stroke, `width` in the sketch's coordinates. `shining`: where shapes have rims of light, it is one, for limbs and wires that are dark."""
        self.marks.append(Mark("line", path, (colour,), width=width, shining=shining))

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 1.0) -> None:
        """Notes a spot of light."""
        self.marks.append(Mark("glow", ellipse(x, y, radius), (colour,), alphas=(strength,)))

    def ramp(self, path: skia.Path, colours: Sequence[Colour], alphas: Sequence[float] | None = None) -> None:
        """Notes an unlit gradient from top to bottom."""
        self.marks.append(Mark("ramp", path, tuple(colours), alphas=tuple(alphas) if alphas is not None else (1.0,) * len(colours)))

    def draw(self, brush: Brush, matrix: skia.Matrix) -> None:
        """Draws the marks in order."""
        scale = _scale(matrix)
        for mark in self.marks:
            path = skia.Path()
            mark.path.transform(matrix, path)
            match mark.kind:
                case "shape":
                    brush.shape(path, mark.colours[0], volume=mark.volume, outline=mark.outline)
                case "flat":
                    brush.flat(path, mark.colours[0], mark.alphas[0])
                case "line":
                    colour = mark.colours[0]
                    if mark.shining and brush.look.shading == "neon":
                        colour = mixed(colour, (0.6, 1.0, 1.0), 0.85)
                    brush.line(path, colour, max(0.6, mark.width * scale))
                case "ramp":
                    brush.ramp(path, mark.colours, mark.alphas)
                case "glow":
                    bounds = path.getBounds()
                    brush.glow(bounds.centerX(), bounds.centerY(), bounds.width() / 2, mark.colours[0], mark.alphas[0])

    def bounds(self, look: Look, matrix: skia.Matrix, size: int) -> tuple[float, float, float, float]:
        """Returns left, top, right, bottom in pixels of all that `draw` paints."""
        scale = _scale(matrix)
        edges = []
        for mark in self.marks:
            path = skia.Path()
            mark.path.transform(matrix, path)
            bounds = path.computeTightBounds()
            reach = mark.reach(look, scale, size)
            edges.append((bounds.left() - reach, bounds.top() - reach, bounds.right() + reach, bounds.bottom() + reach))
        lefts, tops, rights, bottoms = zip(*edges, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)


def _scale(matrix: skia.Matrix) -> float:
    return float(abs(matrix.getScaleX()))
