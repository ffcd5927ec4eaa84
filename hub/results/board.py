"""The `board` stage: the leaderboard, its scores and its curves as files, for `dvc metrics`, `dvc plots` and whoever reads JSON.

The files follow from the run records alone: no clock, no machine, a fixed order.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from hub.console import say
from hub.files import write_json, write_text
from hub.paths import Project
from hub.results.claims_output import judge_all, judgement_as_dict
from hub.results.datasets import read_dataset_reports
from hub.results.display import printable
from hub.results.exports import print_table, row_as_dict
from hub.results.imported import Imported, read_imported
from hub.results.store import Results, read_results
from hub.results.table import Filters, Row, kind_of, leaderboard_rows
from hub.spec import Registry
from hub.spec.registry import is_run_in
from hub.spec.reported import read_reported


def baselines(registry: Registry) -> frozenset[str]:
    """Returns the names of the models that are declared as plain references."""
    return frozenset(name for name in registry.files("model") if registry.model(name).baseline)


def run_elsewhere(registry: Registry, results: Results) -> tuple[Row, ...]:
    """Returns a line for every declared pair that the profiles with results leave to another profile, so that none is silently absent."""
    plain = baselines(registry)
    return tuple(
        Row(
            status="unavailable",
            profile=profile,
            task=task.name,
            model=model.name,
            main_metric=task.main_metric,
            kind=kind_of(model.pretrain_on, model.adapt, model.name in plain),
            pretrained_on=model.pretrain_on,
            reason=f"declared for the profile {' and '.join(model.runs_in or task.runs_in)} only: make repro PROFILE={(model.runs_in or task.runs_in)[0]}",
        )
        for profile in sorted({record.profile for record in results.records})
        for task, model in registry.all_pairs()
        if not is_run_in(profile, task, model)
    )


def write_board(project: Project, registry: Registry) -> tuple[Row, ...]:
    """Writes `leaderboard.json`, `claims.json`, `metrics.json`, `scores.csv`, `main_scores.csv` and `curves.csv` to `results/board`, and returns the lines.

    Raises:
        DeclarationError: a model or a reported number is declared wrongly.
    """
    results = read_results(project)
    imported = read_imported(project)
    rows = _all_rows(project, registry, results, imported)
    write_json(
        project.board / "leaderboard.json",
        {
            "rows": [row_as_dict(row) for row in rows],
            "broken": [{"place": broken.place, "reason": broken.reason} for broken in (*results.broken, *imported.broken)],
        },
    )
    profiles = sorted({record.profile for record in results.records})
    write_json(project.board / "claims.json", [judgement_as_dict(judgement) for profile in profiles for judgement in judge_all(project, registry, profile)])
    write_json(project.board / "metrics.json", _metrics(rows))
    write_text(project.board / "scores.csv", _csv(("profile", "task", "model", "metric", "value", "low", "high"), _scores(rows)))
    write_text(project.board / "main_scores.csv", _csv(("run", "score"), _main_scores(rows)))
    write_text(project.board / "curves.csv", _csv(("profile", "task", "model", "seed", "step", "loss"), _curves(results)))
    return rows


def _all_rows(project: Project, registry: Registry, results: Results, imported: Imported) -> tuple[Row, ...]:
    return leaderboard_rows(results, read_reported(project.root), baselines(registry), run_elsewhere(registry, results), imported.results)


def print_results(project: Project, registry: Registry, task: str | None = None, profile: str | None = None, elsewhere: bool = True) -> None:
    """Prints the lines of one task and profile, or of all, as tables; with `elsewhere` also those that others sent in or report.

    Raises:
        DeclarationError: there is no such task or profile.
    """
    if task is not None:
        registry.task(task)
    if profile is not None:
        registry.profile(profile)
    results = read_results(project)
    imported = read_imported(project)
    rows = _all_rows(project, registry, results, imported)
    shown = Filters(profile=profile, task=task, reported=elsewhere, imported=elsewhere).apply(rows)
    if not any(row.status in ("measured", "unavailable") for row in shown):
        say("there are no such results yet; run `dvc repro` to make them")
    print_table(shown)
    for broken in (*results.broken, *imported.broken):
        say(f"not read: {printable(f'{broken.place}: {broken.reason}')}")


def print_summary(project: Project, registry: Registry, profile: str) -> None:
    """Prints what a profile has: its datasets, its measured models by task, what is unavailable, and how to see more."""
    for report in read_dataset_reports(project).reports:
        if report.profile == profile:
            sizes = ", ".join(f"{name} {sum(splits.values()):,}" for name, splits in report.rows.items())
            print(f"Built {report.dataset} {report.version}: {sizes} rows (data/published/{report.dataset})")
    print()
    print_results(project, registry, profile=profile, elsewhere=False)
    print("See it all with `make board`.")


def _metrics(rows: Sequence[Row]) -> dict[str, dict[str, dict[str, float]]]:
    """The main scores, {profile: {task: {model: score}}}."""
    nested: dict[str, dict[str, dict[str, float]]] = {}
    for row in rows:
        if row.status == "measured" and row.profile is not None and row.main is not None:
            nested.setdefault(row.profile, {}).setdefault(row.task, {})[row.model] = round(row.main.value, 6)
    return nested


def _scores(rows: Sequence[Row]) -> Iterable[tuple[Any, ...]]:
    for row in rows:
        if row.status == "measured":
            for name, found in sorted(row.metrics.items()):
                yield row.profile, row.task, row.model, name, found.value, found.low, found.high


def _main_scores(rows: Sequence[Row]) -> Iterable[tuple[Any, ...]]:
    """One line a bar: what `dvc plots` draws."""
    for row in rows:
        if row.status == "measured" and row.main is not None:
            yield f"{row.task} · {row.model} ({row.profile})", round(row.main.value, 6)


def _curves(results: Results) -> Iterable[tuple[Any, ...]]:
    for record in sorted(results.records, key=lambda record: (record.profile, record.task, record.model, record.seed)):
        for point in record.curve:
            yield record.profile, record.task, record.model, record.seed, point.step, point.loss


def _csv(heading: Sequence[str], lines: Iterable[tuple[Any, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(lines)
    return text.getvalue()
