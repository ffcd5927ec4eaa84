"""From results to the views of the board. Pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from hub.results.board.views import Overview, RunLine, TaskBoard, TaskEntry, Titled
from hub.results.exports import unavailable_by_reason
from hub.results.record import RunRecord
from hub.results.standings import Board, Comparison
from hub.results.store import BrokenRecord, Results
from hub.results.table import Row, machine_text
from hub.spec import Registry
from hub.spec.base import Citation


def task_boards(rows: Sequence[Row], comparisons: Mapping[Board, Sequence[Comparison]]) -> tuple[TaskBoard, ...]:
    """Returns one board a profile and task; lines without a profile, which others sent in or report, stand on every board of their task."""
    boards: dict[Board, list[Row]] = {}
    for row in rows:
        if row.profile is not None:
            boards.setdefault((row.profile, row.task), []).append(row)
    elsewhere = [row for row in rows if row.profile is None]
    return tuple(
        TaskBoard(profile, task, (*ours, *(row for row in elsewhere if row.task == task)), tuple(comparisons.get((profile, task), ())))
        for (profile, task), ours in boards.items()
    )


def overview(inputs: str, results: Results, boards: Iterable[TaskBoard], broken: Iterable[BrokenRecord], registry: Registry) -> Overview:
    """Returns what there is, in short."""
    complete = [record for record in results.records if record.status == "complete"]
    tasks = [registry.task(name) for name in registry.files("task")]
    models = [registry.model(name) for name in registry.files("model")]
    datasets = [registry.dataset(name) for name in registry.files("dataset")]
    return Overview(
        inputs,
        len(complete),
        _moment(max(record.finished for record in complete)) if complete else None,
        tuple(sorted({record.profile for record in results.records})),
        tuple(_entry(board) for board in boards),
        {task.name: Titled(task.title, task.summary, task.type, *_cited(task.citation)) for task in tasks},
        {model.name: Titled(model.title, model.summary, method_of(model.method), *_cited(model.citation)) for model in models},
        {dataset.name: Titled(dataset.title) for dataset in datasets},
        tuple(broken),
    )


def _cited(citation: Citation | None) -> tuple[str, str]:
    return (f"{citation.title} ({citation.authors}, {citation.year})", citation.url or "") if citation else ("", "")


def method_of(reference: str) -> str:
    """Returns the name of a method for people: `benchmarks.methods.emo_pillars:EmoPillarsClassifier` is `emo_pillars`."""
    parts = reference.partition(":")[0].split(".")
    return parts[2] if parts[:2] == ["benchmarks", "methods"] and len(parts) > 2 else parts[-1]


def _entry(board: TaskBoard) -> TaskEntry:
    measured = [row for row in board.rows if row.status == "measured"]
    own = [row for row in board.rows if row.profile is not None]
    # The lines come by rank and then score, and a better score may have the worse rank; the winner is the first of those that nothing beats.
    best = measured[0] if measured else None
    return TaskEntry(
        board.profile,
        board.task,
        (best or own[0]).main_metric,
        len(measured),
        sum(len(row.seeds) for row in measured),
        best.model if best else None,
        best.main if best else None,
        best.interval if best else None,
        len(best.seeds) if best else 0,
        best.ties if best else (),
        {reason: tuple(models) for reason, models in unavailable_by_reason(board.rows).items()},
    )


def run_lines(results: Results) -> tuple[RunLine, ...]:
    """Returns one line a record, the latest first."""
    newest = sorted(results.records, key=lambda record: (-record.finished.timestamp(), record.profile, record.task, record.model, record.seed))
    return tuple(_run_line(record) for record in newest)


def _run_line(record: RunRecord) -> RunLine:
    return RunLine(
        record.profile,
        record.task,
        record.model,
        record.seed,
        record.status,
        _moment(record.finished),
        record.main_metric,
        record.score.value if record.score else None,
        f"{record.data.name} ({record.data.source})",
        record.data.fingerprint,
        record.code_revision,
        machine_text(record.environment),
        record.cost.train_seconds if record.cost else None,
        record.reason,
    )


def _moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
