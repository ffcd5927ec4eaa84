"""Exactly the lines that are shown, as CSV, JSON, LaTeX and a table for the terminal."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import groupby
from typing import TYPE_CHECKING, Any

from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import count_text, decimals, decision_text, metric_title, note_text, printable, rank_text, score_text, seconds_text
from hub.results.table import Row

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_PLAIN_WIDTH = 160
_RIGHT = frozenset({"rank", "seeds", "parameters", "training"})
_ELSEWHERE = {"imported": "sent in by others, not measured here and not ranked", "reported": "reported elsewhere, not measured here"}
_LATEX_COLUMNS = ("rank", "rank_high", "model", "score", "low", "high", "seeds", "parameters")
_LATEX_MARKS = {"imported": "$^{\\ddagger}$", "reported": "$^{\\dagger}$"}
_LATEX_HEADINGS = {
    "low": r"95\,\% interval",
    "seed_spread": r"$\pm$ seeds",
    "ties": "Tied with",
    "train_seconds": "Training",
    "predict_seconds": "Prediction",
    "us_dollars": r"Cost (US\$)",
    "energy_kilowatt_hours": "Energy (kWh)",
    "pretrained_on": "First trained on",
}
_LATEX_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        **{character: "\\" + character for character in "{}$&#_%"},
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "`": r"\textasciigrave{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        # After the end of a row these two would be its arguments.
        "[": "{[}",
        "*": "{*}",
    }
)
_HYPHENS = re.compile(r"-(?=-)")
"""They would be set as a dash."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def row_as_dict(row: Row) -> dict[str, Any]:
    """Returns a line as JSON-like values: the main score flat, the other metrics by name."""
    main = row.main
    values: dict[str, Any] = {
        "rank": row.rank,
        "status": row.status,
        "profile": row.profile,
        "task": row.task,
        "model": row.model,
        "kind": row.kind,
        "main_metric": row.main_metric,
        "score": main.value if main else None,
        "low": main.low if main else None,
        "high": main.high if main else None,
        "seed_spread": main.spread if main else None,
    }
    for field in fields(row):
        if field.name not in values and field.name != "metrics":
            values[field.name] = getattr(row, field.name)
    values["seeds"], values["ties"] = list(row.seeds), list(row.ties)
    values["metrics"] = {
        name: {"value": found.value, "low": found.low, "high": found.high, "spread": found.spread} for name, found in sorted(row.metrics.items())
    }
    return values


_FIELDS = tuple(row_as_dict(Row("measured", "", "", "")))
_NUMBERS = ("rank", "rank_high", "score", "low", "high", "seed_spread", "seeds", "parameters", "train_seconds", "predict_seconds", "us_dollars")
_MORE_NUMBERS = ("energy_kilowatt_hours", "threshold", "train_rows", "test_rows")


def rows_to_json(rows: Sequence[Row], columns: Sequence[str] | None = None) -> str:
    """Returns the lines as a JSON array. `columns` are keys of `row_as_dict` or names of metrics, in the order wanted; None is all of them.

    Raises:
        ValueError: no line can have such a column.
    """
    lines = [row_as_dict(row) for row in rows]
    if columns is not None:
        _check(rows, columns)
        lines = [{name: line[name] if name in line else line["metrics"].get(name) for name in columns} for line in lines]
    return json.dumps(lines, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def rows_to_csv(rows: Sequence[Row], columns: Sequence[str] | None = None) -> str:
    """Returns the lines as CSV, a column a secondary metric, with its bounds only in JSON. Text that a spreadsheet would run as a formula gets an apostrophe
    in front. `columns` are as in `rows_to_json`.

    Raises:
        ValueError: no line can have such a column.
    """
    if columns is None:
        extra = sorted({name for row in rows for name in row.metrics if name != row.main_metric})
        columns = [*(name for name in _FIELDS if name != "metrics"), *extra]
    else:
        _check(rows, columns)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        values = row_as_dict(row)
        writer.writerow([csv_cell(values[name] if name in values else _value(row, name)) for name in columns])
    return text.getvalue()


def _check(rows: Sequence[Row], columns: Sequence[str]) -> None:
    known = {*_FIELDS, *(name for row in rows for name in row.metrics)} - {"metrics"}
    for name in columns:
        if name not in known:
            raise ValueError(f"export: no line has a column {name!r}; there are {', '.join(sorted(known))}")


def _value(row: Row, metric: str) -> float | None:
    return row.metrics[metric].value if metric in row.metrics else None


def csv_cell(value: Any) -> Any:
    """Returns a value as CSV holds it; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    if isinstance(value, list | tuple):
        value = " ".join(str(one) for one in value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def rows_to_latex(rows: Sequence[Row], columns: Sequence[str] | None = None, names: Mapping[str, str] | None = None) -> str:
    """Returns the lines as a LaTeX table for the package booktabs. Imported and reported lines stand below a rule of their own and are marked; unavailable
    ones, and what has to be known of intervals and ranks, are comments.

    `columns` are as in `rows_to_json`; bounds share one column, as do the ends of a rank interval. `names` says how models are called.

    Raises:
        ValueError: no line can have such a column.
    """
    if columns is None:
        columns = _LATEX_COLUMNS
    _check(rows, columns)
    kept = [name for name in columns if not (name == "rank_high" and "rank" in columns) and not (name == "high" and "low" in columns)]
    places = decimals([row.main.value for row in rows if row.main is not None])
    of_metrics = {name: decimals([row.metrics[name].value for row in rows if name in row.metrics]) for name in kept if name not in _FIELDS}
    metric = rows[0].main_metric if rows else ""
    body: list[str] = []
    for elsewhere, group in groupby((row for row in rows if row.status != "unavailable"), key=lambda row: _ELSEWHERE.get(row.status)):
        found = list(group)
        if elsewhere:
            body += [r"\midrule", rf"\multicolumn{{{len(kept)}}}{{l}}{{\textit{{{latex_text(elsewhere.capitalize())}}}{_LATEX_MARKS[found[0].status]}}} \\"]
        body += [
            " & ".join(_latex_cell(row, name, columns, of_metrics.get(name, places), names or {}) + _latex_metric(row, name, metric) for name in kept) + r" \\"
            for row in found
        ]
    headings = " & ".join(_LATEX_HEADINGS.get(name) or latex_text(metric_title(name)[:1].upper() + metric_title(name)[1:]) for name in kept)
    lines = [
        *(f"% {note}" for note in _latex_notes(rows)),
        rf"\begin{{tabular}}{{{''.join('r' if name in (*_NUMBERS, *_MORE_NUMBERS) or name not in _FIELDS else 'l' for name in kept)}}}",
        r"\toprule",
        rf"{headings} \\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def latex_text(text: str) -> str:
    """Returns a stranger's text so that LaTeX sets it as it is, on one line. Letters that are not Latin need LuaLaTeX or XeLaTeX."""
    return _HYPHENS.sub("-{}", printable(text).translate(_LATEX_ESCAPES))


def _latex_notes(rows: Sequence[Row]) -> list[str]:
    """What a caption has to say; one line a note."""
    notes = ["Needs \\usepackage{booktabs}. For the caption:"]
    for metric in sorted({row.main_metric for row in rows if row.main is not None}):
        notes.append(f"Score: {metric_title(metric)} on test, {'lower' if metric in LOWER_IS_BETTER else 'higher'} is better.")
    notes += [f"Interval: {interval}." for interval in sorted({row.interval for row in rows if row.interval})]
    if any(row.rank is not None for row in rows):
        notes.append(
            "Rank: 1 + the number of models of the whole task that a paired test (5 %, Holm over all pairs) calls better; then the end of its 95 % interval."
        )
    if any(row.status == "measured" and len(row.seeds) == 1 for row in rows):
        notes.append("A line of one seed leaves out the noise of training.")
    notes += [f"{row.model}: {note_text(row)}" for row in rows if row.status != "unavailable" and note_text(row)]
    notes += [f"Unavailable: {', '.join(models)}: {reason}" for reason, models in unavailable_by_reason(rows).items()]
    return [printable(note) for note in notes]


def _latex_metric(row: Row, name: str, usual: str) -> str:
    """What has to be said of a score by another metric than the table's."""
    return f" ({latex_text(metric_title(row.main_metric))})" if name == "score" and row.main is not None and row.main_metric != usual else ""


def _latex_cell(row: Row, name: str, columns: Sequence[str], decimals: int, names: Mapping[str, str]) -> str:
    if name == "model":
        return latex_text(names.get(row.model, row.model)) + _LATEX_MARKS.get(row.status, "")
    if name == "rank" and "rank_high" in columns and row.rank is not None and row.rank_high not in (None, row.rank):
        return f"{row.rank}--{row.rank_high}"
    values = row_as_dict(row)
    if name == "low" and "high" in columns:
        low, high = values["low"], values["high"]
        return "--" if low is None or high is None else f"$[{low:.{decimals}f}, {high:.{decimals}f}]$"
    value = values[name] if name in values else _value(row, name)
    if name == "ties":
        return latex_text(", ".join(names.get(model, model) for model in row.ties)) or "--"
    if name == "seeds":
        return str(len(row.seeds) or "--")
    if name in ("us_dollars", "energy_kilowatt_hours") and value is None and row.status == "measured":
        return "not measured"
    return _latex_value(name, value, decimals)


def _latex_value(name: str, value: Any, decimals: int) -> str:
    if value is None or value == "" or value == []:
        return "--"
    if name == "parameters":
        return latex_text(count_text(value))
    if name in ("train_seconds", "predict_seconds"):
        return latex_text(seconds_text(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        number = f"{value:.4g}" if name in ("us_dollars", "energy_kilowatt_hours") else f"{value:.{4 if name == 'seed_spread' else decimals}f}"
        return f"${number}$" if "-" in number else number
    return latex_text(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def print_table(rows: Sequence[Row], console: "Console | None" = None) -> None:
    """Prints one table a profile and task, with a line on what is unavailable; imported and reported numbers stand in tables of their own."""
    from rich.console import Console
    from rich.text import Text

    console = console or Console()
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    for (profile, task, elsewhere), group in groupby(rows, key=lambda row: (row.profile, row.task, _ELSEWHERE.get(row.status))):
        found = list(group)
        console.print(Text(f"{task} · {elsewhere or profile}", style="bold"))
        shown = [row for row in found if row.status != "unavailable"]
        if shown:
            console.print(_table(shown))
        for reason, models in unavailable_by_reason(found).items():
            console.print(Text(f"unavailable: {', '.join(models)}: {reason}", style="dim"))
        console.print()


def unavailable_by_reason(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Returns the models that could not be run, by what is in their way."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.status == "unavailable":
            found.setdefault(note_text(row), []).append(row.model)
    return found


def _table(rows: Sequence[Row]) -> "Table":
    """One table; all its lines are measured, or all are imported, or all are reported."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells_of = {"imported": _imported_cells, "reported": _reported_cells}.get(rows[0].status, _measured_cells)
    cells = [cells_of(row) for row in rows]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in cells[0]:
        if any(line[heading] for line in cells):
            table.add_column(Text(heading), justify="right" if heading in _RIGHT else "left", overflow="fold")
    for line in cells:
        table.add_row(*(Text(text) for heading, text in line.items() if any(other[heading] for other in cells)))
    return table


def _measured_cells(row: Row) -> dict[str, str]:
    return {
        "rank": rank_text(row),
        "model": row.model,
        "metric": metric_title(row.main_metric),
        "score [95 %]": score_text(row.main),
        "seeds": str(len(row.seeds)),
        "parameters": count_text(row.parameters),
        "training": seconds_text(row.train_seconds),
        "decision": decision_text(row),
        "caution": note_text(row),
    }


def _imported_cells(row: Row) -> dict[str, str]:
    return {
        "model": printable(row.model, 80),
        "metric": metric_title(row.main_metric),
        "score [95 %]": score_text(row.main),
        "seeds": str(len(row.seeds) or ""),
        "comparable": "yes" if row.comparable else "no",
        "who sent it, and what to know": note_text(row),
    }


def _reported_cells(row: Row) -> dict[str, str]:
    return {
        "model": printable(row.model, 80),
        "metric": metric_title(row.main_metric),
        "value": score_text(row.main),
        "where it stands, and how sure": note_text(row),
    }
