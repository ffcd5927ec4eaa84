"""What the pages show, read through hub.results and kept in memory until a file changes. The board is made by `emohub board`; nothing is computed here."""

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from hub.errors import EmohubError
from hub.paths import Project
from hub.results.board.claims_view import JudgedClaim, read_claims
from hub.results.board.freshness import inputs_digest
from hub.results.board.reading import overview_file, read_overview, read_run_lines, read_task_board, runs_file, task_file
from hub.results.board.views import Overview, RunLine, TaskBoard, TaskEntry, Titled
from hub.results.comparing.pictures import Animation, read_animations
from hub.results.datasets import DatasetReports, read_dataset_reports
from hub.results.record import RunRecord, read_record
from leaderboard.kept import kept, kept_large, stamp, stamps

_SECONDS_BETWEEN_CHECKS = 5.0
_FIRST_WAIT, _LATER_WAIT = 0.3, 0.02
"""Seconds that a page waits for a check, when there was none yet and afterwards."""


@dataclass(frozen=True)
class Shown:
    """The board of a project, and how its things are called. Names without a title are their own title."""

    project: Project
    overview: Overview

    def task(self, name: str) -> str:
        return _title(self.overview.task_titles, name)

    def task_type(self, name: str) -> str:
        found = self.overview.task_titles.get(name)
        return found.kind if found else ""

    def model(self, name: str) -> str:
        return _title(self.overview.model_titles, name)

    def dataset(self, name: str) -> str:
        return _title(self.overview.dataset_titles, name)

    def entries(self, profile: str) -> tuple[TaskEntry, ...]:
        """The tasks of a profile, those with scores first, by title."""
        found = (entry for entry in self.overview.tasks if entry.profile == profile)
        return tuple(sorted(found, key=lambda entry: (not entry.measured, self.task(entry.task))))

    def board(self, profile: str, task: str) -> TaskBoard:
        """Raises EmohubError where its file is broken or missing; both names must be those of an entry."""
        path = task_file(self.project, profile, task)
        return kept(lambda: read_task_board(self.project, profile, task), "board", *stamp(path))

    def runs(self) -> tuple[RunLine, ...]:
        """Every run record in short, the latest first."""
        return kept(lambda: read_run_lines(self.project), "runs", *stamp(runs_file(self.project)))

    def record(self, line: RunLine) -> RunRecord:
        """One whole record; raises EmohubError where it is broken or gone."""
        path = self.project.runs / f"{line.place}.json"
        return kept(lambda: read_record(path), "record", *stamp(path))

    def claims(self) -> tuple[JudgedClaim, ...]:
        """Every claim as each profile decides it; raises EmohubError where the file is broken."""
        return kept(lambda: read_claims(self.project), "claims", *stamp(self.project.board / "claims.json"))

    def reports(self) -> DatasetReports:
        folder = self.project.root / "results" / "datasets"
        return kept(lambda: read_dataset_reports(self.project), "reports", *stamps(*sorted(folder.glob("*/*.json"))))

    def animations(self, record: RunRecord) -> tuple[Animation, ...]:
        """The pictures that a run kept; raises EmohubError where they cannot be read."""
        results = self.project.root / "results"
        written = stamp(results / record.predictions) if record.predictions else ()
        return kept_large(lambda: read_animations(results, record), "animations", str(record.predictions_sha256), *written)

    @property
    def stale(self) -> bool:
        """Whether results or declarations are known to have changed after the board was made."""
        return _watch(str(self.project.root)).latest() not in (None, self.overview.inputs)


def find_project() -> Project | None:
    """Returns the project around this file, or the one that EMOHUB_ROOT names; None outside one."""
    try:
        return Project.find(Path(__file__).parent)
    except EmohubError:
        return None


def load_shown(project: Project) -> Shown:
    """Raises EmohubError where there is no readable board."""
    overview = kept(lambda: read_overview(project), "overview", *stamp(overview_file(project)))
    return Shown(project, overview)


def _title(titles: Any, name: str) -> str:
    found: Titled | None = titles.get(name)
    return found.title if found else name


class _Watch:
    """Looks every few seconds at what the board is made of, in a thread of its own: among ten thousand files that takes longer than a click may."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watch")
        self._check: Future[str] | None = None
        self._begun = 0.0
        self._known: str | None = None

    def latest(self) -> str | None:
        """Returns the digest that was found last, hardly waiting; None while there is none."""
        if self._check is None and time.monotonic() - self._begun > _SECONDS_BETWEEN_CHECKS:
            self._begun = time.monotonic()
            self._check = self._thread.submit(inputs_digest, self._project)
        check = self._check
        if check is not None and wait([check], _LATER_WAIT if self._known else _FIRST_WAIT).done:
            self._check = None
            self._known = check.result()
        return self._known


@st.cache_resource(max_entries=20, show_spinner=False)
def _watch(root: str) -> _Watch:
    return _Watch(Project(Path(root)))
