"""Bars by label."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from hub.results.datasets import DatasetReport
from hub.results.display import printable
from leaderboard.charts.style import ACCENT, AXIS_HEIGHT, BAR_HEIGHT, LIGHT, MOST_LABELS, Chart, Style, label_axis


def label_scores(per_label: Mapping[str, Mapping[str, float]], style: Style = LIGHT) -> Chart:
    """F1 by label, best first. Of more than 60 labels, those with most support."""
    kept = sorted(per_label, key=lambda label: -per_label[label].get("support", 0))[:MOST_LABELS]
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
    text = base.mark_text(align="left", dx=5, fontSize=11, color=style.ink).encode(text=alt.Text("f1:Q", format=".2f"))
    return alt.layer(bars, text).properties(height=BAR_HEIGHT * len(data) + AXIS_HEIGHT)


def label_balance(report: DatasetReport, configuration: str, style: Style = LIGHT) -> Chart:
    """Rows by label in one configuration, commonest first."""
    counts = report.statistics.labels[configuration]
    kept = sorted(counts, key=lambda label: -counts[label])[:MOST_LABELS]
    data = pd.DataFrame([{"label": printable(label, 60), "rows": counts[label]} for label in kept])
    base = alt.Chart(data).encode(
        y=_labels(),
        x=alt.X("rows:Q", title="Rows with the label", axis=alt.Axis(format="~s", tickCount=5, domain=False, ticks=False)),
        tooltip=[alt.Tooltip("label:N", title="Label"), alt.Tooltip("rows:Q", title="Rows", format=",d")],
    )
    bars = base.mark_bar(color=ACCENT, height=9, cornerRadiusEnd=2)
    text = base.mark_text(align="left", dx=5, fontSize=11, color=style.ink).encode(text=alt.Text("rows:Q", format=",d"))
    return alt.layer(bars, text).properties(height=BAR_HEIGHT * len(data) + AXIS_HEIGHT)


def _labels() -> alt.Y:
    return alt.Y("label:N", sort="-x", title=None, scale=alt.Scale(paddingOuter=0.5), axis=label_axis())
