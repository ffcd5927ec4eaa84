"""Where two classifiers disagree: the rows themselves."""

from collections.abc import Sequence
from itertools import combinations
from math import ceil

import numpy as np
import streamlit as st

from hub.errors import EmohubError
from hub.results.comparing.disagreements import CHOICES, Choice, Disagreements, disagreements, telling_labels
from hub.results.comparing.examples import Examples
from hub.results.comparing.predictions import ClassPredictions
from hub.results.display import printable
from leaderboard.address import PAGE, choose, turn
from leaderboard.plain_text import plain
from leaderboard.views.compare.markup import label_table
from leaderboard.views.compare.reading import Compared, Unread, aligned, examples, predictions

ROWS_A_PAGE = 10
_IMAGE = 192
_ANY = "any label"


def say_unread(unread: Sequence[Unread]) -> None:
    """Says which models' predictions are not shown, and why."""
    for one in unread:
        st.info(f"**{plain(one.title)}**: {plain(one.reason)}.", icon=":material/visibility_off:")


def readable(found: Compared) -> tuple[tuple[int, ...], tuple[ClassPredictions, ...]] | None:
    """Returns the models whose predictions can be read, by place, and these on shared rows; says what cannot, and None where none can."""
    read, unread = predictions(found, ClassPredictions)
    say_unread(unread)
    if not read:
        return None
    return tuple(number for number, _ in read), aligned(found, read)


def show(found: Compared) -> None:
    """Draws the disagreements of two of the models, ten rows a page."""
    st.subheader("Where they disagree")
    both = readable(found)
    if both is None:
        return
    places, shared = both
    if len(places) < 2:
        st.caption("Disagreements need the predictions of two models.")
        return
    first, second = choose_pair(found, places)
    labels = shared[0].labels
    names = [found.titles[places[number]] for number in (first, second)]
    titles: dict[str, str] = {
        "differ": "All disagreements",
        "first": f"{names[0]} right, {names[1]} wrong",
        "second": f"{names[1]} right, {names[0]} wrong",
        "wrong": "Both wrong, differently",
    }
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    label = choose("Label", "label", [_ANY, *labels], place=right, forgets=(PAGE,), help="Rows where it is true, or decided by one of the two.")
    choice = choose("Rows", "rows", list(CHOICES), lambda name: titles.get(name, name), buttons=True, place=left, forgets=(PAGE,))
    chosen = disagreements(shared[first], shared[second], _choice(choice), None if label == _ANY else label)
    _say_counts(chosen, names)
    if not len(chosen.rows):
        st.caption("No row is like that.")
        return
    at_hand, why = examples(found, found.records[places[first]])
    if at_hand is None:
        st.info(f"The rows themselves cannot be shown: {plain(why)}. What the models said of them can.", icon=":material/visibility_off:")
    page = paged(len(chosen.rows))
    for row in chosen.rows[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]:
        _row(found, at_hand, places, shared, int(row))
    if at_hand is not None:
        say_origin(at_hand)


def choose_pair(found: Compared, places: Sequence[int]) -> tuple[int, int]:
    """Returns two positions in `places`; asks where there are more than two."""
    pairs = {f"{found.models[places[one]]},{found.models[places[other]]}": (one, other) for one, other in combinations(range(len(places)), 2)}
    if len(pairs) == 1:
        return next(iter(pairs.values()))

    def title(name: str) -> str:
        one, other = pairs[name]
        return printable(f"{found.titles[places[one]]} and {found.titles[places[other]]}", 160)

    return pairs[choose("Pair", "pair", list(pairs), title, forgets=(PAGE,))]


def paged(rows: int, size: int = ROWS_A_PAGE) -> int:
    """Lets the reader turn pages of `size` rows; returns the page, from 1."""
    return turn(ceil(rows / size))


def say_origin(at_hand: Examples) -> None:
    """Says where the rows come from."""
    parts = [
        part for part in (at_hand.about, f"Rows: {at_hand.source}" if at_hand.source else "", f"licence {at_hand.licence}" if at_hand.licence else "") if part
    ]
    st.caption(plain(" · ".join(parts), 1000))


def _choice(name: str) -> Choice:
    return next(choice for choice in CHOICES if choice == name)


def _say_counts(found: Disagreements, names: Sequence[str]) -> None:
    counts = found.counts
    total = counts["differ"] + found.both_right + found.both_wrong_alike
    st.caption(
        plain(
            f"Of {total:,} test rows, {counts['differ']:,} are decided differently: {names[0]} alone is right on {counts['first']:,}, {names[1]} alone on "
            f"{counts['second']:,}, neither on {counts['wrong']:,}. Both are right on {found.both_right:,}, and wrong in the same way on "
            f"{found.both_wrong_alike:,}. Right means: exactly the true labels. First come the rows where a wrong model was surest: farthest beyond its "
            "threshold, or with the largest lead of a wrong label over the true one.",
            1200,
        )
    )


def _row(found: Compared, at_hand: Examples | None, places: Sequence[int], shared: Sequence[ClassPredictions], row: int) -> None:
    id = shared[0].ids[row]
    with st.container(border=True):
        shown, said = st.columns([2, 3] if len(places) < 4 else [1, 2], gap="medium")
        with shown:
            _example(at_hand, id, shared[0].domains[row] if shared[0].domains else "")
            true = [printable(shared[0].labels[label], 60) for label in np.flatnonzero(shared[0].truth[row])]
            st.markdown(f"Truth: **{plain(', '.join(true)) or 'no label'}**")
        with said:
            st.html(label_table([found.titles[place] for place in places], shared, row, telling_labels(shared, row), places))


def _example(at_hand: Examples | None, id: str, domain: str) -> None:
    example = at_hand.get(id) if at_hand is not None else None
    if at_hand is not None and example is not None:
        show_example(at_hand, id)
        domain = domain or example.domain
    elif at_hand is not None:
        st.caption("This row is not among the examples at hand.")
    st.caption(plain(" · ".join(part for part in (domain.replace("_", " "), id) if part), 200))


def show_example(at_hand: Examples, id: str) -> None:
    """Draws a row's picture, or its text with the context to open."""
    example = at_hand.get(id)
    if example is None:
        return
    try:
        picture = at_hand.image(id)
    except EmohubError as error:
        st.caption(plain(str(error)))
        picture = None
    if picture is not None:
        st.image(picture, width=_IMAGE, alt=printable(example.text, 300) or f"Test image {printable(id, 100)}")
        if example.text:
            st.caption(plain(example.text, 400))
    else:
        st.markdown(plain(example.text, 3000) or "*empty text*")
    if example.context:
        with st.expander("Context"):
            st.markdown(plain(example.context, 8000))
