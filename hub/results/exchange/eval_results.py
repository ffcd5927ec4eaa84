"""Scores for a model's repository on the Hub: `.eval_results/<name>.yaml` (Hub documentation, "Evaluation results").

Only for tasks whose dataset is on the Hub. An entry holds one number, so it is the mean over seeds of the score that counts; what else there is stands in its
notes. Nothing is ever said to be verified: that takes a token which only the Hub's own jobs give.
"""

import re
from collections.abc import Sequence

import yaml

from hub.errors import EmohubError
from hub.results.display import metric_title
from hub.results.record import RunRecord
from hub.results.table import estimate

_COMMIT = re.compile(r"^[0-9a-f]{40}$")


def eval_results_yaml(records: Sequence[RunRecord], dataset_id: str, task_id: str | None = None) -> str:
    """Returns the YAML file of one model on one task, read back by the Hub's own client before it is returned.

    Args:
        records: Complete runs of one profile, task and model, one a seed.
        dataset_id: The dataset's repository on the Hub, `organisation/name`.
        task_id: The task's name in that dataset's `eval.yaml`; our name of it when not given.

    Raises:
        EmohubError: the records are of several models, tasks, profiles or data, or not complete, or `dataset_id` names no repository.
    """
    from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml, parse_eval_result_entries

    first = _agreeing(records)
    _check_repository(dataset_id)
    revision = first.data.revision
    entry = EvalResultEntry(
        dataset_id=dataset_id,
        task_id=task_id or first.task,
        value=round(estimate([record.metrics[first.main_metric] for record in records]).value, 6),
        dataset_revision=revision if revision and _COMMIT.match(revision) else None,
        date=max(record.finished for record in records).date().isoformat(),
        notes=_notes(records),
    )
    text = yaml.safe_dump(eval_result_entries_to_yaml([entry]), sort_keys=False, allow_unicode=True, width=160)
    if parse_eval_result_entries(yaml.safe_load(text)) != [entry]:
        raise EmohubError(f"{first.task}, {first.model}: the Hub's client does not read its evaluation result back")
    return text


def _agreeing(records: Sequence[RunRecord]) -> RunRecord:
    if not records:
        raise EmohubError("there is no run to take an evaluation result from")
    first = records[0]
    if any(record.status != "complete" for record in records):
        raise EmohubError(f"{first.task}, {first.model}: an unavailable run has no evaluation result")
    kinds = {(record.profile, record.task, record.model, record.main_metric, record.data.fingerprint) for record in records}
    if len(kinds) > 1:
        raise EmohubError(f"{first.task}, {first.model}: an evaluation result is of one profile, task, model, metric and data; here are {len(kinds)}")
    if len({record.seed for record in records}) < len(records):
        raise EmohubError(f"{first.task}, {first.model}: a seed is here twice")
    return first


def _check_repository(dataset_id: str) -> None:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        validate_repo_id(dataset_id)
    except HFValidationError as error:
        raise EmohubError(f"{dataset_id[:100]!r} is no repository on the Hub: {error}") from error
    if "/" not in dataset_id:
        raise EmohubError(f"{dataset_id[:100]!r} is no repository on the Hub: it must be organisation/name")


def _notes(records: Sequence[RunRecord]) -> str:
    first = records[0]
    found = estimate([record.metrics[first.main_metric] for record in records])
    parts = [f"{metric_title(first.main_metric)} on test"]
    if len(records) > 1:
        parts.append(f"mean of {len(records)} seeds")
    if found.low is not None and found.high is not None:
        parts.append(f"95 % interval {found.low:.4f} to {found.high:.4f}")
    if first.decision is not None:
        parts.append(first.decision.rule.replace("_", " "))
    if not first.data.adapted:
        parts.append("zero-shot")
    parts.append(f"emohub, profile {first.profile}")
    return "; ".join(parts)
