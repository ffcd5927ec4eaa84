"""The page Leaderboard."""

import streamlit as st

from leaderboard.project_data import Shown


def show(shown: Shown) -> None:
    """Draws the page."""
    st.title("Leaderboard")
