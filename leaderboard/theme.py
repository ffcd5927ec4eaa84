"""The chart style of the theme that the reader's browser is in, and how a chart is put on a page."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from altair.utils.schemapi import UndefinedType

from leaderboard.charts.style import DARK, LIGHT, Chart, Style
from leaderboard.kept import kept


def style() -> Style:
    return DARK if st.context.theme.type == "dark" else LIGHT


def draw(chart: Chart, alt: str, **options: object) -> None:
    """Puts a chart on the page. `alt` says in words what it shows, with its main numbers: it is all that some readers get."""
    show: Callable[..., object] = st.altair_chart
    show(_quiet(chart), alt=alt, **options)


def draw_kept(make: Callable[[Style], Chart], alt: str, *key: str | int) -> None:
    """Puts a chart on the page that is made once for each `key` and theme: large ones take longer to make than a click may."""
    colours = style()

    def specification() -> dict[str, Any]:
        found: dict[str, Any] = _quiet(make(colours)).to_dict()
        return found

    st.vega_lite_chart(kept(specification, "chart", colours.ink, *key), alt=alt)


def _quiet(chart: Chart) -> Chart:
    """Vega would give every mark a role without a name; what there is to hear is in `alt`."""
    return chart.configure_mark(aria=False) if isinstance(chart.config, UndefinedType) else chart
