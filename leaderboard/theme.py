"""The chart style of the theme that the reader's browser is in, and how a chart is put on a page."""

from collections.abc import Callable

import streamlit as st

from leaderboard.charts.style import DARK, LIGHT, Chart, Style


def style() -> Style:
    return DARK if st.context.theme.type == "dark" else LIGHT


def draw(chart: Chart, alt: str, **options: object) -> None:
    """Puts a chart on the page. `alt` says in words what it shows, with its main numbers: it is all that some readers get."""
    show: Callable[..., object] = st.altair_chart
    show(chart, alt=alt, **options)
