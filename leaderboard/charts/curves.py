"""Lines over steps or sizes."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from hub.results.record import CurvePoint
from leaderboard.charts.style import ACCENT, SECOND, Chart


def curve(points: Sequence[CurvePoint]) -> Chart:
    """Training loss over steps."""
    data = pd.DataFrame([{"step": point.step, "value": point.loss} for point in points])
    base = _over_steps(data, "Training loss")
    chart: alt.Chart = base.mark_line(strokeWidth=2, color=ACCENT) if len(points) > 1 else base.mark_point(filled=True, size=60, opacity=1, color=ACCENT)
    return alt.layer(chart).properties(height=200)


def watched(points: Sequence[CurvePoint]) -> Chart | None:
    """What was watched on validation over steps; None where nothing was. Methods watch a loss or a score, so it has an axis of its own."""
    data = pd.DataFrame([{"step": point.step, "value": point.validation} for point in points if point.validation is not None])
    if data.empty:
        return None
    base = _over_steps(data, "On validation")
    line = base.mark_line(strokeWidth=1.5, strokeDash=[4, 3], color=SECOND)
    return alt.layer(line, base.mark_point(filled=True, size=50, opacity=1, shape="square", color=SECOND)).properties(height=140)


def _over_steps(data: pd.DataFrame, title: str) -> alt.Chart:
    axis = alt.Axis(domain=False, ticks=False, tickCount=5)
    return alt.Chart(data).encode(
        x=alt.X("step:Q", title="Step", axis=alt.Axis(grid=False, format="~s", tickCount=6)),
        y=alt.Y("value:Q", title=title, scale=alt.Scale(zero=False), axis=axis),
        tooltip=[alt.Tooltip("step:Q", title="Step", format=",d"), alt.Tooltip("value:Q", title=title, format=".4f")],
    )
