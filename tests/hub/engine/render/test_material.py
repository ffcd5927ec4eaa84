"""Sculptures look like what they are made of, and their eyes can be read."""

from dataclasses import replace
from typing import get_args

import numpy as np
import numpy.typing as npt
import pytest

from hub.engine.render import Expression, Identity, Person, Picture, Rendering, Scene, render
from hub.engine.render.parameters import Material

MATERIALS: tuple[Material, ...] = tuple(name for name in get_args(Material) if name != "skin")
COLOURFUL = Identity(skin=0.6, hair_style="short", hair_colour="auburn", eye_colour="blue", facial_hair="moustache", clothing_hue=0.35, lip_fullness=0.6)


def sculpture(material: Material, expression: Expression | None = None, identity: Identity = COLOURFUL) -> Rendering:
    person = Person(replace(identity, material=material), expression or Expression(), x=0.5, y=0.47, head=0.6)
    return render(Picture("realistic", Scene("office"), person, seed=2), 128)


def face(rendering: Rendering) -> npt.NDArray[np.float64]:
    """The pixels round the middle of the face, (n, 3), 0 to 1."""
    assert rendering.truth.face is not None
    x, y = rendering.truth.face.points[30, :2].round().astype(int)
    return rendering.pixels[y - 18 : y + 18, x - 15 : x + 15].reshape(-1, 3) / 255


@pytest.mark.parametrize("material", MATERIALS)
def test_has_the_face_of_the_living_model(material: Material) -> None:
    living, carved = sculpture("skin").truth.face, sculpture(material).truth.face
    assert living is not None and carved is not None
    np.testing.assert_array_equal(carved.points, living.points)


@pytest.mark.parametrize("material", MATERIALS)
def test_does_not_depend_on_the_colours_of_the_living_model(material: Material) -> None:
    other = replace(COLOURFUL, skin=0.0, hair_colour="blond", eye_colour="brown", clothing_hue=0.9, undertone=1.0)
    np.testing.assert_array_equal(sculpture(material).pixels, sculpture(material, identity=other).pixels)


@pytest.mark.parametrize("material", MATERIALS)
def test_neither_blushes_nor_weeps(material: Material) -> None:
    moved = sculpture(material, Expression(tears=1.0, flush=1.0))
    np.testing.assert_array_equal(moved.pixels, sculpture(material).pixels)


def test_marble_has_no_hue_and_the_mouth_of_a_sculpture_has_no_red_of_its_own() -> None:
    screaming = face(sculpture("marble", Expression({25: 1.0, 27: 1.0})))
    assert (screaming.max(axis=1) - screaming.min(axis=1)).max() < 0.16
    living = face(sculpture("skin", Expression({25: 1.0, 27: 1.0})))
    assert (living.max(axis=1) - living.min(axis=1)).max() > 0.3


@pytest.mark.parametrize("material", ["bronze", "terracotta"])
def test_bronze_and_clay_are_warm_all_over(material: Material) -> None:
    pixels = face(sculpture(material))
    lit = pixels[pixels.max(axis=1) > 0.2]
    assert len(lit) > 0.8 * len(pixels)
    assert (lit[:, 0] > lit[:, 2]).all()


def test_bronze_is_darker_than_marble_and_has_a_harder_light() -> None:
    marble, bronze = (face(sculpture(material)).mean(axis=1) for material in ("marble", "bronze"))
    assert bronze.mean() < marble.mean() - 0.15
    assert np.quantile(bronze, 0.99) / np.median(bronze) > 1.3 * np.quantile(marble, 0.99) / np.median(marble)


@pytest.mark.parametrize("material", MATERIALS)
def test_the_pupils_are_darker_than_the_balls_around_them(material: Material) -> None:
    for gaze in ((0.0, 0.0), (28.0, 0.0), (-28.0, 0.0)):
        found = sculpture(material, Expression({5: 0.6}, gaze))
        assert found.truth.face is not None
        grey = found.pixels.mean(axis=2)
        for pupil, eye in ((68, slice(36, 42)), (69, slice(42, 48))):
            x, y = found.truth.face.points[pupil, :2]
            left, right = found.truth.face.points[eye, 0].min(), found.truth.face.points[eye, 0].max()
            row = grey[int(y), int(left) + 2 : int(right) - 1]
            assert grey[int(y), int(x)] < 0.75 * row.max()


def test_the_veins_of_marble_stay_where_they_are_when_only_the_mouth_moves() -> None:
    still, speaking = sculpture("marble"), sculpture("marble", Expression({25: 0.8, 26: 0.8}))
    assert still.truth.face is not None
    brows = int(still.truth.face.points[17:27, 1].min())
    np.testing.assert_array_equal(still.pixels[:brows], speaking.pixels[:brows])


@pytest.mark.parametrize("material", MATERIALS)
def test_is_drawn_in_every_style_and_for_animals(material: Material) -> None:
    for style in ("cartoon", "natural", "science_fiction", "advertising"):
        person = Person(Identity(material=material, species="bear"), y=0.47, head=0.6)
        living = replace(person, identity=Identity(species="bear"))
        assert (render(Picture(style, person=person), 64).pixels != render(Picture(style, person=living), 64).pixels).any()
