"""Scores with their intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import metric_title, printable
from hub.results.table import Row
from leaderboard.charts.style import ACCENT, AXIS_HEIGHT, KIND_COLOURS, KIND_SHAPES, LIGHT, Chart, Style, decimals

_ROW = 46
_DROP = 9
"""How far, in pixels, the marks stand below the middle of their line, and the names above it."""
_NARROW = 0.1
"""An axis shorter than this has ticks that differ in the third decimal."""


def intervals(rows: Sequence[Row], names: Mapping[str, str], style: Style = LIGHT) -> Chart:
    """Scores as points with their 95 % intervals, one line a model, in the order given. Reported numbers are hollow and have no interval.

    The names stand above their lines, inside the plot, so that the chart reads the same on a phone.
    """
    points = [_point(row, names) for row in rows if row.main is not None]
    lowest, highest = min(point["start"] for point in points), max(point["end"] for point in points)
    margin = max(0.002, 0.08 * (highest - lowest))
    left = max(0.0, lowest - margin)
    data = pd.DataFrame([{**point, "left": left} for point in points])
    # Scores are shares of 1, but for metrics that go above it.
    right = highest + 1.5 * margin if highest > 1 else min(1.0, highest + 1.5 * margin)
    scale = alt.Scale(domain=[left, right], nice=False, zero=False)
    axis = alt.Axis(format=".3f" if right - left < _NARROW else ".2f", tickCount=8, domain=False, ticks=False, labelPadding=8, labelOverlap=True)
    written = f".{decimals([point['score'] for point in points])}f"
    x = alt.X("score:Q", title=_axis_title(rows[0].main_metric), scale=scale, axis=axis)
    kinds = list(KIND_COLOURS)
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[KIND_COLOURS[kind] for kind in kinds]), legend=None)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=[KIND_SHAPES[kind] for kind in kinds]), legend=None)
    tooltip = [alt.Tooltip("name:N", title="Model"), alt.Tooltip("kind:N", title="Kind")] + [
        alt.Tooltip(f"{key}:Q", title=key.capitalize(), format=".4f") for key in ("score", "low", "high")
    ]
    base = alt.Chart(data).encode(y=alt.Y("line:N", sort=None, axis=None), tooltip=tooltip)
    layers = [
        base.mark_rule(opacity=0.25, strokeWidth=1, color=ACCENT, yOffset=_DROP).encode(x=alt.X("left:Q", scale=scale), x2="start:Q", color=colour),
        base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=3, strokeCap="round", yOffset=_DROP).encode(x="low:Q", x2="high:Q", color=colour),
        base.transform_filter("datum.kind !== 'reported'").mark_point(size=120, filled=True, opacity=1, yOffset=_DROP).encode(x=x, shape=shape, color=colour),
        base.transform_filter("datum.kind === 'reported'")
        .mark_point(size=90, filled=False, strokeWidth=1.8, yOffset=_DROP)
        .encode(x=x, shape=shape, color=colour),
        base.mark_text(align="left", dx=10, yOffset=_DROP, fontSize=13, fontWeight=600, color=style.ink).encode(
            x="end:Q", text=alt.Text("score:Q", format=written)
        ),
        base.mark_text(align="left", yOffset=-_DROP, fontSize=13, color=style.ink).encode(x="left:Q", text="line:N"),
    ]
    return alt.layer(*layers).properties(height=_ROW * len(points) + AXIS_HEIGHT)


def _axis_title(metric: str) -> str:
    return f"{metric_title(metric)} on test" + (" (lower is better)" if metric in LOWER_IS_BETTER else "")


def _point(row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    assert row.main is not None
    name = names.get(row.model, printable(row.model, 80))
    kind = "reported" if row.status == "reported" else row.kind
    found = row.main
    return {
        "line": f"{f'{row.rank}   ' if row.rank else ''}{name}  ·  {kind}",
        "name": name,
        "kind": kind,
        "score": found.value,
        "low": found.low,
        "high": found.high,
        "start": found.value if found.low is None else found.low,
        "end": found.value if found.high is None else found.high,
    }
