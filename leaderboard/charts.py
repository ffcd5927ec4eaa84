"""The charts, in one style: thin marks, few lines, colours that differ in lightness as well as hue and never carry meaning alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from hub.results.datasets import DatasetReport
from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import metric_title, printable
from hub.results.record import CurvePoint
from hub.results.table import Row

Layers = alt.LayerChart | alt.FacetChart
KIND_COLOURS = {"two-stage": "#d9822b", "trained": "#2f7ea6", "zero-shot": "#3c9d84", "baseline": "#8b8f9c", "reported": "#8b8f9c"}
KIND_SHAPES = {"two-stage": "square", "trained": "circle", "zero-shot": "triangle-up", "baseline": "circle", "reported": "diamond"}
ACCENT = "#2f7ea6"
_SECOND = "#d9822b"
_ROW = 46
_DROP = 9
"""How far, in pixels, the marks stand below the middle of their line, and the names above it."""
_AXIS = 50
_BAR = 19
_MOST_LABELS = 60
_NARROW = 0.1
"""An axis shorter than this has ticks that differ in the third decimal."""
_SMALL = 0.1
"""Scores that are all below this, such as errors, are told apart by a fourth decimal."""


def decimals(scores: Sequence[float]) -> int:
    """Returns how many decimals scores of one metric are shown with."""
    return 4 if scores and max(scores) < _SMALL else 3


def intervals(rows: Sequence[Row], names: Mapping[str, str]) -> Layers:
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
        base.mark_text(align="left", dx=10, yOffset=_DROP, fontSize=13, fontWeight=600, color=_ink()).encode(
            x="end:Q", text=alt.Text("score:Q", format=written)
        ),
        base.mark_text(align="left", yOffset=-_DROP, fontSize=13, color=_ink()).encode(x="left:Q", text="line:N"),
    ]
    return alt.layer(*layers).properties(height=_ROW * len(points) + _AXIS)


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


def label_scores(per_label: Mapping[str, Mapping[str, float]]) -> Layers:
    """F1 by label, best first. Of more than 60 labels, those with most support."""
    kept = sorted(per_label, key=lambda label: -per_label[label].get("support", 0))[:_MOST_LABELS]
    keys = ("f1", "precision", "recall", "support")
    data = pd.DataFrame([{"label": printable(label, 60), **{key: per_label[label].get(key) for key in keys}} for label in kept])
    base = alt.Chart(data).encode(
        y=_labels(),
        x=alt.X("f1:Q", title="F1 on test", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".1f", tickCount=5, domain=False, ticks=False)),
        tooltip=[alt.Tooltip("label:N", title="Label")]
        + [alt.Tooltip(f"{key}:Q", title=title, format=".3f") for key, title in (("f1", "F1"), ("precision", "Precision"), ("recall", "Recall"))]
        + [alt.Tooltip("support:Q", title="Test rows", format=",d")],
    )
    bars = base.mark_bar(color=ACCENT, height=9, cornerRadiusEnd=2)
    text = base.mark_text(align="left", dx=5, fontSize=11, color=_ink()).encode(text=alt.Text("f1:Q", format=".2f"))
    return alt.layer(bars, text).properties(height=_BAR * len(data) + _AXIS)


def curve(points: Sequence[CurvePoint]) -> Layers:
    """Loss over steps: a line for training, points for validation."""
    train = pd.DataFrame([{"step": point.step, "loss": point.loss, "on": "training"} for point in points])
    watched = pd.DataFrame(
        [{"step": point.step, "loss": point.validation, "on": "validation"} for point in points if point.validation is not None], columns=["step", "loss", "on"]
    )
    colour = alt.Color("on:N", scale=alt.Scale(domain=["training", "validation"], range=[ACCENT, _SECOND]), legend=_legend())
    x = alt.X("step:Q", title="Step", axis=alt.Axis(grid=False, format="~s", tickCount=6))
    y = alt.Y("loss:Q", title="Loss", scale=alt.Scale(zero=False), axis=alt.Axis(domain=False, ticks=False, tickCount=5))
    line = alt.Chart(train).mark_line(strokeWidth=2).encode(x=x, y=y, color=colour)
    dots = alt.Chart(watched).mark_point(filled=True, size=60, opacity=1).encode(x=x, y=y, color=colour)
    return alt.layer(line, dots).properties(height=240)


def label_balance(report: DatasetReport, configuration: str) -> Layers:
    """Rows by label in one configuration, commonest first."""
    counts = report.statistics.labels[configuration]
    kept = sorted(counts, key=lambda label: -counts[label])[:_MOST_LABELS]
    data = pd.DataFrame([{"label": printable(label, 60), "rows": counts[label]} for label in kept])
    base = alt.Chart(data).encode(
        y=_labels(),
        x=alt.X("rows:Q", title="Rows with the label", axis=alt.Axis(format="~s", tickCount=5, domain=False, ticks=False)),
        tooltip=[alt.Tooltip("label:N", title="Label"), alt.Tooltip("rows:Q", title="Rows", format=",d")],
    )
    bars = base.mark_bar(color=ACCENT, height=9, cornerRadiusEnd=2)
    text = base.mark_text(align="left", dx=5, fontSize=11, color=_ink()).encode(text=alt.Text("rows:Q", format=",d"))
    return alt.layer(bars, text).properties(height=_BAR * len(data) + _AXIS)


def _labels() -> alt.Y:
    axis = alt.Axis(domain=False, ticks=False, labelLimit=140, labelPadding=6, labelOverlap=False)
    return alt.Y("label:N", sort="-x", title=None, scale=alt.Scale(paddingOuter=0.5), axis=axis)


def _legend() -> alt.Legend:
    return alt.Legend(title=None, orient="top", direction="horizontal", symbolSize=90, labelFontSize=12)


def _ink() -> str:
    """The colour of text inside charts, for the theme in use."""
    return "#c9c6be" if st.context.theme.type == "dark" else "#45525c"
