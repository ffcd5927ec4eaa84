"""The strips and moving pictures of a portrait animation run."""

import streamlit as st

from hub.errors import EmohubError
from hub.results.display import printable
from hub.results.record import RunRecord
from leaderboard.address import choose
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown

_STRIP = (
    "Left: the portrait. Rows, at six moments: the driver with its landmarks as dots, of which the model sees the dots alone; what the model made; the truth, "
    "where it is known."
)
_MOVING = "From left to right: portrait, driver with landmarks, what the model made, the truth where it is known."
_LARGER = 2
"""How much larger pictures are shown."""


def show(shown: Shown, record: RunRecord) -> None:
    """Lets the reader choose one of the run's pairs and look at it; nothing for a task of another type."""
    if shown.task_type(record.task) != "portrait_animation":
        return
    st.subheader("What it made", anchor=False)
    try:
        animations = shown.animations(record)
    except EmohubError as error:
        st.caption(f"Its pictures cannot be shown: {plain(str(error))}")
        return
    if not animations:
        st.caption("This run kept no pictures.")
        return
    titles = {animation.id: printable(f"{animation.style}, {animation.family} ({animation.id})", 120) for animation in animations}
    chosen = choose("Pair", "pair", list(titles), lambda id: titles[id])
    animation = next(one for one in animations if one.id == chosen)
    alt = printable(f"{animation.style} portrait with {animation.family} motion", 120)
    # A container shrinks with the screen, which a picture of a given width does not.
    with st.container(width=_LARGER * animation.gif_width):
        st.image(animation.gif, width="stretch", caption=_MOVING, alt=f"Moving picture of a {alt}. {_MOVING}")
    with st.container(width=_LARGER * animation.strip_width):
        st.image(animation.strip, width="stretch", caption=_STRIP, alt=f"Strip of a {alt}. {_STRIP}", output_format="PNG")
