"""What runs right now: a `dvc repro`, and how far its stages are. Drawn only while something runs; else looked for every ten seconds."""

import streamlit as st

from hub.console import shorten
from hub.paths import Project
from hub.results.display import printable
from hub.results.running.live import Bar, Live, Pipeline, Running, read_live
from leaderboard.plain_text import plain

_MOST_SHOWN = 8
"""Processes, and finished stages by name."""


def show_live(project: Project) -> None:
    """Draws what is running in the project, and keeps it up to date; nothing while nothing runs."""
    if read_live(project).idle:
        _wait(project)
    else:
        _watch(project)


@st.fragment(run_every="10s")
def _wait(project: Project) -> None:
    if not read_live(project).idle:
        st.rerun()


@st.fragment(run_every="2s")
def _watch(project: Project) -> None:
    live = read_live(project)
    if live.idle:
        # It has ended: the page may have new results to tell of.
        st.rerun()
    with st.container(border=True):
        st.markdown(f":material/autorenew: **Running now** · {_headline(live)}")
        if live.pipeline:
            _pipeline(live.pipeline)
        for running in live.processes[:_MOST_SHOWN]:
            _process(running)
        if len(live.processes) > _MOST_SHOWN:
            st.caption(f"And {len(live.processes) - _MOST_SHOWN} more processes.")


def _headline(live: Live) -> str:
    if live.pipeline is None:
        return f"{len(live.processes)} command{'' if len(live.processes) == 1 else 's'}"
    elapsed = f" · {shorten(live.pipeline.elapsed)} so far" if live.pipeline.elapsed is not None else ""
    return f"stage {live.pipeline.number:,} of {live.pipeline.total:,}{elapsed}" if live.pipeline.number else f"dvc repro{elapsed}"


def _pipeline(pipeline: Pipeline) -> None:
    now = f"Now: {', '.join(f'**{plain(stage, 120)}**' for stage in pipeline.stages[:_MOST_SHOWN])}" if pipeline.stages else "Looking for what changed"
    if pipeline.number:
        st.progress(min(1.0, (pipeline.number - 1) / pipeline.total), text=now)
    else:
        st.markdown(f"{now} · {pipeline.total:,} stages are declared, of which those run that something changed for.")
    if pipeline.finished:
        last = ", ".join(plain(stage, 120) for stage in reversed(pipeline.finished[-_MOST_SHOWN:]))
        count = len(pipeline.finished)
        st.caption(f"{count:,} stage{'' if count == 1 else 's'} made something new in this call, the latest first: {last}{' …' if count > _MOST_SHOWN else ''}")


def _process(running: Running) -> None:
    for bar in running.bars:
        _bar(bar)


def _bar(bar: Bar) -> None:
    left = f" · about {shorten(bar.left)} left" if bar.left is not None else ""
    if bar.total:
        text = f"{plain(bar.title, 160)} · {bar.done:,} of {bar.total:,} · {shorten(bar.elapsed)} so far{left}"
        st.progress(min(1.0, bar.done / bar.total), text=text)
    else:
        st.markdown(f"{plain(printable(bar.title, 160), 160)} · {shorten(bar.elapsed)} so far")
