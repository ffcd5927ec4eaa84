"""Texts of a dataset that this hub built, told apart into domains by how a column begins."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.domain_examples import DomainRows
from benchmarks.examples import LabelledText, examples_from
from benchmarks.sources import EXPRESSIVE, classes_of, published_folder
from hub.console import say
from hub.errors import DeclarationError
from hub.files import folder_digest
from hub.paths import Project
from hub.spec import DomainGeneralizationTask
from hub.spec.task import PublishedSource, TextDomains


def read_text_domains(task: DomainGeneralizationTask, project: Project) -> DomainRows:
    """Reads all splits of a published configuration together: every domain is the test once, so the published splits mean nothing here.

    Rows of no domain are left out, and counted.

    Raises:
        DataUnavailableError: it has not been built here.
        DeclarationError: the task's column, beginnings or mapping do not fit the data.
    """
    assert isinstance(task.inputs, TextDomains)
    where = f"benchmarks/tasks/{task.name}.yaml"
    if not isinstance(task.source, PublishedSource):
        raise DeclarationError(f"{where}: text domains are read from a published dataset; make 'source.kind' published")
    folder = published_folder(task.source, project)
    taxonomy = classes_of(task, project)
    domain_of = _domain_by_beginning(task.inputs, where)
    raw = _read_parquet(folder, task.inputs.column, where)
    beginnings = [_beginning(row[task.inputs.column]) for row in raw]
    _refuse_unknown_beginnings(domain_of, beginnings, where)
    kept = [(row, domain_of[beginning]) for row, beginning in zip(raw, beginnings, strict=True) if beginning in domain_of]
    if len(kept) < len(raw):
        say(f"{task.name}: {len(raw) - len(kept):,} rows belong to no domain and were left out")
    texts = [_labelled(row, taxonomy) for row, _ in kept]
    classes = task.labels or taxonomy
    _refuse_unmapped(texts, classes, task.mapping, where)
    domains = tuple(domain for _, domain in kept)
    return DomainRows(examples_from(texts, classes, task.mapping), domains, tuple(task.inputs.domains), classes, "published", folder_digest(folder)[:16])


def _domain_by_beginning(inputs: TextDomains, where: str) -> dict[str, str]:
    domain_of: dict[str, str] = {}
    for domain, beginnings in inputs.domains.items():
        for beginning in beginnings:
            if beginning in domain_of:
                raise DeclarationError(f"{where}: inputs.domains: {beginning!r} is in {domain_of[beginning]!r} and in {domain!r}; keep it in one")
            domain_of[beginning] = domain
    return domain_of


def _read_parquet(folder: Path, column: str, where: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.parquet")):
        names = pq.read_schema(path).names
        if column not in names:
            raise DeclarationError(f"{where}: inputs.column: {path.name} has no {column!r}; it has {', '.join(names)}")
        rows += pq.read_table(path, columns=list(dict.fromkeys(["id", "utterance", "labels", column]))).to_pylist()
    return rows


def _beginning(value: str) -> str:
    return value.partition("-")[0]


def _labelled(row: dict[str, Any], taxonomy: Sequence[str]) -> LabelledText:
    labels = tuple(taxonomy[one["label"]] for one in row["labels"] if one["expressiveness"] >= EXPRESSIVE)
    return LabelledText(id=row["id"], text=row["utterance"], labels=labels)


def _refuse_unknown_beginnings(domain_of: Mapping[str, str], beginnings: Sequence[str], where: str) -> None:
    missing = sorted(set(domain_of) - set(beginnings))
    if missing:
        raise DeclarationError(f"{where}: inputs.domains: no row begins with {missing}; the data has {sorted(set(beginnings))}")


def _refuse_unmapped(texts: Sequence[LabelledText], classes: Sequence[str], mapping: Mapping[str, str], where: str) -> None:
    unknown = sorted({label for text in texts for label in text.labels if mapping.get(label, label) not in classes})
    if unknown:
        raise DeclarationError(f"{where}: 'mapping' leads the data's labels {unknown} to none of 'labels'")
