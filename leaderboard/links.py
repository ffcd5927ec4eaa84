"""Links between the pages that carry a view: every page's whole state is in its address."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

_KEPT = "pages"


def register(pages: Mapping[str, Any]) -> None:
    """Keeps the pages that st.navigation knows, by name, for the links of this session."""
    st.session_state[_KEPT] = dict(pages)


def link(label: str, page: str, icon: str | None = None, help: str | None = None, **parameters: str | Sequence[str]) -> None:
    """Draws a link to a page and view. Where the pages are not registered, as in a test of one page, it is plain text."""
    found = st.session_state.get(_KEPT, {}).get(page)
    if found is None:
        st.markdown(label)
    else:
        st.page_link(found, label=label, icon=icon, help=help, query_params=dict(parameters) or None)
