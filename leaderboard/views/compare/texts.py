"""Language models side by side: how surprising texts were, what was written after their beginnings, and the answers to few-shot questions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from hub.results.comparing.disagreements import Rows, shared_texts
from hub.results.comparing.examples import Examples
from hub.results.comparing.predictions import Floats, TextPredictions
from hub.results.display import printable
from leaderboard.address import PAGE, choose
from leaderboard.plain_text import plain
from leaderboard.views.compare.examples import ROWS_A_PAGE, choose_pair, paged, say_origin, say_unread
from leaderboard.views.compare.reading import Compared, examples, predictions

_WAYS = {"sampling": "sampling", "top_p": "top-p sampling", "greedy": "greedy"}
_ORDERS = ("by difference", "by surprise", "as in the data")


@dataclass(frozen=True)
class Side:
    """One model's part in what is shown."""

    title: str
    found: TextPredictions
    rows: Rows
    """The positions of the shared texts in its predictions."""

    @property
    def perplexity(self) -> Floats:
        return np.asarray(self.found.perplexity[self.rows])


def show(found: Compared) -> None:
    """Draws the shared test texts, those on which the first two models differ most first."""
    st.subheader("Text by text")
    read, unread = predictions(found, TextPredictions)
    say_unread(unread)
    if not read:
        return
    shared = shared_texts([one for _, one in read])
    sides = [Side(found.titles[place], one, rows) for (place, one), rows in zip(read, shared, strict=True)]
    first, second = choose_pair(found, [place for place, _ in read]) if len(sides) > 1 else (0, 0)
    _answers(sides)
    at_hand, why = examples(found, found.records[read[first][0]])
    if at_hand is None:
        st.info(f"The texts themselves cannot be shown: {plain(why)}.", icon=":material/visibility_off:")
    ways = [way for way in _WAYS if any(any(one.found.written.get(way, ())) for one in sides)]
    way, order = _choose(ways, len(sides) > 1)
    _say(sides, first, second)
    chosen = order_texts(sides[first], sides[second], order)
    if way is not None:
        # Texts that were continued come first: there is more to see.
        chosen = np.array(sorted(chosen, key=lambda row: not _written(sides[first], int(row), way)), dtype=np.int64)
    page = paged(len(chosen))
    for row in chosen[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]:
        _text(at_hand, sides, int(row), way)
    if at_hand is not None:
        say_origin(at_hand)


def _choose(ways: Sequence[str], several: bool) -> tuple[str | None, str]:
    left, right = st.columns(2)
    orders = _ORDERS if several else _ORDERS[1:]
    order = choose("Order", "sort", orders, place=right, forgets=(PAGE,), help="By difference: where the two models' surprise differs most.")
    if not ways:
        left.caption("What the models wrote after these texts is not kept: they did not write, or the texts are of others.")
        return None, order
    return choose("Continued by", "decoding", ways, lambda way: _WAYS.get(way, way), place=left, forgets=(PAGE,)), order


def order_texts(first: Side, second: Side, order: str) -> Rows:
    """Returns the positions of the shared texts. Surprise is that of the whole text, which all tokenisations share, per token of the first model."""
    ours, theirs = first.found.nats[first.rows], second.found.nats[second.rows]
    tokens = np.maximum(first.found.tokens[first.rows], 1)
    if order == "by difference":
        return np.argsort(-np.abs(ours - theirs) / tokens, kind="stable")
    if order == "by surprise":
        return np.argsort(-ours / tokens, kind="stable")
    return np.arange(len(ours), dtype=np.int64)


def _say(sides: Sequence[Side], first: int, second: int) -> None:
    ours, theirs = sides[first], sides[second]
    words = f"{len(ours.rows):,} test texts, those first that were continued, from their beginning on."
    words += " Perplexity is exp(nats / tokens) of the text: how many tokens the model hesitates between; less is better."
    if first != second:
        wins = int((ours.found.nats[ours.rows] < theirs.found.nats[theirs.rows]).sum())
        words += f" {ours.title} finds {wins:,} of them less surprising than {theirs.title} does."
    if any((side.found.tokens[side.rows] != ours.found.tokens[ours.rows]).any() for side in sides):
        words += " The models cut text into tokens differently, so that perplexities a token cannot be compared; the order goes by the whole text."
    st.caption(plain(words, 1000))


def _text(at_hand: Examples | None, sides: Sequence[Side], row: int, way: str | None) -> None:
    id = sides[0].found.ids[sides[0].rows[row]]
    example = at_hand.get(id) if at_hand is not None else None
    with st.container(border=True):
        if example is not None:
            st.markdown(plain(example.text, 3000))
        st.caption(plain(id, 200))
        columns = st.columns(min(len(sides), 3), gap="small")
        for number, side in enumerate(sides):
            with columns[number % len(columns)]:
                st.markdown(f"**{plain(side.title, 80)}** · perplexity {side.perplexity[row]:,.1f}")
                text = _written(side, row, way)
                if text:
                    st.markdown(f"… {plain(text, 2000)}")
                elif way is not None:
                    st.caption("Nothing was written after this text.")


def _written(side: Side, row: int, way: str | None) -> str | None:
    """What a model wrote after a text's beginning."""
    found = side.found.written.get(way, ()) if way is not None else ()
    return found[side.rows[row]] if found else None


def _answers(sides: Sequence[Side]) -> None:
    """The answers to few-shot questions, as a table; nothing where none was asked."""
    asked = [side for side in sides if side.found.asked]
    if not asked:
        return
    answers = [dict(zip(side.found.asked, side.found.answers, strict=True)) for side in asked]
    truth = dict(zip(asked[0].found.asked, asked[0].found.truth, strict=True))
    rights = [sum(one.get(id) == label for id, label in truth.items()) for one in answers]
    words = "; ".join(f"{side.title} {right} of {len(truth)}" for side, right in zip(asked, rights, strict=True))
    with st.expander(f"Answers to the {len(truth)} few-shot questions"):
        st.caption(plain(f"Right: {words}."))
        lines = [
            {
                "Question": printable(id, 120),
                "Truth": printable(label, 60),
                **{side.title: printable(one.get(id, ""), 60) for side, one in zip(asked, answers, strict=True)},
            }
            for id, label in truth.items()
        ]
        st.dataframe(lines, hide_index=True, alt=f"Few-shot answers. Right: {words}.")
