"""Writes run records in the formats of others: Every Eval Ever records, and evaluation results for model repositories on the Hub."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from hub.console import say
from hub.errors import EmohubError, nearest
from hub.files import canonical_json, write_json, write_text
from hub.paths import Project
from hub.publish.repositories.reference import is_on_hub
from hub.results.exchange.eval_results import eval_results_yaml
from hub.results.exchange.every_eval_ever import Named, Samples, file_id, folder_of, log_of
from hub.results.exchange.samples import SCORE, samples_of
from hub.results.record import RunRecord
from hub.results.store import read_results
from hub.spec import Registry
from hub.spec.task import ExternalSource, PublishedSource

ExportFormat = Literal["every_eval_ever", "eval_results"]


def export_results(
    project: Project,
    registry: Registry,
    format: str,
    out: Path,
    profile: str | None = None,
    task: str | None = None,
    model: str | None = None,
    dataset_id: str | None = None,
) -> list[Path]:
    """Writes the complete runs that the filters keep into the folder `out`, and returns the files.

    Args:
        format: `every_eval_ever`: `data/<task>/emohub/<model>/<uuid>.json` for every run, with `<uuid>_samples.jsonl` where its predictions are at hand.
            `eval_results`: `<profile>/<model>/.eval_results/<task>.yaml`, seeds together, for tasks whose dataset is on the Hub.
        dataset_id: The repository on the Hub that the dataset of `task` is in, `organisation/name`, where the declarations do not say.

    Raises:
        EmohubError: there is no such format, profile, task or model, nothing to export, or a record does not fit its schema.
    """
    if format not in get_args(ExportFormat):
        raise EmohubError(f"there is no format {format!r} to export ({nearest(format, get_args(ExportFormat))})")
    if dataset_id is not None and task is None:
        raise EmohubError(f"the repository {dataset_id!r} holds the dataset of one task: name the task as well")
    for name, find in ((profile, registry.profile), (task, registry.task), (model, registry.model)):
        if name is not None:
            find(name)
    asked = (profile, task, model)
    records = [record for record in read_results(project).records if record.status == "complete" and _is_asked_for(record, asked)]
    if not records:
        raise EmohubError("there are no complete runs to export; `emohub results` shows what there is")
    if format == "eval_results":
        return _eval_results(project, registry, records, out, dataset_id)
    return [path for record in records for path in _every_eval_ever(project, registry, record, out, dataset_id)]


def _is_asked_for(record: RunRecord, asked: tuple[str | None, str | None, str | None]) -> bool:
    return all(name in (None, given) for name, given in zip(asked, (record.profile, record.task, record.model), strict=True))


def repository_of(project: Project, registry: Registry, record: RunRecord) -> str | None:
    """Returns the repository on the Hub that a run's dataset was read from or is published to; None where there is none."""
    source = registry.task(record.task).source
    if isinstance(source, ExternalSource):
        return source.hub_id if record.data.source == "hub" else None
    return _published_to(project, registry, record, source)


def _published_to(project: Project, registry: Registry, record: RunRecord, source: PublishedSource) -> str | None:
    if record.profile not in registry.files("profile"):
        return None
    generation = registry.profile(record.profile).datasets.get(source.dataset)
    target = generation.publish.to if generation and generation.publish else None
    return target if target and is_on_hub(target, project.root) else None


def _every_eval_ever(project: Project, registry: Registry, record: RunRecord, out: Path, dataset_id: str | None) -> list[Path]:
    title = registry.model(record.model).title if record.model in registry.files("model") else record.model
    log = log_of(record, Named(registry.task(record.task), title, dataset_id or repository_of(project, registry, record)))
    place = folder_of(record) / f"{file_id(record)}.json"
    samples = samples_of(project.root / "results", record, log)
    if samples is None:
        write_json(out / place, log.as_json())
        return [out / place]
    lines = "".join(f"{line}\n" for line in samples.lines)
    beside = place.with_name(f"{file_id(record)}_samples.jsonl")
    described = Samples(
        file_path=beside.as_posix(),
        checksum=sha256(lines.encode()).hexdigest(),
        total_rows=len(samples.lines),
        additional_details={"score": SCORE, "labels": canonical_json(samples.labels)},
    )
    values = log.model_copy(update={"detailed_evaluation_results": described}).as_json()
    write_text(out / beside, lines)
    write_json(out / place, values)
    return [out / place, out / beside]


def _eval_results(project: Project, registry: Registry, records: Sequence[RunRecord], out: Path, dataset_id: str | None) -> list[Path]:
    groups: dict[tuple[str, str, str], list[RunRecord]] = {}
    for record in records:
        groups.setdefault((record.profile, record.model, record.task), []).append(record)
    written, left_out = [], set()
    for (profile, model, task), runs in sorted(groups.items()):
        repository = dataset_id or repository_of(project, registry, runs[0])
        if repository is None:
            left_out.add(task)
            continue
        path = out / profile / model / ".eval_results" / f"{task}.yaml"
        write_text(path, eval_results_yaml(runs, repository))
        written.append(path)
    if left_out:
        say(f"not exported, because their data is in no repository on the Hub that is known here: {', '.join(sorted(left_out))}")
    if not written:
        raise EmohubError("none of these tasks has its dataset on the Hub: publish it, or name the repository of one task")
    return written
