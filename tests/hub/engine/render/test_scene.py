"""Places, weather, light and where the objects are."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import skia
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hub.engine.render.look import LOOKS, Brush
from hub.engine.render.objects import KINDS
from hub.engine.render.parameters import INDOORS, OBJECTS, PLACES, STYLES, ObjectName, Person, Picture, Place, Scene, StyleName, TimeOfDay, Weather
from hub.engine.render.picture import Pixels, render
from hub.engine.render.scene import Composition, compose, draw_behind, draw_in_front, light_of, person_area
from hub.engine.render.truth import Box, Floats

WEATHERS: tuple[Weather, ...] = ("clear", "cloudy", "rain", "snow", "fog", "storm")
TIMES: tuple[TimeOfDay, ...] = ("dawn", "day", "dusk", "night")
SCENES = st.builds(
    Scene,
    place=st.sampled_from(PLACES),
    weather=st.sampled_from(WEATHERS),
    time=st.sampled_from(TIMES),
    objects=st.lists(st.sampled_from(OBJECTS), max_size=4, unique=True).map(tuple),
    brightness=st.floats(-1, 1),
    colourfulness=st.floats(-1, 1),
    warmth=st.floats(-1, 1),
    seed=st.integers(0, 1 << 62),
)
PEOPLE = st.builds(Person, x=st.floats(0.2, 0.8), y=st.floats(0.2, 0.6), head=st.floats(0.06, 0.75))


def unfinished(picture: Picture, size: int = 128, composition: Composition | None = None) -> Floats:
    """A picture without its figure and its finish, 0 to 255."""
    surface = skia.Surface(size, size)
    brush = Brush(surface.getCanvas(), LOOKS[picture.style], light_of(picture), size, np.random.default_rng(picture.seed))
    draw_behind(brush, picture, compose(picture) if composition is None else composition)
    draw_in_front(brush, picture, Composition(LOOKS[picture.style], ()))
    return surface.toarray(colorType=skia.kRGBA_8888_ColorType)[:, :, :3].astype(np.float32)


def difference(one: Floats, other: Floats) -> float:
    return float(np.abs(one - other).mean())


def covered(one: Box, other: Box) -> float:
    """How much of `one` lies in `other`."""
    across, down = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, across) * max(0.0, down) / ((one[2] - one[0]) * (one[3] - one[1]))


@pytest.mark.parametrize("style", STYLES)
def test_the_same_picture_has_the_same_bytes(style: StyleName) -> None:
    picture = Picture(style, Scene("garden", "rain", "dusk", ("clock", "galaxy"), seed=8), seed=5)
    assert np.array_equal(render(picture, 128).pixels, render(picture, 128).pixels)


@pytest.mark.parametrize("place", PLACES)
def test_another_seed_of_a_place_moves_things(place: Place) -> None:
    drawn = [unfinished(Picture("cartoon", Scene(place, seed=seed))) for seed in range(4)]
    assert min(difference(one, other) for one, other in combinations(drawn, 2)) > 4


@pytest.mark.parametrize("style", STYLES)
def test_every_place_differs_from_the_others(style: StyleName) -> None:
    drawn = {place: unfinished(Picture(style, Scene(place, seed=2)), 64) for place in PLACES}
    for one, other in combinations(PLACES, 2):
        assert difference(drawn[one], drawn[other]) > 5, (one, other)


@pytest.mark.parametrize("style", STYLES)
def test_every_weather_and_time_differs_from_the_others(style: StyleName) -> None:
    drawn = {(weather, time): unfinished(Picture(style, Scene("park", weather, time, seed=2)), 64) for weather in WEATHERS for time in TIMES}
    for one, other in combinations(drawn, 2):
        assert difference(drawn[one], drawn[other]) > 2, (one, other)


@pytest.mark.parametrize("place", sorted(INDOORS))
def test_indoors_has_no_weather_but_times(place: Place) -> None:
    drawn = [unfinished(Picture("realistic", Scene(place, weather, "day", seed=1)), 64) for weather in WEATHERS]
    assert all(np.array_equal(drawn[0], other) for other in drawn[1:])
    day, night = (unfinished(Picture("realistic", Scene(place, time=time, seed=1)), 64) for time in ("day", "night"))
    assert day.mean() > night.mean() + 3


def test_the_light_is_dimmer_at_night_and_more_even_under_clouds() -> None:
    lights = {(weather, time): light_of(Picture("cartoon", Scene("park", weather, time))) for weather in WEATHERS for time in TIMES}
    assert sum(lights["clear", "night"].colour) < 0.8 * sum(lights["clear", "day"].colour)
    assert lights["fog", "day"].strength < 0.6 * lights["clear", "day"].strength


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", OBJECTS)
def test_an_objects_box_holds_what_it_changes_and_little_more(name: ObjectName, style: StyleName) -> None:
    size = 128
    picture = Picture(style, Scene("office", objects=(name,), seed=4))
    composition = compose(picture)
    left, top, right, bottom = composition.boxes(size)[name]
    changed = np.abs(unfinished(picture, size, composition) - unfinished(picture, size, Composition(LOOKS[style], ()))).max(axis=2) > 6
    rows, columns = np.nonzero(changed.any(axis=1))[0], np.nonzero(changed.any(axis=0))[0]
    found = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    outside = np.array([left, top, -right, -bottom]) - found * np.array([1, 1, -1, -1])
    assert outside.max() < 2.5
    assert outside.min() > -0.08 * size


@given(SCENES, PEOPLE.filter(lambda person: person.head <= 0.28))
@settings(max_examples=60, deadline=None)
def test_the_figure_hides_at_most_a_third_of_an_object(scene: Scene, person: Person) -> None:
    picture = Picture("cartoon", scene, person)
    area = person_area(picture)
    assert area is not None
    for spot in compose(picture).spots[:2]:
        if KINDS[spot.name].spot != "back":
            place = (spot.x, spot.y, spot.x + spot.width, spot.y + spot.width * KINDS[spot.name].height)
            hidden = covered(place, area[0]) + (0.0 if spot.in_front else covered(place, area[1]))
            assert hidden <= 1 / 3, spot


@given(SCENES, st.none() | PEOPLE, st.sampled_from(STYLES))
@settings(max_examples=60, deadline=None)
def test_boxes_are_inside_the_picture_and_scale_with_it(scene: Scene, person: Person | None, style: StyleName) -> None:
    composition = compose(Picture(style, scene, person))
    small, large = composition.boxes(100), composition.boxes(300)
    assert set(small) == set(scene.objects)
    for name, (left, top, right, bottom) in small.items():
        assert 0 <= left < right <= 100
        assert 0 <= top < bottom <= 100
        assert np.allclose(3 * np.array(small[name]), large[name], atol=1.0)


def test_objects_keep_off_one_another() -> None:
    for seed in range(12):
        boxes = compose(Picture("cartoon", Scene(objects=("clock", "gift", "ball"), seed=seed))).boxes(256)
        assert max(covered(one, other) for one, other in combinations(boxes.values(), 2)) < 0.15


def test_the_figure_does_not_move_what_is_behind_it() -> None:
    scene = Scene("mountains", seed=3)
    for style in ("cartoon", "natural", "science_fiction"):
        assert np.array_equal(unfinished(Picture(style, scene))[:20], unfinished(Picture(style, scene, Person(head=0.2)))[:20])


def test_the_covers_words_vary_by_seed_and_not_by_what_is_shown() -> None:
    def masthead(scene: Scene, seed: int) -> Floats:
        return unfinished(Picture("advertising", scene, seed=seed))[10:26, 12:116]

    one = masthead(Scene("sea", seed=1), 0)
    assert difference(one, masthead(Scene("sea", seed=1), 1)) > 10
    assert difference(one, masthead(Scene("sea", objects=("knife", "gift"), seed=1), 0)) == 0


@given(SCENES, st.sampled_from(STYLES), st.integers(0, 1 << 62))
@settings(max_examples=60, deadline=None)
def test_any_scene_can_be_drawn(scene: Scene, style: StyleName, seed: int) -> None:
    assert render(Picture(style, scene, seed=seed), 64).pixels.std() > 0


@pytest.mark.parametrize("style", STYLES)
def test_a_picture_is_the_same_at_every_size(style: StyleName) -> None:
    picture = Picture(style, Scene("city_street", objects=("bench",), seed=1))
    small, large = unfinished(picture, 128), unfinished(picture, 512)
    shrunk = large.reshape(128, 4, 128, 4, 3).mean(axis=(1, 3))
    assert np.corrcoef(small.ravel(), shrunk.ravel())[0, 1] > 0.95


def _cues(pixels: Pixels) -> Floats:
    """An 8 by 8 thumbnail and how strong the edges are."""
    grey = pixels.mean(axis=2)
    edges = np.abs(np.diff(grey, axis=1))
    statistics = [edges.mean(), edges.std(), *np.quantile(edges, (0.5, 0.9, 0.99))]
    return np.concatenate([pixels.reshape(8, 16, 8, 16, 3).mean(axis=(1, 3)).ravel() / 255, np.array(statistics) / 20]).astype(np.float32)


def test_a_linear_model_tells_the_styles_apart_on_new_scenes() -> None:
    random = np.random.default_rng(0)

    def drawn(count: int) -> tuple[Floats, list[StyleName]]:
        styles = [STYLES[index % 5] for index in range(count)]
        scenes = [Scene(PLACES[int(random.integers(18))], time=TIMES[int(random.integers(4))], seed=int(random.integers(1 << 30))) for _ in range(count)]
        scenes = [replace(scene, brightness=float(random.uniform(-0.6, 0.6)), warmth=float(random.uniform(-0.6, 0.6))) for scene in scenes]
        return np.stack([_cues(render(Picture(style, scene), 128).pixels) for style, scene in zip(styles, scenes, strict=True)]), styles

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000)).fit(*drawn(250))
    assert model.score(*drawn(100)) > 0.8
