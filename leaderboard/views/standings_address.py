"""Widgets whose choice stands in the address, by name, while the page shows titles.

Every run takes the choice from the address, and a change is written there as a step that Back undoes. Streamlit's own binding
(`bind="query-params"`) writes what an option looks like instead of its name, and when another page is opened it leaves a step behind that has lost the choice.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

_NONE = "none"
"""In an address: nothing is chosen, where the usual choice is something."""


def choose_one(label: str, parameter: str, names: Sequence[str], title: Callable[[str], str] = str, **options: Any) -> str:
    """Draws a box to choose one of `names`; the first one is what an address without the parameter, or with another name, means."""
    key, wanted = _key(parameter), st.query_params.get(parameter)
    st.session_state[key] = wanted if wanted in names else names[0]
    found: str = st.selectbox(label, names, format_func=title, key=key, on_change=lambda: put(parameter, [st.session_state[key]], names[:1]), **options)
    return found


def choose_several(
    label: str,
    parameter: str,
    names: Sequence[str],
    title: Callable[[str], str] = str,
    usual: Sequence[str] = (),
    pills: bool = False,
    **options: Any,
) -> list[str]:
    """Draws a box, or pills, to choose any of `names`; `usual` is what an address without the parameter, or with none of the names, means."""
    key, wanted = _key(parameter), st.query_params.get_all(parameter)
    known = [name for name in dict.fromkeys(wanted) if name in names]
    st.session_state[key] = known if known or wanted == [_NONE] else list(usual)
    draw: Callable[..., list[str]] = st.pills if pills else st.multiselect
    more = {"selection_mode": "multi"} if pills else {}
    return draw(label, names, format_func=title, key=key, on_change=lambda: put(parameter, st.session_state[key], usual), **more, **options)


def switch(label: str, parameter: str) -> bool:
    """Draws a switch that is usually off."""
    key = _key(parameter)
    st.session_state[key] = st.query_params.get(parameter) == "yes"
    return st.toggle(label, key=key, on_change=lambda: put(parameter, ["yes"] if st.session_state[key] else []))


def write(label: str, parameter: str, longest: int, **options: Any) -> str:
    """Draws a line to write in."""
    key = _key(parameter)
    st.session_state[key] = st.query_params.get(parameter, "")[:longest]
    return st.text_input(label, key=key, max_chars=longest, on_change=lambda: put(parameter, [st.session_state[key]]), **options) or ""


def put(parameter: str, values: Sequence[str], usual: Sequence[str] = ()) -> None:
    """Puts a choice into the address, or takes it out where it is the usual one; to be called while Streamlit handles a change."""
    chosen = [value for value in values if value]
    if set(chosen) == set(usual):
        st.query_params.pop(parameter, None)
    else:
        st.query_params[parameter] = chosen or [_NONE]


def clear(*parameters: str) -> None:
    """Takes choices out of the address."""
    for parameter in parameters:
        st.query_params.pop(parameter, None)


def _key(parameter: str) -> str:
    return f"standings-{parameter}"
