"""Boxes to choose from. The address holds the name and the box shows the title, for which Streamlit has no binding: its own writes titles."""

from collections.abc import Callable, Sequence

import streamlit as st


def choose(label: str, parameter: str, names: Sequence[str], title: Callable[[str], str]) -> str:
    """Draws a box to choose one of `names`; the first one is what an address without the parameter, or with another name, means."""
    key = f"{parameter}-chosen"
    wanted = st.query_params.get(parameter)
    st.session_state[key] = wanted if wanted in names else names[0]
    return st.selectbox(label, names, format_func=title, key=key, on_change=lambda: put(parameter, st.session_state[key], usual=names[0]))


def choose_optional(label: str, parameter: str, names: Sequence[str], title: Callable[[str], str], placeholder: str, width: int | None = None) -> str | None:
    """Draws a box to choose one of `names`, or none."""
    key = f"{parameter}-chosen"
    wanted = st.query_params.get(parameter)
    st.session_state[key] = wanted if wanted in names else None
    return st.selectbox(
        label,
        names,
        index=None,
        format_func=title,
        placeholder=placeholder,
        key=key,
        on_change=lambda: put(parameter, st.session_state[key]),
        width="stretch" if width is None else width,
    )


def put(parameter: str, name: str | None, usual: str | None = None) -> None:
    """Puts a name into the address; to be called while Streamlit handles a click."""
    if name == usual:
        st.query_params.pop(parameter, None)
    else:
        st.query_params[parameter] = name or ""
