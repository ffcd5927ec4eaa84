"""The columns of the table of measured models: what a cell says, by what it is sorted, and which fields of the exports it stands for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import METRICS, bounds_text, count_text, decimals, decision_text, metric_title, note_text, printable, rank_text, seconds_text
from hub.results.table import Row
from leaderboard.project_data import Shown

NOT_MEASURED = "not measured"
Cell = str | float | int | None
_MOST_TIES = 4
"""Names that a cell gives in full; the panel of a selected model gives all."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column that can be chosen."""

    title: str
    fields: tuple[str, ...]
    """Of hub.results.exports, or the name of a metric."""
    cell: Callable[[Row], Cell]
    order: Callable[[Row], Cell]
    """What it is sorted by; None goes last."""
    width: int
    help: str | None = None
    format: str | None = None
    """Of a number; None is text."""
    right: bool = False


RANK = "Rank"
USUAL = ("Rank interval", "Score", "95 % interval", "Tied with", "Kind", "± seeds", "Seeds", "Parameters", "Training", "Energy", "Data used", "Notes")


def columns_of(shown: Shown, rows: Sequence[Row], metric: str) -> dict[str, Column]:
    """Returns every column that the lines can have, by title; `metric` is the main one."""
    places = decimals([row.main.value for row in rows if row.main])
    found = [*_standing(shown, metric, places), *_training(shown), *_costs(), *_circumstances()]
    for name in METRICS:
        if name != metric and any(name in row.metrics for row in rows):
            found.append(_metric(name, rows))
    return {column.title: column for column in found}


def arranged(rows: Sequence[Row], column: Column, descending: bool) -> list[Row]:
    """Returns the lines by one column; lines without a value go last either way, and equal ones keep the order of their ranks."""
    known = [row for row in rows if column.order(row) is not None]
    known.sort(key=lambda row: _key(column.order(row)), reverse=descending)
    return known + [row for row in rows if column.order(row) is None]


def _key(value: Cell) -> tuple[bool, float, str]:
    return (True, 0.0, value.casefold()) if isinstance(value, str) else (False, float(value or 0), "")


def _standing(shown: Shown, metric: str, places: int) -> list[Column]:
    better = "Lower is better." if metric in LOWER_IS_BETTER else "Higher is better."

    def interval(row: Row) -> str:
        return bounds_text(row.main, places) or "no interval"

    def ties(row: Row) -> str:
        titles = [shown.model(model) for model in row.ties]
        more = f" and {len(titles) - _MOST_TIES} more" if len(titles) > _MOST_TIES else ""
        return printable("; ".join(titles[:_MOST_TIES]), 300) + more if titles else "no other model"

    return [
        Column(RANK, ("rank",), lambda row: row.rank, lambda row: row.rank, 52, "1 + the number of models that are separably better.", "%d"),
        Column("Model", ("model",), lambda row: printable(shown.model(row.model), 120), lambda row: shown.model(row.model), 200),
        Column("Score", ("main_metric", "score"), _score, _score, 80, f"{metric_title(metric)} on test. {better}", f"%.{places}f"),
        Column("95 % interval", ("low", "high"), interval, lambda row: row.main.low if row.main else None, 120, "How it came about stands under the chart."),
        Column(
            "Rank interval",
            ("rank", "rank_high"),
            rank_text,
            lambda row: row.rank_high,
            100,
            "All ranks of the task lie in their intervals at once, at 95 %.",
        ),
        Column("Tied with", ("ties",), ties, lambda row: len(row.ties), 240, "The models that no test separates from this one."),
    ]


def _score(row: Row) -> float | None:
    return row.main.value if row.main else None


def _training(shown: Shown) -> list[Column]:
    return [
        Column("Kind", ("kind",), lambda row: row.kind, lambda row: row.kind, 90, KIND_HELP),
        Column("Method", ("method",), lambda row: row.method or "no longer declared", lambda row: row.method, 150),
        Column(
            "± seeds",
            ("seed_spread",),
            lambda row: "one seed" if len(row.seeds) < 2 else f"{row.main.spread:.4f}" if row.main and row.main.spread is not None else None,
            lambda row: row.main.spread if row.main else None,
            80,
            "Standard deviation of the score over seeds.",
            right=True,
        ),
        Column("Seeds", ("seeds",), lambda row: len(row.seeds), lambda row: len(row.seeds), 65, None, "%d"),
        Column("Data used", ("data_source", "pretrained_on", "train_rows"), lambda row: data_used(row, shown), lambda row: data_used(row, shown), 200),
        Column(
            "Decision rule",
            ("decision", "threshold", "tuned_on"),
            decision_text,
            decision_text,
            190,
            "How probabilities became decisions, and on what it was tuned.",
        ),
    ]


def _costs() -> list[Column]:
    return [
        Column(
            "Parameters",
            ("parameters",),
            lambda row: NOT_MEASURED if row.parameters is None else count_text(row.parameters),
            lambda row: row.parameters,
            100,
            right=True,
        ),
        Column(
            "Training",
            ("train_seconds",),
            lambda row: _seconds(row.train_seconds),
            lambda row: row.train_seconds,
            90,
            "Wall time, the mean over seeds.",
            right=True,
        ),
        Column("Prediction", ("predict_seconds",), lambda row: _seconds(row.predict_seconds), lambda row: row.predict_seconds, 100, "As Training.", right=True),
        Column(
            "Cost",
            ("us_dollars",),
            lambda row: NOT_MEASURED if row.us_dollars is None else f"${row.us_dollars:,.2f}",
            lambda row: row.us_dollars,
            110,
            "In US dollars, all seeds together.",
            right=True,
        ),
        Column(
            "Energy",
            ("energy_kilowatt_hours", "energy_method"),
            _energy,
            lambda row: row.energy_kilowatt_hours,
            150,
            "All seeds together, and how it was measured.",
        ),
    ]


def _circumstances() -> list[Column]:
    return [
        Column("Machine", ("machine",), lambda row: machine(row), lambda row: row.machine, 220),
        Column("Finished", ("finished",), lambda row: row.finished, lambda row: row.finished, 100, "The UTC day of the last seed."),
        Column("Notes", ("caution", "note"), lambda row: note_text(row) or "none", lambda row: note_text(row) or None, 200),
    ]


def _metric(name: str, rows: Sequence[Row]) -> Column:
    def value(row: Row) -> float | None:
        return row.metrics[name].value if name in row.metrics else None

    places = decimals([row.metrics[name].value for row in rows if name in row.metrics])
    return Column(metric_title(name), (name,), value, value, 110, "Lower is better." if name in LOWER_IS_BETTER else "Higher is better.", f"%.{places}f")


KIND_HELP = "two-stage: first on another task, then on this one. zero-shot: never on this task's own training data. baseline: a plain reference."


def data_used(row: Row, shown: Shown) -> str:
    """Returns what a model learnt from, in words."""
    first = shown.task(row.pretrained_on) if row.pretrained_on else ""
    if row.kind == "zero-shot":
        return printable(f"{first} alone", 120) if first else "none of this task's"
    return printable(f"{first}, then this task's", 120) if first else "this task's own"


def machine(row: Row) -> str:
    return printable(row.machine, 120) if row.machine else "several, or not recorded"


def _seconds(seconds: float | None) -> str:
    return NOT_MEASURED if seconds is None else seconds_text(seconds)


def _energy(row: Row) -> str:
    if row.energy_kilowatt_hours is None:
        return NOT_MEASURED
    return printable(f"{row.energy_kilowatt_hours:.3g} kWh ({row.energy_method or 'method not recorded'})", 120)
