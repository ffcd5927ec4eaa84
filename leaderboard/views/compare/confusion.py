"""Confusion matrices side by side."""

import streamlit as st

from hub.results.comparing.confusion import Confusion, confusion, largest_mixups
from hub.results.comparing.predictions import ClassPredictions
from hub.results.display import printable
from leaderboard.charts.confusion import confusion_matrix
from leaderboard.plain_text import plain
from leaderboard.theme import draw, style
from leaderboard.views.compare.examples import readable
from leaderboard.views.compare.reading import Compared

_MIXUPS = 8
_SIDE_BY_SIDE = 2
_ONE_LABEL = (
    "Rows: the true label; columns: what was decided. The colour, and the share in a cell, is of the rows with the true label. Outlined: decided rightly."
)
_SEVERAL_LABELS = (
    "Rows: the true label; columns: what was decided. Several labels may hold of a row, so every true label of a row is counted once: where it was decided, in "
    "the outlined cell; where it was missed, for the labels wrongly decided in that row, in equal shares; or in the last column, where none was. "
    "The colour is the share of the rows with the true label."
)


def show(found: Compared) -> None:
    """Draws a matrix a model, and its commonest mistakes in words."""
    st.subheader("What is taken for what")
    both = readable(found)
    if both is None:
        return
    places, shared = both
    st.caption(_ONE_LABEL if all(_one_label(one) for one in shared) else _SEVERAL_LABELS)
    for start in range(0, len(shared), _SIDE_BY_SIDE):
        columns = st.columns(min(_SIDE_BY_SIDE, len(shared)), gap="medium")
        for column, place, one in zip(columns, places[start:], shared[start:], strict=False):
            with column:
                _matrix(found.titles[place], confusion(one.labels, one.truth, one.decided))


def _one_label(found: ClassPredictions) -> bool:
    return bool((found.truth.sum(axis=1) == 1).all() and (found.decided.sum(axis=1) == 1).all())


def _matrix(title: str, found: Confusion) -> None:
    st.markdown(f"**{plain(title)}**")
    worst = largest_mixups(found, _MIXUPS)
    words = [f"{printable(one.true, 40)} taken for {printable(one.decided, 40)}: {one.count:,.4g} rows, {one.share:.0%}" for one in worst]
    draw(confusion_matrix(found, style()), alt=f"Confusion matrix of {printable(title, 80)}. Commonest mistakes: {'; '.join(words) or 'none'}.")
    with st.expander("The commonest mistakes"):
        lines = [{"True": printable(one.true, 60), "Decided": printable(one.decided, 60), "Rows": one.count, "Of the true": one.share} for one in worst]
        st.dataframe(
            lines,
            hide_index=True,
            column_config={"Rows": st.column_config.NumberColumn(format="%.1f"), "Of the true": st.column_config.NumberColumn(format="percent")},
            alt="; ".join(words) or "no mistakes",
        )
