"""What every reader of images returns, and how it looks at one file."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hub.untrusted_images import MOST_BYTES, ImageError, open_image

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm"})
"""Files that are meant to be images; all others are passed over."""
Part = Literal["all", "train", "validation", "test"]
"""`all` is data that comes uncut."""
Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""
_PART_NAMES: dict[str, Part] = {"train": "train", "training": "train", "val": "validation", "valid": "validation", "validation": "validation", "test": "test"}


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """A file that Pillow can decode."""

    content: str
    """SHA-256 of the file."""
    width: int
    height: int
    """In pixels, as stored: a camera's note to turn the image is not heeded."""


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """One row as a reader finds it, with the data's own label names in lower case. Several rows may be of one image, for several persons in it."""

    id: str
    path: Path
    content: str
    labels: tuple[str, ...]
    domain: str = ""
    caption: str = ""
    box: Box | None = None
    """The person, in shares of width and height."""


@dataclass(frozen=True)
class RawImages:
    """What a reader of external images returns."""

    parts: Mapping[Part, Sequence[LabelledImage]]
    dropped: Mapping[str, int] = field(default_factory=dict)
    """How many rows are no examples, by reason: a phrase that goes on from 'rows '."""


def part_name(name: str) -> Part | None:
    """Returns which part a folder, file or value called `train`, `val`, `Test` and the like stands for; None for other names."""
    return _PART_NAMES.get(name.strip().lower())


def look_at(paths: Iterable[Path]) -> dict[Path, ImageFacts | None]:
    """Returns what each distinct file holds, None where it is missing or cannot be decoded whole."""
    distinct = list(dict.fromkeys(paths))
    with ThreadPoolExecutor() as pool:
        return dict(zip(distinct, pool.map(facts_of, distinct), strict=True))


def facts_of(path: Path) -> ImageFacts | None:
    """Decodes a file at low resolution to see that it can be read; returns None if it cannot, or is too large."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        data = path.read_bytes()
        with open_image(data) as image:
            width, height = image.size
            # A JPEG is decoded at an eighth of its size: quick, and a truncated one still fails.
            image.draft("RGB", (32, 32))
            image.load()
    except (OSError, ImageError):
        return None
    return ImageFacts(hashlib.sha256(data).hexdigest(), width, height)


def box_in_shares(pixels: Box, width: int, height: int) -> Box | None:
    """Returns a box in pixels as shares of an image, cut at its edges; None if nothing of it is inside."""
    left, right = (min(max(value / width, 0.0), 1.0) for value in (pixels[0], pixels[2]))
    top, bottom = (min(max(value / height, 0.0), 1.0) for value in (pixels[1], pixels[3]))
    return (left, top, right, bottom) if left < right and top < bottom else None
