"""The page Datasets: what each holds, how it came about, how it changed, and its rows one by one."""

import streamlit as st

from hub.errors import EmohubError
from leaderboard.address import PAGE, choose
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown
from leaderboard.views.datasets import about, quality, rows, statistics, versions
from leaderboard.views.datasets.data import Chosen, all_datasets

_VIEWS = {
    "about": ("About", about.show),
    "statistics": ("Statistics", statistics.show),
    "quality": ("Gates and rejects", quality.show),
    "versions": ("Versions", versions.show),
    "rows": ("Rows", rows.show),
}


def show(shown: Shown) -> None:
    """Draws the page. Only the chosen view is read and drawn."""
    st.title("Datasets")
    datasets = all_datasets(shown)
    for broken in shown.reports().broken:
        st.warning(f"A dataset report is broken and left out: {plain(broken.place, 100)}: {plain(broken.reason)}", icon=":material/report:")
    if not datasets:
        st.info("No dataset is declared here, and none has been built.", icon=":material/hourglass_empty:")
        st.markdown("Datasets are declared in `builders/<name>/dataset.yaml`, and made with:")
        st.code("make repro", language="bash")
        return
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        dataset = choose("Dataset", "dataset", list(datasets), lambda name: datasets[name], buttons=True, forgets=("row", PAGE))
        profiles = _profiles(shown, dataset)
        profile = choose("Profile", "profile", profiles, buttons=True, forgets=(PAGE,), help="At which size it was made.") if profiles else ""
    chosen = Chosen.of(shown, dataset, profile)
    if chosen.report is None:
        _without_report(chosen)
    view = choose("View", "view", list(_VIEWS), lambda name: _VIEWS[name][0], buttons=True, label_visibility="collapsed")
    try:
        _VIEWS[view][1](chosen)
    except EmohubError as error:
        st.error(plain(str(error)))


def _profiles(shown: Shown, dataset: str) -> list[str]:
    return sorted({report.profile for report in shown.reports().reports if report.dataset == dataset})


def _without_report(chosen: Chosen) -> None:
    st.info(
        f"There is no report of {plain(chosen.dataset, 80)}: it has not been curated here. What is known without one is shown. To make it:",
        icon=":material/hourglass_empty:",
    )
    st.code(f"dvc repro build@{chosen.dataset}", language="bash")
