"""Where a task's data comes from: a dataset this hub built, a path on this machine, or the Hub."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.examples import LabelledText, Splits, examples_from
from hub.console import say
from hub.errors import DataUnavailableError, DeclarationError, EmohubError
from hub.files import file_digest, folder_digest
from hub.imports import load_object
from hub.paths import Project
from hub.publish.manifest import MANIFEST, read_manifest
from hub.spec import DomainGeneralizationTask, ParamsSpec, TaskSpec, TextClassificationTask
from hub.spec.task import CrossValidationProtocol, ExternalSource, HoldoutProtocol, LabelledTask, PublishedSource, data_owner, data_variable
from hub.taxonomy import Taxonomy

EXPRESSIVE = 0.3 - 1e-6
"""The least expressiveness at which a published soft label counts; the tolerance is for 32-bit floats."""


def classes_of(task: LabelledTask | DomainGeneralizationTask, project: Project) -> tuple[str, ...]:
    """Returns the classes of a task's taxonomy, in order."""
    assert task.taxonomy is not None
    return Taxonomy.read(project.root / task.taxonomy).labels


def local_path(task: str, params: ParamsSpec) -> Path | None:
    """The path a user gave for a task's data: params.yaml first, then the environment."""
    named = params.data.get(task) or os.environ.get(data_variable(task))
    return Path(named).expanduser() if named else None


def read_splits(task: TextClassificationTask, classes: tuple[str, ...], project: Project, params: ParamsSpec, network: bool) -> Splits:
    """Reads a task's data, with labels as columns in the order of `classes`.

    Raises:
        DataUnavailableError: it is not on this machine and may not, or cannot, be downloaded.
        EmohubError: it is there and cannot be read.
    """
    match task.source:
        case PublishedSource() as source:
            splits = _published(source, task, classes, project)
        case ExternalSource() as source:
            splits = _external(source, task, classes, project, params, network)
    _refuse_empty(task, splits)
    share = task.protocol.train_share if isinstance(task.protocol, HoldoutProtocol) else 1.0
    return replace(splits, train=splits.train.sample(round(len(splits.train) * share))) if share < 1 else splits


def _refuse_empty(task: TextClassificationTask, splits: Splits) -> None:
    sizes = {"train": len(splits.train), "validation": len(splits.validation), "test": len(splits.test)}
    needed = ("train",) if isinstance(task.protocol, CrossValidationProtocol) else ("train", "validation", "test")
    empty = [name for name in needed if not sizes[name]]
    if empty:
        raise EmohubError(f"the data of {task.name!r} ({splits.source}) was read, but holds no rows for {', '.join(empty)}; is it complete?")


def _published(source: PublishedSource, task: TextClassificationTask, classes: tuple[str, ...], project: Project) -> Splits:
    folder = published_folder(source, project)
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


def _external(source: ExternalSource, task: TextClassificationTask, classes: tuple[str, ...], project: Project, params: ParamsSpec, network: bool) -> Splits:
    raw, revision = read_external(source, task, project, params, network)
    if raw.dropped:
        say(f"{task.name}: {raw.dropped:,} rows of the source are no examples and were left out")
    known = set(classes) | set(task.mapping)
    unknown = sorted({label for rows in (raw.train, raw.validation, raw.test) for row in rows for label in row.labels} - known)
    if unknown:
        raise DeclarationError(f"benchmarks/tasks/{task.name}.yaml: 'mapping' says nothing of the data's labels {unknown}")
    made = [examples_from(rows, classes, task.mapping) for rows in (raw.train, raw.validation, raw.test)]
    return Splits(made[0], made[1], made[2], "hub" if revision else "local", revision)


def published_folder(source: PublishedSource, project: Project) -> Path:
    """Returns where a configuration's Parquet files lie.

    Raises:
        DataUnavailableError: it has not been built here.
        EmohubError: a file is damaged.
    """
    folder = project.published(source.dataset) / source.configuration
    if not folder.is_dir():
        raise DataUnavailableError(f"{source.dataset}/{source.configuration} has not been built here; run `dvc repro build@{source.dataset}`")
    _check_bytes(folder.parent, source)
    return folder


def _check_bytes(folder: Path, source: PublishedSource) -> None:
    """Compares a configuration's files with the manifest of the build, where it has one: a score on damaged rows would look like any other."""
    if not (folder / MANIFEST).is_file():
        return
    for name, value in read_manifest(folder).sha256.items():
        path = folder / name
        if name.startswith(f"{source.configuration}/") and not (path.is_file() and file_digest(path) == value):
            raise EmohubError(f"{path}: is missing or damaged, its bytes are not the ones that were built; run `emohub build {source.dataset}` to make it anew")


def read_external(source: ExternalSource, task: TaskSpec, project: Project, params: ParamsSpec, network: bool) -> tuple[Any, str | None]:
    """Returns what the source's reader makes of the data, and its revision when it comes from the Hub.

    Raises:
        DataUnavailableError: it is not on this machine and may not, or cannot, be downloaded.
        EmohubError: the path that was given leads nowhere, or what lies there cannot be read.
    """
    owner = data_owner(task)
    path = local_path(owner, params)
    if path is not None:
        path = path if path.is_absolute() else project.root / path
        if not path.exists():
            raise EmohubError(f"the data of {task.name!r} is said to be at {path}, but nothing is there; mend data.{owner} or {data_variable(owner)}")
        return load_object(source.reader, project.root)(path), None
    if source.hub_id and network:
        return load_object(source.reader + "_hub", project.root)(source), source.hub_revision or "main"
    why = "this profile does not use the network" if source.hub_id and not network else "it is not on the Hub in a form this task may use"
    raise DataUnavailableError(
        f"{why}, and no local path is given. {source.how_to_get} Then name the path: "
        f"dvc exp run -S data.{owner}=PATH, or the environment variable {data_variable(owner)}"
    )
