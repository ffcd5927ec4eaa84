"""What every page begins with: the board, or why there is none and what to do."""

from collections.abc import Callable

import streamlit as st

from hub.errors import EmohubError
from hub.paths import Project
from hub.results.board import write_board
from hub.spec import Registry
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown, find_project, load_shown

Page = Callable[[Shown], None]


def opened(draw: Page) -> Callable[[], None]:
    """Returns the page that draws `draw` where there is a board, and says what to do where there is none."""

    def page() -> None:
        project = find_project()
        if project is None:
            st.error("This is not inside an emohub project. Start the app in the folder that holds dvc.yaml, or name it in EMOHUB_ROOT.")
            return
        try:
            shown = load_shown(project)
        except EmohubError as error:
            _without_board(project, error)
            return
        if not shown.overview.runs and not shown.overview.broken and not shown.stale:
            _empty()
            return
        if shown.stale:
            _stale(project)
        try:
            draw(shown)
        except EmohubError as error:
            st.error(plain(str(error)))

    return page


def _empty() -> None:
    st.title("Emotion models, measured")
    st.info("There are no runs yet.", icon=":material/hourglass_empty:")
    st.markdown("Make the datasets, train the models and fill this board; it takes some minutes on a laptop and downloads no data:")
    st.code("make repro", language="bash")
    st.markdown("Then reload this page.")


def _without_board(project: Project, error: EmohubError) -> None:
    if not any(project.runs.glob("*/*/*/*.json")):
        _empty()
        return
    st.title("Emotion models, measured")
    st.warning(f"There are runs, but no board of them. {plain(str(error))}.", icon=":material/table_chart:")
    _make(project, "Make the board")


def _stale(project: Project) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(":material/update: Results or declarations changed after this board was made.", width="content")
        _make(project, "Bring it up to date")


def _make(project: Project, label: str) -> None:
    if st.button(label, key="make-board"):
        try:
            with st.spinner("Reading all runs and testing every pair of models"):
                write_board(project, Registry(project))
        except EmohubError as error:
            st.error(plain(str(error)))
        except OSError as error:
            st.error(f"The board cannot be written here ({error.strerror}). Run `emohub board` where the project is.")
        else:
            st.rerun()
