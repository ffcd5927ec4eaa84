"""`streamlit run leaderboard/app.py`, from the folder that holds dvc.yaml."""

from pathlib import Path

import streamlit as st

from leaderboard import board_page, dataset_page

# A file of our own: named icons would be fetched from a server.
_ICON = Path(__file__).with_name("icon.svg")

st.set_page_config(page_title="emohub leaderboard", page_icon=str(_ICON), layout="wide")
st.logo(str(_ICON), size="large")
st.navigation(
    [
        st.Page(board_page.show, title="Leaderboard", url_path="leaderboard", icon=":material/leaderboard:", default=True),
        st.Page(dataset_page.show, title="Datasets", url_path="datasets", icon=":material/dataset:"),
    ],
    position="top",
).run()
