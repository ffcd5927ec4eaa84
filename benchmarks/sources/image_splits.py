"""The images of a classification task: read, their labels mapped to classes by name, and cut into train, validation and test."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from benchmarks.image_examples import ImageExamples, ImageSplits
from benchmarks.sources import classes_of, read_external
from benchmarks.sources.labelled_images import LabelledImage, Part, RawImages
from benchmarks.sources.published_images import read_published
from hub.console import say
from hub.errors import DeclarationError, EmohubError, nearest
from hub.files import fraction_from
from hub.paths import Project
from hub.spec import ImageClassificationTask, ParamsSpec
from hub.spec.task import ExternalSource, PublishedSource, SplitsByContent, ValidationFromTest

_PARTS: tuple[Part, ...] = ("train", "validation", "test")
Rows = dict[Part, list[LabelledImage]]


def read_image_splits(task: ImageClassificationTask, project: Project, params: ParamsSpec, network: bool) -> ImageSplits:
    """Reads a task's images, with labels as columns in the order of the task's `labels`, or of its taxonomy.

    Raises:
        DataUnavailableError: they are not on this machine and may not, or cannot, be downloaded.
        DeclarationError: the task's labels, mapping or splits do not fit the data.
        EmohubError: the data is there and cannot be read.
    """
    where = f"benchmarks/tasks/{task.name}.yaml"
    raw, revision = _read(task, project, params, network, where)
    for reason, count in raw.dropped.items():
        say(f"{task.name}: {count:,} rows {reason} and were left out")
    classes = task.labels or classes_of(task, project)
    parts = cut(raw.parts, task, where)
    empty = [part for part in _PARTS if not parts[part]]
    if empty:
        raise EmohubError(f"the data of {task.name!r} was read, but holds no images for {', '.join(empty)}; is it complete?")
    refuse_unmapped([row for rows in parts.values() for row in rows], classes, task.mapping, where)
    if not task.multi_label:
        _refuse_several(parts, where)
    made = [_with_persons(examples_from(parts[part], classes, task.mapping), task, project, network) for part in _PARTS]
    return ImageSplits(made[0], made[1], made[2], classes, _origin(task, revision), revision)


def _with_persons(examples: ImageExamples, task: ImageClassificationTask, project: Project, network: bool) -> ImageExamples:
    """The same with detected boxes, where the task asks for them and the data has none."""
    if task.person_detector is None or not np.isnan(examples.boxes).all():
        return examples
    from benchmarks.sources.person_detector import kept_person_boxes

    return examples.with_boxes(kept_person_boxes(examples, task.person_detector, project, network))


def examples_from(rows: Sequence[LabelledImage], classes: Sequence[str], mapping: Mapping[str, str]) -> ImageExamples:
    """Returns rows with their labels mapped to classes by name."""
    position = {label: number for number, label in enumerate(classes)}
    labels = np.zeros((len(rows), len(classes)), dtype=np.bool_)
    for number, row in enumerate(rows):
        labels[number, [position[mapping.get(label, label)] for label in row.labels]] = True
    boxes = np.array([row.box or (np.nan,) * 4 for row in rows], dtype=np.float32).reshape(-1, 4)
    return ImageExamples(
        ids=tuple(row.id for row in rows),
        paths=tuple(row.path for row in rows),
        domains=tuple(row.domain for row in rows),
        contents=tuple(row.content for row in rows),
        captions=tuple(row.caption for row in rows),
        boxes=boxes,
        labels=labels,
    )


def refuse_unmapped(rows: Sequence[LabelledImage], classes: Sequence[str], mapping: Mapping[str, str], where: str) -> None:
    """Raises DeclarationError: a label of the data leads to no class, or no label leads to one of the classes."""
    found = {label: mapping.get(label, label) for row in rows for label in row.labels}
    unknown = sorted(label for label, named in found.items() if named not in classes)
    if unknown:
        raise DeclarationError(f"{where}: 'mapping' leads the data's label {unknown[0]!r} to none of the classes: {nearest(unknown[0], classes)}")
    missing = sorted(set(classes) - set(found.values()))
    if missing:
        raise DeclarationError(f"{where}: no image of the data has the class {missing[0]!r}; the data's labels are {', '.join(sorted(found))}")


def cut(parts: Mapping[Part, Sequence[LabelledImage]], task: ImageClassificationTask, where: str) -> Rows:
    """Returns train, validation and test: the data's own where it has all three, else cut as the task says.

    Raises:
        DeclarationError: what the task says does not fit the parts that the data comes in.
    """
    found = {part for part, rows in parts.items() if rows}
    if not found or found == set(_PARTS) or (task.splits.kind == "official" and "all" not in found):
        if found and task.splits.kind != "official":
            say(f"{task.name}: the data comes in train, validation and test, which are kept; 'splits' is not used")
        return {part: list(parts.get(part, ())) for part in _PARTS}
    match task.splits:
        case SplitsByContent(train=train, validation=validation, seed=seed) if found == {"all"}:
            return _divided(parts["all"], (train, train + validation), seed)
        case ValidationFromTest(validation=validation, seed=seed) if found == {"train", "test"}:
            return {**_divided(parts["test"], (0.0, validation), seed), "train": list(parts["train"])}
    kind, has = task.splits.kind, "uncut" if found == {"all"} else f"in {', '.join(sorted(found))} alone"
    raise DeclarationError(f"{where}: the data comes {has}, which 'splits.kind' {kind} does not make train, validation and test of; name another")


def _divided(rows: Sequence[LabelledImage], ends: tuple[float, float], seed: int) -> Rows:
    """Returns train, which ends at the first number between 0 and 1, validation, which ends at the second, and test. A row's place between 0 and 1 is a hash
    of its image's bytes."""
    made: Rows = {part: [] for part in _PARTS}
    for row in rows:
        place = fraction_from("image split", str(seed), row.content)
        made["train" if place < ends[0] else "validation" if place < ends[1] else "test"].append(row)
    return made


def _refuse_several(parts: Rows, where: str) -> None:
    wrong = next((row for rows in parts.values() for row in rows if len(row.labels) != 1), None)
    if wrong is not None:
        raise DeclarationError(f"{where}: the image {wrong.id!r} has {len(wrong.labels)} labels; say 'multi_label: true' if that is meant")


def _origin(task: ImageClassificationTask, revision: str | None) -> Literal["published", "local", "hub"]:
    if isinstance(task.source, PublishedSource):
        return "published"
    return "hub" if revision else "local"


def _read(task: ImageClassificationTask, project: Project, params: ParamsSpec, network: bool, where: str) -> tuple[RawImages, str | None]:
    match task.source:
        case PublishedSource() as source:
            return read_published(source, project)
        case ExternalSource() as source:
            raw, revision = read_external(source, task, project, params, network)
            if not isinstance(raw, RawImages):
                raise DeclarationError(f"{where}: source.reader: {source.reader!r} does not read labelled images")
            return raw, revision
