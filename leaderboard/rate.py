"""`streamlit run leaderboard/rate.py -- --questions FOLDER/questions.json`: people rate a sample, one item at a time.

The file may be named in EMOHUB_QUESTIONS instead. It is never taken from the address, which anybody can write.
"""

import argparse
import os
from pathlib import Path

import streamlit as st

from leaderboard import rating_page

_ICON = Path(__file__).with_name("icon.svg")


def _questions() -> Path | None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--questions", type=Path, default=os.environ.get("EMOHUB_QUESTIONS"))
    found: Path | str | None = parser.parse_known_args()[0].questions
    return Path(found) if found else None


st.set_page_config(page_title="Emotions, in your eyes", page_icon=str(_ICON), layout="centered")
rating_page.show(_questions())
