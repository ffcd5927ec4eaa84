"""Rows of a published split, as far as a sample needs them: labels by name, groups, style and texts. Pictures are read only for the rows that are drawn."""

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hub.errors import EmohubError, nearest
from hub.files import file_digest
from hub.publish.inspection.features import ClassLabel, ListOf, Picture, class_labels, has_picture
from hub.publish.inspection.published_folder import Configuration, PublishedFolder, batches
from hub.publish.inspection.published_folder import Split as Files
from hub.publish.manifest import Manifest
from hub.untrusted_images import ImageError, open_image

_STYLE = "style"
_STRENGTH = "expressiveness"


@dataclass(frozen=True, slots=True)
class Row:
    """One published row."""

    id: str
    labels: tuple[str, ...]
    """The strongest first."""
    related: frozenset[str]
    """Every class that the row names anywhere, such as the one its text was asked to express: none of them is a distractor."""
    groups: tuple[str, ...]
    """What it shares with other rows: its story and character, its person and scene."""
    style: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LabelledSplit:
    """The labelled rows of one split of one configuration."""

    label: str
    """The column of the labels."""
    classes: tuple[str, ...]
    multiple: bool
    """Whether a row may have several labels."""
    image: str | None
    """The column of the picture, if there is one."""
    rows: tuple[Row, ...]


def find_configuration(folder: PublishedFolder, name: str | None) -> Configuration:
    """Returns a configuration; the default one for None."""
    found = folder.default if name is None else folder.configuration(name)
    if found is None:
        raise EmohubError(f"there is no configuration {name!r}: {nearest(str(name), (one.name for one in folder.configurations))}")
    return found


def find_split(folder: PublishedFolder, manifest: Manifest, configuration: Configuration, name: str) -> Files:
    """Returns a split whose files are those of the manifest."""
    found = next((split for split in configuration.splits if split.name == name), None)
    if found is None:
        raise EmohubError(f"configuration {configuration.name!r} has no split {name!r}: {nearest(name, (split.name for split in configuration.splits))}")
    for file in found.files:
        path = file.relative_to(folder.root).as_posix()
        if manifest.sha256.get(path) != file_digest(file):
            raise EmohubError(f"{path}: has other bytes than MANIFEST.json says; publish or pull the dataset again")
    return found


def read_rows(folder: PublishedFolder, manifest: Manifest, configuration: Configuration, split: Files) -> LabelledSplit:
    """Reads a split without its pictures.

    Raises:
        EmohubError: the dataset has no class labels to ask about.
    """
    features, path = configuration.features, manifest.checks.label
    labels = class_labels(features)
    if path is None or path not in labels:
        raise EmohubError(
            f"{manifest.name}: configuration {configuration.name!r} has no column of class labels (MANIFEST.json names {path!r} as checks.label), "
            "so there is nothing to ask people about; only datasets with class labels can be annotated"
        )
    classes = labels[path].names
    same = [place.split(".") for place, one in labels.items() if one.names == classes]
    columns = [name for name, feature in features.items() if not has_picture(feature)]
    styles = features.get(_STYLE)
    named = styles.names if isinstance(styles, ClassLabel) else None
    values = [row for batch in batches(folder, split, columns) for row in batch.data.to_pylist()]
    rows = tuple(row for row in (_row(one, path.split("."), classes, same, named) for one in values) if row.labels)
    picture = next((name for name, feature in features.items() if isinstance(feature, Picture)), None)
    return LabelledSplit(path.partition(".")[0], classes, isinstance(features[path.partition(".")[0]], ListOf), picture, rows)


def read_pictures(folder: PublishedFolder, split: Files, column: str, ids: Collection[str]) -> dict[str, bytes]:
    """Returns the pictures of some rows as PNG, written anew from their pixels: published pictures carry their prompt, and with it the label.

    Raises:
        EmohubError: a picture cannot be decoded.
    """
    from PIL import Image

    found: dict[str, bytes] = {}
    for batch in batches(folder, split, [column]):
        for values in batch.data.to_pylist():
            if values["id"] not in ids:
                continue
            plain = io.BytesIO()
            try:
                with open_image((values[column] or {}).get("bytes") or b"") as image:
                    Image.frombytes("RGB", image.size, image.convert("RGB").tobytes()).save(plain, "PNG")
            except ImageError as error:
                raise EmohubError(f"{values['id']}: its picture cannot be decoded ({error})") from error
            found[values["id"]] = plain.getvalue()
    return found


def _row(values: dict[str, Any], path: list[str], classes: tuple[str, ...], same: list[list[str]], styles: tuple[str, ...] | None) -> Row:
    held = values[path[0]]
    if isinstance(held, list) and all(isinstance(one, dict) and _STRENGTH in one for one in held):
        held = sorted(held, key=lambda one: -one[_STRENGTH])
    style = values.get(_STYLE)
    return Row(
        id=str(values["id"]),
        labels=tuple(dict.fromkeys(_names(held, path[1:], classes))),
        related=frozenset(name for place in same for name in _names(values, place, classes)),
        groups=tuple(f"{name}={value}" for name, value in values.items() if name.endswith("_id") and isinstance(value, str)),
        style=styles[style] if styles and isinstance(style, int) else str(style or ""),
        texts={name: value for name, value in values.items() if isinstance(value, str)},
    )


def _names(value: Any, path: list[str], classes: tuple[str, ...]) -> list[str]:
    """The names of the class numbers that a path leads to, through lists."""
    if isinstance(value, list):
        return [name for one in value for name in _names(one, path, classes)]
    if path and isinstance(value, dict):
        return _names(value.get(path[0]), path[1:], classes)
    return [classes[value]] if isinstance(value, int) and 0 <= value < len(classes) else []
