"""Writes the pages: HTML that loads nothing and opens from a disk, and every table as CSV, JSON and LaTeX beside it."""

import base64
import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from hub.results.board.claims_view import JudgedClaim
from hub.results.board.views import TaskBoard
from hub.results.datasets import DatasetReport
from hub.results.display import metric_title, printable, score_text
from hub.results.exports import rows_to_csv, rows_to_json, rows_to_latex
from leaderboard.export import board_tables as tables_of
from leaderboard.export.figures import Figure, balance_figures, claim_figure, scores_figure
from leaderboard.export.material import Material
from leaderboard.export.synthetic import synthetic_sections
from leaderboard.export.tables import Table, table_files

MOST_RUNS = 2000
"""On the page; the JSON file holds all."""
_HERE = Path(__file__).parent
_ICON = _HERE.parent / "icon.svg"
_PAGES = (
    ("index.html", "Overview"),
    ("claims.html", "Claims"),
    ("datasets.html", "Datasets"),
    ("runs.html", "Runs"),
    ("synthetic.html", "Synthetic data"),
)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A claim as its page shows it."""

    title: str
    verdict: str
    statement: str
    source: str
    url: str
    notes: str
    figure: Figure | None
    table: Table


@dataclass(frozen=True, slots=True)
class _Dataset:
    """A dataset as its page shows it."""

    title: str
    report: DatasetReport
    rows: Table
    gates: Table
    rejects: Table
    figures: tuple[Figure, ...]


class Site:
    """The pages of one export, in the folder given."""

    def __init__(self, found: Material, folder: Path) -> None:
        self.found = found
        self.folder = folder
        style = (_HERE / "templates" / "style.css").read_text(encoding="utf-8")
        script = (_HERE / "templates" / "tables.js").read_text(encoding="utf-8")
        self.environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
            keep_trailing_newline=True,
        )
        self.environment.globals |= {
            "css": Markup(style),
            "script": Markup(script),
            "icon": f"data:image/svg+xml;base64,{base64.b64encode(_ICON.read_bytes()).decode()}",
            "policy": _policy(style, script),
            "pages": _PAGES,
            "overview": found.overview,
            "stale": found.stale,
        }

    def write(self, tick: Callable[[], None]) -> None:
        """Writes everything, and calls `tick` after each of `count` pages."""
        for page in (self._index, self._claims, self._datasets, self._runs, self._synthetic):
            page()
            tick()
        for board in self.found.boards:
            self._task(board)
            tick()
        for path in sorted(self.found.project.board.rglob("*.json")):
            place = self.folder / "board" / path.relative_to(self.found.project.board)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)

    @property
    def count(self) -> int:
        return len(_PAGES) + len(self.found.boards)

    def _page(self, template: str, page: str, title: str, files: str, tables: Sequence[Table], **values: Any) -> None:
        """Writes a page, and the files of its tables into the folder `files`."""
        root = "../" * page.count("/")
        current = page if root == "" else "index.html"
        text = self.environment.get_template(template).render(title=title, root=root, current=current, folder=files, **values)
        _write(self.folder / page, text)
        for table in tables:
            for ending, content in table_files(table):
                _write(self.folder / files / f"{table.name}.{ending}", content)

    def _index(self) -> None:
        found = self.found
        profiles = [
            (profile, tables_of.overview_table([entry for entry in found.overview.tasks if entry.profile == profile], found, profile))
            for profile in sorted(found.overview.profiles, key=lambda name: -sum(entry.runs for entry in found.overview.tasks if entry.profile == name))
        ]
        broken = tables_of.broken_table(found.broken)
        measured = {entry.task for entry in found.overview.tasks if entry.measured}
        models = {row.model for board in found.boards for row in board.rows if row.status == "measured"}
        facts = (
            (f"{len({report.dataset for report in found.reports})}", "datasets built"),
            (f"{len(measured)} of {len(found.overview.task_titles)}", "tasks with scores"),
            (f"{len(models)}", "models measured"),
            (f"{found.overview.runs:,}", "runs"),
            ((found.overview.finished or "–")[:10], "last run"),
        )
        written = [table for _, table in profiles] + [broken]
        self._page(
            "index.html.jinja",
            "index.html",
            "Emotion models, measured",
            "files",
            written,
            profiles=profiles,
            broken=broken,
            facts=facts,
            unavailable=self._reasons(),
        )

    def _reasons(self) -> list[tuple[str, str]]:
        """Why models were not run, and which tasks that is about."""
        reasons: dict[str, dict[str, int]] = {}
        for entry in self.found.overview.tasks:
            for reason, models in entry.unavailable.items():
                counted = reasons.setdefault(printable(reason, 400), {})
                counted[entry.task] = max(counted.get(entry.task, 0), len(models))
        return [
            (reason, ", ".join(f"{self.found.task(task)} ({count} model{'' if count == 1 else 's'})" for task, count in counted.items()))
            for reason, counted in reasons.items()
        ]

    def _task(self, board: TaskBoard) -> None:
        found = self.found
        titled = found.overview.task_titles.get(board.task)
        standings, pairs = tables_of.standings(board, found), tables_of.pairs(board, found)
        files = f"files/{board.profile}/{board.task}"
        self._page(
            "task.html.jinja",
            tables_of.page_of(board.profile, board.task),
            found.task(board.task),
            files,
            [pairs],
            board=board,
            others=sorted({entry.profile for entry in found.overview.tasks if entry.task == board.task} - {board.profile}),
            summary=printable(titled.summary) if titled else "",
            citation=printable(titled.citation) if titled else "",
            url=_address(titled.url) if titled else "",
            leader=self._leader(board),
            chart=scores_figure(board, found),
            standings=standings,
            pairs=pairs,
        )
        names = {row.model: found.model(row.model) for row in board.rows}
        for ending, content in (("csv", rows_to_csv(board.rows)), ("json", rows_to_json(board.rows)), ("tex", rows_to_latex(board.rows, names=names))):
            _write(self.folder / files / f"{standings.name}.{ending}", content)

    def _leader(self, board: TaskBoard) -> str:
        entry = self.found.entry(board.profile, board.task)
        if entry.winner is None:
            return ""
        ties = tables_of.tied_text(entry.ties, self.found)
        apart = f"No test separates it from {ties}" if ties else "Every other model is separably worse"
        lead = f"{self.found.model(entry.winner)} leads with {score_text(entry.score)} {metric_title(entry.main_metric)}"
        return f"{lead}. {apart}. The interval: {printable(entry.interval or 'none')}."

    def _claims(self) -> None:
        profiles: dict[str, tuple[list[_Claim], list[_Claim]]] = {}
        for claim in self.found.claims:
            decided, undecided = profiles.setdefault(claim.profile, ([], []))
            (undecided if claim.verdict == "no evidence" else decided).append(self._claim(claim))
        shown = sorted(((profile, *sides) for profile, sides in profiles.items()), key=lambda one: -len(one[1]))
        written = [claim.table for _, *sides in shown for side in sides for claim in side]
        self._page("claims.html.jinja", "claims.html", "Claims", "files/claims", written, profiles=shown)

    def _claim(self, claim: JudgedClaim) -> _Claim:
        return _Claim(
            title=printable(claim.title),
            verdict=claim.verdict,
            statement=printable(claim.statement),
            source=printable(claim.source),
            url=_address(claim.url or ""),
            notes=printable(claim.notes),
            figure=claim_figure(claim, self.found),
            table=tables_of.evidence_table(claim, self.found),
        )

    def _datasets(self) -> None:
        datasets = [
            _Dataset(
                self.found.dataset(report.dataset),
                report,
                tables_of.rows_table(report),
                tables_of.gates_table(report),
                tables_of.rejects_table(report),
                balance_figures(report),
            )
            for report in self.found.reports
        ]
        releases = tables_of.releases_table(self.found)
        written = [table for one in datasets for table in (one.rows, one.gates, one.rejects)] + [releases]
        self._page("datasets.html.jinja", "datasets.html", "Datasets", "files/datasets", written, datasets=datasets, releases=releases)

    def _runs(self) -> None:
        runs = tables_of.runs_table(self.found.runs[:MOST_RUNS], self.found)
        self._page("runs.html.jinja", "runs.html", "Runs", "files", [runs], runs=runs, left_out=max(0, len(self.found.runs) - MOST_RUNS))

    def _synthetic(self) -> None:
        sections = synthetic_sections(self.found)
        written = [table for one in sections for table in (one.gains, one.points)]
        self._page("synthetic.html.jinja", "synthetic.html", "Synthetic data", "files/synthetic", written, sections=sections)


def _address(url: str) -> str:
    """A stranger's address, where it leads to a page and to nothing else."""
    return printable(url, 300) if url.startswith("https://") else ""


def _policy(style: str, script: str) -> str:
    """The Content-Security-Policy: this style sheet, this script and the icon, and nothing that is fetched."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; object-src 'none'; require-trusted-types-for 'script'"
    )


def _write(path: Path, text: str) -> None:
    """Plainly: nobody sees the folder before it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
