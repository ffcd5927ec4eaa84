"""Which rows and which options are drawn."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.annotate.question import NONE
from hub.annotate.rows import Row
from hub.annotate.sampling import draw_options, draw_rows
from hub.errors import EmohubError

CLASSES = ("anger", "fear", "joy", "love", "pride", "relief", "sadness", "neutral")


def row(number: int, label: str, group: str = "", style: str = "", more: tuple[str, ...] = ()) -> Row:
    return Row(f"row-{number}", (label, *more), frozenset({label, *more}), (f"plot_id={group or number}",), style, {})


ROWS = [row(number, CLASSES[number % 8], f"story {number % 60}", ("cartoon", "natural")[number // 8 % 2]) for number in range(480)]


def test_classes_come_in_equal_shares_and_neutral_in_a_tenth() -> None:
    found = Counter(row.labels[0] for row in draw_rows(ROWS, 60, seed=0))
    assert found["neutral"] == 6
    assert {found[name] for name in CLASSES if name != "neutral"} <= {7, 8}


def test_styles_come_in_equal_shares_within_a_class() -> None:
    found = Counter((row.labels[0], row.style) for row in draw_rows(ROWS, 60, seed=0))
    assert all(abs(found[name, "cartoon"] - found[name, "natural"]) <= 1 for name in CLASSES)


def test_no_two_rows_share_a_story_while_there_are_stories_enough() -> None:
    stories = Counter(row.groups[0] for row in draw_rows(ROWS, 40, seed=1))
    assert max(stories.values()) == 1


def test_where_stories_are_few_they_are_used_evenly() -> None:
    few = [row(number, CLASSES[number % 7], f"story {number % 5}") for number in range(350)]
    stories = Counter(row.groups[0] for row in draw_rows(few, 50, seed=0))
    assert set(stories.values()) == {10}


def test_a_class_that_runs_out_is_made_up_for_by_the_others() -> None:
    rows = [row(0, "joy"), *(row(number, "fear") for number in range(1, 20))]
    assert Counter(row.labels[0] for row in draw_rows(rows, 10, seed=0)) == {"joy": 1, "fear": 9}


def test_a_dataset_of_neutral_rows_alone_can_be_drawn_from() -> None:
    assert len(draw_rows([row(number, "neutral") for number in range(8)], 5, seed=0)) == 5


@given(st.integers(1, 480), st.integers(0, 5))
def test_a_seed_names_one_sample_of_different_rows_whatever_the_order_of_the_rows(count: int, seed: int) -> None:
    drawn = draw_rows(ROWS, count, seed)
    assert len({row.id for row in drawn}) == count
    assert drawn == draw_rows(ROWS[::-1], count, seed)


def test_another_seed_draws_other_rows() -> None:
    assert {row.id for row in draw_rows(ROWS, 40, 0)} != {row.id for row in draw_rows(ROWS, 40, 1)}


@pytest.mark.parametrize("count", [0, -3, 481])
def test_more_rows_than_there_are_cannot_be_drawn(count: int) -> None:
    with pytest.raises(EmohubError, match="ask for 1 to 480"):
        draw_rows(ROWS, count, 0)


@given(st.integers(0, 50), st.lists(st.sampled_from(CLASSES), min_size=1, max_size=4, unique=True), st.none() | st.integers(0, 4))
def test_options_hold_all_labels_and_distractors_that_the_row_names_nowhere(number: int, labels: list[str], distractors: int | None) -> None:
    labelled = Row(f"row-{number}", tuple(labels[:2] or labels), frozenset(labels), (), "", {})
    options = draw_options(labelled, CLASSES, distractors, seed=0)
    assert options[-1] == NONE
    assert len(set(options)) == len(options)
    assert set(labelled.labels) <= set(options)
    assert not (set(options) - set(labelled.labels)) & labelled.related
    wanted = 6 - len(labelled.labels) if distractors is None else distractors
    assert len(options) == len(labelled.labels) + min(wanted, len(CLASSES) - len(labelled.related)) + 1


def test_labels_stand_at_any_place_among_the_options() -> None:
    places = Counter(draw_options(row(number, "joy"), CLASSES, None, 0).index("joy") for number in range(600))
    assert set(places) == set(range(6))
    assert min(places.values()) > 60


def test_more_distractors_than_other_classes_are_refused() -> None:
    with pytest.raises(EmohubError, match="ask for 0 to 7"):
        draw_options(row(0, "joy"), CLASSES, 8, 0)
