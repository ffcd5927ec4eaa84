"""A scene: its place and air behind the figure, its objects where the figure does not hide them, and the weather in front."""

from dataclasses import dataclass

import numpy as np
import skia

from hub.engine.render.decor import draw_cover_front, draw_discs, draw_display, draw_hologram, draw_studio, draw_texture, draw_title
from hub.engine.render.finish import finish
from hub.engine.render.look import LOOKS, Brush, Look
from hub.engine.render.objects import KINDS, Kind
from hub.engine.render.parameters import OBJECTS, PLACES, ObjectName, Picture
from hub.engine.render.places import draw_place
from hub.engine.render.sketch import Sketch, ellipse
from hub.engine.render.truth import Box
from hub.engine.render.weather import air_of, draw_precipitation, draw_sky, draw_veil, light_of

__all__ = ["Composition", "compose", "draw_behind", "draw_in_front", "finish", "light_of", "person_area"]

BODY_WIDTH = 2.2
"""The width of a figure below its head, in heads."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one object is, in shares of the picture."""

    name: ObjectName
    x: float
    """Of its left edge."""
    y: float
    """Of its upper edge."""
    width: float
    in_front: bool
    """Whether it is drawn over the figure."""
    seed: int

    def sketch(self) -> Sketch:
        """Returns the object in its own coordinates, 0 to 1."""
        sketch = Sketch(np.random.default_rng((self.seed, OBJECTS.index(self.name))))
        KINDS[self.name].draw(sketch)
        return sketch

    def matrix(self, size: int) -> skia.Matrix:
        """Returns the way from the object's coordinates to pixels."""
        return skia.Matrix.Translate(self.x * size, self.y * size).preScale(self.width * size, self.width * size)


@dataclass(frozen=True, slots=True)
class Composition:
    """Where a picture's objects are."""

    look: Look
    spots: tuple[Spot, ...]

    def boxes(self, size: int) -> dict[str, Box]:
        """Returns the boxes of what is drawn of each object, in pixels, cut at the picture's edges; hidden parts count."""
        found: dict[str, Box] = {}
        for spot in self.spots:
            left, top, right, bottom = spot.sketch().bounds(self.look, spot.matrix(size), size)
            found[spot.name] = (max(0.0, left), max(0.0, top), min(float(size), right), min(float(size), bottom))
        return found


def person_area(picture: Picture) -> tuple[Box, Box] | None:
    """Returns about where the figure is, in shares: the head's box and the body's."""
    person = picture.person
    if person is None:
        return None
    head = person.head
    chin = person.y + head / 2
    return (
        (person.x - 0.42 * head, person.y - 0.62 * head, person.x + 0.42 * head, chin),
        (person.x - BODY_WIDTH / 2 * head, chin, person.x + BODY_WIDTH / 2 * head, min(1.0, chin + 6.0 * head)),
    )


def compose(picture: Picture) -> Composition:
    """Finds each object a spot by the scene's seed that neither the figure nor another object hides."""
    scene = picture.scene
    random = np.random.default_rng((scene.seed, 7))
    area = person_area(picture)
    taken: list[Box] = []
    spots = []
    for name in scene.objects:
        spot = _spot(name, area, taken, random, scene.seed)
        taken.append((spot.x, spot.y, spot.x + spot.width, spot.y + spot.width * KINDS[name].height))
        spots.append(spot)
    return Composition(LOOKS[picture.style], tuple(spots))


def _spot(name: ObjectName, area: tuple[Box, Box] | None, taken: list[Box], random: np.random.Generator, seed: int) -> Spot:
    kind = KINDS[name]
    best: tuple[float, float, float, float, bool] | None = None
    for size in (1.0, 0.85, 0.7) if kind.width < 0.85 else (1.0,):
        width = kind.width * size
        for x in np.linspace(0.02, 0.98 - width, 9) if width < 0.96 else [0.5 - width / 2]:
            for y in _heights(kind, width * kind.height):
                place = (float(x), float(y), float(x) + width, float(y) + width * kind.height)
                hidden = _hidden(place, area)
                cost = 4.0 * hidden + 5.0 * sum(_share(place, other) for other in taken) + 0.9 * (1 - size) + float(random.uniform(0, 0.25))
                if best is None or cost < best[0]:
                    held = area is not None and kind.spot == "ground" and _share(place, area[1]) > 0.01 and _share(place, area[0]) < 0.05
                    best = (cost, float(x), float(y), width, held)
    assert best is not None
    return Spot(name, best[1], best[2], best[3], best[4], seed)


def _heights(kind: Kind, height: float) -> list[float]:
    match kind.spot:
        case "ground":
            return [0.93 - height, 0.9 - height, 0.86 - height]
        case "air":
            return [0.12, 0.2, 0.3, 0.4]
        case "back":
            return [kind.top]


def _share(one: Box, other: Box) -> float:
    """How much of `one` lies in `other`."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, across) * max(0.0, down) / ((one[2] - one[0]) * (one[3] - one[1]))


def _hidden(place: Box, area: tuple[Box, Box] | None) -> float:
    """How much of a place the figure takes; the head counts three times, the chest more than the shoulders."""
    if area is None:
        return 0.0
    head, body = area
    quarter = (body[2] - body[0]) / 4
    chest = (body[0] + quarter, body[1], body[2] - quarter, body[3])
    return 3.0 * _share(place, head) + _share(place, body) + 0.4 * _share(place, chest)


def draw_behind(brush: Brush, picture: Picture, composition: Composition) -> None:
    """Draws all that the figure may hide: sky, place, far weather, the cover's title and the objects behind."""
    air = air_of(picture)
    whole = skia.Matrix.Scale(brush.size, brush.size)
    seed = picture.scene.seed
    sketch = Sketch(np.random.default_rng((seed, 5)))
    if not air.indoors:
        draw_sky(sketch, air)
    sketch.random = np.random.default_rng((seed, PLACES.index(picture.scene.place)))
    draw_place(sketch, air, picture.scene.place)
    draw_veil(sketch, air)
    large = [spot for spot in composition.spots if KINDS[spot.name].spot == "back"]
    blurred = brush.look.shading == "soft"
    if blurred:
        near = picture.person.head if picture.person is not None else 0.04
        sigma = brush.size * (0.0025 + 0.016 * min(1.0, near / 0.4))
        brush.canvas.saveLayer(None, skia.Paint(ImageFilter=skia.ImageFilters.Blur(sigma, sigma, skia.TileMode.kClamp)))
    sketch.draw(brush, whole)
    if blurred:
        brush.canvas.restore()
        draw_texture(brush)
        draw_discs(brush, picture, air)
    if picture.style == "advertising":
        draw_studio(brush, picture, air)
    for spot in large:
        spot.sketch().draw(brush, spot.matrix(brush.size))
    if picture.style == "advertising":
        draw_title(brush, picture)
    if picture.style == "science_fiction":
        draw_hologram(brush, picture)
    for spot in composition.spots:
        if spot not in large and not spot.in_front:
            _stand(brush, spot)


def draw_in_front(brush: Brush, picture: Picture, composition: Composition) -> None:
    """Draws all that may hide the figure: objects at its feet, rain or snow, the cover's border."""
    for spot in composition.spots:
        if spot.in_front:
            _stand(brush, spot)
    sketch = Sketch(np.random.default_rng((picture.scene.seed, 11)))
    draw_precipitation(sketch, air_of(picture))
    sketch.draw(brush, skia.Matrix.Scale(brush.size, brush.size))
    if picture.style == "advertising":
        area = person_area(picture)
        taken = [
            (spot.x, spot.y, spot.x + spot.width, spot.y + spot.width * KINDS[spot.name].height)
            for spot in composition.spots
            if KINDS[spot.name].spot != "back"
        ]
        draw_cover_front(brush, picture, [*taken, *([area[0], area[0], area[1]] if area is not None else [])])
    if picture.style == "science_fiction":
        draw_display(brush, picture)


def _stand(brush: Brush, spot: Spot) -> None:
    """Draws an object, and its shadow at its foot when it stands on the ground."""
    sketch, matrix = spot.sketch(), spot.matrix(brush.size)
    if KINDS[spot.name].spot == "ground" and brush.look.shading in ("soft", "gloss", "wash"):
        left, _, right, foot = sketch.bounds(brush.look, matrix, brush.size)
        shadow = ellipse((left + right) / 2, foot - 0.008 * brush.size, 0.46 * (right - left), 0.009 * brush.size)
        paint = skia.Paint(Color=skia.Color(10, 8, 20, 120), AntiAlias=True, MaskFilter=skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, 0.004 * brush.size))
        brush.canvas.drawPath(shadow, paint)
    sketch.draw(brush, matrix)
