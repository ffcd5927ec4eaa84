"""Everything an export shows, read once through hub.results."""

import re
from dataclasses import dataclass

from hub.errors import EmohubError
from hub.paths import Project
from hub.results.board.claims_view import JudgedClaim, read_claims
from hub.results.board.freshness import inputs_digest
from hub.results.board.reading import read_overview, read_run_lines, read_task_board
from hub.results.board.views import Overview, RunLine, TaskBoard, TaskEntry, Titled
from hub.results.datasets import DatasetReport, read_dataset_reports
from hub.results.display import printable
from hub.results.releases import ReleaseRecord, read_releases
from hub.results.store import BrokenRecord

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Material:
    """Names without a title are their own title; every title is printable."""

    project: Project
    overview: Overview
    boards: tuple[TaskBoard, ...]
    runs: tuple[RunLine, ...]
    claims: tuple[JudgedClaim, ...]
    reports: tuple[DatasetReport, ...]
    releases: tuple[ReleaseRecord, ...]
    broken: tuple[BrokenRecord, ...]
    stale: bool
    """Results or declarations changed after the board was made."""

    def task(self, name: str) -> str:
        return _title(self.overview.task_titles.get(name), name)

    def model(self, name: str) -> str:
        return _title(self.overview.model_titles.get(name), name)

    def dataset(self, name: str) -> str:
        return _title(self.overview.dataset_titles.get(name), name)

    def entry(self, profile: str, task: str) -> TaskEntry:
        return next(entry for entry in self.overview.tasks if (entry.profile, entry.task) == (profile, task))


def read_material(project: Project) -> Material:
    """Reads the board and what lies beside it.

    Raises:
        EmohubError: there is no readable board, or it names a profile or task that cannot be the name of a page.
    """
    overview = read_overview(project)
    for entry in overview.tasks:
        for name in (entry.profile, entry.task):
            if not _NAME.fullmatch(name):
                raise EmohubError(f"overview.json: {printable(name, 80)!r} is no name of a profile or task; write it again with `emohub board`")
    boards = tuple(read_task_board(project, entry.profile, entry.task) for entry in overview.tasks)
    reports, releases = read_dataset_reports(project), read_releases(project)
    return Material(
        project,
        overview,
        boards,
        read_run_lines(project),
        read_claims(project),
        reports.reports,
        releases.records,
        (*overview.broken, *releases.broken),
        inputs_digest(project) != overview.inputs,
    )


def _title(found: Titled | None, name: str) -> str:
    return printable(found.title if found else name, 120)
