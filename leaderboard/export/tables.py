"""A table as every format of the export shows it: HTML by a template, CSV, JSON and LaTeX here. Pure functions."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

from hub.results.exports import csv_cell, latex_text

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    heading: str
    number: bool = False
    """Set to the right."""
    head: bool = False
    """Its cells name their lines."""
    wide: bool = False
    """Holds sentences."""
    aside: bool = False
    """Left out on paper, where a line has room for few columns."""


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    value: Value = None
    """What it is sorted by, and what CSV and JSON hold; the text where there is none."""
    detail: str = ""
    """A second, quieter line."""
    link: str = ""
    """A page of the export, relative to its first page, or a checked address."""
    badge: str = ""

    @property
    def plain(self) -> Value:
        return self.text if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class Line:
    cells: tuple[Cell, ...]
    kind: str = ""
    """How it differs from the usual line: reported, imported, unavailable."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table. Its name is a word, unique on its page, and that of its files."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


def used(table: Table) -> Table:
    """Returns a table without the columns that say nothing on any line."""
    kept = [place for place in range(len(table.columns)) if any(line.cells[place].text not in ("", "–") for line in table.lines)]
    lines = tuple(Line(tuple(line.cells[place] for place in kept), line.kind) for line in table.lines)
    return Table(table.name, table.caption, tuple(table.columns[place] for place in kept), lines)


def table_csv(table: Table) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.heading for column in table.columns)
    writer.writerows([csv_cell(cell.plain) for cell in line.cells] for line in table.lines)
    return text.getvalue()


def table_json(table: Table) -> str:
    headings = [column.heading for column in table.columns]
    lines = [dict(zip(headings, (cell.plain for cell in line.cells), strict=True)) for line in table.lines]
    return json.dumps(lines, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def table_latex(table: Table) -> str:
    """A `tabular` that needs booktabs. Columns of sentences are left out: they belong into the text around it."""
    kept = [place for place, column in enumerate(table.columns) if not column.wide]
    head = " & ".join(latex_text(table.columns[place].heading) for place in kept)
    body = [" & ".join(latex_text(line.cells[place].text) for place in kept) + r" \\" for line in table.lines]
    align = "".join("r" if table.columns[place].number else "l" for place in kept)
    rules = (rf"\begin{{tabular}}{{{align}}}", r"\toprule", rf"{head} \\", r"\midrule", *body, r"\bottomrule", r"\end{tabular}")
    return "\n".join((f"% {' '.join(table.caption.split())}", *rules)) + "\n"


def table_files(table: Table) -> Sequence[tuple[str, str]]:
    """Returns the endings of a table's files, and what they hold."""
    return (("csv", table_csv(table)), ("json", table_json(table)), ("tex", table_latex(table)))
