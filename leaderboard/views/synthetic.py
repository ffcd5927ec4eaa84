"""The page Synthetic data: what training rows that were made here are worth on rows that people wrote and labelled."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import streamlit as st

from hub.results.board.views import TaskEntry
from hub.results.display import metric_title, printable, score_text
from hub.results.synthetic import NO_CONTEXTS, Gap, SizePoint, Sizes, at_equal_rows, gains_of_adding, provenance
from hub.results.table import Row
from leaderboard.address import choose
from leaderboard.charts.sizes import curves_of_both_kinds, curves_of_one_kind, size_curves, spoken
from leaderboard.links import link
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown
from leaderboard.theme import draw, style
from leaderboard.views.profile_choice import choose_profile
from leaderboard.views.synthetic_data import Gathered, RealTest, declared, gathered


def show(shown: Shown) -> None:
    """Draws the page."""
    st.title("Synthetic data")
    st.markdown("Models trained on rows that were made here, on rows that people wrote and labelled, or on both, and always tested on the same real rows.")
    tests = declared(shown).tests
    if not tests or not shown.overview.profiles:
        st.info("No task on real texts is declared, or nothing has been run.", icon=":material/hourglass_empty:")
        return
    profile, test = _choice(shown, tests)
    found = gathered(shown, profile, test.rows)
    sizes = found.sizes
    _provenance(shown, sizes, profile)
    if sizes.points and sizes.metric:
        _one_kind(shown, sizes, sizes.metric)
        _both_kinds(shown, found, sizes.metric)
        _contexts(shown, found)
        _table(shown, sizes, profile)
    else:
        st.info(f"Nothing was measured on {plain(shown.task(test.rows.name))} in the profile {plain(profile)}.", icon=":material/hourglass_empty:")
    _missing(found, test)
    _reported(found.reported)


def _choice(shown: Shown, tests: Sequence[RealTest]) -> tuple[str, RealTest]:
    """Profile and test rows of the address; else those with most runs."""
    names = {test.rows.name: test for test in tests}
    runs = _runs(shown.overview.tasks, tests)
    profiles = sorted(shown.overview.profiles, key=lambda name: (-sum(count for (profile, _), count in runs.items() if profile == name), name))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        profile = choose_profile(profiles)
        ordered = sorted(names, key=lambda name: (-runs.get((profile, name), 0), shown.task(name)))
        name = choose("Real test rows", "task", ordered, shown.task, width=320)
    return profile, names[name]


def _runs(entries: Iterable[TaskEntry], tests: Sequence[RealTest]) -> dict[tuple[str, str], int]:
    """Runs by profile and set of test rows."""
    first = {task: test.rows.name for test in tests for task in test.rows.tasks}
    counts: dict[tuple[str, str], int] = {}
    for entry in entries:
        if entry.task in first:
            key = (entry.profile, first[entry.task])
            counts[key] = counts.get(key, 0) + entry.runs
    return counts


def _provenance(shown: Shown, sizes: Sizes, profile: str) -> None:
    datasets = declared(shown).datasets
    wanted = {datasets[source] for source in sizes.sources if source in datasets} or set(datasets.values())
    for said in provenance(shown.reports().reports, wanted, profile, shown.dataset):
        st.info(plain(said, 1000), icon=":material/draw:")


def _source(shown: Shown, source: str) -> str:
    return printable(shown.task(source).replace("Emo Pillars (rebuild), ", ""), 60)


def _one_kind(shown: Shown, sizes: Sizes, metric: str) -> None:
    curves = curves_of_one_kind(sizes, shown.model, partial(_source, shown))
    if not curves:
        return
    st.subheader("Train on one kind, test on real")
    st.caption(
        f"{metric_title(metric)} on the same {sizes.test_rows or 0:,} real test rows over the number of training rows; bars are 95 % intervals. "
        "One recipe throughout: the curves differ in what was trained on and in nothing else. A model that saw synthetic rows alone is tuned on real "
        "validation rows in one number, its threshold."
    )
    draw(size_curves(curves, metric, "Training rows (logarithmic)", style()), alt="Score over training rows. " + spoken(curves))


def _both_kinds(shown: Shown, found: Gathered, metric: str) -> None:
    both = found.sizes.of("real + synthetic")
    if not both:
        return
    st.subheader("Real rows, with and without synthetic ones first")
    curves = curves_of_both_kinds(found.sizes, shown.model, partial(_source, shown))
    draw(size_curves(curves, metric, "Real training rows (logarithmic)", style()), alt="Score over real training rows. " + spoken(curves))
    for gap in gains_of_adding(found.sizes, found.comparisons):
        lead = f"{gap.first.real_rows:,} real rows with {gap.first.synthetic_rows:,} synthetic ones first, against the same real rows alone"
        st.markdown(f"- {lead}: {_difference(gap)}")


def _contexts(shown: Shown, found: Gathered) -> None:
    sources = found.sizes.sources
    if len(sources) < 2:
        return
    st.subheader("Contextual against context-less, at about equal numbers of rows")
    for other in sources[1:]:
        gap = at_equal_rows(found.sizes, other, sources[0], found.comparisons)
        if gap is None:
            st.caption(
                f"No two models trained on synthetic rows alone have about as many rows of {plain(shown.task(other))} and {plain(shown.task(sources[0]))}."
            )
            continue
        first, second = (
            f"**{point.score.value:.3f}** with {point.synthetic_rows:,} rows of {plain(_source(shown, point.source or ''))}"
            for point in (gap.first, gap.second)
        )
        st.markdown(f"{first}, {second}. The difference is {_difference(gap)}.")
    st.caption(NO_CONTEXTS)


def _difference(gap: Gap) -> str:
    found = gap.gain
    if found is None or gap.comparison is None:
        return f"{gap.first.score.value - gap.second.score.value:+.3f}, without a paired test"
    word = "better" if found[0] >= 0 else "worse"
    verdict = f"separably {word}" if gap.comparison.separable else "not separable"
    return f"{found[0]:+.3f} [{found[1]:+.3f}, {found[2]:+.3f}], {verdict} ({plain(gap.comparison.variance, 80)})"


def _table(shown: Shown, sizes: Sizes, profile: str) -> None:
    with st.expander("All points as a table"):
        ordered = sorted(sizes.points, key=lambda point: (point.training, point.synthetic_rows, point.real_rows))
        st.dataframe([_cells(shown, point) for point in ordered], hide_index=True, width="stretch")
        with st.container(horizontal=True, gap="small"):
            for task in dict.fromkeys(point.task for point in ordered):
                link(plain(shown.task(task), 60), "leaderboard", icon=":material/leaderboard:", profile=profile, task=task)


def _cells(shown: Shown, point: SizePoint) -> Mapping[str, object]:
    return {
        "Trained on": point.training,
        "Model": printable(shown.model(point.model), 80),
        "Real rows": point.real_rows,
        "Synthetic rows": point.synthetic_rows,
        "Synthetic rows from": _source(shown, point.source) if point.source else "–",
        "Score [95 %]": score_text(point.score),
        "Seeds": point.seeds,
        "Task": printable(shown.task(point.task), 80),
    }


def _missing(found: Gathered, test: RealTest) -> None:
    for sentence in (*found.sizes.left_out, *found.unread):
        st.caption(f":material/info: Left out: {plain(sentence)}.")
    if not found.missing:
        return
    with st.expander(
        f"{len(found.missing)} point{'' if len(found.missing) == 1 else 's'} not measured yet, and the commands for it", expanded=not found.sizes.points
    ):
        if test.how_to_get:
            st.markdown(plain(test.how_to_get, 600))
        st.code("\n".join([f"export {test.variable}=PATH", *found.missing]), language="bash")


def _reported(rows: Sequence[Row]) -> None:
    if not rows:
        return
    st.subheader("What others report")
    st.caption("Not measured here, and with other data, models or machines: read them as what was said elsewhere, not as points of the curves above.")
    st.dataframe(
        [
            {
                "Model": printable(row.model, 100),
                "Metric": metric_title(row.main_metric),
                "Score": row.main.value if row.main else None,
                "Confidence": printable(row.confidence or "–", 40),
                "Source": printable(row.source or "–", 200),
                "Comparable": "yes, as far as is known" if row.comparable else "no",
                "Note": printable(row.note or "", 400),
            }
            for row in rows
        ],
        hide_index=True,
        width="stretch",
    )
