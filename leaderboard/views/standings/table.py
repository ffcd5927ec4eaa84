"""The table of measured models: its columns and order, what follows from selecting a row, and the exports."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from hub.results.display import printable, rank_text, score_text
from hub.results.exports import rows_to_csv, rows_to_json, rows_to_latex
from hub.results.table import Row
from leaderboard.address import choose, choose_several, put, switch
from leaderboard.charts.scores import tie_groups
from leaderboard.links import link
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown
from leaderboard.views.standings.columns import RANK, USUAL, Column, arranged, columns_of

_ALWAYS = (RANK, "Model")
_TIE = "Tie"
_IN_LATEX_NOTES = {"status", "main_metric", "source", "confidence", "comparable", "submitted_by", "note", "caution", "reason"}
"""What a LaTeX table says by its marks and comments instead of in columns."""
_MOST_RUNS = 8
"""Models whose runs are linked at once."""
_ROW_HEIGHT = 36
_TALLEST = 22
"""Rows that are shown without scrolling inside the table."""


def draw(shown: Shown, rows: Sequence[Row], measured: Sequence[Row], name: str) -> tuple[list[Row], tuple[Column, ...]]:
    """Draws the table, and returns its lines in the order shown and its columns. `measured` are all lines of the task, whatever is filtered."""
    possible = columns_of(shown, measured, measured[0].main_metric)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        with st.popover("Columns", icon=":material/view_column:"):
            options = [title for title in possible if title not in _ALWAYS]
            chosen = choose_several("Columns shown", "columns", options, usual=USUAL)
        columns = tuple(column for title, column in possible.items() if title in _ALWAYS or title in chosen)
        titles = [column.title for column in columns]
        sort = choose("Sort by", "sort", titles, width=220)
        descending = switch("Descending", "descending")
    ordered = arranged(rows, possible[sort], descending)
    _frame(shown, ordered, columns, sort)
    _selected(shown, ordered)
    return ordered, columns


def _frame(shown: Shown, rows: Sequence[Row], columns: Sequence[Column], sort: str) -> None:
    brackets = _brackets(rows) if sort == RANK else [""] * len(rows)
    cells: dict[str, list[object]] = {_TIE: list(brackets)} if any(brackets) else {}
    cells |= {column.title: [column.cell(row) for row in rows] for column in columns}
    wanted = set(st.query_params.get_all("model"))
    chosen = [number for number, row in enumerate(rows) if row.model in wanted]
    st.session_state["standings"] = {"selection": {"rows": chosen, "columns": [], "cells": []}}
    titles = list(cells)
    st.dataframe(
        pd.DataFrame(cells),
        key="standings",
        hide_index=True,
        # Choosing a column sorts by it, here and not in the browser, so that the address and the exports have the same order.
        selection_mode=["multi-row", "single-column"],
        on_select=lambda: _clicked(rows, titles, sort),
        placeholder="not measured",
        row_height=_ROW_HEIGHT,
        height=_ROW_HEIGHT * (min(len(rows), _TALLEST) + 1) + 3,
        column_config={
            _TIE: st.column_config.TextColumn(width=40, help="A bracket joins the models that share a rank.", alignment="center"),
            **{column.title: _configuration(column) for column in columns},
        },
        alt=f"Standings of {len(rows)} models by {sort}. Select a row to compare models or open runs, a heading to sort.",
    )


def _configuration(column: Column) -> Any:
    # None is pinned: Streamlit draws pinned columns too faint to be read by all.
    if column.format is not None:
        return st.column_config.NumberColumn(width=column.width, help=column.help, format=column.format)
    return st.column_config.TextColumn(width=column.width, help=column.help, alignment="right" if column.right else "left")


def _brackets(rows: Sequence[Row]) -> list[str]:
    """A character a line, which together draw a bracket around every group that shares a rank."""
    found = [""] * len(rows)
    for group in tie_groups(rows):
        if group.last > group.first:
            found[group.first : group.last + 1] = ["┌", *"│" * (group.last - group.first - 1), "└"]
    return found


def _clicked(rows: Sequence[Row], titles: Sequence[str], sort: str) -> None:
    """Puts the rows that were selected into the address, and sorts by the heading that was; a second time turns the order round."""
    selection = st.session_state["standings"]["selection"]
    before, chosen = st.query_params.get_all("model"), [rows[number].model for number in selection["rows"] if number < len(rows)]
    if set(before) != set(chosen):
        put("model", [*(name for name in before if name in chosen), *(name for name in chosen if name not in before)])
    clicked = next((title for title in selection["columns"] if title in titles and title != _TIE), None)
    if clicked is not None:
        again = clicked == sort and st.query_params.get("descending") != "yes"
        put("sort", [clicked], [RANK])
        put("descending", ["yes"] if again else [])


def _selected(shown: Shown, rows: Sequence[Row]) -> None:
    """What can be done with the selected models."""
    chosen = choose_several(
        "Selected models",
        "model",
        [row.model for row in rows],
        lambda name: printable(shown.model(name), 80),
        placeholder="Select rows in the table, or models here, to compare them and to open their runs",
    )
    by_name = {row.model: row for row in rows}
    if not chosen:
        if len(rows) > 1:
            _compare("Compare the first two", rows[0], [row.model for row in rows[:2]])
        return
    with st.container(border=True, gap="small"):
        if len(chosen) > 1:
            _compare(f"Compare these {len(chosen)} models", rows[0], chosen)
        for name in chosen[:_MOST_RUNS]:
            _one(shown, by_name[name], alone=len(chosen) == 1)
        if len(chosen) > _MOST_RUNS:
            st.caption(f"Runs are linked for the first {_MOST_RUNS} of them.")


def _one(shown: Shown, row: Row, alone: bool) -> None:
    about = shown.overview.model_titles.get(row.model)
    st.markdown(f"**{plain(shown.model(row.model), 80)}** · {plain(score_text(row.main))} · rank {rank_text(row)}")
    if about and about.summary and alone:
        st.caption(plain(about.summary, 600))
    if alone:
        ties = ", ".join(plain(shown.model(model), 80) for model in row.ties)
        st.caption(f"Tied with {ties}." if ties else "Tied with no other model.")
    with st.container(horizontal=True, gap="small"):
        for seed in row.seeds:
            link(f"Run, seed {seed}", "runs", icon=":material/receipt_long:", run=f"{row.profile}/{row.task}/{row.model}/{seed}")
        if alone and row.ties:
            _compare("Compare with the first it is tied with", row, [row.model, row.ties[0]])


def _compare(label: str, of: Row, models: Sequence[str]) -> None:
    parameters: dict[str, Any] = {"profile": of.profile, "task": of.task, "model": list(models)}
    link(label, "compare", icon=":material/compare_arrows:", **parameters)


def downloads(rows: Sequence[Row], columns: Sequence[Column], shown: Shown, name: str) -> None:
    """Draws the buttons that give the lines and columns as files."""
    fields = exported(rows, columns)
    names = {row.model: shown.model(row.model) for row in rows if row.status in ("measured", "unavailable")}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"Exactly these {len(rows)} lines and columns, with their bounds:", width="content")
        for label, kind, made in (
            ("CSV", "text/csv", lambda: rows_to_csv(rows, fields)),
            ("JSON", "application/json", lambda: rows_to_json(rows, fields)),
            ("LaTeX", "text/x-tex", lambda: rows_to_latex(rows, [field for field in fields if field not in _IN_LATEX_NOTES], names)),
        ):
            ending = "tex" if label == "LaTeX" else label.lower()
            st.download_button(label, made, f"{name}.{ending}", kind, key=f"download-{ending}", icon=":material/download:", on_click="ignore")


def exported(rows: Sequence[Row], columns: Sequence[Column]) -> list[str]:
    """Returns the fields that the shown columns stand for, and those that tell lines of others, and lines without a score, from the measured ones."""
    fields = ["status", *(field for column in columns for field in column.fields)]
    if not columns:
        fields += ["model", "main_metric", "score"]
    if any(row.status in ("reported", "imported") for row in rows):
        fields += ["source", "confidence", "comparable", "submitted_by", "note"]
    if any(row.status == "unavailable" for row in rows):
        fields += ["reason"]
    return list(dict.fromkeys(fields))
