"""Where a task's data comes from: a dataset this hub built, a path on this machine, or the Hub."""

import os
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.examples import LabelledText, RawSplits, Splits, examples_from
from hub.console import say
from hub.errors import DataUnavailableError, DeclarationError, EmohubError
from hub.files import folder_digest
from hub.imports import load_object
from hub.paths import Project
from hub.spec import ParamsSpec, TaskSpec
from hub.spec.task import CrossValidationProtocol, ExternalSource, PublishedSource, data_variable

EXPRESSIVE = 0.3 - 1e-6
"""The least expressiveness at which a published soft label counts; the tolerance is for 32-bit floats."""


def local_path(task: str, params: ParamsSpec) -> Path | None:
    """The path a user gave for a task's data: params.yaml first, then the environment."""
    named = params.data.get(task) or os.environ.get(data_variable(task))
    return Path(named).expanduser() if named else None


def read_splits(task: TaskSpec, classes: tuple[str, ...], project: Project, params: ParamsSpec, network: bool) -> Splits:
    """Reads a task's data, with labels as columns in the order of `classes`.

    Raises:
        DataUnavailableError: it is not on this machine and may not, or cannot, be downloaded.
        EmohubError: it is there and cannot be read.
    """
    match task.source:
        case PublishedSource() as source:
            splits = _published(source, task, classes, project)
        case ExternalSource() as source:
            splits = _external(source, task, classes, project, local_path(task.name, params), network)
    _refuse_empty(task, splits)
    return splits


def _refuse_empty(task: TaskSpec, splits: Splits) -> None:
    sizes = {"train": len(splits.train), "validation": len(splits.validation), "test": len(splits.test)}
    needed = ("train",) if isinstance(task.protocol, CrossValidationProtocol) else ("train", "validation", "test")
    empty = [name for name in needed if not sizes[name]]
    if empty:
        raise EmohubError(f"the data of {task.name!r} ({splits.source}) was read, but holds no rows for {', '.join(empty)}; is it complete?")


def _published(source: PublishedSource, task: TaskSpec, classes: tuple[str, ...], project: Project) -> Splits:
    folder = project.published(source.dataset) / source.configuration
    if not folder.is_dir():
        raise DataUnavailableError(f"{source.dataset}/{source.configuration} has not been built here; run `dvc repro build@{source.dataset}`")
    raw = {split: _read_parquet(folder, split, classes) for split in ("train", "validation", "test")}
    made = {split: examples_from(rows, classes, task.mapping) for split, rows in raw.items()}
    return Splits(made["train"], made["validation"], made["test"], "published", folder_digest(folder)[:16])


def _read_parquet(folder: Path, split: str, classes: tuple[str, ...]) -> list[LabelledText]:
    rows = [row for path in sorted(folder.glob(f"{split}-*.parquet")) for row in pq.read_table(path).to_pylist()]
    return [
        LabelledText(
            id=row["id"],
            text=row["utterance"],
            labels=tuple(classes[one["label"]] for one in row["labels"] if one["expressiveness"] >= EXPRESSIVE),
            context=f"{row['context']} {row['character']}: {row['description']}" if row.get("context") else "",
        )
        for row in rows
    ]


def _external(source: ExternalSource, task: TaskSpec, classes: tuple[str, ...], project: Project, path: Path | None, network: bool) -> Splits:
    reader = load_object(source.reader, project.root)
    if path is not None:
        path = path if path.is_absolute() else project.root / path
        if not path.exists():
            raise EmohubError(f"the data of {task.name!r} is said to be at {path}, but nothing is there; mend data.{task.name} or {data_variable(task.name)}")
        raw: RawSplits = reader(path)
        revision, kind = None, "local"
    elif source.hub_id and network:
        raw = load_object(source.reader + "_hub", project.root)(source)
        revision, kind = source.hub_revision, "hub"
    else:
        why = "this profile does not use the network" if source.hub_id and not network else "it is not on the Hub in a form this task may use"
        raise DataUnavailableError(
            f"{why}, and no local path is given. {source.how_to_get} Then name the path: "
            f"dvc exp run -S data.{task.name}=PATH, or the environment variable {data_variable(task.name)}"
        )
    if raw.dropped:
        say(f"{task.name}: {raw.dropped:,} rows of the source are no examples and were left out")
    known = set(classes) | set(task.mapping)
    unknown = sorted({label for rows in (raw.train, raw.validation, raw.test) for row in rows for label in row.labels} - known)
    if unknown:
        raise DeclarationError(f"benchmarks/tasks/{task.name}.yaml: 'mapping' says nothing of the data's labels {unknown}")
    made = [examples_from(rows, classes, task.mapping) for rows in (raw.train, raw.validation, raw.test)]
    return Splits(made[0], made[1], made[2], "local" if kind == "local" else "hub", revision)
