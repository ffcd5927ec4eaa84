"""Lines over steps or sizes."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from hub.results.record import CurvePoint
from leaderboard.charts.style import ACCENT, SECOND, Chart, top_legend


def curve(points: Sequence[CurvePoint]) -> Chart:
    """Loss over steps: a line for training, points for validation."""
    train = pd.DataFrame([{"step": point.step, "loss": point.loss, "on": "training"} for point in points])
    watched = pd.DataFrame(
        [{"step": point.step, "loss": point.validation, "on": "validation"} for point in points if point.validation is not None], columns=["step", "loss", "on"]
    )
    colour = alt.Color("on:N", scale=alt.Scale(domain=["training", "validation"], range=[ACCENT, SECOND]), legend=top_legend())
    x = alt.X("step:Q", title="Step", axis=alt.Axis(grid=False, format="~s", tickCount=6))
    y = alt.Y("loss:Q", title="Loss", scale=alt.Scale(zero=False), axis=alt.Axis(domain=False, ticks=False, tickCount=5))
    line = alt.Chart(train).mark_line(strokeWidth=2).encode(x=x, y=y, color=colour)
    dots = alt.Chart(watched).mark_point(filled=True, size=60, opacity=1).encode(x=x, y=y, color=colour)
    return alt.layer(line, dots).properties(height=240)
