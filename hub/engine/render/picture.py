"""One picture: the scene behind, the figure, what is in front, and the style's finish."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import skia

from hub.engine.render.checks import check
from hub.engine.render.look import LOOKS, Brush
from hub.engine.render.parameters import Picture
from hub.engine.render.person import draw_person
from hub.engine.render.scene import compose, draw_behind, draw_in_front, finish, light_of
from hub.engine.render.truth import Truth

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A drawn picture."""

    pixels: Pixels
    """(size, size, 3), sRGB."""
    truth: Truth


def render(picture: Picture, size: int = 256) -> Rendering:
    """Draws a square picture of `size` pixels, which is at least 64.

    Raises:
        ValueError: the size is too small, or the picture has an unknown name or a number out of its range.
    """
    if size < 64:
        raise ValueError(f"the size is {size} pixels; the renderer draws at least 64")
    check(picture)
    surface = skia.Surface(size, size)
    canvas = surface.getCanvas()
    brush = Brush(canvas, LOOKS[picture.style], light_of(picture), size, np.random.default_rng(picture.seed))
    composition = compose(picture)
    draw_behind(brush, picture, composition)
    person = draw_person(brush, picture.person) if picture.person is not None else None
    draw_in_front(brush, picture, composition)
    pixels = surface.toarray(colorType=skia.kRGBA_8888_ColorType)[:, :, :3]
    found = Truth(person=person.box, face=person.face, objects=composition.boxes(size)) if person is not None else Truth(objects=composition.boxes(size))
    return Rendering(finish(pixels, picture), found)
