"""From run records to the lines of the leaderboard: one line a (profile, task, model), seeds taken together. Pure functions.

The interval of a line. One seed: the bootstrap interval over test rows that its record holds. Several seeds: all are tested on the same rows, so the
error that comes from the rows does not shrink with more seeds, while the error that comes from training does. The line therefore takes the mean of
the seeds' bootstrap bounds and widens it, in quadrature, by t·s/√n: s is the standard deviation of the n seeds' scores, t Student's 97.5 % quantile.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from statistics import fmean, stdev
from typing import Literal, TypeVar

from hub.results.direction import LOWER_IS_BETTER
from hub.results.imported import ForeignRecord, ImportedResult
from hub.results.record import Environment, RunRecord, Score
from hub.results.standings import Board, Comparison, compare_results, stand
from hub.results.store import Results
from hub.spec.reported import ReportedNumber

Kind = Literal["trained", "two-stage", "zero-shot", "baseline"]
Status = Literal["measured", "unavailable", "imported", "reported"]
KINDS: tuple[Kind, ...] = ("two-stage", "trained", "zero-shot", "baseline")
Value = TypeVar("Value")

ONE_SEED = "95 %: bootstrap over test rows, one seed"
SEVERAL_SEEDS = "95 %: mean of the seeds' bootstrap bounds, widened in quadrature by t·s/√n over seeds"
NO_INTERVAL = "none: a record holds no bounds"
_ORDER: dict[Status, int] = {"measured": 0, "unavailable": 1, "imported": 2, "reported": 3}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric over a model's seeds. `spread` is the standard deviation over seeds; None for a single one."""

    value: float
    low: float | None = None
    high: float | None = None
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the leaderboard. What a line of its status cannot have is None or empty."""

    status: Status
    task: str
    model: str
    main_metric: str
    profile: str | None = None
    kind: Kind | None = None
    rank: int | None = None
    """Within profile and task: 1 + the number of models that are separably better. Only measured lines have one; see hub.results.standings."""
    rank_high: int | None = None
    """The end of the rank interval, which begins at `rank`."""
    ties: tuple[str, ...] = ()
    """The models that no test separates from this one."""
    method: str | None = None
    """The module of the declared method, without the way to it; None for a model that is no longer declared."""
    metrics: Mapping[str, Estimate] = field(default_factory=dict)
    interval: str | None = None
    """How the intervals of this line came about."""
    seeds: tuple[int, ...] = ()
    parameters: int | None = None
    train_seconds: float | None = None
    """The mean over seeds, as is `predict_seconds`."""
    predict_seconds: float | None = None
    us_dollars: float | None = None
    """Of all seeds together, as is the energy; None unless every seed knows its own."""
    energy_kilowatt_hours: float | None = None
    energy_method: str | None = None
    machine: str | None = None
    """Processor, threads and GPU, where all seeds ran on the same."""
    finished: str | None = None
    """The UTC day on which the last seed was finished."""
    decision: str | None = None
    threshold: float | None = None
    """The mean over seeds."""
    tuned_on: str | None = None
    data_source: str | None = None
    data_fingerprint: str | None = None
    train_rows: int | None = None
    test_rows: int | None = None
    pretrained_on: str | None = None
    caution: str | None = None
    """What keeps this line from being compared with its neighbours."""
    reason: str | None = None
    """Why it is unavailable."""
    source: str | None = None
    confidence: str | None = None
    submitted_by: str | None = None
    """Who sent an imported line in."""
    comparable: bool | None = None
    note: str | None = None

    @property
    def main(self) -> Estimate | None:
        """The score that counts."""
        return self.metrics.get(self.main_metric)

    @property
    def first_run(self) -> str:
        """The place of the record of its first seed, as RunLine names it; only measured lines have one."""
        return f"{self.profile}/{self.task}/{self.model}/{self.seeds[0]}"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which lines to keep; None keeps all. Ranks stay those of the whole task."""

    profile: str | None = None
    task: str | None = None
    kinds: frozenset[Kind] | None = None
    unavailable: bool = True
    reported: bool = True
    imported: bool = True

    def apply(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        return tuple(row for row in rows if self._keeps(row))

    def _keeps(self, row: Row) -> bool:
        if self.task is not None and row.task != self.task:
            return False
        if row.status == "reported":
            return self.reported
        if row.status == "imported":
            return self.imported
        if self.profile is not None and row.profile != self.profile:
            return False
        if row.status == "unavailable" and not self.unavailable:
            return False
        return self.kinds is None or row.kind in self.kinds


def leaderboard_rows(
    results: Results,
    reported: Sequence[ReportedNumber] = (),
    baselines: Collection[str] = (),
    not_run: Sequence[Row] = (),
    imported: Sequence[ImportedResult] = (),
    methods: Mapping[str, str] | None = None,
    comparisons: Mapping[Board, Sequence[Comparison]] | None = None,
) -> tuple[Row, ...]:
    """Returns the lines by profile and task, measured ones by rank and then unavailable ones; imported and reported ones, which have no profile and no rank,
    stand at the end.

    `baselines` names the models that are plain references; `not_run` holds finished lines of what has no records; `methods` names the method of
    every declared model; `comparisons` are those of the same results, for who has them already.
    """
    groups: dict[tuple[str, str, str], list[RunRecord]] = {}
    for record in results.records:
        groups.setdefault((record.profile, record.task, record.model), []).append(record)
    compared = compare_results(results) if comparisons is None else comparisons
    named = methods or {}
    lines = [replace(_row(records, records[0].model in baselines), method=named.get(records[0].model)) for records in groups.values()]
    lines += [line for line in not_run if (line.profile, line.task, line.model) not in groups]
    boards: dict[tuple[str | None, str], list[Row]] = {}
    for line in lines:
        boards.setdefault((line.profile, line.task), []).append(line)
    ranked = [line for (profile, task), board in boards.items() for line in _ranked(board, compared.get((profile or "", task), ()))]
    return tuple(sorted([*ranked, *imported_rows(imported, results), *map(_reported_row, reported)], key=_position))


def estimate(scores: Sequence[Score]) -> Estimate:
    """Returns one metric over seeds, by the rule that stands at the top of this file."""
    first = scores[0]
    if len(scores) == 1:
        return Estimate(first.value, first.low, first.high)
    values = [score.value for score in scores]
    mean, spread = fmean(values), stdev(values)
    lows = [score.low for score in scores if score.low is not None]
    highs = [score.high for score in scores if score.high is not None]
    if len(lows) < len(scores) or len(highs) < len(scores):
        return Estimate(mean, spread=spread)
    training = _t_quantile(len(scores) - 1) * spread / math.sqrt(len(scores))
    return Estimate(mean, mean - math.hypot(mean - fmean(lows), training), mean + math.hypot(fmean(highs) - mean, training), spread)


def _t_quantile(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


def kind_of(pretrained_on: str | None, adapted: bool, baseline: bool) -> Kind:
    """What a model was trained on, in a word."""
    if not adapted:
        return "zero-shot"
    if pretrained_on:
        return "two-stage"
    return "baseline" if baseline else "trained"


def _row(records: list[RunRecord], baseline: bool) -> Row:
    """One line from the records of one (profile, task, model). If some are complete, those count."""
    complete = sorted((record for record in records if record.status == "complete"), key=lambda record: record.seed)
    first = complete[0] if complete else records[0]
    line = Row(
        status="measured" if complete else "unavailable",
        profile=first.profile,
        task=first.task,
        model=first.model,
        main_metric=first.main_metric,
        kind=kind_of(first.data.pretrained_on, first.data.adapted, baseline),
        data_source=first.data.source,
        pretrained_on=first.data.pretrained_on,
        reason=None if complete else first.reason,
    )
    return _measured(line, first, complete) if complete else line


def _measured(line: Row, first: RunRecord, records: list[RunRecord]) -> Row:
    names = [name for name in first.metrics if all(name in record.metrics for record in records)]
    metrics = {name: estimate([record.metrics[name] for record in records]) for name in names}
    main = metrics.get(first.main_metric)
    costs = [record.cost for record in records if record.cost is not None]
    decisions = [record.decision for record in records if record.decision is not None]
    return replace(
        line,
        metrics=metrics,
        interval=NO_INTERVAL if main is None or main.low is None else ONE_SEED if len(records) == 1 else SEVERAL_SEEDS,
        seeds=tuple(record.seed for record in records),
        parameters=max((cost.parameters for cost in costs), default=None),
        train_seconds=_mean(cost.train_seconds for cost in costs),
        predict_seconds=_mean(cost.predict_seconds for cost in costs),
        us_dollars=_sum([cost.us_dollars for cost in costs]),
        energy_kilowatt_hours=_sum([cost.energy_kilowatt_hours for cost in costs]),
        energy_method=_only({cost.energy_method for cost in costs}),
        machine=_only({machine_text(record.environment) for record in records}),
        finished=f"{max(record.finished for record in records).astimezone(UTC):%Y-%m-%d}",
        decision=_only({decision.rule for decision in decisions}),
        threshold=_mean(decision.threshold for decision in decisions if decision.threshold is not None),
        tuned_on=_only({decision.tuned_on for decision in decisions if decision.tuned_on}),
        data_fingerprint=first.data.fingerprint,
        train_rows=first.data.train,
        test_rows=first.data.test,
        caution=_differences(records),
    )


def _differences(records: list[RunRecord]) -> str | None:
    if len({record.data.fingerprint for record in records}) > 1:
        return "its seeds were run on different data"
    if len({record.main_metric for record in records}) > 1:
        return "its seeds name different main metrics"
    return None


def _ranked(board: list[Row], comparisons: Sequence[Comparison]) -> list[Row]:
    """The lines of one profile and task with ranks, and a caution where they were not tested on the same data by the same metric."""
    measured = [line for line in board if line.main is not None and line.status == "measured"]
    tests = {(line.data_fingerprint, line.main_metric) for line in measured}
    standings = stand([line.model for line in measured], comparisons)
    ranked = []
    for line in board:
        if line.model in standings and line.status == "measured":
            caution = line.caution or ("other lines of this task were tested on other data or by another metric" if len(tests) > 1 else None)
            where = standings[line.model]
            line = replace(line, rank=where.rank, rank_high=where.rank_high, ties=where.ties, caution=caution)
        ranked.append(line)
    return ranked


def imported_rows(imported: Sequence[ImportedResult], results: Results) -> list[Row]:
    """Returns one line for all seeds that one submitter sent of one profile, task and model. It is comparable if it was tested on data that a run here was
    tested on, by the same main metric; it is never ranked, because nobody here ran it."""
    groups: dict[tuple[str, ...], list[ImportedResult]] = {}
    for one in imported:
        record = one.record
        alone = one.id if record.seed is None else ""
        groups.setdefault((one.submitter, record.profile or "", record.task, record.model, alone), []).append(one)
    return [_imported_row(group, results) for group in groups.values()]


def _imported_row(group: list[ImportedResult], results: Results) -> Row:
    first = group[0]
    records = [one.record for one in group]
    names = [name for name in first.record.metrics if all(name in record.metrics for record in records)]
    obstacle = _obstacle(group, results)
    notes = [obstacle or "tested on the same data as the runs here", *(record.note for record in records if isinstance(record, ForeignRecord) and record.note)]
    return Row(
        status="imported",
        task=first.record.task,
        model=first.model_name,
        main_metric=first.record.main_metric,
        metrics={name: estimate([record.metrics[name] for record in records]) for name in names},
        interval=first.record.interval_method,
        seeds=tuple(sorted(record.seed for record in records if record.seed is not None)),
        data_fingerprint=_only({one.fingerprint for one in group}),
        test_rows=first.record.data.test,
        source=_source(first),
        submitted_by=first.submitted_by,
        comparable=obstacle is None,
        note="; ".join(dict.fromkeys(notes)),
    )


def _source(result: ImportedResult) -> str:
    profile = f", profile {result.record.profile}" if result.record.profile else ""
    article = "a" if result.format == "run record" else "an"
    format = result.format if result.format == "run record" else f"{result.format} record"
    return f"{article} {format}{profile}"


def _obstacle(group: list[ImportedResult], results: Results) -> str | None:
    """Why an imported line cannot be compared with those measured here; None where it can."""
    first = group[0].record
    ours = {
        record.data.fingerprint
        for record in results.records
        if record.task == first.task and record.status == "complete" and record.main_metric == first.main_metric and record.data.fingerprint
    }
    if not ours:
        return "no run here to compare it with"
    if any(one.split != "test" for one in group):
        return "not said to be tested on the test split"
    if any(one.fingerprint is None for one in group):
        return "gives no fingerprint of its data"
    return None if all(one.fingerprint in ours for one in group) else "tested on other data than the runs here"


def _reported_row(number: ReportedNumber) -> Row:
    return Row(
        status="reported",
        task=number.task,
        model=number.model,
        main_metric=number.metric,
        metrics={number.metric: Estimate(number.value)},
        source=number.source,
        confidence=number.confidence,
        comparable=number.comparable,
        note=number.note or None,
    )


def _position(row: Row) -> tuple[bool, str, str, int, float, float, str]:
    value = row.main.value if row.main else 0.0
    badness = value if row.main_metric in LOWER_IS_BETTER else -value
    return (row.profile is None, row.profile or "", row.task, _ORDER[row.status], row.rank or math.inf, badness, row.model)


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return fmean(found) if found else None


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def machine_text(environment: Environment) -> str:
    """Returns what a run was computed on, in a few words."""
    threads = f"{environment.threads} thread{'' if environment.threads == 1 else 's'}"
    return f"{environment.gpu} · {environment.processor}" if environment.gpu else f"{environment.processor}, {threads}"


def _only(values: set[Value]) -> Value | None:
    """The value that all share; None where they differ or there is none."""
    return next(iter(values)) if len(values) == 1 else None
