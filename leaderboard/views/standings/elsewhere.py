"""Lines without a rank: what others report or sent in, and what was not run. Apart from the measured ones, so that nobody takes them for such."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from hub.results.display import metric_title, score_text
from hub.results.exports import unavailable_by_reason
from hub.results.table import Row
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown

ORDER = ("imported", "reported", "unavailable")
_MOST = 100
"""Lines of a table of others' results; the exports hold all."""
_MOST_REPORTED = 40


def draw(rows: Sequence[Row], shown: Shown, metric: str, alone: bool = False) -> None:
    """Draws the lines of each status that there are; `alone`: there is nothing else on the page."""
    imported, reported, unavailable = ([row for row in rows if row.status == status] for status in ORDER)
    if imported:
        _imported(imported)
    if reported:
        _reported(reported, metric)
    if unavailable:
        _unavailable(unavailable, shown, alone)


def _imported(rows: Sequence[Row]) -> None:
    st.markdown("##### :material/inbox: Sent in by others")
    st.caption("Checked for form, not run here, and never ranked. Comparable: tested on the test data of runs here, by its fingerprint, and scored alike.")
    lines = [
        {
            "Model": plain(row.model, 80),
            "Score": score_text(row.main),
            "Seeds": " ".join(map(str, row.seeds)) or "–",
            "Sent in by": plain(row.submitted_by or "–", 80),
            "Comparable": "yes" if row.comparable else "no",
            "What to know": plain("; ".join(part for part in (row.source, row.note) if part)),
        }
        for row in rows[:_MOST]
    ]
    st.table(pd.DataFrame(lines), border="horizontal", hide_index=True, alt="Results that others sent in for this task.")
    _left_out(rows, _MOST)


def _reported(rows: Sequence[Row], metric: str) -> None:
    st.markdown("##### :material/menu_book: Reported in papers and elsewhere")
    st.caption(
        "Not measured here and never ranked. reported: read in the source itself. second-hand: read in an account of it, a model card or a README. "
        "Not comparable: other data, metric or decision rule than this task's; the chart leaves those out."
    )
    # Columns and not a table: on a phone they stand below each other.
    for row in rows[:_MOST_REPORTED]:
        other = "" if row.main_metric == metric else f" {plain(metric_title(row.main_metric))}"
        with st.container(border=True):
            left, right = st.columns([2, 3], gap="small")
            left.markdown(f"◇ **{plain(row.model, 80)}** · {plain(score_text(row.main))}{other}")
            right.markdown(_origin(row))
    _left_out(rows, _MOST_REPORTED)


def _origin(row: Row) -> str:
    sure = f"{row.confidence or 'not said'}{'' if row.comparable else ', not comparable'}"
    return f"**{plain(sure)}**. {plain('. '.join(part.rstrip('.') for part in (row.source, row.note) if part))}."


def _left_out(rows: Sequence[Row], most: int) -> None:
    if len(rows) > most:
        st.caption(f"The first {most} of {len(rows)}; the exports hold all.")


def _unavailable(rows: Sequence[Row], shown: Shown, alone: bool) -> None:
    count = len(rows)
    with st.expander(f"{count} {'model was' if count == 1 else 'models were'} not run here, and why", expanded=alone, icon=":material/block:"):
        for reason, models in unavailable_by_reason(rows).items():
            st.markdown(f"**{plain(reason[:1].upper() + reason[1:], 600)}**")
            st.markdown(" · ".join(plain(shown.model(model), 80) for model in models))
