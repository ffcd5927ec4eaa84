"""The way from a cell of the leaderboard back to the prompts, step by step."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from hub.errors import EmohubError
from hub.paths import Project
from hub.results.board.views import TaskBoard
from hub.results.record import RunRecord
from hub.results.tracing.chain import Link, Prompt, State, read_chain
from leaderboard.links import link
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown

_SECONDS_KEPT = 30
_MARKS: dict[State, tuple[str, str, str]] = {
    "matches": (":material/check_circle:", "green", "here, and what was recorded"),
    "here": (":material/radio_button_checked:", "blue", "here"),
    "differs": (":material/error:", "orange", "differs"),
    "absent": (":material/cancel:", "gray", "not here"),
    "elsewhere": (":material/public:", "gray", "made by others"),
}


def show(shown: Shown, record: RunRecord) -> None:
    """Draws the chain of one run."""
    st.subheader("From the leaderboard back to the prompts", anchor=False)
    st.caption("Each step names what the step above it was made from, and whether that very thing is on this machine.")
    links = _read(str(shown.project.root), record, _board(shown, record))
    with st.container(gap="small"):
        for number, one in enumerate(links, start=1):
            _step(number, one)


def _board(shown: Shown, record: RunRecord) -> TaskBoard | None:
    if not any(entry.task == record.task for entry in shown.entries(record.profile)):
        return None
    try:
        return shown.board(record.profile, record.task)
    except EmohubError:
        return None


@st.cache_resource(ttl=_SECONDS_KEPT, max_entries=50, show_spinner=False, hash_funcs={RunRecord: lambda record: record.model_dump_json(), TaskBoard: id})
def _read(root: str, record: RunRecord, board: TaskBoard | None) -> tuple[Link, ...]:
    return read_chain(Project(Path(root)), record, board)


def _step(number: int, one: Link) -> None:
    mark, colour, word = _MARKS[one.state]
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{number}. {plain(one.title, 80)}**", width="content")
            st.badge(word, icon=mark, color=colour)  # type: ignore[arg-type]
        st.markdown(_with_code(one.said))
        if one.facts:
            st.caption(" · ".join(f"{plain(name, 80)}: **{plain(value, 600)}**" for name, value in one.facts))
        if one.kind == "data" and one.dataset and one.configuration:
            where = {"dataset": one.dataset, "configuration": one.configuration, "split": "test"}
            link("Its rows, and the lineage of each", "datasets", icon=":material/dataset:", **where)
        if one.prompts:
            _prompts(one.prompts)


def _prompts(prompts: Sequence[Prompt]) -> None:
    with st.expander(f"The {len(prompts)} templates", icon=":material/description:"):
        for tab, prompt in zip(st.tabs([plain(prompt.step, 60) for prompt in prompts]), prompts, strict=True):
            with tab:
                st.caption(plain(prompt.file, 120))
                if prompt.text is None:
                    st.caption("There is no such file here.")
                else:
                    st.code(prompt.text, language="jinja2", wrap_lines=True, height=420)


def _with_code(text: str) -> str:
    """Plain text in which our own `commands` stay code."""
    parts = text.split("`")
    return "".join(f"`{part}`" if number % 2 and "\n" not in part else plain(part, 600) for number, part in enumerate(parts))
