"""`streamlit run leaderboard/app.py`, from the folder that holds dvc.yaml."""

from pathlib import Path

import streamlit as st

from leaderboard import links
from leaderboard.opening import opened
from leaderboard.views import claims, compare, datasets, overview, runs, standings, synthetic

# A file of our own: named icons would be fetched from a server.
_ICON = Path(__file__).with_name("icon.svg")
# By the name in the address; the first one is the start. A comment, because Streamlit would show a string that stands alone.
_PAGES = {
    "overview": (overview.show, "Overview", ":material/home:"),
    "leaderboard": (standings.show, "Leaderboard", ":material/leaderboard:"),
    "compare": (compare.show, "Compare", ":material/compare_arrows:"),
    "datasets": (datasets.show, "Datasets", ":material/dataset:"),
    "claims": (claims.show, "Claims", ":material/gavel:"),
    "runs": (runs.show, "Runs", ":material/receipt_long:"),
    "synthetic": (synthetic.show, "Synthetic data", ":material/science:"),
}

st.set_page_config(page_title="emohub leaderboard", page_icon=str(_ICON), layout="wide")
st.logo(str(_ICON), size="large")
pages = {name: st.Page(opened(draw), title=title, url_path=name, icon=icon, default=name == "overview") for name, (draw, title, icon) in _PAGES.items()}
links.register(pages)
st.navigation(list(pages.values()), position="top").run()
