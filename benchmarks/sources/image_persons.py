"""Persons in images with a box each: HECO and EMOTIC, as one comma-separated file beside the images. From a user's own copy; never shipped.

EMOTIC comes as a MATLAB file; docs/image_benchmark.md says which of its fields become which columns.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from benchmarks.sources.image_folders import snapshot
from benchmarks.sources.labelled_images import Box, LabelledImage, Part, RawImages, box_in_shares, look_at, part_name
from benchmarks.sources.tables import find_file, read_delimited
from hub.errors import EmohubError
from hub.spec.task import ExternalSource

EMOTIC_CATEGORIES = (
    "affection", "anger", "annoyance", "anticipation", "aversion", "confidence", "disapproval", "disconnection", "disquietment", "doubt/confusion",
    "embarrassment", "engagement", "esteem", "excitement", "fatigue", "fear", "happiness", "pain", "peace", "pleasure", "sadness", "sensitivity",
    "suffering", "surprise", "sympathy", "yearning",
)  # fmt: skip
_PLACE = {name: (name,) for name in ("folder", "filename", "x0", "y0", "x1", "y1")}


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the file."""

    place: str
    """The image's path below the file's folder, as text that is the same on every system."""
    pixels: Box | None
    labels: tuple[str, ...]
    part: Part | None
    domain: str


def read_heco(path: Path) -> RawImages:
    """Reads heco.csv: folder, filename, x0, y0, x1, y1 (pixels) and emotion. One row is one person.

    Raises:
        EmohubError: the file or a column is missing, or a path leads out of the folder.
    """
    file = find_file(path, ("heco.csv",))
    rows = read_delimited(file, {**_PLACE, "emotion": ("emotion",)})
    labels = [(row["emotion"].lower(),) if row["emotion"] else () for row in rows]
    return _read(file, [Person(_place(row, file, line), _pixels(row), labels[line - 2], "all", "") for line, row in enumerate(rows, start=2)])


def read_heco_hub(source: ExternalSource) -> RawImages:
    """Reads the same from a dataset repository of the Hub in this layout."""
    return read_heco(snapshot(source))


def read_emotic(path: Path) -> RawImages:
    """Reads emotic.csv: folder, filename, x0, y0, x1, y1 (pixels), split, and a column of 0 and 1 for each of the 26 categories. One row is one person.

    The collection that an image is from, the beginning of its folder, is its domain.

    Raises:
        EmohubError: the file or a column is missing, or a path leads out of the folder.
    """
    file = find_file(path, ("emotic.csv",))
    rows = read_delimited(file, {**_PLACE, "split": ("split",), **{category: (category,) for category in EMOTIC_CATEGORIES}})
    persons = []
    for line, row in enumerate(rows, start=2):
        place, labels = _place(row, file, line), tuple(category for category in EMOTIC_CATEGORIES if row[category] in ("1", "1.0"))
        persons.append(Person(place, _pixels(row), labels, part_name(row["split"]), place.partition("/")[0] if "/" in place else ""))
    return _read(file, persons)


def read_emotic_hub(source: ExternalSource) -> RawImages:
    """Reads the same from a dataset repository of the Hub in this layout."""
    return read_emotic(snapshot(source))


def _read(file: Path, persons: Sequence[Person]) -> RawImages:
    facts = look_at(file.parent / person.place for person in persons)
    numbers: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    parts: dict[Part, list[LabelledImage]] = {}
    for person in persons:
        # Counted before anything is left out, so that an id depends on nothing but the file.
        numbers[person.place] += 1
        path = file.parent / person.place
        seen = facts[path]
        box = box_in_shares(person.pixels, seen.width, seen.height) if seen and person.pixels else None
        if seen is None:
            dropped["have no image that can be decoded"] += 1
        elif person.part is None:
            dropped["are in no split called train, val or test"] += 1
        elif not person.labels:
            dropped["have no label"] += 1
        elif box is None:
            dropped["have no box inside their image"] += 1
        else:
            id = f"{person.place}#{numbers[person.place]}"
            parts.setdefault(person.part, []).append(LabelledImage(id, path, seen.content, person.labels, person.domain, box=box))
    return RawImages(parts, dict(dropped))


def _place(row: Mapping[str, str], file: Path, line: int) -> str:
    place = PurePosixPath(row["folder"].replace("\\", "/")) / row["filename"].replace("\\", "/")
    if place.is_absolute() or ".." in place.parts or not row["filename"]:
        raise EmohubError(f"{file}:{line}: folder {row['folder']!r} and filename {row['filename']!r} name no image below the file's folder")
    return str(place)


def _pixels(row: Mapping[str, str]) -> Box | None:
    try:
        box = float(row["x0"]), float(row["y0"]), float(row["x1"]), float(row["y1"])
    except ValueError:
        return None
    return box if all(map(math.isfinite, box)) else None
