"""The page Leaderboard: one task, its models with ranks and intervals, and what others report."""

from collections.abc import Sequence

import streamlit as st

from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import metric_title, printable, rank_text, score_text
from hub.results.table import Row
from leaderboard.address import choose, put
from leaderboard.charts.scores import MOST_DRAWN, intervals, tie_groups
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown
from leaderboard.theme import draw_kept
from leaderboard.views.standings import elsewhere, filters, table

_MOST_NAMED = 5
_HOW_TO_READ = """
**Rank** is 1 + the number of models that are *separably better*: a paired test on the same test rows calls the difference real, at 5 %, after Holm's
correction over all pairs of the task. So models that no test separates can share a rank, whatever their scores; brackets in the chart and the
table join them, and *Tied with* names every model that none of the tests separates from this one. Where the records hold nothing to pair by, the two
intervals stand in, as if the models had been tested apart, which is more cautious.

**Rank interval** “2–5” says: with 95 % confidence, for all models of the task at once, the true rank lies from 2 to 5. A tie is not a proof of
equality; it may only mean that the test set is too small to tell.

**The line around a score** is its 95 % interval. Two intervals may overlap and the models still be separable, because the test compares
them row by row on the same data. How each interval came about stands under the chart.

**One seed**: the interval then covers the choice of test rows alone. What another training run would change is not in it, so a single seed looks more
certain than it is. Several seeds: their spread is in the interval.

**Hollow diamonds and crosses** are numbers from papers and results sent in by others. Nobody here measured them, and they have no rank.

*Not measured* means that nobody recorded it; it is never zero.
"""


def show(shown: Shown) -> None:
    """Draws the page."""
    st.title("Leaderboard")
    profile, task = _choose(shown)
    board = shown.board(profile, task)
    _about(shown, task)
    wanted = filters.ask(board.rows, shown)
    kept = wanted.apply(board.rows, shown)
    measured = [row for row in board.rows if row.status == "measured"]
    ours = [row for row in kept if row.status == "measured"]
    if not measured:
        _nothing_measured(shown, profile, task)
        elsewhere.draw(kept, shown, _main_metric(board.rows), alone=True)
        if kept:
            table.downloads([row for status in elsewhere.ORDER for row in kept if row.status == status], (), shown, f"{profile}-{task}")
        return
    _headline(shown, measured)
    if wanted.narrowed:
        st.caption(f":material/filter_alt: {len(ours)} of {len(measured)} measured models pass the filters; their ranks are those among all {len(measured)}.")
    picture = st.container()
    if ours:
        ordered, columns = table.draw(shown, ours, measured, f"{profile}-{task}")
        with picture:
            _chart(shown, ordered, kept)
    else:
        ordered, columns = [], ()
        picture.info("No measured model passes the filters. “Reset filters” in the sidebar brings all back.", icon=":material/filter_alt_off:")
    others = [row for status in elsewhere.ORDER for row in kept if row.status == status]
    if ordered or others:
        table.downloads([*ordered, *others], columns, shown, f"{profile}-{task}")
    elsewhere.draw(kept, shown, _main_metric(board.rows))


def _choose(shown: Shown) -> tuple[str, str]:
    profiles = sorted(shown.overview.profiles, key=lambda name: name != "local")
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with right:
        profile = choose("Profile", "profile", profiles, help="How much was computed: local is small and quick, study has several seeds, paper is full size.")
    entries = {entry.task: entry for entry in shown.entries(profile)}

    def title(name: str) -> str:
        count = entries[name].measured
        return f"{printable(shown.task(name), 100)} · {f'{count} measured' if count else 'none measured'}"

    with left:
        task = choose("Task", "task", list(entries), title)
    return profile, task


def _about(shown: Shown, task: str) -> None:
    about = shown.overview.task_titles.get(task)
    if about is None:
        return
    if about.summary:
        st.markdown(plain(about.summary, 600))
    if about.citation:
        cited = plain(about.citation, 300)
        # Only an address of the web, without what would end the link or begin another one.
        safe = about.url.startswith(("https://", "http://")) and not set(about.url) & set(" ()<>[]\\\n")
        st.markdown(f":small[:material/menu_book: [{cited}]({about.url})]" if safe else f":small[:material/menu_book: {cited}]")


def _headline(shown: Shown, measured: Sequence[Row]) -> None:
    """The outcome in a sentence."""
    best = measured[0]
    name, score = plain(shown.model(best.model), 80), score_text(best.main)
    metric = metric_title(best.main_metric)
    if len(measured) == 1:
        st.markdown(f"**{name}** is the only model that was measured: {metric} {plain(score)}. With nothing beside it, its rank says nothing.")
    elif not best.ties:
        st.markdown(f"**{name}** is first and alone there: {metric} {plain(score)}, separably better than all {len(measured) - 1} others.")
    else:
        others = ", ".join(plain(shown.model(model), 80) for model in best.ties[:_MOST_NAMED])
        more = f" and {len(best.ties) - _MOST_NAMED} more" if len(best.ties) > _MOST_NAMED else ""
        first = sum(row.rank == 1 for row in measured)
        shared = f"{first} of {len(measured)} models share rank 1" if first > 1 else "it alone has rank 1"
        st.markdown(f"**{name}** stands first with {metric} {plain(score)}, but no test separates it from {others}{more}; {shared}.")


def _chart(shown: Shown, ordered: Sequence[Row], kept: Sequence[Row]) -> None:
    metric = ordered[0].main_metric
    ours = [row for row in ordered if row.main is not None and row.main_metric == metric]
    beside = [row for row in kept if row.status in ("reported", "imported") and row.comparable and row.main is not None and row.main_metric == metric]
    drawn = [*ours[:MOST_DRAWN], *beside[:MOST_DRAWN]]
    if not drawn:
        return
    names = {row.model: shown.model(row.model) for row in ours}
    spoken = "; ".join(f"{names[row.model]} {score_text(row.main)}, rank {rank_text(row)}" for row in ours[:MOST_DRAWN])
    direction = "lower" if metric in LOWER_IS_BETTER else "higher"
    spoken = f"{metric_title(metric)} with 95 % intervals, {direction} is better: {spoken}."
    key = (shown.overview.inputs, *(f"{row.status} {row.profile} {row.task} {row.model} {row.submitted_by} {row.source}" for row in drawn))
    draw_kept(lambda style: intervals(drawn, names, style), spoken, *key)
    if len(ours) > MOST_DRAWN:
        st.caption(f"The chart holds the first {MOST_DRAWN} of {len(ours)} models in the order below; the table holds all.")
    bracket = "; a bracket joins models that share it" if any(group.last > group.first for group in tie_groups(drawn)) else ""
    sources = sorted({row.interval for row in ours if row.interval})
    st.caption(f"The number at the left is the rank{bracket}. Intervals: {plain('; '.join(sources))}.")
    with st.expander("How to read this", icon=":material/help:"):
        st.markdown(_HOW_TO_READ)


def _nothing_measured(shown: Shown, profile: str, task: str) -> None:
    others = [entry.profile for entry in shown.overview.tasks if entry.task == task and entry.profile != profile and entry.measured]
    st.info(f"No model of this task was measured in the profile {plain(profile)}.", icon=":material/hourglass_empty:")
    for other in others:
        st.button(f"Show it in the profile {plain(other)}", icon=":material/arrow_forward:", on_click=put, args=("profile", [other]), key=f"go-{other}")


def _main_metric(rows: Sequence[Row]) -> str:
    """That of our own lines; others may report another one."""
    return next((row.main_metric for row in rows if row.profile is not None), rows[0].main_metric if rows else "")
