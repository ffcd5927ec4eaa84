"""The choice of a profile: a row of buttons whose state stands in the address."""

from collections.abc import Sequence

import streamlit as st

from leaderboard.views.standings_address import put

_KEY = "profile-choice"


def choose_profile(names: Sequence[str]) -> str:
    """Draws the buttons; the first of `names`, of which there must be one, is what an address without a profile, or with another one, means."""
    wanted = st.query_params.get("profile")
    st.session_state[_KEY] = wanted if wanted in names else names[0]
    found = st.segmented_control(
        "Profile",
        names,
        key=_KEY,
        required=True,
        help="A set of runs: with which engines, how many seeds, how large.",
        on_change=lambda: put("profile", [st.session_state[_KEY]], names[:1]),
    )
    return found or names[0]
