"""A table in every format."""

import csv
import io
import json

from leaderboard.export.tables import Cell, Column, Line, Table, table_csv, table_json, table_latex, used

TABLE = Table(
    "scores",
    "Scores",
    (Column("Model", head=True), Column("F1", number=True), Column("Notes", wide=True), Column("Cost")),
    (
        Line((Cell("a_b & c"), Cell("0.512", 0.51234), Cell("=cmd()"), Cell("–"))),
        Line((Cell("x"), Cell("–"), Cell(""), Cell("")), "unavailable"),
    ),
)


def test_csv_holds_exact_numbers_and_runs_no_formula() -> None:
    lines = list(csv.reader(io.StringIO(table_csv(TABLE))))
    assert lines == [["Model", "F1", "Notes", "Cost"], ["a_b & c", "0.51234", "'=cmd()", "–"], ["x", "–", "", ""]]


def test_json_is_a_list_of_lines_by_heading() -> None:
    assert json.loads(table_json(TABLE))[0] == {"Model": "a_b & c", "F1": 0.51234, "Notes": "=cmd()", "Cost": "–"}


def test_latex_escapes_and_leaves_sentences_out() -> None:
    text = table_latex(TABLE)
    assert r"\begin{tabular}{lrl}" in text
    assert r"a\_b \& c & 0.512" in text
    assert "cmd" not in text


def test_columns_that_say_nothing_are_left_out() -> None:
    assert [column.heading for column in used(TABLE).columns] == ["Model", "F1", "Notes"]
    assert [len(line.cells) for line in used(TABLE).lines] == [3, 3]
