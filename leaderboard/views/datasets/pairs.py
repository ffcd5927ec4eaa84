"""Pairs of a portrait and a driving clip, beside what they should give, and what a model made of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from hub.errors import EmohubError
from hub.publish.inspection.published_folder import PublishedFolder, Split
from hub.results.browsing.published_rows import PublishedRow
from hub.results.comparing.pictures import Animation
from hub.results.display import printable
from leaderboard.address import PAGE, choose, switch
from leaderboard.links import link
from leaderboard.plain_text import plain
from leaderboard.views.datasets.data import Chosen, parts_of, tasks_of
from leaderboard.views.datasets.pictures import Toggles, shown_picture
from leaderboard.views.datasets.row_button import row_button

_TITLES = {"portrait_id": "Portrait", "clip_id": "Driving", "target_id": "Target"}
_MOVING = "Portrait, driver with its landmarks, what the model made, and the truth where it is known."
_NONE = "none"


@dataclass(frozen=True)
class Results:
    """What a run made of pairs, by the pair's id."""

    model: str
    run: str
    animations: Mapping[str, Animation]
    only: bool
    """Whether the reader wants to see pairs with a result alone."""

    @property
    def ids(self) -> list[str]:
        return sorted(self.animations)


def choose_results(chosen: Chosen, configuration: str) -> Results | None:
    """Lets the reader choose a run whose pictures are on this machine; None where there is none, or none is wanted."""
    tasks = [task for task, where in tasks_of(chosen).items() if where == configuration]
    results = chosen.shown.project.root / "results"
    runs = {
        f"{line.model}/{line.seed}": line
        for line in reversed(chosen.shown.runs())
        if line.task in tasks and line.profile == chosen.profile and line.status == "complete" and (results / "predictions" / f"{line.place}.parquet").is_file()
    }
    if not runs:
        st.caption("No run's pictures of these pairs are on this machine; a bench of a portrait animation model leaves them.")
        return None
    names = sorted(runs)
    winners = [entry.winner for entry in chosen.shown.entries(chosen.profile) if entry.task in tasks]
    best = next((name for name in names if runs[name].model in winners), names[0])
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        name = choose("Result of", "model", [_NONE, *names], lambda one: _run_title(chosen, one), best, forgets=(PAGE,), width=320)
        if name == _NONE:
            return None
        only = switch("Only pairs whose result was kept", "kept", usual=True)
        link("The run", "runs", icon=":material/receipt_long:", run=runs[name].place)
    try:
        animations = chosen.shown.animations(chosen.shown.record(runs[name]))
    except EmohubError as error:
        st.caption(f"Its pictures cannot be shown: {plain(str(error))}")
        return None
    return Results(chosen.shown.model(runs[name].model), runs[name].place, {one.id: one for one in animations}, only)


def _run_title(chosen: Chosen, name: str) -> str:
    model, _, seed = name.rpartition("/")
    return "no model" if name == _NONE else f"{chosen.shown.model(model)}, seed {seed}"


def pair(folder: PublishedFolder, configuration: str, split: Split, row: PublishedRow, toggles: Toggles, results: Results | None) -> None:
    """Draws one pair."""
    with st.container(border=True):
        row_button(row)
        parts = parts_of(folder, configuration, split, row)
        animation = results.animations.get(row.id) if results else None
        widths = [1.0, 1.0, 1.0, *([4.0 if animation else 1.4] if results else [])]
        columns = st.columns(widths, vertical_alignment="top")
        for column, (name, title) in zip(columns, _TITLES.items(), strict=False):
            with column:
                _part(folder, parts, name, title, toggles)
        if results:
            with columns[-1]:
                _result(results, animation)


def _part(folder: PublishedFolder, parts: Mapping[str, tuple[str, PublishedRow]], name: str, title: str, toggles: Toggles) -> None:
    st.markdown(f"**{title}**")
    found = parts.get(name)
    configuration = folder.configuration(found[0]) if found else None
    if found is None or configuration is None:
        st.caption("None: nobody knows what it would look like." if name == "target_id" else "It is not in this split.")
        return
    shown_picture(folder, configuration, found[1], toggles, title)
    told = [str(found[1].values[key]) for key in ("style", "family", "motion") if found[1].values.get(key)]
    st.caption(plain(" · ".join(told), 120))


def _result(results: Results, animation: Animation | None) -> None:
    st.markdown(f"**{plain(results.model, 80)}**")
    if animation is None:
        st.caption("The run kept no picture of this pair.")
        return
    st.image(animation.gif, width="stretch", caption=_MOVING, alt=printable(f"Moving picture of a {animation.style} portrait. {_MOVING}", 300))
