"""Altair charts as SVG that may stand inside a page: nothing in it loads, runs or links, and its text takes the page's colour."""

import re
from xml.etree import ElementTree

import altair as alt
import vl_convert
from markupsafe import Markup, escape

from leaderboard.charts.style import PRINTED, Chart, configuration

_SPACE = "http://www.w3.org/2000/svg"
_ELEMENTS = {"svg", "g", "path", "rect", "line", "circle", "text", "tspan", "title", "defs", "clipPath", "linearGradient", "stop"}
_ATTRIBUTES = {
    *("d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "dx", "dy", "width", "height", "transform", "viewBox", "offset", "id", "clip-path"),
    *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin"),
    *("stroke-miterlimit", "opacity", "stop-color", "stop-opacity", "text-anchor", "font-size", "font-weight", "font-style"),
}
_NUMBERS = re.compile(r"-?\d+\.\d{3,}")
_REFERENCE = re.compile(r"url\(#([\w-]+)\)")
_VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
_WITH_WIDTH = ("LayerChart", "Chart")


def chart_svg(chart: Chart, words: str, width: int, name: str) -> Markup:
    """Returns a chart as one SVG element.

    `words` say what it shows, for who cannot see it; `width` is that of the plot in pixels, for charts that have one; `name` is a word that no other chart
    of the page has, because ids are the page's.
    """
    spec = chart.to_dict()
    if type(chart).__name__ in _WITH_WIDTH:
        spec["width"] = width
    spec["autosize"] = {"type": "pad", "contains": "padding"}
    spec["background"] = None
    spec["config"] = configuration(PRINTED)
    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[]))
    _clean(root)
    _rename(root, name)
    ElementTree.register_namespace("", _SPACE)
    text = ElementTree.tostring(root, encoding="unicode")
    return Markup(text.replace("<svg ", f'<svg role="img" aria-label="{escape(words)}" ', 1))


def _clean(element: ElementTree.Element) -> None:
    """Keeps only the elements and attributes that draw."""
    for child in list(element):
        if child.tag.removeprefix(f"{{{_SPACE}}}") not in _ELEMENTS or child.get("display") == "none" or child.get("d") == "":
            element.remove(child)
        else:
            _clean(child)
    kept = {key: _NUMBERS.sub(_rounded, value) for key, value in element.attrib.items() if key in _ATTRIBUTES}
    element.attrib.clear()
    element.attrib.update(kept)


def _rename(root: ElementTree.Element, name: str) -> None:
    """Gives ids new names, because Vega counts them over everything that a process draws."""
    named = {element.attrib["id"]: f"{name}-{place}" for place, element in enumerate(element for element in root.iter() if "id" in element.attrib)}
    for element in root.iter():
        for key, value in element.attrib.items():
            element.set(key, named[value] if key == "id" else _REFERENCE.sub(lambda found: f"url(#{named.get(found[1], 'none')})", value))


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
