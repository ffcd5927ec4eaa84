"""The button that opens one row."""

import streamlit as st

from hub.results.browsing.published_rows import PublishedRow
from leaderboard.address import put
from leaderboard.plain_text import plain


def row_button(row: PublishedRow) -> None:
    """Draws a button with the row's id, which puts it into the address."""
    st.button(
        plain(row.id, 120),
        key=f"open-{row.split}-{row.number}",
        type="tertiary",
        icon=":material/account_tree:",
        on_click=put,
        args=("row", [row.id]),
        help="Its lineage",
    )
