"""Exports hold exactly the lines they are given."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hub.results import Data, Results, read_results
from hub.results.display import count_text, printable, seconds_text, setting_text
from hub.results.exports import print_table, row_as_dict, rows_to_csv, rows_to_json
from hub.results.table import Row, leaderboard_rows
from hub.spec.reported import ReportedNumber
from tests.support.records import fill_project, make_record, make_unavailable


@pytest.fixture
def rows(tmp_path: Path) -> tuple[Row, ...]:
    number = ReportedNumber(task="isear", model="A", metric="macro_f1", value=0.7, source="s", confidence="second-hand", comparable=False, note="n")
    return leaderboard_rows(read_results(fill_project(tmp_path, seeds=(0, 1))), (number,))


def test_json_round_trips(rows: tuple[Row, ...]) -> None:
    assert json.loads(rows_to_json(rows)) == [json.loads(json.dumps(row_as_dict(row))) for row in rows]


def test_csv_holds_the_same_values_in_the_same_order(rows: tuple[Row, ...]) -> None:
    lines = list(csv.DictReader(io.StringIO(rows_to_csv(rows))))
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert (line["profile"], line["task"], line["model"], line["status"]) == (row.profile or "", row.task, row.model, row.status)
        assert line["rank"] == ("" if row.rank is None else str(row.rank))
        assert line["score"] == ("" if row.main is None else str(row.main.value))
        assert line["seeds"] == " ".join(map(str, row.seeds))
        assert line["micro_f1"] == (str(row.metrics["micro_f1"].value) if "micro_f1" in row.metrics and row.main_metric != "micro_f1" else "")


def test_a_spreadsheet_finds_no_formula() -> None:
    rows = leaderboard_rows(Results((make_unavailable(reason="=HYPERLINK(1)"),), ()))
    (line,) = csv.DictReader(io.StringIO(rows_to_csv(rows)))
    assert line["reason"] == "'=HYPERLINK(1)"


def test_no_rows_are_a_heading_and_an_empty_list() -> None:
    assert len(rows_to_csv([]).splitlines()) == 1
    assert json.loads(rows_to_json([])) == []


def printed(rows: tuple[Row, ...]) -> str:
    text = io.StringIO()
    print_table(rows, Console(file=text))
    return text.getvalue()


def test_the_terminal_shows_ranks_scores_and_what_is_unavailable(rows: tuple[Row, ...]) -> None:
    text = printed(rows)
    assert "goemotions · local" in text
    assert "[0." in text
    assert "unavailable: emo_pillars, emo_pillars_zero_shot, minilm, tfidf_logreg" in text
    assert "isear · reported elsewhere, not measured here" in text


def test_the_terminal_obeys_no_escape_sequence_and_no_markup() -> None:
    record = make_unavailable(model="absent", reason="\x1b[2J\x1b]0;pwned\x07[bold]loud[/bold]", data=Data(name="x", source="none"))
    text = printed(leaderboard_rows(Results((record, make_record()), ())))
    assert "\x1b" not in text
    assert "[bold]loud[/bold]" in text


@given(st.text(max_size=300))
def test_printable_text_is_one_line_that_can_be_encoded(text: str) -> None:
    found = printable(text, 100)
    found.encode("utf-8")
    assert len(found) <= 100
    assert found.isprintable()


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("encoder", "minilm", "minilm"),
        ("encoder", "/home/someone/model", "(a local path)"),
        ("encoder", "C:\\Users\\someone", "(a local path)"),
        ("api_key", "abc", "(withheld)"),
        ("hf_token", "abc", "(withheld)"),
        ("maximum_tokens", 5, "5"),
        ("files", ["a", "/b"], "a, (a local path)"),
        ("inner", {"token": "abc", "epochs": 2}, "token: (withheld), epochs: 2"),
    ],
)
def test_settings_give_away_no_path_and_no_secret(key: str, value: object, text: str) -> None:
    assert setting_text(key, value) == text


def test_counts_and_durations_are_short() -> None:
    assert [count_text(count) for count in (None, 830, 9_999, 455_336, 22_724_252, 7 * 10**9)] == ["–", "830", "9,999", "455.3 K", "22.7 M", "7.0 G"]
    assert [seconds_text(seconds) for seconds in (None, 3.54, 41, 212.4)] == ["–", "3.5s", "41s", "3m32s"]
