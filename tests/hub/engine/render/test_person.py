"""A figure in a picture, its truth, and that each thing one may ask for is drawn."""

from dataclasses import replace
from typing import get_args

import numpy as np
import numpy.typing as npt
import pytest
import skia
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.engine.render.figure.proportions import proportions_of
from hub.engine.render.look import LOOKS, Brush, Light
from hub.engine.render.parameters import ACTION_UNITS, ACTIONS, STYLES, Expression, HairStyle, Identity, Person, Species, StyleName
from hub.engine.render.person import PersonTruth, draw_person

Pixels = npt.NDArray[np.int16]

WHITE, BLACK = 0xFFFFFFFF, 0xFF000000
PORTRAIT = Person(x=0.5, y=0.45, head=0.6)
SAMPLES: dict[str, object] = {
    "species": "bear",
    "age": 80.0,
    "skin": 0.8,
    "undertone": 1.0,
    "face_width": 1.0,
    "jaw_width": 1.0,
    "face_length": 1.0,
    "eye_size": 1.0,
    "eye_spacing": 1.0,
    "nose_length": 1.0,
    "nose_width": 1.0,
    "mouth_width": 1.0,
    "lip_fullness": 1.0,
    "brow_thickness": 1.0,
    "hair_style": "curly",
    "hair_colour": "blond",
    "eye_colour": "blue",
    "facial_hair": "beard",
    "glasses": "round",
    "clothing": "jacket",
    "clothing_hue": 0.1,
    "material": "marble",
}


def drawn(person: Person, style: StyleName = "realistic", size: int = 128, ground: int = WHITE) -> tuple[Pixels, PersonTruth]:
    surface = skia.Surface(size, size)
    surface.getCanvas().clear(ground)
    truth = draw_person(Brush(surface.getCanvas(), LOOKS[style], Light(), size, np.random.default_rng(7)), person)
    return surface.toarray(colorType=skia.kRGBA_8888_ColorType)[:, :, :3].astype(np.int16), truth


def changed(one: Pixels, other: Pixels, least: int = 12) -> int:
    return int((np.abs(one - other).max(axis=2) >= least).sum())


def with_units(units: dict[int, float], **others: object) -> Person:
    return replace(PORTRAIT, expression=replace(Expression(action_units=units), **others))  # type: ignore[arg-type]


@pytest.mark.parametrize("style", STYLES)
def test_equal_figures_give_equal_pixels_and_styles_differ(style: StyleName) -> None:
    pixels, truth = drawn(PORTRAIT, style)
    again, twin = drawn(PORTRAIT, style)
    assert (pixels == again).all()
    assert truth.box == twin.box
    others = [drawn(PORTRAIT, other)[0] for other in STYLES if other != style]
    assert all(changed(pixels, other) > 2000 for other in others)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("unit", ACTION_UNITS)
def test_every_action_unit_is_seen(unit: int, style: StyleName) -> None:
    # The dimpler and the lip presser are small movements; unit 6 is seen under the eyes.
    assert changed(drawn(PORTRAIT, style)[0], drawn(with_units({unit: 1.0}), style)[0], 8) > 25


@pytest.mark.parametrize("field", SAMPLES)
def test_every_part_of_an_identity_is_seen(field: str) -> None:
    other = replace(PORTRAIT, identity=replace(PORTRAIT.identity, **{field: SAMPLES[field]}))  # type: ignore[arg-type]
    assert changed(drawn(PORTRAIT)[0], drawn(other)[0], 4) > 40


@pytest.mark.parametrize("name, more", [("tears", 1.0), ("flush", 1.0), ("flush", -1.0), ("gaze", (25.0, 0.0))])
def test_tears_flush_and_gaze_are_seen(name: str, more: object) -> None:
    assert changed(drawn(PORTRAIT)[0], drawn(with_units({}, **{name: more}))[0], 6) > 20


def all_differ(people: list[Person], least: int) -> bool:
    pictures = [drawn(person)[0] for person in people]
    return all(changed(one, other) > least for index, one in enumerate(pictures) for other in pictures[:index])


def test_every_action_species_and_hair_style_looks_different() -> None:
    figure = Person(x=0.5, y=0.4, head=0.3)
    assert all_differ([replace(figure, action=action) for action in ACTIONS], 100)
    assert all_differ([replace(figure, identity=Identity(species=species)) for species in get_args(Species)], 200)
    assert all_differ([replace(figure, identity=Identity(hair_style=style)) for style in get_args(HairStyle)], 100)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "person",
    [
        PORTRAIT,
        Person(x=0.4, y=0.2, head=0.1),
        Person(x=0.5, y=0.4, head=0.3, action="arms_raised"),
        Person(x=0.6, y=0.3, head=0.12, identity=Identity(species="rabbit"), action="waving"),
        Person(x=0.5, y=0.4, head=0.25, identity=Identity(hair_style="ponytail"), turned_away=True),
    ],
)
def test_the_box_is_what_the_figure_covers(style: StyleName, person: Person) -> None:
    size = 192
    covered = np.zeros((size, size), dtype=bool)
    for ground in (WHITE, BLACK):
        surface = skia.Surface(size, size)
        surface.getCanvas().clear(ground)
        plain = surface.toarray(colorType=skia.kRGBA_8888_ColorType)[:, :, :3].astype(np.int16)
        pixels, truth = drawn(person, style, size, ground)
        covered |= np.abs(pixels - plain).max(axis=2) >= 24
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    assert truth.box == pytest.approx((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1), abs=2)


def test_visible_landmarks_lie_in_the_box_and_on_the_figure() -> None:
    _, truth = drawn(PORTRAIT)
    assert truth.face is not None and truth.box is not None
    points = truth.face.points[truth.face.visible, :2]
    left, top, right, bottom = truth.box
    assert len(points) == 70
    assert (points >= (left, top)).all() and (points <= (right, bottom)).all()


@pytest.mark.parametrize("style", STYLES)
def test_pupils_are_black_and_the_iris_round_them_has_its_colour(style: StyleName) -> None:
    person = replace(PORTRAIT, identity=Identity(eye_colour="blue"), expression=Expression(gaze=(6.0, 0.0)))
    pixels, truth = drawn(person, style, 512)
    assert truth.face is not None
    for x, y, _ in truth.face.points[68:]:
        assert pixels[round(float(y)), round(float(x))].max() < 70
        low = round(float(y) + 0.65 * 512 * person.head * proportions_of(person.identity, style).iris)
        red, _, blue = pixels[low, round(float(x))]
        assert blue > red + 20


def test_corners_of_the_open_mouth_are_where_its_dark_line_ends() -> None:
    size = 512
    open_mouth = with_units({25: 1.0, 26: 1.0})
    pixels, truth = drawn(open_mouth, "cartoon", size)
    assert truth.face is not None
    inside = (truth.face.points[62, :2] + truth.face.points[66, :2]) / 2
    skin = truth.face.points[33, :2] + (0, 0.2 * (truth.face.points[51, 1] - truth.face.points[33, 1]))
    assert pixels[round(float(inside[1])), round(float(inside[0]))].sum() < 0.75 * pixels[round(float(skin[1])), round(float(skin[0]))].sum()


def test_a_figure_seen_from_behind_has_no_face() -> None:
    for species in get_args(Species):
        away = replace(PORTRAIT, identity=Identity(species=species), turned_away=True)
        pixels, truth = drawn(away)
        assert truth.face is None
        assert truth.box is not None
        assert changed(pixels, drawn(replace(away, turned_away=False))[0]) > 300


def test_a_figure_outside_the_picture_has_no_box() -> None:
    assert drawn(Person(x=-3.0, y=0.4, head=0.2))[1].box is None


units = st.dictionaries(st.sampled_from(sorted(ACTION_UNITS)), st.floats(0, 1), max_size=8)
share = st.floats(-1, 1)
expressions = st.builds(
    Expression,
    action_units=units,
    gaze=st.tuples(st.floats(-35, 35), st.floats(-35, 35)),
    yaw=st.floats(-60, 60),
    pitch=st.floats(-40, 40),
    roll=st.floats(-40, 40),
    tears=st.floats(0, 1),
    flush=share,
)
identities = st.builds(
    Identity,
    age=st.floats(4, 90),
    skin=st.floats(0, 1),
    undertone=share,
    face_width=share,
    jaw_width=share,
    face_length=share,
    eye_size=share,
    eye_spacing=share,
    nose_length=share,
    nose_width=share,
    mouth_width=share,
    lip_fullness=share,
    brow_thickness=share,
    clothing_hue=st.floats(0, 1),
)
people = st.builds(
    Person, identity=identities, expression=expressions, x=st.floats(0, 1), y=st.floats(0, 1), head=st.floats(0.06, 0.75), turned_away=st.booleans()
)


@settings(max_examples=60, deadline=None)
@given(people, st.sampled_from(STYLES))
def test_every_figure_can_be_drawn_and_stays_in_the_picture(person: Person, style: StyleName) -> None:
    _, truth = drawn(person, style, 96)
    if truth.box is not None:
        left, top, right, bottom = truth.box
        assert 0 <= left < right <= 96
        assert 0 <= top < bottom <= 96
    assert (truth.face is None) == person.turned_away
    if truth.face is not None:
        assert np.isfinite(truth.face.points).all()
