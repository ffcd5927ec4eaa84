"""The page Compare: two or more models of one task, from their scores down to single rows."""

from collections.abc import Callable, Sequence
from itertools import combinations

import streamlit as st

from hub.errors import EmohubError
from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import metric_title, printable, score_text
from hub.results.standings import Comparison
from hub.results.table import Row
from leaderboard.address import PAGE, choose, choose_several
from leaderboard.charts.differences import Difference, differences
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown
from leaderboard.theme import draw, style
from leaderboard.views.compare import animations, calibration, confusion, examples, parts, texts
from leaderboard.views.compare.reading import Compared

_MOST_MODELS = 6
Aspect = Callable[[Compared], None]
_CLASSES: dict[str, Aspect] = {
    "Disagreements": examples.show,
    "Classes": parts.show,
    "Confusions": confusion.show,
    "Calibration": calibration.show,
}
_ASPECTS: dict[str, dict[str, Aspect]] = {
    "language_modeling": {"Texts": texts.show, "Ways of decoding": parts.show},
    "portrait_animation": {"Animations": animations.show, "Styles and motions": parts.show},
}
"""What can be looked at, by type of task; every other type is of classes."""


def show(shown: Shown) -> None:
    """Draws the page."""
    st.title("Compare")
    st.markdown("What separates the models of a task, from their scores down to single rows.")
    found = _chosen(shown)
    if found is None:
        return
    _differences(found)
    aspects = _ASPECTS.get(shown.task_type(found.board.task), _CLASSES)
    aspect = choose("Look at", "aspect", list(aspects), buttons=True, forgets=(PAGE,))
    try:
        aspects[aspect](found)
    except EmohubError as error:
        st.info(plain(str(error)), icon=":material/visibility_off:")


def _chosen(shown: Shown) -> Compared | None:
    """Lets the reader choose; None where there are not two models to compare."""
    tasks = {profile: [entry.task for entry in shown.entries(profile) if entry.measured > 1] for profile in shown.overview.profiles}
    profiles = [profile for profile, found in tasks.items() if found]
    if not profiles:
        st.info("No task has scores of two models yet. Run one more model: `emohub bench TASK MODEL`.", icon=":material/hourglass_empty:")
        return None
    first, second, third = st.columns([1, 3, 1], vertical_alignment="bottom")
    profile = choose("Profile", "profile", profiles, place=first, forgets=(PAGE,))
    task = choose("Task", "task", tasks[profile], shown.task, place=second, forgets=(PAGE,))
    board = shown.board(profile, task)
    measured = {row.model: row for row in board.rows if row.status == "measured" and row.seeds}
    models = list(measured)
    chosen = choose_several(
        "Models",
        "model",
        models,
        lambda model: printable(shown.model(model), 80),
        models[:2],
        forgets=(PAGE,),
        max_selections=_MOST_MODELS,
        help="The first two named are those whose disagreements are shown; with more, choose the pair below.",
    )
    rows = tuple(measured[model] for model in chosen if model in measured)
    seed = _seed(third, rows)
    if len(rows) < 2:
        st.info("Choose two models or more.", icon=":material/compare_arrows:")
        return None
    return Compared(shown, board, rows, seed)


def _seed(place: "st.delta_generator.DeltaGenerator", rows: Sequence[Row]) -> int:
    """Lets the reader choose among the seeds that all models with several ran."""
    several = [set(row.seeds) for row in rows if len(row.seeds) > 1]
    shared = sorted(set.intersection(*several)) if several else sorted({row.seeds[0] for row in rows})[:1]
    options = shared or sorted({seed for row in rows for seed in row.seeds})
    if not options:
        return 0
    help = "Of what is shown below the differences, which are over all seeds."
    return int(choose("Seed", "seed", [str(seed) for seed in options], place=place, forgets=(PAGE,), help=help))


def _differences(found: Compared) -> None:
    metric = found.rows[0].main_metric
    pairs = [_comparison(found, first, second) for first, second in combinations(range(len(found.rows)), 2)]
    tested = [pair for pair in pairs if pair is not None]
    st.subheader(f"Difference in {metric_title(metric)}")
    _scores(found)
    if len(tested) < len(pairs):
        st.caption(
            f"{len(pairs) - len(tested)} of {len(pairs)} pairs cannot be tested: they ran on other data, share no seed, or nothing is known of their error."
        )
    if not tested:
        return
    drawn = [Difference(_name(found, one), one.gain, one.low, one.high, one.separable) for one in tested]
    spoken = "; ".join(f"{one.name} {one.gain:+.3f} [{one.low:+.3f}, {one.high:+.3f}]" for one in drawn)
    draw(differences(drawn, style()), alt=f"Paired differences in {metric_title(metric)} with 95 % intervals: {spoken}.")
    st.dataframe(
        [_cells(found, one) for one in tested],
        hide_index=True,
        placeholder="–",
        column_config={
            "Gain": st.column_config.NumberColumn(
                format="%+.4f", help="Of the first named over the second, turned so that more is better; over all shared seeds."
            ),
            "P(first is better)": st.column_config.NumberColumn(format="%.3f", help="One-sided confidence that the gain is above 0, for this pair alone."),
            "Adjusted p": st.column_config.NumberColumn(format="%.4f", help="Two-sided, by Holm's method over all pairs of the task in this profile."),
            "Effect size": st.column_config.NumberColumn(
                format="%.2f", help="Cohen's d of the seeds' paired differences with Hedges' correction; needs several seeds."
            ),
        },
        alt=f"The {len(tested)} paired tests behind the chart.",
    )
    st.caption(
        "Separable: the adjusted p is below 0.05. "
        + ("Less is better for this metric; gains are turned so that positive is better. " if metric in LOWER_IS_BETTER else "")
        + "Intervals are of each pair alone and not adjusted, so that one may leave out 0 and the pair still not be separable."
    )


def _scores(found: Compared) -> None:
    with st.container(horizontal=True, gap="small"):
        for row, title in zip(found.rows, found.titles, strict=True):
            rank = f"rank {row.rank}" if row.rank == row.rank_high else f"rank {row.rank} to {row.rank_high}"
            seeds = f"{len(row.seeds)} seeds" if len(row.seeds) > 1 else "one seed"
            with st.container(border=True, width=260, gap="xsmall"):
                st.markdown(f"**{plain(title)}**")
                st.markdown(plain(score_text(row.main)))
                st.caption(f"{rank}, {seeds}")


def _comparison(found: Compared, first: int, second: int) -> Comparison | None:
    """The pair's test, in the direction in which it was asked for."""
    names = found.models[first], found.models[second]
    for one in found.board.comparisons:
        if (one.first, one.second) == names:
            return one
        if (one.second, one.first) == names:
            return one.turned
    return None


def _name(found: Compared, one: Comparison) -> str:
    titles = dict(zip(found.models, found.titles, strict=True))
    return f"{printable(titles[one.first], 60)} over {printable(titles[one.second], 60)}"


def _cells(found: Compared, one: Comparison) -> dict[str, object]:
    return {
        "Pair": _name(found, one),
        "Gain": one.gain,
        "95 % interval": f"{one.low:+.4f} to {one.high:+.4f}",
        "P(first is better)": one.probability,
        "Adjusted p": one.adjusted,
        "Separable": "yes" if one.separable else "no",
        "Effect size": one.effect_size,
        "Seeds": one.seeds,
        "The interval covers": one.variance,
    }
