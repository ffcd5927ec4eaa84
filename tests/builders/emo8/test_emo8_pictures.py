"""What is planned before anything is drawn: balance, splits, cues, words."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.emo8.grammar import read_grammar
from builders.emo8.pictures import Planned, plan_pictures
from builders.emo8.pools import identity_of, make_pools
from builders.emo8.words import caption_of, describe, prompt_of
from hub.engine.render.parameters import PLACES, STYLES
from hub.taxonomy import Taxonomy

FOLDER = Path(__file__).parents[3] / "builders" / "emo8"
GRAMMAR = read_grammar(FOLDER)
EMOTIONS = Taxonomy.read(FOLDER / "labels.yaml").labels
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}
POOLS = make_pools(200, 40, 30, PLACES, SHARES)


@pytest.fixture(scope="module")
def planned() -> list[Planned]:
    return list(plan_pictures(GRAMMAR, POOLS, EMOTIONS, 4000, SHARES))


def test_every_emotion_in_every_style_has_as_many_pictures_in_every_split(planned: list[Planned]) -> None:
    counts = Counter((one.emotion, one.style, one.split) for one in planned)
    assert len(counts) == len(EMOTIONS) * len(STYLES) * 3
    assert {(split, count) for (_, _, split), count in counts.items()} == {("train", 70), ("validation", 10), ("test", 20)}


@given(st.integers(min_value=80, max_value=700))
@settings(max_examples=15, deadline=None)
def test_any_number_of_pictures_is_spread_evenly(images: int) -> None:
    planned = list(plan_pictures(GRAMMAR, POOLS, EMOTIONS, images, SHARES))
    counts = Counter((one.emotion, one.style) for one in planned)
    assert len(planned) == images == len({one.id for one in planned})
    assert max(counts.values()) - min(counts.values()) <= 1


def test_no_scene_and_no_identity_is_in_two_splits(planned: list[Planned]) -> None:
    groups: dict[str, set[str]] = defaultdict(set)
    for one in planned:
        groups[one.scene_id].add(one.split)
        if one.identity_id:
            groups[one.identity_id].add(one.split)
    assert all(len(splits) == 1 for splits in groups.values())


def test_a_scene_looks_the_same_whenever_it_is_drawn(planned: list[Planned]) -> None:
    looks = defaultdict(set)
    for one in planned:
        looks[one.scene_id].add((one.picture.scene.place, one.picture.scene.seed))
    assert all(len(found) == 1 for found in looks.values())


def test_every_picture_has_two_cues_of_its_own_or_more(planned: list[Planned]) -> None:
    assert min(len(one.own_cues) for one in planned) >= GRAMMAR.minimum_own_cues
    for one in planned:
        own = GRAMMAR.emotions[one.emotion]
        scene, person = one.picture.scene, one.picture.person
        assert "objects" not in one.own_cues or set(scene.objects) & set(own.objects)
        assert "place" not in one.own_cues or scene.place in own.places
        assert "expression" not in one.own_cues or one.expression in own.expressions
        assert "action" not in one.own_cues or (person and person.action in own.actions)


def test_a_face_is_described_where_one_is_seen_and_nowhere_else(planned: list[Planned]) -> None:
    for one in planned:
        person = one.picture.person
        assert bool(one.expression) == (person is not None and not person.turned_away)
        assert bool(one.identity_id) == (person is not None)


def test_animals_are_in_cartoons_only(planned: list[Planned]) -> None:
    styles = {one.style for one in planned if one.picture.person and one.picture.person.identity.species != "human"}
    assert styles == {"cartoon"}


def test_a_picture_depends_on_its_id_alone_once_its_place_in_the_plan_is_given(planned: list[Planned]) -> None:
    again = list(plan_pictures(GRAMMAR, POOLS, EMOTIONS, 4000, SHARES))
    assert again == planned


def test_an_identity_is_who_its_name_says() -> None:
    assert identity_of("person-0007") == identity_of("person-0007")
    assert len({identity_of(f"person-{number:04d}") for number in range(50)}) == 50
    assert all(identity_of(f"animal-{number:04d}").species != "human" for number in range(20))


def test_children_have_neither_beards_nor_bald_heads() -> None:
    children = [one for number in range(300) if (one := identity_of(f"person-{number:04d}")).age < 16]
    assert children
    assert all(one.facial_hair == "none" and one.hair_style != "bald" for one in children)


def test_a_prompt_names_the_emotion_and_a_caption_does_not(planned: list[Planned]) -> None:
    for one in planned[::37]:
        caption = caption_of(GRAMMAR.styles[one.style], describe(one, GRAMMAR), 0.4, 0.3)
        assert one.emotion in prompt_of(one, GRAMMAR)
        assert not any(emotion in caption for emotion in EMOTIONS)


@pytest.mark.parametrize(("brightness", "colourfulness", "words"), [(0.0, 0.0, "dark and nearly colourless"), (0.99, 1.4, "very bright and vivid")])
def test_a_caption_says_how_bright_and_colourful_the_picture_was_measured(brightness: float, colourfulness: float, words: str) -> None:
    assert caption_of("a cartoon drawing", "no people", brightness, colourfulness) == f"a cartoon drawing, {words}: no people"
