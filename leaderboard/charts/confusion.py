"""Confusion matrices."""

from typing import Literal

import altair as alt
import pandas as pd

from hub.results.comparing.confusion import Confusion
from hub.results.display import printable
from leaderboard.charts.style import LIGHT, Chart, Style

_CELL = 34
_SMALL_CELL = 17
_HEADER = 125
"""Pixels that the labels of the columns take."""
_MOST_WRITTEN = 12
"""Labels up to which the cells' numbers are written into them."""
_SCHEME: Literal["blues"] = "blues"
_DARK = "#22303a"
"""On the cells, which are light on both backgrounds."""
_NOTHING = "nothing"
"""The column of labels that were missed where nothing was decided wrongly."""


def confusion_matrix(found: Confusion, style: Style = LIGHT) -> Chart:
    """True by decided: a cell's colour is the share of the rows with the true label; where there is room, its count and share are written into it.

    Where labels were missed and nothing else decided, a last column says how often.
    """
    names = [printable(label, 40) for label in found.labels]
    columns = [*names, _NOTHING] if found.nothing.any() else names
    data = pd.DataFrame(_cells(found, names, columns))
    written = len(names) <= _MOST_WRITTEN
    x = alt.X(
        "decided:N", sort=columns, title="Decided", axis=alt.Axis(orient="top", labelAngle=-90, domain=False, ticks=False, labelOverlap=False, labelLimit=90)
    )
    y = alt.Y("true:N", sort=names, title=None, scale=alt.Scale(paddingOuter=0.4), axis=alt.Axis(domain=False, ticks=False, labelOverlap=False, labelLimit=104))
    colour = alt.Color("share:Q", scale=alt.Scale(scheme=_SCHEME, domain=[0, 1]), legend=None)
    tooltip = [
        alt.Tooltip("true:N", title="True"),
        alt.Tooltip("decided:N", title="Decided"),
        alt.Tooltip("count:Q", title="Rows", format=",.1~f"),
        alt.Tooltip("share:Q", title="Of the true label's", format=".1%"),
    ]
    base = alt.Chart(data).encode(x=x, y=y, tooltip=tooltip)
    layers = [
        base.mark_rect(stroke=style.faint, strokeWidth=0.5).encode(color=colour),
        # The diagonal is outlined, so that it is not told by colour alone.
        base.transform_filter("datum.true === datum.decided").mark_rect(fill=None, stroke=_DARK, strokeWidth=1.8),
    ]
    if written:
        # Dark cells of the scheme are dark on both backgrounds.
        ink = alt.condition("datum.share > 0.5", alt.value("#ffffff"), alt.value(_DARK))
        shown = base.transform_filter("datum.count > 0")
        layers.append(shown.mark_text(fontSize=11, fontWeight=600, dy=-6).encode(text=alt.Text("count:Q", format=",.1~f"), color=ink))
        layers.append(shown.mark_text(fontSize=9, dy=7).encode(text=alt.Text("share:Q", format=".0%"), color=ink))
    side = _CELL if written else _SMALL_CELL
    return alt.layer(*layers).properties(height=side * len(names) + _HEADER)


def _cells(found: Confusion, names: list[str], columns: list[str]) -> list[dict[str, object]]:
    cells: list[dict[str, object]] = []
    support = found.support
    for row, true in enumerate(names):
        counts = [*found.counts[row], found.nothing[row]][: len(columns)]
        cells += [
            {"true": true, "decided": decided, "count": float(count), "share": float(count / support[row]) if support[row] else 0.0}
            for decided, count in zip(columns, counts, strict=True)
        ]
    return cells
