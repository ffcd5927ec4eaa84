"""The page Synthetic data."""

import streamlit as st

from leaderboard.project_data import Shown


def show(shown: Shown) -> None:
    """Draws the page."""
    st.title("Synthetic data")
