"""Reliability diagrams."""

import altair as alt
import pandas as pd

from hub.results.comparing.calibration import Calibration
from leaderboard.charts.style import ACCENT, LIGHT, Chart, Style, bare_axis

_SIDE = 280
_COUNTS = 120
_WHOLE = alt.Scale(domain=[0, 1], nice=False)


def _data(found: Calibration) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"start": one.start, "end": one.end, "count": one.count, "said": one.probability, "held": one.frequency, "low": one.low, "high": one.high}
            for one in found.bins
        ]
    )


def _tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("said:Q", title="Mean probability", format=".3f"),
        alt.Tooltip("held:Q", title="Share that holds", format=".3f"),
        alt.Tooltip("low:Q", title="From", format=".3f"),
        alt.Tooltip("high:Q", title="To", format=".3f"),
        alt.Tooltip("count:Q", title="Decisions", format=",d"),
    ]


def reliability(found: Calibration, style: Style = LIGHT, colour: str = ACCENT) -> Chart:
    """How often labels hold by how probable they were said to be, with 95 % intervals, over the diagonal of perfect calibration."""
    x = alt.X("said:Q", title="Probability given", scale=_WHOLE, axis=bare_axis(".1f", 5))
    y = alt.Y("held:Q", title="Share that holds", scale=_WHOLE, axis=bare_axis(".1f", 5))
    line = pd.DataFrame({"said": [0.0, 1.0], "held": [0.0, 1.0]})
    base = alt.Chart(_data(found)).encode(x=x, tooltip=_tooltip())
    return alt.layer(
        alt.Chart(line).mark_line(strokeDash=[4, 4], strokeWidth=1.2, color=style.ink).encode(x=x, y=y),
        base.mark_rule(strokeWidth=2, opacity=0.55, color=colour).encode(y=alt.Y("low:Q", scale=_WHOLE, title="Share that holds"), y2="high:Q"),
        base.mark_line(strokeWidth=1.5, color=colour).encode(y=y),
        base.mark_point(filled=True, size=55, opacity=1, color=colour).encode(y=y),
    ).properties(height=_SIDE)


def bin_counts(found: Calibration, style: Style = LIGHT, colour: str = ACCENT) -> Chart:
    """How many decisions each bin of the diagram above has, on a logarithmic scale."""
    axis = alt.Axis(values=[10**power for power in range(1, 7)], format="~s", domain=False, ticks=False, labelPadding=8, labelOverlap=True)
    bars: alt.Chart = (
        alt.Chart(_data(found))
        .transform_calculate(ground="0.8")
        .mark_bar(color=colour, opacity=0.75, stroke=style.ink, strokeWidth=0.3)
        .encode(
            x=alt.X("start:Q", title="Probability given", scale=_WHOLE, axis=bare_axis(".1f", 5)),
            x2="end:Q",
            y=alt.Y("count:Q", title="Decisions", scale=alt.Scale(type="log", domainMin=0.8), axis=axis),
            y2="ground:Q",
            tooltip=_tooltip(),
        )
    )
    bars["height"] = _COUNTS
    return bars
