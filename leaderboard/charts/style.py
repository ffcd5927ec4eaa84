"""One style for every chart: thin marks, few lines, colours that stay apart without red-green or blue-yellow sight and never carry meaning alone.

The colours were searched for: every one has a contrast of 3:1 or more with the light and the dark background alike, and any two of them stay apart as
the common kinds of colour blindness see them (Machado, Oliveira and Fernandes, A physiologically-based model for simulation of color vision deficiency,
IEEE TVCG 2009). The tests measure both.
"""

from dataclasses import dataclass
from typing import Any

import altair as alt

Chart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.VConcatChart


@dataclass(frozen=True, slots=True)
class Style:
    """The colours that depend on the background, which the chart itself leaves clear."""

    ink: str
    """Of text inside the plot."""
    faint: str
    """Of rules and outlines that stand back."""


LIGHT = Style("#45525c", "#c9c4b8")
DARK = Style("#c9c6be", "#4a545d")
PRINTED = Style("currentColor", "#9a958a")
"""For SVG inside a page, whose text takes the colour of the page."""
BACKGROUNDS = {"light": "#fbfaf7", "dark": "#15191d"}
"""Of the pages, as .streamlit/config.toml and the exported style sheet have them."""
FONT = "Arial, 'Liberation Sans', Helvetica, sans-serif"
"""Of charts outside the app. Nearly every machine has one of these, and the first three are equally wide, so that text fits where it was measured."""

ACCENT = "#2f7ea6"
SECOND = "#c4700f"
THIRD = "#62987a"
FOURTH = "#a3447f"
QUIET = "#968c9b"
COLOURS = (ACCENT, SECOND, THIRD, FOURTH, QUIET, "#8e7fda", "#9d8e55", "#4062bd")
"""For up to eight series, each of which also has its own shape or dash."""
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
KIND_COLOURS = {"two-stage": SECOND, "trained": ACCENT, "zero-shot": THIRD, "baseline": QUIET, "reported": QUIET, "imported": FOURTH}
KIND_SHAPES = {"two-stage": "square", "trained": "circle", "zero-shot": "triangle-up", "baseline": "circle", "reported": "diamond", "imported": "cross"}
SEQUENTIAL = "blues"
"""Vega's scheme for counts and shares."""
DIVERGING = ("#b45c1f", "#f3efe6", "#2f7ea6")
"""Low, middle and high, for differences."""

AXIS_HEIGHT = 50
"""Pixels that a horizontal axis with its title takes."""
BAR_HEIGHT = 19
MOST_LABELS = 60


def configuration(style: Style, font: str = FONT) -> dict[str, object]:
    """Returns Vega-Lite's configuration for charts that stand outside the app, where no theme of Streamlit sets axes, legends and fonts."""
    words = {"labelColor": style.ink, "titleColor": style.ink, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
    return {
        "font": font,
        "background": None,
        "view": {"stroke": None},
        "axis": {**words, "gridColor": style.faint, "gridOpacity": 0.45, "domainColor": style.faint, "tickColor": style.faint, "titlePadding": 10},
        "legend": {**words, "labelLimit": 320},
        "header": {**words, "labelFontSize": 14, "labelFontWeight": "bold", "labelAnchor": "start", "labelLimit": 600},
        "title": {"color": style.ink, "subtitleColor": style.ink, "anchor": "start"},
        "text": {"color": style.ink},
        "range": {"category": list(COLOURS)},
    }


def bare_axis(format: str = ".2f", ticks: int = 6, **more: Any) -> alt.Axis:
    """An axis of numbers and grid lines only."""
    return alt.Axis(format=format, tickCount=ticks, domain=False, ticks=False, labelPadding=8, labelOverlap=True, **more)


def label_axis() -> alt.Axis:
    """An axis of names, each of which is shown."""
    return alt.Axis(domain=False, ticks=False, labelLimit=140, labelPadding=6, labelOverlap=False)


def top_legend() -> alt.Legend:
    return alt.Legend(title=None, orient="top", direction="horizontal", symbolSize=90, labelFontSize=12)
