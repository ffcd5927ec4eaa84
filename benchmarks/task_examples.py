"""`emohub examples`: the test rows of tasks, to look at beside the predictions, which hold ids alone."""

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from benchmarks.domain_examples import DomainRows
from benchmarks.examples import TextExamples
from benchmarks.image_examples import ImageExamples
from benchmarks.portrait_examples import Pair
from benchmarks.sources import classes_of, read_splits
from benchmarks.sources.corpora import read_corpus
from benchmarks.sources.image_domains import read_image_domains
from benchmarks.sources.image_splits import read_image_splits
from benchmarks.sources.published_clips import read_pairs
from benchmarks.sources.text_domains import read_text_domains
from hub.console import say
from hub.errors import DataUnavailableError, EmohubError
from hub.results.comparing.examples import SCHEMA, examples_file
from hub.results.store import read_results
from hub.spec import DomainGeneralizationTask, ImageClassificationTask, LanguageModelingTask, PortraitAnimationTask, TaskSpec, TextClassificationTask
from hub.spec.task import CrossValidationProtocol, ExternalSource, PublishedSource
from hub.tables import IMAGES_PER_GROUP, write_table
from hub.untrusted_images import open_image
from hub.workspace import Workspace

THUMBNAIL = 192
"""Pixels, width and height at most."""
_QUALITY = 82
_FORMAT = "1"
"""Of the file; another one is written again."""

Picture = Path | Image.Image


@dataclass(frozen=True)
class ExampleRows:
    """What is tested, in the order of the data. Pictures are decoded when they are used."""

    ids: Sequence[str]
    texts: Sequence[str]
    contexts: Sequence[str]
    domains: Sequence[str]
    pictures: Sequence[Picture]
    """Empty for a task of texts."""
    fingerprint: str
    """The one that run records of this data carry."""
    source: str

    @classmethod
    def of_texts(cls, rows: TextExamples, domains: Sequence[str], fingerprint: str, source: str) -> "ExampleRows":
        return cls(rows.ids, rows.texts, rows.contexts, domains or [""] * len(rows), (), fingerprint, source)

    @classmethod
    def of_images(cls, rows: ImageExamples, domains: Sequence[str], fingerprint: str, source: str) -> "ExampleRows":
        return cls(rows.ids, rows.captions, [""] * len(rows), domains or [""] * len(rows), rows.paths, fingerprint, source)


@dataclass(frozen=True)
class Written:
    """What came of one task."""

    task: str
    rows: int
    unchanged: bool


@dataclass(frozen=True)
class Outcome:
    """What came of a profile. `skipped` says by task why nothing could be written."""

    written: tuple[Written, ...]
    skipped: dict[str, str]

    def lines(self) -> list[str]:
        """Returns what to say of it: a line a task, then how many."""
        found = [f"{one.task}: {one.rows:,} examples{', as before' if one.unchanged else ''}" for one in self.written]
        missed = [f"{task}: skipped: {reason}" for task, reason in self.skipped.items()]
        reasons = "; ".join(f"{count} × {reason}" for reason, count in Counter(self.skipped.values()).items())
        new = sum(not one.unchanged for one in self.written)
        total = f"{new} tasks written, {len(self.written) - new} as before, {len(self.skipped)} skipped{f' ({reasons})' if reasons else ''}"
        return [*found, *missed, total]


def task_examples(workspace: Workspace) -> Outcome:
    """Writes `results/examples/<profile>/<task>.parquet` for every task with runs in the profile. Data that a file was made of already is not written again.

    Raises:
        EmohubError: data is there and cannot be read, as the task's runner would say.
    """
    written: list[Written] = []
    skipped: dict[str, str] = {}
    complete = [record for record in read_results(workspace.project).records if record.status == "complete" and record.profile == workspace.profile.name]
    for name in sorted({record.task for record in complete}):
        if name not in workspace.registry.files("task"):
            skipped[name] = "the task is no longer declared"
            continue
        task = workspace.registry.task(name).for_profile(workspace.profile.name)
        try:
            rows = read_test_rows(task, workspace)
        except DataUnavailableError as error:
            skipped[name] = str(error)
            continue
        other = sum(record.data.fingerprint != rows.fingerprint for record in complete if record.task == name)
        if other:
            say(f"{name}: {other} runs were made on other data than is at hand; their examples cannot be shown")
        written.append(_write(workspace, task, rows))
    return Outcome(tuple(written), skipped)


def read_test_rows(task: TaskSpec, workspace: Workspace) -> ExampleRows:
    """Reads what a task is tested on, with the readers of its runner.

    Raises:
        DataUnavailableError: it is not on this machine.
        EmohubError: it is there and cannot be read, or the task is of a type without examples.
    """
    project, params, network = workspace.project, workspace.params, workspace.profile.bench.network
    match task:
        case TextClassificationTask():
            splits = read_splits(task, classes_of(task, project), project, params, network)
            tested = splits.train if isinstance(task.protocol, CrossValidationProtocol) else splits.test
            return ExampleRows.of_texts(tested, (), splits.fingerprint, splits.source)
        case ImageClassificationTask():
            images = read_image_splits(task, project, params, network)
            return ExampleRows.of_images(images.test, images.test.domains, images.fingerprint, images.source)
        case DomainGeneralizationTask():
            return _domain_rows(task, workspace)
        case LanguageModelingTask():
            return _running_text(task, workspace)
        case PortraitAnimationTask():
            pairs = read_pairs(task, project)
            return _pairs(pairs.test, pairs.fingerprint, pairs.source)
        case _:
            raise EmohubError(f"benchmarks/tasks/{task.name}.yaml: tasks of type {task.type!r} have no examples to look at")


def _domain_rows(task: DomainGeneralizationTask, workspace: Workspace) -> ExampleRows:
    if task.inputs.kind == "text":
        data: DomainRows = read_text_domains(task, workspace.project)
    else:
        data = read_image_domains(task, workspace.project, workspace.params, workspace.profile.bench.network)
    data = data if task.rows_per_domain is None else data.limited(task.rows_per_domain)
    match data.rows:
        case TextExamples() as texts:
            return ExampleRows.of_texts(texts, data.domains, data.fingerprint, data.source)
        case ImageExamples() as images:
            return ExampleRows.of_images(images, data.domains, data.fingerprint, data.source)
        case _:
            raise EmohubError(f"benchmarks/tasks/{task.name}.yaml: its rows are neither texts nor images")


def _running_text(task: LanguageModelingTask, workspace: Workspace) -> ExampleRows:
    """The test texts, and the texts of the few-shot questions that are not among them."""
    # Here, because it brings torch.
    from benchmarks.runners.language_modeling import Material

    project, params, network = workspace.project, workspace.params, workspace.profile.bench.network
    corpus = read_corpus(task, project, params, network)
    texts = {row.id: row.text for row in corpus.test}
    material = Material(corpus, None, ())
    labelled = workspace.registry.task(task.few_shot.task) if task.few_shot is not None else None
    if isinstance(labelled, TextClassificationTask):
        classes = classes_of(labelled, project)
        splits = read_splits(labelled, classes, project, params, network)
        material = Material(corpus, splits, classes)
        texts = dict(zip(splits.test.ids, splits.test.texts, strict=True)) | texts
    blank = [""] * len(texts)
    return ExampleRows(list(texts), list(texts.values()), blank, blank, (), material.fingerprint, corpus.source)


def _pairs(pairs: Sequence[Pair], fingerprint: str, source: str) -> ExampleRows:
    return ExampleRows(
        [pair.id for pair in pairs],
        [f"{pair.portrait.style} portrait {pair.portrait.id}, moved like {pair.driving.id} ({pair.driving.family})" for pair in pairs],
        [""] * len(pairs),
        [pair.portrait.style for pair in pairs],
        [Image.fromarray(pair.portrait.image) for pair in pairs],
        fingerprint,
        source,
    )


def _write(workspace: Workspace, task: TaskSpec, rows: ExampleRows) -> Written:
    path = examples_file(workspace.project.root / "results", workspace.profile.name, task.name)
    if path.is_file() and _made_of(path) == (rows.fingerprint, _FORMAT):
        return Written(task.name, len(rows.ids), unchanged=True)
    source, licence = _origin(workspace, task, rows.source)
    about = {"format": _FORMAT, "task": task.name, "fingerprint": rows.fingerprint, "source": source, "licence": licence, "about": task.summary}
    images: list[bytes | None] = [thumbnail(picture) for picture in rows.pictures] if rows.pictures else [None] * len(rows.ids)
    columns: dict[str, list[str] | list[bytes | None]] = {
        "id": list(rows.ids),
        "text": list(rows.texts),
        "context": list(rows.contexts),
        "domain": list(rows.domains),
        "image": images,
    }
    write_table(path, pa.table(columns, schema=SCHEMA.with_metadata(about)), IMAGES_PER_GROUP)
    return Written(task.name, len(rows.ids), unchanged=False)


def _origin(workspace: Workspace, task: TaskSpec, read_from: str) -> tuple[str, str]:
    """Where the rows come from, in words, and their licence."""
    match task.source:
        case PublishedSource() as source:
            if source.dataset not in workspace.registry.files("dataset"):
                return f"{source.dataset}, built by this project", ""
            dataset = workspace.registry.dataset(source.dataset)
            return f"{dataset.title}, built by this project", dataset.licence
        case ExternalSource() as source:
            where = "the Hugging Face Hub" if read_from == "hub" else "a copy on this machine"
            return f"data of others, read from {where}", source.licence


def _made_of(path: Path) -> tuple[str, str] | None:
    """The fingerprint and format of a file; None where it is none of ours."""
    try:
        about = pq.read_schema(path).metadata or {}
    except (pa.ArrowException, OSError):
        return None
    return about.get(b"fingerprint", b"").decode(errors="replace"), about.get(b"format", b"").decode(errors="replace")


def thumbnail(picture: Picture) -> bytes:
    """Returns a picture as JPEG, at most 192 pixels wide and high, larger ones by area averaging; transparency becomes white."""
    if isinstance(picture, Path):
        with open_image(picture) as image:
            coloured = image.convert("RGBA")
    else:
        coloured = picture.convert("RGBA")
    plain = Image.alpha_composite(Image.new("RGBA", coloured.size, "white"), coloured).convert("RGB")
    plain.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    buffer = io.BytesIO()
    plain.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
