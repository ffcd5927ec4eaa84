"""The versions of a dataset, where each is, and what changed between two."""

import pandas as pd
import streamlit as st

from hub.errors import EmohubError
from hub.publish.inspection.differences import Differences
from hub.results.browsing.versions import BUILT, PublishedVersion
from hub.results.display import printable
from leaderboard.address import choose
from leaderboard.plain_text import plain
from leaderboard.views.datasets.data import Chosen, difference_of
from leaderboard.views.datasets.quality import gates

_LEVELS = {
    "major": "what a reader's code relies on is gone or means something else",
    "minor": "rows, labels or columns changed",
    "patch": "card, plots and metadata changed",
}


def show(chosen: Chosen) -> None:
    """Draws the view."""
    for broken in chosen.releases().broken:
        st.warning(f"A release record is broken and left out: {plain(broken.place, 100)}: {plain(broken.reason)}", icon=":material/report:")
    versions = chosen.versions()
    if not versions:
        st.info("Nothing of it has been published in this profile.", icon=":material/hourglass_empty:")
        st.code(f"emohub publish {chosen.dataset} --version v0.1.0", language="bash")
        return
    _table(versions)
    left, right = st.columns(2, gap="large")
    with left:
        _difference(chosen, versions)
    with right:
        _gates(versions)


def _table(versions: tuple[PublishedVersion, ...]) -> None:
    lines = [
        {
            "Version": f"{version.name} (draft {version.record.version})" if version.record.tag is None else version.name,
            "Rows": version.record.row_count,
            "MB": round(version.record.bytes / 1e6, 1),
            "Gates": f"{version.failed_gates} of {len(version.record.gates)} fail" if version.failed_gates else f"all {len(version.record.gates)} hold",
            "Forced": printable(version.record.forced or "no", 200),
            "Repository": printable(version.record.repository, 120),
            "Revision": version.record.revision[:12],
            "Code": printable(version.record.code or "–", 30),
            "Files here": "yes" if version.folder else "no",
        }
        for version in versions
    ]
    shown = {"Rows": st.column_config.NumberColumn(format="localized"), "MB": st.column_config.NumberColumn(format="%.1f")}
    st.dataframe(
        pd.DataFrame(lines), hide_index=True, key="versions", column_config=shown, alt=f"{len(versions)} versions: {', '.join(one.name for one in versions)}."
    )
    for version in versions:
        if version.record.forced:
            st.caption(f"{plain(version.name, 60)} was published although a gate did not hold: {plain(version.record.forced)}")


def _difference(chosen: Chosen, versions: tuple[PublishedVersion, ...]) -> None:
    st.subheader("What changed")
    built = [BUILT] if chosen.shown.project.published(chosen.dataset).is_dir() else []
    names = [*built, *(version.name for version in versions)]
    at_hand = [*built, *(version.name for version in versions if version.folder)]
    if len(names) < 2:
        st.caption("There is only one version, and no build here to compare it with.")
        return

    def title(name: str) -> str:
        return "the newest build" if name == BUILT else name if name in at_hand else f"{name} (not here)"

    fallback = names if len(at_hand) < 2 else at_hand
    with st.container(horizontal=True, gap="small"):
        old = choose("From", "old", names, title, fallback[1])
        new = choose("To", "new", names, title, fallback[0])
    if old == new:
        st.caption("Choose two different versions.")
        return
    try:
        found = difference_of(chosen, old, new)
    except EmohubError as error:
        st.info(f"The two cannot be compared: {plain(str(error))}.", icon=":material/info:")
        return
    _changes(found)


def _changes(found: Differences) -> None:
    if found.level is None:
        st.markdown("Nothing changed.")
        return
    st.markdown(f"A **{found.level}** step: {_LEVELS[found.level]}.")
    for title, changes in (("Schema", found.schema), ("Card and files", found.card)):
        if changes:
            st.markdown(f"**{title}**")
            st.markdown("\n".join(f"- {plain(change.text, 300)} ({change.level})" for change in changes[:60]))
    for one in found.rows:
        st.markdown(f"**Rows of {plain(one.configuration, 80)}**")
        kinds = {"Added": one.added, "Removed": one.removed, "Moved to another split": one.moved, "Relabelled": one.relabelled, "Edited": one.edited}
        lines = [f"{what}: {rows}" for what, rows in kinds.items() if rows.count]
        lines += [f"Changed columns: {', '.join(f'{name} ({count:,})' for name, count in one.columns[:20])}"] if one.columns else []
        st.markdown("\n".join(f"- {plain(line, 500)}" for line in [*lines, *one.statistics[:40]]))


def _gates(versions: tuple[PublishedVersion, ...]) -> None:
    st.subheader("Gates of a version")
    name = choose("Version", "version", [version.name for version in versions])
    gates(next(version for version in versions if version.name == name).record.gates, "version-gates")
