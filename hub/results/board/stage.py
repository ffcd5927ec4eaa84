"""The `board` stage. Its files follow from the results alone: no clock, no machine, a fixed order."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from hub.console import progress
from hub.files import write_json, write_text
from hub.paths import Project
from hub.results.board import dvc_files
from hub.results.board.freshness import inputs_digest
from hub.results.board.making import method_of, overview, run_lines, task_boards
from hub.results.board.reading import overview_file, runs_file, task_file, write_view
from hub.results.board.views import Overview, RunLine, TaskBoard
from hub.results.claims_output import judge_records, judgement_as_dict
from hub.results.datasets import read_dataset_reports
from hub.results.imported import Imported, read_imported
from hub.results.standings import Board, Comparison, compare_results
from hub.results.store import Results, read_results
from hub.results.table import Row, kind_of, leaderboard_rows
from hub.spec import Registry
from hub.spec.registry import is_run_in
from hub.spec.reported import read_reported


@dataclass(frozen=True, slots=True)
class Collected:
    """All results of a project, and the lines that follow from them."""

    results: Results
    imported: Imported
    comparisons: dict[Board, tuple[Comparison, ...]]
    rows: tuple[Row, ...]


def collect(project: Project, registry: Registry) -> Collected:
    """Reads all results, tests every pair and ranks.

    Raises:
        DeclarationError: a model or a reported number is declared wrongly.
    """
    results, imported = read_results(project), read_imported(project)
    comparisons = compare_results(results)
    plain = frozenset(name for name in registry.files("model") if registry.model(name).baseline)
    methods = {name: method_of(registry.model(name).method) for name in registry.files("model")}
    elsewhere = _run_elsewhere(registry, results, plain)
    rows = leaderboard_rows(results, read_reported(project.root), plain, elsewhere, imported.results, methods, comparisons)
    return Collected(results, imported, comparisons, rows)


def _run_elsewhere(registry: Registry, results: Results, baselines: frozenset[str]) -> tuple[Row, ...]:
    """A line for every declared pair that the profiles with results leave to another profile, so that none is silently absent."""
    return tuple(
        Row(
            status="unavailable",
            profile=profile,
            task=task.name,
            model=model.name,
            main_metric=task.main_metric,
            kind=kind_of(model.pretrain_on, model.adapt, model.name in baselines),
            method=method_of(model.method),
            pretrained_on=model.pretrain_on,
            reason=f"declared for the profile {' and '.join(model.runs_in or task.runs_in)} only: make repro PROFILE={(model.runs_in or task.runs_in)[0]}",
        )
        for profile in sorted({record.profile for record in results.records})
        for task, model in registry.all_pairs()
        if not is_run_in(profile, task, model)
    )


def write_board(project: Project, registry: Registry) -> tuple[Row, ...]:
    """Writes all files of `results/board`, and returns the lines of the leaderboard.

    Raises:
        DeclarationError: a model or a reported number is declared wrongly.
    """
    inputs = inputs_digest(project)
    found = collect(project, registry)
    boards = task_boards(found.rows, found.comparisons)
    broken = (*found.results.broken, *found.imported.broken, *read_dataset_reports(project).broken)
    _write_tasks(project, boards)
    write_view(runs_file(project), run_lines(found.results), tuple[RunLine, ...])
    profiles = sorted({record.profile for record in found.results.records})
    judgements = [judgement for profile in profiles for judgement in judge_records(registry, found.results.records, profile)]
    write_json(project.board / "claims.json", [judgement_as_dict(judgement) for judgement in judgements])
    write_json(project.board / "metrics.json", dvc_files.metrics(found.rows))
    write_text(project.board / "scores.csv", dvc_files.scores_csv(found.rows))
    write_text(project.board / "main_scores.csv", dvc_files.main_scores_csv(found.rows))
    write_text(project.board / "curves.csv", dvc_files.curves_csv(found.results))
    # Last, because it is what the leaderboard opens first.
    write_view(overview_file(project), overview(inputs, found.results, boards, broken, registry), Overview)
    return found.rows


def _write_tasks(project: Project, boards: tuple[TaskBoard, ...]) -> None:
    kept = {task_file(project, board.profile, board.task) for board in boards}
    with progress("tables", total=len(boards)) as tick:
        for board in boards:
            write_view(task_file(project, board.profile, board.task), board, TaskBoard)
            tick()
    _remove_others(project.board / "tasks", kept)


def _remove_others(folder: Path, kept: set[Path]) -> None:
    """Removes the tables of what is gone."""
    for path in folder.glob("*/*.json"):
        if path not in kept:
            path.unlink()
    for profile in folder.glob("*"):
        if profile.is_dir() and not any(profile.iterdir()):
            shutil.rmtree(profile)
