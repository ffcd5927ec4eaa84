"""Exports hold exactly the lines they are given."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hub.results import Data, Results, read_results
from hub.results.display import count_text, printable, seconds_text, setting_text
from hub.results.exports import latex_text, print_table, row_as_dict, rows_to_csv, rows_to_json, rows_to_latex
from hub.results.table import Estimate, Row, leaderboard_rows
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


COLUMNS = ("status", "rank", "rank_high", "model", "score", "low", "high", "ties", "seeds", "brier_score")


def test_chosen_columns_are_exported_in_the_order_chosen(rows: tuple[Row, ...]) -> None:
    text = io.StringIO(rows_to_csv(rows, COLUMNS))
    lines = list(csv.DictReader(text))
    assert tuple(lines[0]) == COLUMNS
    for line, found, row in zip(lines, json.loads(rows_to_json(rows, COLUMNS)), rows, strict=True):
        assert tuple(found) == COLUMNS
        main = row.main
        assert (found["low"], found["high"]) == ((main.low, main.high) if main else (None, None))
        assert line["low"] == ("" if main is None or main.low is None else str(main.low))
        assert found["ties"] == list(row.ties)
        assert line["ties"] == " ".join(row.ties)
        brier = row.metrics.get("brier_score")
        assert (found["brier_score"] or {}).get("value") == (brier.value if brier else None)
        assert line["brier_score"] == ("" if brier is None else str(brier.value))


@pytest.mark.parametrize("export", [rows_to_csv, rows_to_json, rows_to_latex])
@pytest.mark.parametrize("column", ["metrics", "nothing"])
def test_a_column_that_no_line_has_is_refused_by_name(rows: tuple[Row, ...], export: Callable[..., str], column: str) -> None:
    with pytest.raises(ValueError, match=f"no line has a column '{column}'"):
        export(rows, ["model", column])


def tabular(latex: str) -> tuple[int, list[str]]:
    """The number of columns and the rows of a table, without its rules."""
    body = [line for line in latex.splitlines() if not line.startswith("%")]
    begin = re.fullmatch(r"\\begin\{tabular\}\{([lr]+)\}", body[0])
    assert begin and body[-1] == r"\end{tabular}"
    rules = {r"\toprule", r"\midrule", r"\bottomrule"}
    found = [line for line in body[1:-1] if line not in rules]
    assert all(line.endswith(r" \\") for line in found)
    return len(begin[1]), [line.removesuffix(r" \\") for line in found]


def cells(line: str) -> list[str]:
    return re.split(r"(?<!\\) & ", line)


def test_latex_holds_the_same_lines_in_the_same_order_with_bounds(rows: tuple[Row, ...]) -> None:
    measured = [row for row in rows if row.status == "measured"]
    width, (heading, *lines) = tabular(rows_to_latex(measured, COLUMNS))
    assert cells(heading) == ["Status", "Rank", "Model", "Score", r"95\,\% interval", "Tied with", "Seeds", "Brier score"]
    assert len(lines) == len(measured)
    for line, row in zip(lines, measured, strict=True):
        found = cells(line)
        assert len(found) == width
        assert row.main is not None and row.main.low is not None and row.main.high is not None
        assert found[1] == (f"{row.rank}--{row.rank_high}" if row.rank_high != row.rank else str(row.rank))
        assert found[2] == row.model.replace("_", r"\_")
        assert found[3:5] == [f"{row.main.value:.3f}", f"$[{row.main.low:.3f}, {row.main.high:.3f}]$"]
        assert found[6] == str(len(row.seeds))


def test_latex_marks_what_was_not_measured_here_and_leaves_out_what_was_not_run(rows: tuple[Row, ...]) -> None:
    isear = [row for row in rows if row.task == "isear"]
    latex = rows_to_latex(isear)
    _, lines = tabular(latex)
    assert lines[1] == r"\multicolumn{6}{l}{\textit{Reported elsewhere, not measured here}$^{\dagger}$}"
    assert cells(lines[2]) == ["--", r"A$^{\dagger}$", "0.700", "--", "--", "--"]
    assert len(lines) == 3
    assert "% A: s; second-hand; not comparable; n" in latex
    assert "% Unavailable: emo_pillars, emo_pillars_zero_shot, minilm, tfidf_logreg: " in latex


def test_latex_says_how_intervals_and_ranks_came_about(rows: tuple[Row, ...]) -> None:
    latex = rows_to_latex([row for row in rows if row.task == "goemotions"])
    assert "% Score: Macro-F1 on test, higher is better." in latex
    assert "% Interval: 95 %: bootstrap over test rows, one seed." in latex
    assert "% Rank: 1 + the number of models" in latex
    assert "% A line of one seed leaves out the noise of training." in latex


def test_latex_calls_models_by_their_titles_and_never_takes_unmeasured_for_zero(rows: tuple[Row, ...]) -> None:
    (row,) = [row for row in rows if (row.task, row.model) == ("goemotions", "minilm")]
    _, (_, line) = tabular(rows_to_latex([row], ["model", "us_dollars", "energy_kilowatt_hours", "train_seconds", "parameters"], {"minilm": "50 % & more"}))
    assert cells(line) == [r"50 \% \& more", "not measured", "not measured", "3m32s", "22.7 M"]


ESCAPES = {r"\textbackslash{}": "\\", r"\textasciicircum{}": "^", r"\textasciitilde{}": "~", r"\textasciigrave{}": "`"}
ESCAPES |= {r"\textless{}": "<", r"\textgreater{}": ">", r"\textbar{}": "|", "{[}": "[", "{*}": "*", "-{}": "-"}
ESCAPES |= {"\\" + character: character for character in "{}$&#_%"}
TOKEN = re.compile("|".join(map(re.escape, sorted(ESCAPES, key=len, reverse=True))))


@given(st.text(alphabet=st.one_of(st.sampled_from("\\{}$&#_%^~`<>|[]*-\n a"), st.characters()), max_size=60))
def test_any_text_is_set_by_latex_as_it_is(text: str) -> None:
    found = latex_text(text)
    # What stands between the escapes means nothing to LaTeX, and undoing them gives the text back.
    assert not set("".join(TOKEN.split(found))) & set("\\{}$&#_%^~`<>|[*\n")
    assert TOKEN.sub(lambda token: ESCAPES[token[0]], found) == printable(text)
    assert "--" not in found


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_of_strangers_leaves_its_comment_or_its_cell(name: str, source: str) -> None:
    row = Row("reported", "t", name, "macro_f1", metrics={"macro_f1": Estimate(0.5)}, source=source, confidence="reported", comparable=True)
    width, lines = tabular(rows_to_latex([row], ["model", "score", "source"]))
    assert width == 3
    assert len(lines) == 3
    assert len(re.findall(r"(?<!\\)&", lines[2])) == 2


def test_latex_says_where_a_score_is_of_another_metric() -> None:
    rows = [
        Row("measured", "t", "m", "macro_f1", metrics={"macro_f1": Estimate(0.5)}),
        Row("reported", "t", "x", "micro_f1", metrics={"micro_f1": Estimate(0.7)}),
    ]
    _, lines = tabular(rows_to_latex(rows, ["model", "score"]))
    assert [cells(lines[1])[1], cells(lines[3])[1]] == ["0.500", "0.700 (Micro-F1)"]
