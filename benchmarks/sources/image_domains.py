"""Images of several domains in folders, `<root>/<domain>/<class>/<image>`, as DomainBed lays out PACS, VLCS, OfficeHome and TerraIncognita."""

import hashlib
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.domain_examples import DomainRows, ImageExamples
from benchmarks.sources import read_external
from hub.console import say
from hub.errors import DeclarationError, EmohubError, nearest
from hub.paths import Project
from hub.spec import DomainGeneralizationTask, ParamsSpec
from hub.spec.task import ExternalSource, ImageDomains

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm"})
"""Files that are meant to be images; all others are passed over."""


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
    with ThreadPoolExecutor() as pool:
        contents = list(pool.map(_readable_content, [path for _, _, path in found]))
    images = [ImageFile(domain, label, path, content) for (domain, label, path), content in zip(found, contents, strict=True) if content]
    return ImageFolders(tuple(images), tuple(path for (_, _, path), content in zip(found, contents, strict=True) if not content))


def read_image_domains(task: DomainGeneralizationTask, project: Project, params: ParamsSpec, network: bool) -> DomainRows:
    """Reads the domains that a task names, or all of them. The classes are the folders of all of these together, in alphabetical order.

    Raises:
        DataUnavailableError: no path is given.
        DeclarationError: the task names a domain that is no folder, or its data is none of images.
        EmohubError: nothing is there, or no images are.
    """
    assert isinstance(task.inputs, ImageDomains)
    where = f"benchmarks/tasks/{task.name}.yaml"
    if not isinstance(task.source, ExternalSource):
        raise DeclarationError(f"{where}: image domains are read from a path; make 'source.kind' external")
    folders, revision = read_external(task.source, task, project, params, network)
    if not isinstance(folders, ImageFolders):
        raise DeclarationError(f"{where}: source.reader: {task.source.reader!r} does not read folders of images")
    if folders.unreadable:
        first = folders.unreadable[0]
        say(f"{task.name}: {len(folders.unreadable):,} images cannot be decoded and were left out, such as {first.parent.name}/{first.name}")
    found = tuple(sorted({image.domain for image in folders.images}))
    names = task.inputs.domains or found
    for name in names:
        if name not in found:
            raise DeclarationError(f"{where}: inputs.domains: there is no folder {name!r}: {nearest(name, found)}")
    if len(names) < 2:
        raise EmohubError(f"the data of {task.name!r} holds the domain {names[0]!r} alone; leaving one out needs at least two")
    images = [image for image in folders.images if image.domain in names]
    classes = tuple(sorted({image.label for image in images}))
    return DomainRows(_examples(images, classes), tuple(image.domain for image in images), names, classes, "hub" if revision else "local", revision)


def _examples(images: Sequence[ImageFile], classes: Sequence[str]) -> ImageExamples:
    labels = np.array([image.label for image in images])[:, None] == np.array(classes)
    return ImageExamples(
        ids=tuple(image.id for image in images),
        paths=tuple(image.path for image in images),
        domains=tuple(image.domain for image in images),
        contents=tuple(image.content for image in images),
        labels=labels,
    )


def _folders(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.is_dir() and not path.name.startswith("."))


def _readable_content(path: Path) -> str | None:
    """Returns the file's SHA-256, or None if it cannot be decoded."""
    from PIL import Image

    data = path.read_bytes()
    try:
        with Image.open(io.BytesIO(data)) as image:
            # A JPEG is decoded at an eighth of its size: quick, and a truncated one still fails.
            image.draft("RGB", (32, 32))
            image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return hashlib.sha256(data).hexdigest()
