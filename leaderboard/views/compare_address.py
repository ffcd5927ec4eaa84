"""Choices of things that have both a name and a title. The address holds names, as links from other pages do, and the page shows titles.

Streamlit's own binding (`bind="query-params"`) writes what an option looks like, so it serves where options are shown as they are.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import streamlit as st

PAGE = "page"
"""Begins anew when anything else changes."""


def choose(
    place: Any,
    kind: Literal["box", "buttons"],
    label: str,
    parameter: str,
    names: Sequence[str],
    title: Callable[[str], str] = str,
    default: str | None = None,
    help: str | None = None,
) -> str:
    """Draws a choice of one name; an address without the parameter, or with another name, means the default, which is the first when not given."""
    usual = default if default is not None and default in names else names[0]
    key, wanted = f"{parameter}-chosen", st.query_params.get(parameter)
    st.session_state[key] = wanted if wanted in names else usual
    shared: dict[str, Any] = {"format_func": title, "key": key, "help": help, "on_change": lambda: _keep(parameter, [st.session_state[key]], [usual])}
    found = place.segmented_control(label, names, required=True, wrap=True, **shared) if kind == "buttons" else place.selectbox(label, names, **shared)
    return str(found or usual)


def choose_several(
    label: str, parameter: str, names: Sequence[str], default: Sequence[str], most: int, title: Callable[[str], str], help: str | None = None
) -> tuple[str, ...]:
    """Draws a choice of names; none in the address means the default, in the order of the address otherwise."""
    key = f"{parameter}-chosen"
    wanted = [name for name in dict.fromkeys(st.query_params.get_all(parameter)) if name in names][:most]
    st.session_state[key] = wanted or list(default)
    found = st.multiselect(
        label, names, format_func=title, key=key, max_selections=most, help=help, on_change=lambda: _keep(parameter, st.session_state[key], default)
    )
    return tuple(found)


def _keep(parameter: str, names: Sequence[str], usual: Sequence[str]) -> None:
    if not names or list(names) == list(usual):
        st.query_params.pop(parameter, None)
    else:
        st.query_params[parameter] = list(names)
    first_page()


def first_page() -> None:
    """To be called where what is paged through changes, while Streamlit handles a click."""
    if PAGE in st.session_state:
        st.session_state[PAGE] = 1
