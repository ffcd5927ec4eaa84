"""Differences between models: of their scores, and class by class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from leaderboard.charts.style import ACCENT, AXIS_HEIGHT, COLOURS, LIGHT, QUIET, SHAPES, Chart, Style, bare_axis, top_legend

_ROW = 46
_ZERO = 24
"""Pixels of the tick at no difference, which stays below the names."""
_DROP = 9
"""How far, in pixels, the marks stand below the middle of their line, and the names above it."""
_LINE = 26


@dataclass(frozen=True, slots=True)
class Difference:
    """First less second, turned so that more is better, with its 95 % interval."""

    name: str
    gain: float
    low: float
    high: float
    separable: bool


def differences(found: Sequence[Difference], style: Style = LIGHT) -> Chart:
    """One line a pair in the order given, each around a tick at no difference. Filled points are separable pairs, hollow ones are not."""
    lowest, highest = min(0.0, *(one.low for one in found)), max(0.0, *(one.high for one in found))
    margin = 0.08 * (highest - lowest) or 0.01
    scale = alt.Scale(domain=[lowest - margin, highest + margin], nice=False)
    data = pd.DataFrame(
        [
            {
                "line": f"{one.gain:+.3f}  ·  {one.name}" + ("" if one.separable else "  ·  not separable"),
                "gain": one.gain,
                "low": one.low,
                "high": one.high,
                "separable": one.separable,
                "left": lowest - margin,
                "zero": 0.0,
            }
            for one in found
        ]
    )
    tooltip = [alt.Tooltip("line:N", title="Pair")] + [alt.Tooltip(f"{key}:Q", title=key.capitalize(), format="+.4f") for key in ("gain", "low", "high")]
    base = alt.Chart(data).encode(y=alt.Y("line:N", sort=None, axis=None), tooltip=tooltip)
    colour = alt.condition("datum.separable", alt.value(ACCENT), alt.value(QUIET))
    x = alt.X("gain:Q", scale=scale, title="Gain of the first named", axis=bare_axis("+.3~f", 6))
    layers = [
        base.mark_tick(size=_ZERO, thickness=1.4, color=style.ink, yOffset=_DROP).encode(x=alt.X("zero:Q", scale=scale)),
        base.mark_rule(strokeWidth=3, strokeCap="round", yOffset=_DROP).encode(x=alt.X("low:Q", scale=scale), x2="high:Q", color=colour),
        base.transform_filter("datum.separable").mark_point(size=110, filled=True, opacity=1, color=ACCENT, yOffset=_DROP).encode(x=x),
        base.transform_filter("!datum.separable").mark_point(size=80, filled=False, strokeWidth=2, color=QUIET, yOffset=_DROP).encode(x=x),
        base.mark_text(align="left", yOffset=-_DROP, fontSize=13, color=style.ink).encode(x=alt.X("left:Q", scale=scale), text="line:N"),
    ]
    return alt.layer(*layers).properties(height=_ROW * len(found) + AXIS_HEIGHT)


def side_by_side(scores: Mapping[str, Mapping[str, float | None]], models: Sequence[str], title: str, style: Style = LIGHT) -> Chart:
    """Every model's score by class, domain or part: one line each in the order given, one mark a model, told apart by colour and shape."""
    lines = [{"part": part, "model": model, "score": values[model]} for part, values in scores.items() for model in models if values.get(model) is not None]
    data = pd.DataFrame(lines, columns=["part", "model", "score"])
    order = list(scores)
    scale = alt.Scale(zero=False, padding=12)
    y = alt.Y(
        "part:N",
        sort=order,
        title=None,
        scale=alt.Scale(paddingOuter=0.5),
        axis=alt.Axis(domain=False, ticks=False, labelLimit=120, labelPadding=6, labelOverlap=False, grid=False),
    )
    colour = alt.Color("model:N", sort=None, scale=alt.Scale(domain=list(models), range=list(COLOURS[: len(models)])), legend=_legend())
    shape = alt.Shape("model:N", sort=None, scale=alt.Scale(domain=list(models), range=list(SHAPES[: len(models)])), legend=_legend())
    tooltip = [alt.Tooltip("part:N", title="Of"), alt.Tooltip("model:N", title="Model"), alt.Tooltip("score:Q", title=title, format=".3f")]
    span = alt.Chart(data).mark_rule(strokeWidth=2, color=style.faint).encode(y=y, x=alt.X("min(score):Q", scale=scale, title=title), x2="max(score):Q")
    marks = (
        alt.Chart(data)
        .mark_point(filled=True, size=70, opacity=0.9)
        .encode(y=y, x=alt.X("score:Q", scale=scale, title=title, axis=bare_axis(".3~f", 5)), color=colour, shape=shape, tooltip=tooltip)
    )
    return alt.layer(span, marks).properties(height=_LINE * len(order) + AXIS_HEIGHT)


def _legend() -> alt.Legend:
    legend = top_legend()
    legend["columns"] = 1
    legend["labelLimit"] = 220
    return legend
