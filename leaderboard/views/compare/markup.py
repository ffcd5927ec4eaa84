"""What models gave a row's labels, as a table in HTML: Streamlit has no table with bars that a screen reader can read. Every text is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import isnan

from hub.results.comparing.predictions import ClassPredictions
from hub.results.display import printable
from leaderboard.charts.style import COLOURS

_CELL = "padding:3px 10px 3px 0;vertical-align:middle;overflow-wrap:anywhere;border:0;text-align:left;font-weight:normal"
_BAR = "position:relative;flex:1 1 64px;height:9px;border-radius:2px;overflow:hidden;background:color-mix(in srgb, currentColor 12%, transparent)"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one model said of one label."""

    probability: float
    decided: bool
    true: bool

    @property
    def verdict(self) -> str:
        if self.decided:
            return "✓ decided" if self.true else "✗ decided"
        return "missed" if self.true else ""


def label_table(titles: Sequence[str], found: Sequence[ClassPredictions], row: int, labels: Sequence[int], places: Sequence[int]) -> str:
    """Returns a table: a line a label, a column a model with the probability as a bar, the threshold as a tick, and what was decided.

    `places` are the models' places in the order of colours.
    """
    head = "".join(
        f'<th scope="col" style="{_CELL};border-bottom:2px solid {COLOURS[place]}"><b>{escape(printable(title, 60))}</b><br>'
        f'<span style="opacity:.8;font-size:.8em">{_verdict(one, row)} · {_rule(one, row)}</span></th>'
        for title, one, place in zip(titles, found, places, strict=True)
    )
    body = "".join(_line(found, row, label, places) for label in labels)
    corner = f'<td style="{_CELL};width:27%"></td>'
    table = "border-collapse:collapse;table-layout:fixed;width:100%;font-size:.875rem"
    return f'<table style="{table}"><thead><tr>{corner}{head}</tr></thead><tbody>{body}</tbody></table>'


def _verdict(found: ClassPredictions, row: int) -> str:
    return "right" if (found.truth[row] == found.decided[row]).all() else "wrong"


def _rule(found: ClassPredictions, row: int) -> str:
    threshold = found.thresholds[row]
    return "takes the likeliest" if isnan(threshold) else f"decides from {threshold:.2f}"


def _line(found: Sequence[ClassPredictions], row: int, label: int, places: Sequence[int]) -> str:
    true = bool(found[0].truth[row, label])
    name = escape(printable(found[0].labels[label], 60))
    heading = f"<b>{name}</b> <span style='font-size:.8em;white-space:nowrap'>● true</span>" if true else name
    cells = [Cell(float(one.probabilities[row, label]), bool(one.decided[row, label]), true) for one in found]
    drawn = "".join(_cell(cell, float(one.thresholds[row]), COLOURS[place]) for cell, one, place in zip(cells, found, places, strict=True))
    return f'<tr><th scope="row" style="{_CELL}">{heading}</th>{drawn}</tr>'


def _cell(cell: Cell, threshold: float, colour: str) -> str:
    tick = (
        ""
        if isnan(threshold)
        else f'<span style="position:absolute;left:calc({100 * threshold:.1f}% - 1px);top:0;bottom:0;width:2px;background:currentColor"></span>'
    )
    fill = f'<span style="position:absolute;left:0;top:0;bottom:0;width:{100 * cell.probability:.1f}%;background:{colour}"></span>'
    weight = "600" if cell.decided else "400"
    text = f'<span style="flex:0 0 6.3em;font-weight:{weight};white-space:nowrap">{cell.probability:.2f} {cell.verdict}</span>'
    bar = f'<span style="{_BAR}" aria-hidden="true">{fill}{tick}</span>'
    return f'<td style="{_CELL}"><span style="display:flex;flex-wrap:wrap;align-items:center;gap:1px 8px">{bar}{text}</span></td>'
