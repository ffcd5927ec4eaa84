"""Scores over numbers of training rows, on a logarithmic axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from hub.results.display import metric_title
from hub.results.synthetic import SizePoint, Sizes
from leaderboard.charts.style import COLOURS, LIGHT, SHAPES, Chart, Style, bare_axis

_REAL = "real rows alone"
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
_APART = 0.035
"""By how much of its number of rows each series is moved to the right, so that intervals at the same number do not hide one another."""
_ZERO_TO = 0.35
"""Scores below this are shown from zero on."""


@dataclass(frozen=True, slots=True)
class SizeMark:
    """One model on a curve."""

    rows: int
    value: float
    low: float | None
    high: float | None
    name: str
    """What the tooltip calls it."""


@dataclass(frozen=True, slots=True)
class SizeCurve:
    """Models that differ in how many rows they were trained on."""

    name: str
    marks: tuple[SizeMark, ...]
    look: int
    """Which colour, shape and dash it has: the same on every chart of a page."""


def curves_of_one_kind(sizes: Sizes, model: Callable[[str], str], source: Callable[[str], str]) -> list[SizeCurve]:
    """Returns the models that saw real rows alone, and those that saw synthetic rows alone, over all their rows; `model` and `source` give titles."""
    synthetic = [_curve(f"synthetic alone: {source(name)}", sizes.of("synthetic", name), 1 + place, model) for place, name in enumerate(sizes.sources)]
    return [curve for curve in (_curve(_REAL, sizes.of("real"), 0, model), *synthetic) if curve.marks]


def curves_of_both_kinds(sizes: Sizes, model: Callable[[str], str], source: Callable[[str], str]) -> list[SizeCurve]:
    """Returns the models that saw real rows alone, and those that saw synthetic ones first, over their real rows."""
    first = [
        _curve(f"first synthetic ({source(name)}), then real", sizes.of("real + synthetic", name), 3 + place, model, real=True)
        for place, name in enumerate(sizes.sources)
    ]
    return [curve for curve in (_curve(_REAL, sizes.of("real"), 0, model, real=True), *first) if curve.marks]


def _curve(name: str, points: Sequence[SizePoint], look: int, model: Callable[[str], str], real: bool = False) -> SizeCurve:
    sized = [(point.real_rows if real else point.real_rows + point.synthetic_rows, point) for point in points]
    marks = (SizeMark(rows, point.score.value, point.score.low, point.score.high, model(point.model)) for rows, point in sized if rows)
    return SizeCurve(name, tuple(marks), look)


def spoken(curves: Sequence[SizeCurve]) -> str:
    """Returns the curves in words."""
    return " ".join(f"{curve.name}: " + ", ".join(f"{mark.value:.3f} at {mark.rows:,} rows" for mark in curve.marks) + "." for curve in curves)


def size_curves(curves: Sequence[SizeCurve], metric: str, x_title: str, style: Style = LIGHT) -> Chart:
    """One line a curve, with 95 % intervals; a curve of one model is a point."""
    placed = [(curve, mark, mark.rows * (1 + _APART * number)) for number, curve in enumerate(curves) for mark in curve.marks]
    below = {curve.name: number % 2 for number, curve in enumerate(curves)}
    data = pd.DataFrame([{**_point(*one), "below": below[one[0].name]} for one in placed])
    names = [curve.name for curve in curves]
    colours = [COLOURS[curve.look % len(COLOURS)] for curve in curves]
    legend = alt.Legend(title=None, orient="top", columns=1, symbolSize=90, symbolStrokeWidth=2, labelFontSize=12, labelLimit=330)
    colour = alt.Color("series:N", scale=alt.Scale(domain=names, range=colours), legend=legend)
    shape = alt.Shape("series:N", scale=alt.Scale(domain=names, range=[SHAPES[curve.look % len(SHAPES)] for curve in curves]), legend=legend)
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=names, range=[list(_DASHES[curve.look % len(_DASHES)]) for curve in curves]), legend=None)
    least, most = min(place for _, _, place in placed), max(place for _, _, place in placed)
    ends = [bound for _, mark, _ in placed for bound in (mark.low, mark.high, mark.value) if bound is not None]
    bottom = 0.0 if min(ends) < _ZERO_TO else max(0.0, min(ends) - 0.02)
    x = alt.X(
        "place:Q",
        title=x_title,
        scale=alt.Scale(type="log", domain=[least / 1.5, most * 2], nice=False),
        axis=alt.Axis(format=",d", values=_round_numbers(least / 1.5, most * 2), grid=False, labelOverlap=True, ticks=True, labelPadding=6),
    )
    y_scale = alt.Scale(domain=[bottom, max(ends) + 0.06 * (max(ends) - bottom)], nice=False, zero=False)
    y = alt.Y("score:Q", title=f"{metric_title(metric)} on real test rows", scale=y_scale, axis=bare_axis())
    tooltip = [alt.Tooltip("model:N", title="Model"), alt.Tooltip("series:N", title="Trained on"), alt.Tooltip("rows:Q", title="Rows", format=",d")]
    tooltip += [alt.Tooltip(f"{key}:Q", title=key.capitalize(), format=".4f") for key in ("score", "low", "high")]
    base = alt.Chart(data).encode(x=x, tooltip=tooltip)
    layers = [
        base.mark_line(strokeWidth=2, opacity=0.85).encode(y=y, color=colour, strokeDash=dash),
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=2.5, strokeCap="round", opacity=0.8)
        .encode(y=alt.Y("low:Q", scale=y_scale), y2="high:Q", color=colour),
        base.mark_point(size=110, filled=True, opacity=1).encode(y=y, color=colour, shape=shape),
        # Every other series has its numbers below, so that those of two that lie close do not cover each other.
        *(
            base.transform_filter(f"datum.below === {under}")
            .mark_text(align="left", dx=9, dy=11 if under else -9, fontSize=11.5, color=style.ink)
            .encode(y=y, text="text:N")
            for under in (0, 1)
        ),
    ]
    return alt.layer(*layers).properties(height=340)


def _point(curve: SizeCurve, mark: SizeMark, place: float) -> dict[str, object]:
    return {
        "series": curve.name,
        "rows": mark.rows,
        "place": place,
        "score": mark.value,
        "low": mark.low,
        "high": mark.high,
        "model": mark.name,
        "text": f"{mark.value:.3f}",
    }


def _round_numbers(least: float, most: float) -> list[float]:
    """1, 2 and 5 times the powers of ten between two numbers."""
    return [step * 10.0**power for power in range(10) for step in (1, 2, 5) if least <= step * 10**power <= most]
