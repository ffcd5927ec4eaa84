"""The state of a view lives in its address: a link opens the same view. Every widget here is set from the address and writes to it."""

from collections.abc import Callable, Sequence

import streamlit as st


def pick(label: str, name: str, options: Sequence[str], title: Callable[[str], str] = str, default: str | None = None) -> str:
    """Shows a select box for the query parameter `name` and returns what is chosen; what the address asks for and does not exist is ignored."""
    usual = default if default in options else options[0]
    asked = st.query_params.get(name)
    st.session_state[name] = asked if asked in options else usual
    return st.selectbox(label, options, key=name, format_func=title, on_change=_write, args=(name, usual))


def pick_several(label: str, name: str, options: Sequence[str], help: str) -> frozenset[str]:
    """Shows pills for the query parameter `name`, all of them chosen unless the address says otherwise; none chosen means all."""
    asked = [value for value in st.query_params.get_all(name) if value in options]
    st.session_state[name] = asked or list(options)
    st.pills(label, options, key=name, selection_mode="multi", help=help, on_change=_write, args=(name, list(options)))
    return frozenset(st.session_state[name] or options)


def switch(label: str, name: str, usual: bool = True) -> bool:
    """Shows a switch for the query parameter `name`, which is `yes` or `no`."""
    asked = st.query_params.get(name)
    st.session_state[name] = asked == "yes" if asked in ("yes", "no") else usual
    return st.toggle(label, key=name, on_change=_write, args=(name, usual))


def choose(name: str, value: str | None) -> None:
    """Writes one query parameter; None removes it."""
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


def _write(name: str, usual: object) -> None:
    value = st.session_state[name]
    if value == usual or value == []:
        st.query_params.pop(name, None)
    elif isinstance(value, bool):
        st.query_params[name] = "yes" if value else "no"
    else:
        st.query_params[name] = value
