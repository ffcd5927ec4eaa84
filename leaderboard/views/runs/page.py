"""The page Runs: every run record, and everything about one of them."""

import streamlit as st

from hub.results.board.views import RunLine
from hub.results.display import printable
from leaderboard.address import choose_optional
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown
from leaderboard.views.runs import one, table
from leaderboard.views.runs.live import show_live


def show(shown: Shown) -> None:
    """Draws the page."""
    st.title("Runs")
    show_live(shown.project)
    lines = shown.runs()
    known = {line.place: line for line in lines}
    chosen = _asked(known)
    with st.expander(f"All {len(lines):,} runs" if len(lines) > 1 else "The one run", expanded=chosen is None, icon=":material/table_rows:"):
        kept = table.show(shown, lines)
    line = _choose(shown, known, kept, chosen)
    if line is not None:
        one.show(shown, line)


def _asked(known: dict[str, RunLine]) -> str | None:
    """The run that the address names, where there is such a run: it is looked up among the known ones and never becomes a path."""
    asked = st.query_params.get(table.RUN)
    if asked is None or asked in known:
        return asked
    st.warning(f"There is no run {plain(asked, 120)} here.", icon=":material/search_off:")
    return None


def _choose(shown: Shown, known: dict[str, RunLine], kept: tuple[RunLine, ...], chosen: str | None) -> RunLine | None:
    options = [line.place for line in kept[: table.MOST_OFFERED]]
    if chosen is not None and chosen not in options:
        options.insert(0, chosen)
    label = "Run" if chosen else "Open a run"
    place = choose_optional(
        label, table.RUN, options, lambda place: _titled(shown, known[place]), placeholder="Click on a line of the table, or choose one of the latest here"
    )
    return known[place] if place else None


def _titled(shown: Shown, line: RunLine) -> str:
    return printable(f"{shown.model(line.model)} · {shown.task(line.task)} · {line.profile}, seed {line.seed}", 200)
