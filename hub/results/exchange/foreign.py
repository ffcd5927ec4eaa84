"""Every Eval Ever records as results of this project's tasks. Everything in them is a stranger's: checked against the task, never believed."""

import math
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from hub.errors import EmohubError, nearest
from hub.results.direction import LOWER_IS_BETTER
from hub.results.exchange.every_eval_ever import NO_UPPER_BOUND, EvaluationLog, EvaluationResult, Uncertainty, check
from hub.results.imported import ForeignRecord, slug
from hub.results.metrics import Bounds, metrics_of
from hub.results.record import Decision, RunRecord, Score
from hub.spec import Registry
from hub.spec.task import TaskSpec

_LEVEL = 0.95
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")


def records_of(value: dict[str, Any], registry: Registry) -> tuple[ForeignRecord, ...]:
    """Returns what one Every Eval Ever record says of this project's tasks: one result a task and seed.

    Its results are named `<task>/<metric>`, or name the task and give the metric as `metric` in the details of their metric.

    Raises:
        EmohubError: it does not fit the schema, names no task of this project, or holds a score that its task cannot have.
    """
    check(value)
    try:
        log = EvaluationLog.model_validate(value)
    except ValidationError as error:
        raise EmohubError(first_error(error)) from error
    groups: dict[tuple[str, str | None], dict[str, EvaluationResult]] = {}
    for result in log.evaluation_results:
        task, metric = _named(result)
        results = groups.setdefault((task, result.score_details.details.get("seed")), {})
        if metric in results:
            raise EmohubError(f"{task}: {metric!r} is scored twice for one seed")
        results[metric] = result
    if not groups:
        raise EmohubError("evaluation_results: there are none")
    return tuple(_record(log, known_task(registry, task), seed, results) for (task, seed), results in groups.items())


def known_task(registry: Registry, name: str) -> TaskSpec:
    """Returns a declared task.

    Raises:
        EmohubError: there is none of this name.
    """
    tasks = registry.files("task")
    if name not in tasks:
        raise EmohubError(f"there is no task {name[:80]!r} here ({nearest(name[:80], tasks)})")
    return registry.task(name)


def check_scores(task: TaskSpec, record: RunRecord | ForeignRecord) -> None:
    """Checks that a result is scored as its task scores.

    Raises:
        EmohubError: its main metric is another, it has a metric that the task does not have, or a number lies beyond the bounds of its metric.
    """
    if record.main_metric != task.main_metric:
        raise EmohubError(f"main_metric: {task.name} is scored by {task.main_metric!r}, not {record.main_metric!r}")
    known = metrics_of(task)
    for name, score in record.metrics.items():
        if name not in known:
            raise EmohubError(f"metrics: {name!r} is no metric of {task.name} ({nearest(name, known)})")
        _check_score(name, score, known[name])


def first_error(error: ValidationError) -> str:
    """Returns the first thing that is wrong, and where."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])[:200] or 'the record'}: {first['msg'][:300]}"


def _check_score(name: str, score: Score, bounds: Bounds) -> None:
    numbers = [score.value, *score.replicates, *(bound for bound in (score.low, score.high) if bound is not None)]
    for number in numbers:
        if not bounds.hold(number):
            raise EmohubError(f"metrics.{name}: {number:g} is impossible, it must be {bounds}")
    if (score.low is None) != (score.high is None):
        raise EmohubError(f"metrics.{name}: an interval has two bounds")
    if score.low is not None and score.high is not None and score.low > score.high:
        raise EmohubError(f"metrics.{name}: the lower bound {score.low:g} is above the upper one {score.high:g}")


def _named(result: EvaluationResult) -> tuple[str, str]:
    """The task and the metric that a result is of."""
    task, separator, metric = result.evaluation_name.partition("/")
    if separator:
        return task, metric
    given = result.metric_config.additional_details.get("metric")
    if given is None:
        raise EmohubError(f"evaluation_name: {result.evaluation_name[:80]!r} must be '<task>/<metric>', or 'metric' must stand in the details of its metric")
    return task, given


def _record(log: EvaluationLog, task: TaskSpec, seed: str | None, results: dict[str, EvaluationResult]) -> ForeignRecord:
    known = metrics_of(task)
    unknown = next((name for name in results if name not in known), None)
    if unknown is not None:
        raise EmohubError(f"{unknown[:80]!r} is no metric of {task.name} ({nearest(unknown[:80], known)})")
    if task.main_metric not in results:
        raise EmohubError(f"{task.name} is scored by {task.main_metric!r}, which is not among its results")
    if seed is not None and _whole(seed) is None:
        raise EmohubError(f"score_details.details.seed: {seed[:40]!r} is no seed, which is a whole number such as 0 or 17")
    main = results[task.main_metric]
    for name, result in results.items():
        _check_metric(name, result, known[name])
        if result.source_data != main.source_data:
            raise EmohubError(f"{task.name}: its results are from different data")
    details = main.generation_config.additional_details
    source = main.source_data
    about = log.model_info.additional_details
    fields: dict[str, Any] = {
        "task": task.name,
        "model": slug(log.model_info.id),
        "model_name": log.model_info.name,
        "model_id": log.model_info.id,
        "id": log.evaluation_id,
        "profile": _profile(details.get("profile")),
        "seed": _whole(seed),
        "main_metric": task.main_metric,
        "metrics": {name: _score(result) for name, result in results.items()},
        "interval_method": _method(main.score_details.uncertainty),
        "decision": _decision(details),
        "data": {
            "name": source.dataset_name,
            "repository": source.hf_repo,
            "revision": source.additional_details.get("revision"),
            "fingerprint": source.additional_details.get("fingerprint"),
            "split": source.hf_split or source.additional_details.get("split"),
            "test": source.samples_number if source.samples_number is not None else _whole(source.additional_details.get("test_rows")),
        },
        "parameters": _whole(about.get("parameters")),
        "train_seconds": _seconds(about.get("train_seconds")),
        "finished": _time(log.evaluation_timestamp),
        "evaluator": log.source_metadata.source_organization_name,
        "code_revision": log.eval_library.additional_details.get("code_revision"),
        "command": main.generation_config.generation_args.execution_command,
        "note": _note(results.values()),
    }
    try:
        record = ForeignRecord.model_validate(fields)
    except ValidationError as error:
        raise EmohubError(first_error(error)) from error
    check_scores(task, record)
    return record


def _check_metric(name: str, result: EvaluationResult, bounds: Bounds) -> None:
    """A score on another scale, or one that points the other way, is not this metric."""
    metric = result.metric_config
    if metric.lower_is_better != (name in LOWER_IS_BETTER):
        raise EmohubError(f"{name}: lower_is_better is {str(metric.lower_is_better).lower()}, which is not how this metric points")
    if metric.score_type != "continuous":
        raise EmohubError(f"{name}: score_type must be continuous")
    if metric.min_score != bounds.low or metric.max_score != (NO_UPPER_BOUND if bounds.high is None else bounds.high):
        raise EmohubError(f"{name}: is given on a scale from {metric.min_score} to {metric.max_score}, and must be {bounds}")


def _score(result: EvaluationResult) -> dict[str, float | None]:
    score = result.score_details
    interval = score.uncertainty.confidence_interval if score.uncertainty else None
    if interval is None or interval.confidence_level != _LEVEL:
        return {"value": score.score}
    return {"value": score.score, "low": interval.lower, "high": interval.upper}


def _method(uncertainty: Uncertainty | None) -> str | None:
    interval = uncertainty.confidence_interval if uncertainty else None
    return interval.method if interval and interval.confidence_level == _LEVEL else None


def _note(results: Iterable[EvaluationResult]) -> str | None:
    intervals = [result.score_details.uncertainty.confidence_interval for result in results if result.score_details.uncertainty]
    if any(interval is not None and interval.confidence_level != _LEVEL for interval in intervals):
        return "intervals that are not given as 95 % ones were left out"
    return None


# What stands in details is free text. Where it is not what a record of this project would say there, it is left out.


def _decision(details: dict[str, str]) -> Decision | None:
    given = {"rule": details.get("decision_rule"), "threshold": details.get("threshold"), "tuned_on": details.get("tuned_on")}
    try:
        return Decision.model_validate(given)
    except ValidationError:
        return None


def _profile(text: str | None) -> str | None:
    return text if text and _NAME.match(text) else None


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 15 and text == str(int(text)) else None


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text else math.nan
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None


def _time(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
