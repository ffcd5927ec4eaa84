"""All runs as a table with filters. Ten thousand are fine: one line a run, made of what `emohub board` wrote."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import pandas as pd
import streamlit as st

from hub.results.board.views import RunLine
from hub.results.display import metric_title, printable, seconds_text
from leaderboard.address import choose_optional, put, write
from leaderboard.project_data import Shown

RUN = "run"
"""The parameter that names a run."""
MOST_OFFERED = 200
"""Runs that the box offers; the table has all."""
_TABLE = "runs-table"
_HEIGHT = 420
_STATUS = {"complete": "complete", "unavailable": "not available"}


def show(shown: Shown, lines: Sequence[RunLine]) -> tuple[RunLine, ...]:
    """Draws the filters and the table, and returns the lines that are left. A click on a line opens its run."""
    kept = _filtered(shown, lines)
    if not kept:
        st.info("No run fits these filters.", icon=":material/filter_alt_off:")
        return kept
    unavailable = sum(line.status != "complete" for line in kept)
    st.caption(f"{len(kept):,} of {len(lines):,} runs, {unavailable:,} of them not available; the latest first. Click on a line to open its run.")
    st.dataframe(
        _frame(shown, kept),
        hide_index=True,
        height=min(_HEIGHT, 36 * len(kept) + 40),
        key=_TABLE,
        on_select=lambda: _open(kept),
        selection_mode=["single-row", "single-cell"],
        column_config={
            "Score": st.column_config.NumberColumn(format="%.4f"),
            "Seed": st.column_config.NumberColumn(format="%d", width="small"),
        },
        alt=f"{len(kept):,} runs with model, task, score and when they were finished.",
    )
    return kept


def _open(kept: Sequence[RunLine]) -> None:
    """The run of the line that was clicked becomes the chosen one; a second click closes it."""
    selection = st.session_state[_TABLE].selection
    rows = [*selection.rows, *(cell[0] for cell in selection.cells)]
    put(RUN, [kept[rows[-1]].place] if rows and rows[-1] < len(kept) else [])


def _filtered(shown: Shown, lines: Sequence[RunLine]) -> tuple[RunLine, ...]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        keeps = [
            _one("Task", "task", lines, lambda line: line.task, shown.task),
            _one("Model", "model", lines, lambda line: line.model, shown.model),
            _one("Profile", "profile", lines, lambda line: line.profile, str),
            _one("Status", "status", lines, lambda line: line.status, lambda status: _STATUS.get(status, status)),
            _one("Machine", "machine", lines, lambda line: line.machine, lambda machine: printable(machine, 80)),
        ]
        words = write("Search", "search", 200, placeholder="model, task, data, revision", type="search")
    sought = [word.casefold() for word in words.split()]
    return tuple(line for line in lines if all(keep(line) for keep in keeps) and (not sought or _found(shown, line, sought)))


def _one(title: str, name: str, lines: Sequence[RunLine], value: Callable[[RunLine], str], titled: Callable[[str], str]) -> Callable[[RunLine], bool]:
    """A box with the values that occur; returns what it keeps."""
    options = sorted({value(line) for line in lines}, key=titled)
    chosen = choose_optional(title, name, options, titled, placeholder="All", width=150)
    return (lambda _: True) if chosen is None else (lambda line: value(line) == chosen)


def _found(shown: Shown, line: RunLine, words: Sequence[str]) -> bool:
    text = " ".join((line.place, shown.model(line.model), shown.task(line.task), line.data, line.revision or "", line.fingerprint or "", line.reason or ""))
    text = text.casefold()
    return all(word in text for word in words)


def _frame(shown: Shown, lines: Sequence[RunLine]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Model": [_short(shown.model(line.model), 80) for line in lines],
            "Task": [_short(shown.task(line.task), 80) for line in lines],
            "Profile": [line.profile for line in lines],
            "Seed": [line.seed for line in lines],
            "Status": [_STATUS.get(line.status, _short(line.status, 40)) for line in lines],
            "Metric": [metric_title(line.main_metric) for line in lines],
            "Score": pd.array([line.score for line in lines], dtype="Float64"),
            "Training": [seconds_text(line.train_seconds) for line in lines],
            "Finished (UTC)": [_short(line.finished[:16], 20) for line in lines],
            "Code": [_short(line.revision or "–", 40) for line in lines],
            "Machine": [_short(line.machine, 80) for line in lines],
            "Why not": [_short(line.reason or "", 200) for line in lines],
        }
    )


@lru_cache(maxsize=20_000)
def _short(text: str, limit: int) -> str:
    """Most lines say the same of model, task, machine and code."""
    return printable(text, limit)
