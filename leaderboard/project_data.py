"""What the pages show, read through hub and kept in memory until a file changes."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from hub.errors import EmohubError
from hub.paths import Project
from hub.results.board import baselines, run_elsewhere
from hub.results.datasets import DatasetReports, read_dataset_reports
from hub.results.imported import Imported, imported_folder, read_imported
from hub.results.store import BrokenRecord, Results, read_results
from hub.results.table import Row, leaderboard_rows
from hub.spec import Registry
from hub.spec.reported import ReportedNumber, read_reported, reported_file

Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Shown:
    """Everything the pages need. Names without a title are their own title."""

    root: Path
    """Of the project."""
    results: Results
    imported: Imported
    reports: DatasetReports
    rows: tuple[Row, ...]
    task_titles: dict[str, str]
    task_summaries: dict[str, str]
    task_types: dict[str, str]
    model_titles: dict[str, str]
    dataset_titles: dict[str, str]
    declaration_errors: tuple[str, ...]

    @property
    def broken(self) -> tuple[BrokenRecord, ...]:
        return self.results.broken + self.imported.broken + self.reports.broken

    def task(self, name: str) -> str:
        return self.task_titles.get(name, name)

    def model(self, name: str) -> str:
        return self.model_titles.get(name, name)

    def dataset(self, name: str) -> str:
        return self.dataset_titles.get(name, name)


def load_shown() -> Shown | None:
    """Returns what there is to show; None outside a project."""
    try:
        project = Project.find(Path(__file__).parent)
    except EmohubError:
        return None
    return _load(str(project.root), _stamp(project))


@st.cache_resource(max_entries=2, show_spinner=False)
def _load(root: str, stamp: Stamp) -> Shown:
    project = Project(Path(root))
    registry = Registry(project)
    errors: list[str] = []
    tasks, summaries, types, models, datasets = {}, {}, {}, {}, {}
    for name in registry.files("task"):
        try:
            spec = registry.task(name)
            tasks[name], summaries[name], types[name] = spec.title, spec.summary, spec.type
        except EmohubError:
            errors.append(f"task {name}")
    for name in registry.files("model"):
        try:
            models[name] = registry.model(name).title
        except EmohubError:
            errors.append(f"model {name}")
    for name in registry.files("dataset"):
        try:
            datasets[name] = registry.dataset(name).title
        except EmohubError:
            errors.append(f"dataset {name}")
    results = read_results(project)
    plain = baselines(registry) if not any(error.startswith("model") for error in errors) else frozenset()
    imported = read_imported(project)
    rows = leaderboard_rows(results, _reported(project, errors), plain, run_elsewhere(registry, results) if not errors else (), imported.results)
    return Shown(project.root, results, imported, read_dataset_reports(project), rows, tasks, summaries, types, models, datasets, tuple(errors))


def _reported(project: Project, errors: list[str]) -> tuple[ReportedNumber, ...]:
    try:
        return read_reported(project.root)
    except EmohubError:
        errors.append("the reported numbers")
        return ()


def _stamp(project: Project) -> Stamp:
    """Changes when a file that the pages read is written."""
    files = [
        *project.runs.glob("*/*/*/*.json"),
        *imported_folder(project).glob("*/*/*/*.json"),
        *(project.root / "results" / "datasets").glob("*/*.json"),
        *(path for kind in ("dataset", "task", "model") for path in Registry(project).files(kind).values()),
        reported_file(project.root),
    ]
    found = []
    for path in sorted(files):
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)
