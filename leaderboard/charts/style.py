"""One style for every chart: thin marks, few lines, colours that differ in lightness as well as hue and never carry meaning alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

Chart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.VConcatChart


@dataclass(frozen=True, slots=True)
class Style:
    """The colours that depend on the background."""

    ink: str
    """Of text inside the plot."""
    faint: str
    """Of rules and outlines that stand back."""


LIGHT = Style("#45525c", "#c9c4b8")
DARK = Style("#c9c6be", "#4a545d")
PRINTED = Style("currentColor", "#9a958a")
"""For SVG inside a page, whose text takes the colour of the page."""

ACCENT = "#2f7ea6"
SECOND = "#d9822b"
THIRD = "#3c9d84"
QUIET = "#8b8f9c"
COLOURS = (ACCENT, SECOND, THIRD, "#b45c8d", QUIET, "#7a5fb0", "#a48a2c", "#5b6770")
"""For up to eight series, told apart under the common kinds of colour blindness when each also has its own shape or dash."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
KIND_COLOURS = {"two-stage": SECOND, "trained": ACCENT, "zero-shot": THIRD, "baseline": QUIET, "reported": QUIET, "imported": "#b45c8d"}
KIND_SHAPES = {"two-stage": "square", "trained": "circle", "zero-shot": "triangle-up", "baseline": "circle", "reported": "diamond", "imported": "cross"}
SEQUENTIAL = "blues"
"""Vega's scheme for counts and shares."""
DIVERGING = ("#b45c1f", "#f3efe6", "#2f7ea6")
"""Low, middle and high, for differences."""

AXIS_HEIGHT = 50
"""Pixels that a horizontal axis with its title takes."""
BAR_HEIGHT = 19
MOST_LABELS = 60
_SMALL = 0.1
"""Scores that are all below this, such as errors, are told apart by a fourth decimal."""


def decimals(scores: Sequence[float]) -> int:
    """Returns how many decimals scores of one metric are shown with."""
    return 4 if scores and max(scores) < _SMALL else 3


def bare_axis(format: str = ".2f", ticks: int = 6, **more: Any) -> alt.Axis:
    """An axis of numbers and grid lines only."""
    return alt.Axis(format=format, tickCount=ticks, domain=False, ticks=False, labelPadding=8, labelOverlap=True, **more)


def label_axis() -> alt.Axis:
    """An axis of names, each of which is shown."""
    return alt.Axis(domain=False, ticks=False, labelLimit=140, labelPadding=6, labelOverlap=False)


def top_legend() -> alt.Legend:
    return alt.Legend(title=None, orient="top", direction="horizontal", symbolSize=90, labelFontSize=12)
