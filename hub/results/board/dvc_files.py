"""The files that `dvc metrics` and `dvc plots` read. Pure functions."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from hub.results.store import Results
from hub.results.table import Row


def metrics(rows: Sequence[Row]) -> dict[str, dict[str, dict[str, float]]]:
    """The main scores, {profile: {task: {model: score}}}."""
    nested: dict[str, dict[str, dict[str, float]]] = {}
    for row in rows:
        if row.status == "measured" and row.profile is not None and row.main is not None:
            nested.setdefault(row.profile, {}).setdefault(row.task, {})[row.model] = round(row.main.value, 6)
    return nested


def scores_csv(rows: Sequence[Row]) -> str:
    """Every metric of every measured line."""
    lines = (
        (row.profile, row.task, row.model, name, found.value, found.low, found.high)
        for row in rows
        if row.status == "measured"
        for name, found in sorted(row.metrics.items())
    )
    return _csv(("profile", "task", "model", "metric", "value", "low", "high"), lines)


def main_scores_csv(rows: Sequence[Row]) -> str:
    """One line a measured line of the leaderboard: what `dvc plots` draws."""
    lines = ((f"{row.task} · {row.model} ({row.profile})", round(row.main.value, 6)) for row in rows if row.status == "measured" and row.main is not None)
    return _csv(("run", "score"), lines)


def curves_csv(results: Results) -> str:
    """The training loss of every run."""
    records = sorted(results.records, key=lambda record: (record.profile, record.task, record.model, record.seed))
    lines = ((record.profile, record.task, record.model, record.seed, point.step, point.loss) for record in records for point in record.curve)
    return _csv(("profile", "task", "model", "seed", "step", "loss"), lines)


def _csv(heading: Sequence[str], lines: Iterable[tuple[Any, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(lines)
    return text.getvalue()
