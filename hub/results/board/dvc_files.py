"""The files that `dvc metrics` and `dvc plots` read. Pure functions."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from hub.results.display import metric_title
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
    """One line a measured line of the leaderboard, by task and rank: what `dvc plots` draws with .dvc/plots/scores.json."""
    found = [(row, row.main) for row in rows if row.status == "measured" and row.main is not None]
    lines = (
        (
            f"{row.task} · {row.model} ({row.profile})",
            _number(main.value),
            _number(main.low),
            _number(main.high),
            row.rank,
            row.rank_high,
            row.kind,
            row.model,
            row.task,
            row.profile,
            metric_title(row.main_metric),
        )
        for row, main in found
    )
    return _csv(("run", "score", "low", "high", "rank", "rank_high", "kind", "model", "task", "profile", "metric"), lines)


def curves_csv(results: Results) -> str:
    """The training loss of every run: what `dvc plots` draws with .dvc/plots/curves.json. `run` names what the seeds share."""
    records = sorted(results.records, key=lambda record: (record.profile, record.task, record.model, record.seed))
    lines = (
        (
            f"{record.task} · {record.model} ({record.profile})",
            record.profile,
            record.task,
            record.model,
            record.seed,
            point.step,
            _number(point.loss),
        )
        for record in records
        for point in record.curve
    )
    return _csv(("run", "profile", "task", "model", "seed", "step", "loss"), lines)


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _csv(heading: Sequence[str], lines: Iterable[tuple[Any, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(lines)
    return text.getvalue()
