"""The page Overview: what this hub holds, who leads, and what is missing."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from hub.errors import EmohubError
from hub.results.board.claims_view import VERDICTS
from hub.results.board.views import RunLine, TaskEntry
from hub.results.datasets import DatasetReport
from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import count_text, metric_title, score_text
from leaderboard.charts.interval_bar import interval_bar
from leaderboard.links import link
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown
from leaderboard.theme import style
from leaderboard.views.profile_choice import choose_profile
from leaderboard.views.runs.live import show_live

_LATEST = 8
_TASK_TYPES = {
    "text_classification": "Emotions in text",
    "image_classification": "Emotions in images",
    "domain_generalization": "Unseen domains",
    "language_modeling": "Language modelling",
    "portrait_animation": "Portrait animation",
}


def show(shown: Shown) -> None:
    """Draws the page."""
    st.title("Emotion models, measured")
    show_live(shown.project)
    st.markdown(
        "Datasets and benchmarks for recognising, writing and animating emotions, rebuilt from their papers; every score is traced back to its runs. "
        "**The datasets built here are synthetic**, put together from authored kits or rendered by programs; tasks on real data say so, and need a copy of it."
    )
    _numbers(shown)
    if not shown.overview.profiles:
        st.info("There are no runs yet. `make repro` makes the datasets, trains the models and fills this board.", icon=":material/hourglass_empty:")
        _broken(shown)
        return
    profile = _profile(shown)
    entries = [entry for entry in shown.entries(profile) if entry.measured]
    st.subheader("Who leads")
    _leaders(shown, entries, profile)
    _claims(shown, profile)
    _datasets(shown)
    _latest(shown)
    _unavailable(shown, profile)
    _broken(shown)


def _numbers(shown: Shown) -> None:
    overview = shown.overview
    measured = [entry for entry in overview.tasks if entry.measured]
    models = {line.model for line in shown.runs() if line.status == "complete"}
    tasks = len({entry.task for entry in measured})
    numbers = (
        ("Datasets built", f"{len({report.dataset for report in shown.reports().reports})}", "datasets", "Of those declared, the ones with a report here."),
        ("Tasks measured", f"{tasks} of {len(overview.task_titles)}", "leaderboard", "The others need data or machines that were not at hand."),
        ("Models measured", f"{len(models)} of {len(overview.model_titles)}", "leaderboard", "The others are declared for larger machines."),
        ("Runs", f"{overview.runs:,}", "runs", "One model, one task, one seed."),
    )
    with st.container(horizontal=True, gap="small"):
        for label, value, page, help in numbers:
            with st.container(border=True, width=168):
                st.metric(label, value, help=help)
                link(page.capitalize(), page, icon=":material/arrow_forward:")
    if overview.finished:
        st.caption(f"Last run finished {plain(overview.finished)} UTC.")


def _profile(shown: Shown) -> str:
    """The profile in the address; else the one with the most runs."""
    runs = dict.fromkeys(shown.overview.profiles, 0)
    for entry in shown.overview.tasks:
        runs[entry.profile] = runs.get(entry.profile, 0) + entry.runs
    names = sorted(runs, key=lambda name: (-runs[name], name))
    return choose_profile(names)


def _leaders(shown: Shown, entries: Sequence[TaskEntry], profile: str) -> None:
    if not entries:
        st.info(f"Nothing has been measured in the profile {plain(profile)} yet: `make repro PROFILE={plain(profile)}`.", icon=":material/hourglass_empty:")
        return
    single = sum(entry.seeds == 1 for entry in entries)
    st.caption(
        "The best score of every task with its 95 % interval. Models tie when no paired test, adjusted for all pairs of the task, separates them: "
        "where there are ties, the first is not shown to be better."
        + (f" {single} of {len(entries)} leaders have one seed, so their intervals lack the noise of training." if single else "")
    )
    order = {type: place for place, type in enumerate(_TASK_TYPES)}
    with st.container(horizontal=True, gap="small"):
        for entry in sorted(entries, key=lambda entry: order.get(shown.task_type(entry.task), len(order))):
            with st.container(border=True, width=300, height="stretch"):
                _card(shown, entry)


def _card(shown: Shown, entry: TaskEntry) -> None:
    """Few elements, because there is a card for every task and each element costs the browser time."""
    kind = shown.task_type(entry.task)
    lines = [f":small[:gray[{_TASK_TYPES.get(kind, plain(kind))}]]", f"**{plain(shown.task(entry.task), 80)}**"]
    if entry.winner is None or entry.score is None:
        st.markdown("\n\n".join(lines))
        return
    better = ", low is good" if entry.main_metric in LOWER_IS_BETTER else ""
    score = f"**{entry.score.value:.3f}**{_bounds(entry)} :small[:gray[{metric_title(entry.main_metric)}{better}]]"
    ties = f":small[:gray[{_ties(shown, entry)} · {entry.seeds} seed{'' if entry.seeds == 1 else 's'}]]"
    st.markdown("\n\n".join([*lines, f"{plain(shown.model(entry.winner), 80)}  \n{score}  \n{ties}"]), help=_tied_names(shown, entry))
    if 0 <= entry.score.value <= 1 and entry.main_metric not in LOWER_IS_BETTER:
        st.html(interval_bar(entry.score, f"{metric_title(entry.main_metric)} {score_text(entry.score)} on a line from 0 to 1", style()))
    link(f"Table of {plain(entry.task, 64)}", "leaderboard", icon=":material/leaderboard:", profile=entry.profile, task=entry.task)


def _bounds(entry: TaskEntry) -> str:
    found = entry.score
    return f" :small[\\[{found.low:.3f}, {found.high:.3f}\\]]" if found and found.low is not None and found.high is not None else ""


def _ties(shown: Shown, entry: TaskEntry) -> str:
    if not entry.ties:
        return ":material/emoji_events: alone in front" if entry.measured > 1 else "the only model measured"
    return f":material/drag_handle: {len(entry.ties) + 1} of {entry.measured} models tie"


def _tied_names(shown: Shown, entry: TaskEntry) -> str | None:
    return "Not separable from it: " + "; ".join(plain(shown.model(name), 80) for name in entry.ties[:20]) if entry.ties else None


def _claims(shown: Shown, profile: str) -> None:
    """How the papers' claims fare, in a line."""
    try:
        counts = Counter(claim.verdict for claim in shown.claims() if claim.profile == profile)
    except EmohubError:
        # The page Claims says what is wrong with the file.
        return
    if counts:
        st.subheader("What papers claim")
        st.markdown(", ".join(f"**{counts[verdict]}** {verdict}" for verdict in VERDICTS if counts[verdict]) + f", of {counts.total()} claims in this profile.")
    with st.container(horizontal=True, gap="small"):
        link("Claims and their evidence", "claims", icon=":material/gavel:", profile=profile)
        link("What synthetic data is worth", "synthetic", icon=":material/science:", profile=profile)
        link("Compare models", "compare", icon=":material/compare_arrows:", profile=profile)


def _datasets(shown: Shown) -> None:
    newest: dict[str, DatasetReport] = {}
    for report in shown.reports().reports:
        kept = newest.get(report.dataset)
        if kept is None or report.row_count > kept.row_count:
            newest[report.dataset] = report
    if not newest:
        return
    st.subheader("Datasets built here")
    with st.container(horizontal=True, gap="small"):
        for name, report in newest.items():
            with st.container(border=True, width=300, height="stretch"):
                link(plain(shown.dataset(name), 80), "datasets", icon=":material/dataset:", dataset=name)
                passed = sum(gate.passed for gate in report.gates)
                sizes = ", ".join(f"{plain(configuration, 40)} {sum(splits.values()):,}" for configuration, splits in report.rows.items())
                st.markdown(f"{report.row_count:,} rows  \n:small[:gray[{sizes}]]")
                st.caption(
                    f"Version {plain(report.version)}, {_MADE.get(report.engine.kind, plain(report.engine.kind))}, profile {plain(report.profile)}; "
                    f"{passed} of {len(report.gates)} quality gates passed"
                )


_MADE = {"authored": "put together from authored kits", "render": "rendered by a program", "diffusers": "drawn by a diffusion model"}


def _latest(shown: Shown) -> None:
    lines = shown.runs()[:_LATEST]
    if not lines:
        return
    st.subheader("Latest runs")
    # A plain table: the other kind has the browser load a megabyte of code before the first visitor sees anything.
    st.table(pd.DataFrame([_line(shown, line) for line in lines]), border="horizontal", hide_index=True, alt=f"The latest {len(lines)} runs.")
    link(f"All {len(shown.runs()):,} runs", "runs", icon=":material/receipt_long:")


def _line(shown: Shown, line: RunLine) -> Mapping[str, str]:
    score = "–" if line.score is None else f"{line.score:.3f}"
    return {
        "Finished (UTC)": plain(line.finished, 19),
        "Model": plain(shown.model(line.model), 80),
        "Task": plain(shown.task(line.task), 80),
        "Profile, seed": f"{plain(line.profile, 64)}, {line.seed}",
        "Score": f"{score} :small[:gray[{metric_title(line.main_metric)}]]" if line.status == "complete" else plain(line.status, 40),
    }


def _unavailable(shown: Shown, profile: str) -> None:
    reasons: dict[str, list[tuple[str, int]]] = {}
    for entry in shown.overview.tasks:
        if entry.profile == profile:
            for reason, models in entry.unavailable.items():
                reasons.setdefault(reason, []).append((entry.task, len(models)))
    if not reasons:
        return
    st.subheader("What is not here, and why")
    for reason, found in sorted(reasons.items(), key=lambda one: -sum(count for _, count in one[1])):
        pairs = sum(count for _, count in found)
        with st.expander(f"{plain(_short(reason), 160)} · {pairs} model{'' if pairs == 1 else 's'} on {len(found)} task{'' if len(found) == 1 else 's'}"):
            st.markdown(plain(reason, 2000))
            st.caption("; ".join(f"{plain(shown.task(task), 80)} ({count})" for task, count in found))


def _short(reason: str) -> str:
    """The part of a reason before what to do about it."""
    first = reason.partition(": make ")[0].partition(". ")[0]
    return first[:1].upper() + first[1:]


def _broken(shown: Shown) -> None:
    broken = shown.overview.broken
    if broken:
        st.subheader("Files that could not be read")
        title = f"{count_text(len(broken))} result file{'' if len(broken) == 1 else 's'} left out of every table"
        with st.expander(title, icon=":material/broken_image:", expanded=len(broken) < 6):
            for one in broken[:200]:
                st.markdown(f"- {plain(one.place, 200)}: {plain(one.reason)}")
