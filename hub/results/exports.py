"""Exactly the lines that are shown, as CSV, JSON and a table for the terminal."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import fields
from itertools import groupby
from typing import TYPE_CHECKING, Any

from hub.results.display import count_text, decision_text, metric_title, note_text, printable, score_text, seconds_text
from hub.results.table import Row

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_PLAIN_WIDTH = 160
_RIGHT = frozenset({"rank", "seeds", "parameters", "training"})
_ELSEWHERE = {"imported": "sent in by others, not measured here and not ranked", "reported": "reported elsewhere, not measured here"}
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
    values["seeds"] = list(row.seeds)
    values["metrics"] = {
        name: {"value": found.value, "low": found.low, "high": found.high, "spread": found.spread} for name, found in sorted(row.metrics.items())
    }
    return values


def rows_to_json(rows: Sequence[Row]) -> str:
    """Returns the lines as a JSON array."""
    return json.dumps([row_as_dict(row) for row in rows], indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def rows_to_csv(rows: Sequence[Row]) -> str:
    """Returns the lines as CSV, a column a secondary metric. Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    dicts = [row_as_dict(row) for row in rows]
    extra = sorted({name for row in rows for name in row.metrics if name != row.main_metric})
    names = [name for name in row_as_dict(Row("measured", "", "", "")) if name != "metrics"]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*names, *extra])
    for values in dicts:
        metrics = values["metrics"]
        cells = [values[name] for name in names] + [metrics[name]["value"] if name in metrics else None for name in extra]
        writer.writerow([_cell(cell) for cell in cells])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(str(one) for one in value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


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
        "rank": str(row.rank),
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
