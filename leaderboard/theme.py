"""The chart style of the theme that the reader's browser is in, and how a chart is put on a page."""

from collections.abc import Callable, Hashable
from typing import Any

import streamlit as st
from altair.utils.schemapi import UndefinedType

from leaderboard.charts.style import DARK, LIGHT, Chart, Style


def style() -> Style:
    return DARK if st.context.theme.type == "dark" else LIGHT


def draw(chart: Chart, alt: str, **options: object) -> None:
    """Puts a chart on the page. `alt` says in words what it shows, with its main numbers: it is all that some readers get."""
    show: Callable[..., object] = st.altair_chart
    show(_quiet(chart), alt=alt, **options)


def draw_kept(make: Callable[[Style], Chart], alt: str, *key: Hashable) -> None:
    """Puts a chart on the page that is made once for each `key` and theme: large ones take longer to make than a click may."""
    st.vega_lite_chart(_specification(make, style(), key), alt=alt)


@st.cache_resource(max_entries=200, show_spinner=False)
def _specification(_make: Callable[[Style], Chart], style: Style, key: tuple[Hashable, ...]) -> dict[str, Any]:
    found: dict[str, Any] = _quiet(_make(style)).to_dict()
    return found


def _quiet(chart: Chart) -> Chart:
    """Vega would give every mark a role without a name; what there is to hear is in `alt`."""
    return chart.configure_mark(aria=False) if isinstance(chart.config, UndefinedType) else chart
