"""Widgets whose choice stands in the address, by name, while the page shows titles: a link opens the same view, and Back undoes a choice.

Every run takes the choice from the address, and a change is written there. Streamlit's own binding (`bind="query-params"`) writes what an option looks like
instead of its name, and when another page is opened it leaves a step behind that has lost the choice.

`forgets` names the parameters that a new choice makes meaningless, such as the page that was turned to.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

PAGE = "page"
_NONE = "none"
"""In an address: nothing is chosen, where the usual choice is something."""


def choose(
    label: str,
    parameter: str,
    names: Sequence[str],
    title: Callable[[str], str] = str,
    usual: str | None = None,
    *,
    buttons: bool = False,
    place: Any = st,
    forgets: Sequence[str] = (),
    **options: Any,
) -> str:
    """Draws a box, or a row of buttons, to choose one of `names`. `usual`, or else the first, is what an address without the parameter means, or with
    another name."""
    first = usual if usual is not None and usual in names else names[0]
    key, wanted = _key(parameter), st.query_params.get(parameter)
    st.session_state[key] = wanted if wanted in names else first

    def keep() -> None:
        put(parameter, [st.session_state[key]], [first])
        clear(*forgets)

    shared: dict[str, Any] = {"format_func": title, "key": key, "on_change": keep, **options}
    found = place.segmented_control(label, names, required=True, wrap=True, **shared) if buttons else place.selectbox(label, names, **shared)
    return str(found or first)


def choose_optional(label: str, parameter: str, names: Sequence[str], title: Callable[[str], str] = str, **options: Any) -> str | None:
    """Draws a box to choose one of `names`, or none."""
    key, wanted = _key(parameter), st.query_params.get(parameter)
    st.session_state[key] = wanted if wanted in names else None
    found: str | None = st.selectbox(
        label, names, index=None, format_func=title, key=key, on_change=lambda: put(parameter, [st.session_state[key] or ""]), **options
    )
    return found


def choose_several(
    label: str,
    parameter: str,
    names: Sequence[str],
    title: Callable[[str], str] = str,
    usual: Sequence[str] = (),
    *,
    pills: bool = False,
    forgets: Sequence[str] = (),
    **options: Any,
) -> list[str]:
    """Draws a box, or pills, to choose any of `names`; `usual` is what an address without the parameter means, or with none of the names."""
    key, wanted = _key(parameter), st.query_params.get_all(parameter)
    known = [name for name in dict.fromkeys(wanted) if name in names]
    st.session_state[key] = known if known or wanted == [_NONE] else list(usual)

    def keep() -> None:
        put(parameter, st.session_state[key], usual)
        clear(*forgets)

    draw: Callable[..., list[str]] = st.pills if pills else st.multiselect
    more = {"selection_mode": "multi"} if pills else {}
    return draw(label, names, format_func=title, key=key, on_change=keep, **more, **options)


def switch(label: str, parameter: str, usual: bool = False, place: Any = st, **options: Any) -> bool:
    """Draws a switch; `usual` is what an address without the parameter means."""
    key, wanted = _key(parameter), st.query_params.get(parameter)
    st.session_state[key] = wanted == "yes" if wanted in ("yes", "no") else usual
    said = {True: "yes", False: "no"}
    return bool(place.toggle(label, key=key, on_change=lambda: put(parameter, [said[st.session_state[key]]], [said[usual]]), **options))


def write(label: str, parameter: str, longest: int, forgets: Sequence[str] = (), **options: Any) -> str:
    """Draws a line to write in; returns what stands there without the blanks around it."""
    key = _key(parameter)
    st.session_state[key] = st.query_params.get(parameter, "")[:longest]

    def keep() -> None:
        put(parameter, [st.session_state[key]])
        clear(*forgets)

    return (st.text_input(label, key=key, max_chars=longest, on_change=keep, **options) or "").strip()


def turn(pages: int) -> int:
    """Lets the reader turn to one of `pages` pages; returns its number, from 1. One page needs no turning."""
    if pages < 2:
        return 1
    key, wanted = _key(PAGE), st.query_params.get(PAGE, "")
    st.session_state[key] = next((page for page in range(1, pages + 1) if str(page) == wanted), 1)
    return int(st.pagination(pages, key=key, on_change=lambda: put(PAGE, [str(st.session_state[key])], ["1"])))


def put(parameter: str, values: Sequence[str], usual: Sequence[str] = ()) -> None:
    """Puts a choice into the address, or takes it out where it is the usual one; to be called while Streamlit handles a change."""
    chosen = [value for value in values if value]
    if chosen == list(usual):
        st.query_params.pop(parameter, None)
    else:
        st.query_params[parameter] = chosen or [_NONE]


def clear(*parameters: str) -> None:
    """Takes choices out of the address."""
    for parameter in parameters:
        st.query_params.pop(parameter, None)


def _key(parameter: str) -> str:
    return f"address-{parameter}"
