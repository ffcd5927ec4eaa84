"""The objects: each within its area, none like another."""

import numpy as np
import pytest
import skia

from hub.engine.render.look import LOOKS, Brush, Light
from hub.engine.render.objects import KINDS
from hub.engine.render.parameters import OBJECTS, STYLES, ObjectName, StyleName
from hub.engine.render.sketch import Sketch
from hub.engine.render.truth import Floats


def sketch_of(name: ObjectName, seed: int = 0) -> Sketch:
    sketch = Sketch(np.random.default_rng(seed))
    KINDS[name].draw(sketch)
    return sketch


def drawn(name: ObjectName, style: StyleName = "cartoon", size: int = 64) -> Floats:
    """An object as wide as the picture on grey, 0 to 1."""
    surface = skia.Surface(size, 2 * size)
    surface.getCanvas().clear(skia.Color(128, 128, 128))
    brush = Brush(surface.getCanvas(), LOOKS[style], Light(), 256, np.random.default_rng(0))
    sketch_of(name).draw(brush, skia.Matrix.Scale(size, size))
    return surface.toarray(colorType=skia.kRGBA_8888_ColorType)[:, :, :3].astype(np.float32) / 255


def test_every_object_of_the_parameters_has_a_drawing() -> None:
    assert set(KINDS) == set(OBJECTS)


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_stays_within_its_area(name: ObjectName) -> None:
    left, top, right, bottom = sketch_of(name).bounds(LOOKS["advertising"], skia.Matrix(), 1)
    assert left >= -0.03
    assert top >= -0.03
    assert right <= 1.03
    assert bottom <= KINDS[name].height + 0.03


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_fills_most_of_its_area(name: ObjectName) -> None:
    left, top, right, bottom = sketch_of(name).bounds(LOOKS["advertising"], skia.Matrix(), 1)
    assert right - left > 0.35
    assert bottom - top > 0.75 * KINDS[name].height


@pytest.mark.parametrize("style", STYLES)
def test_no_object_looks_like_another(style: StyleName) -> None:
    all_drawn = np.stack([drawn(name, style, 32) for name in OBJECTS]).reshape(len(OBJECTS), -1)
    for index in range(len(OBJECTS)):
        nearest = np.abs(np.delete(all_drawn, index, axis=0) - all_drawn[index]).mean(axis=1).min()
        assert nearest > 0.015, OBJECTS[index]


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_stands_out_at_its_size(name: ObjectName) -> None:
    changed = np.abs(drawn(name, "cartoon", 64) - 128 / 255).max(axis=2) > 0.08
    assert changed.sum() > 250


def test_objects_of_chance_are_another_by_seed() -> None:
    for name in ("confetti", "galaxy", "aurora", "fireworks", "clock"):
        one, two = sketch_of(name, 0), sketch_of(name, 1)
        assert any(a.path != b.path or a.colours != b.colours for a, b in zip(one.marks, two.marks, strict=True)), name
