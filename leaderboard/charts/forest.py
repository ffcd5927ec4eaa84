"""A forest plot: gains with their intervals, one line a comparison."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from leaderboard.charts.style import ACCENT, AXIS_HEIGHT, LIGHT, QUIET, SECOND, Chart, Style

_LINE = 15
"""Pixels a line of a name takes."""
_MARKS = 28
"""Pixels the marks take below it."""
_TICKS = (-100, -30, -10, -3, -1, 0, 1, 3, 10, 30, 100)
_SIGNED = "datum.value === 0 ? '0' : format(datum.value, '+.2~f')"
_ROOM = 16
"""Pixels more, so that the first name is not cut."""
VERDICT_COLOURS = {"supported": ACCENT, "not separable": QUIET, "contradicted": SECOND}
VERDICT_SHAPES = {"supported": "circle", "not separable": "square", "contradicted": "triangle-down"}


@dataclass(frozen=True, slots=True)
class Gain:
    """A gain in per cent of the baseline's score, with the bounds of its 95 % interval."""

    name: str
    """May have line breaks: what does not fit into the width of a phone is cut off."""
    verdict: str
    value: float
    low: float
    high: float
    margin: float = 0.0
    """The loss that counts as none, in per cent of the baseline's score."""
    detail: str = ""
    """What the tooltip adds."""


def forest(gains: Sequence[Gain], style: Style = LIGHT, wide_range: bool = False) -> Chart:
    """Gains in the order given. Right of the zero line the model is better; a short upright bar marks the loss that a comparison allows.

    `wide_range`: a scale that is linear within one per cent of zero and logarithmic beyond, for comparisons of very different sizes in one plot.
    """
    lines = max(gain.name.count("\n") + 1 for gain in gains)
    height = _LINE * lines + _MARKS
    drop = height / 2 - _MARKS / 2
    reach = max(1e-9, *(abs(bound) for gain in gains for bound in (gain.low, gain.high, gain.margin)))
    lowest = min(0.0, *(min(gain.low, -gain.margin) for gain in gains))
    highest = max(0.0, *(gain.high for gain in gains))
    if wide_range:
        scale = alt.Scale(type="symlog", constant=1, domain=[1.35 * lowest - 0.5, 1.9 * highest + 0.5], nice=False)
        values = [tick for tick in _TICKS if 1.35 * lowest - 0.5 <= tick <= 1.9 * highest + 0.5]
        axis = alt.Axis(values=values, labelExpr=_SIGNED, domain=False, ticks=False, labelPadding=8, labelOverlap=True)
    else:
        scale = alt.Scale(domain=[lowest - 0.06 * reach, highest + 0.16 * reach], nice=False)
        axis = alt.Axis(labelExpr=_SIGNED, tickCount=6, domain=False, ticks=False, labelPadding=8, labelOverlap=True)
    left = scale["domain"][0]
    data = pd.DataFrame(
        [
            {
                "line": f"{number}",
                "name": gain.name,
                "verdict": gain.verdict,
                "value": gain.value,
                "low": gain.low,
                "high": gain.high,
                "margin": -gain.margin if gain.margin else None,
                "text": f"{gain.value:+.{1 if abs(gain.value) >= 1 else 2}f} %",
                "left": left,
                "detail": gain.detail,
            }
            for number, gain in enumerate(gains)
        ]
    )
    verdicts = list(VERDICT_COLOURS)
    colour = alt.Color("verdict:N", scale=alt.Scale(domain=verdicts, range=[VERDICT_COLOURS[one] for one in verdicts]), legend=None)
    shape = alt.Shape("verdict:N", scale=alt.Scale(domain=verdicts, range=[VERDICT_SHAPES[one] for one in verdicts]), legend=None)
    tooltip = [alt.Tooltip("name:N", title="Comparison"), alt.Tooltip("verdict:N", title="Verdict")]
    tooltip += [alt.Tooltip(f"{key}:Q", title=title, format="+.3f") for key, title in (("value", "Gain, %"), ("low", "Low, %"), ("high", "High, %"))]
    tooltip += [alt.Tooltip("detail:N", title="Scores")]
    x = alt.X("value:Q", title="Gain over the baseline, % of its score", scale=scale, axis=axis)
    base = alt.Chart(data).encode(y=alt.Y("line:N", sort=[f"{number}" for number in range(len(gains))], axis=None), tooltip=tooltip)
    zero = alt.Chart(pd.DataFrame({"zero": [0.0]})).mark_rule(color=style.ink, strokeWidth=1, opacity=0.5).encode(x=alt.X("zero:Q", scale=scale))
    layers = [
        zero,
        base.transform_filter("isValid(datum.margin)")
        .mark_tick(thickness=2, height=16, color=style.ink, yOffset=drop)
        .encode(x=alt.X("margin:Q", scale=scale)),
        base.mark_rule(strokeWidth=3, strokeCap="round", yOffset=drop).encode(x=alt.X("low:Q", scale=scale), x2="high:Q", color=colour),
        base.mark_point(size=110, filled=True, opacity=1, yOffset=drop).encode(x=x, shape=shape, color=colour),
        base.mark_text(align="left", dx=8, yOffset=drop, fontSize=12, fontWeight=600, color=style.ink).encode(x=alt.X("high:Q", scale=scale), text="text:N"),
        base.mark_text(align="left", baseline="top", lineBreak="\n", lineHeight=_LINE, yOffset=3 - height / 2, fontSize=12, color=style.ink, clip=True).encode(
            x=alt.X("left:Q", scale=scale), text="name:N"
        ),
    ]
    return alt.layer(*layers).properties(height=height * len(gains) + AXIS_HEIGHT + _ROOM)
