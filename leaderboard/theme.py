"""The chart style of the theme that the reader's browser is in, and how a chart is put on a page."""

from collections.abc import Callable

import streamlit as st
from altair.utils.schemapi import UndefinedType

from leaderboard.charts.style import DARK, LIGHT, Chart, Style


def style() -> Style:
    return DARK if st.context.theme.type == "dark" else LIGHT


def draw(chart: Chart, alt: str, **options: object) -> None:
    """Puts a chart on the page. `alt` says in words what it shows, with its main numbers: it is all that some readers get."""
    # Vega would give every mark a role without a name; what there is to hear is in `alt`.
    quiet = chart.configure_mark(aria=False) if isinstance(chart.config, UndefinedType) else chart
    show: Callable[..., object] = st.altair_chart
    show(quiet, alt=alt, **options)
