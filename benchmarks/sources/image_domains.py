"""Images of several domains: in folders `<root>/<domain>/<class>/<image>`, as DomainBed lays out PACS, VLCS, OfficeHome and TerraIncognita, or published."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.domain_examples import DomainRows
from benchmarks.image_examples import ImageExamples
from benchmarks.sources import classes_of, read_external
from benchmarks.sources.image_splits import examples_from, refuse_unmapped
from benchmarks.sources.labelled_images import SUFFIXES, look_at
from benchmarks.sources.published_images import read_published
from hub.console import say
from hub.errors import DeclarationError, EmohubError, nearest
from hub.paths import Project
from hub.spec import DomainGeneralizationTask, ParamsSpec
from hub.spec.task import ExternalSource, ImageDomains, PublishedSource


@dataclass(frozen=True, slots=True)
class ImageFile:
    """One image that can be decoded."""

    domain: str
    label: str
    path: Path
    content: str
    """SHA-256 of the file."""

    @property
    def id(self) -> str:
        return f"{self.domain}/{self.label}/{self.path.name}"


@dataclass(frozen=True)
class ImageFolders:
    """What lies below a folder of domains."""

    images: tuple[ImageFile, ...]
    unreadable: tuple[Path, ...]
    """Images that Pillow cannot decode, truncated ones too."""


def read(root: Path) -> ImageFolders:
    """Finds the images of every domain and class, and decodes each once at low resolution to see that it can be read.

    Raises:
        EmohubError: `root` does not hold folders of folders of images.
    """
    if not root.is_dir():
        raise EmohubError(f"{root}: not a folder; name the one that holds a folder for every domain")
    found = [
        (domain.name, label.name, path)
        for domain in _folders(root)
        for label in _folders(domain)
        for path in sorted(label.iterdir())
        if path.suffix.lower() in SUFFIXES
    ]
    if not found:
        raise EmohubError(f"{root}: holds no images in folders <domain>/<class>/")
    facts = look_at(path for _, _, path in found)
    images = [ImageFile(domain, label, path, seen.content) for domain, label, path in found if (seen := facts[path])]
    return ImageFolders(tuple(images), tuple(path for path, seen in facts.items() if not seen))


def read_image_domains(task: DomainGeneralizationTask, project: Project, params: ParamsSpec, network: bool) -> DomainRows:
    """Reads the domains that a task names, or all of them.

    In folders, the classes are the folders of all of these together, in alphabetical order. Of a published dataset the styles are the domains, and the rows of
    all splits are taken together: every domain is the test once, so the published splits mean nothing here.

    Raises:
        DataUnavailableError: no path is given, or the dataset has not been built here.
        DeclarationError: the task names a domain that is no folder or style, its data is none of images, or its labels do not fit them.
        EmohubError: nothing is there, or no images are.
    """
    where = f"benchmarks/tasks/{task.name}.yaml"
    match task.source:
        case PublishedSource() as source:
            return _published(source, task, project, where)
        case ExternalSource():
            return _in_folders(task, project, params, network, where)


def _published(source: PublishedSource, task: DomainGeneralizationTask, project: Project, where: str) -> DomainRows:
    raw, revision = read_published(source, project)
    rows = [row for part in raw.parts.values() for row in part]
    names = _names(task, sorted({row.domain for row in rows}), "style", where)
    kept = [row for row in rows if row.domain in names]
    classes = task.labels or classes_of(task, project)
    refuse_unmapped(kept, classes, task.mapping, where)
    return DomainRows(examples_from(kept, classes, task.mapping), tuple(row.domain for row in kept), names, classes, "published", revision)


def _in_folders(task: DomainGeneralizationTask, project: Project, params: ParamsSpec, network: bool, where: str) -> DomainRows:
    assert isinstance(task.source, ExternalSource)
    folders, revision = read_external(task.source, task, project, params, network)
    if not isinstance(folders, ImageFolders):
        raise DeclarationError(f"{where}: source.reader: {task.source.reader!r} does not read folders of images")
    if folders.unreadable:
        first = folders.unreadable[0]
        say(f"{task.name}: {len(folders.unreadable):,} images cannot be decoded and were left out, such as {first.parent.name}/{first.name}")
    names = _names(task, sorted({image.domain for image in folders.images}), "folder", where)
    images = [image for image in folders.images if image.domain in names]
    classes = tuple(sorted({image.label for image in images}))
    return DomainRows(_examples(images, classes), tuple(image.domain for image in images), names, classes, "hub" if revision else "local", revision)


def _names(task: DomainGeneralizationTask, found: Sequence[str], what: str, where: str) -> tuple[str, ...]:
    """The domains that the task names, or all that the data has."""
    assert isinstance(task.inputs, ImageDomains)
    names = task.inputs.domains or tuple(found)
    for name in names:
        if name not in found:
            raise DeclarationError(f"{where}: inputs.domains: there is no {what} {name!r}: {nearest(name, found)}")
    if len(names) < 2:
        raise EmohubError(f"the data of {task.name!r} holds the domain {names[0]!r} alone; leaving one out needs at least two")
    return names


def _examples(images: Sequence[ImageFile], classes: Sequence[str]) -> ImageExamples:
    labels = np.array([image.label for image in images])[:, None] == np.array(classes)
    return ImageExamples.plain(
        ids=[image.id for image in images],
        paths=[image.path for image in images],
        domains=[image.domain for image in images],
        contents=[image.content for image in images],
        labels=labels,
    )


def _folders(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.is_dir() and not path.name.startswith("."))
