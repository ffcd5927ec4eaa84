"""Labelled images as every reader gives them and every method takes them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from benchmarks.examples import Labels, sample_by_id
from hub.files import digest

Positions = npt.NDArray[np.int64]
Boxes = npt.NDArray[np.float32]
"""(rows, 4): left, top, right and bottom of the person in shares of the image's width and height; NaN where there is none, or none is known."""


@dataclass(frozen=True)
class ImageExamples:
    """Images by path; they are decoded when they are used."""

    ids: tuple[str, ...]
    paths: tuple[Path, ...]
    domains: tuple[str, ...]
    """The style, or the source, of every image; empty where there is none."""
    contents: tuple[str, ...]
    """SHA-256 of every file."""
    captions: tuple[str, ...]
    """What is said of every image, without its label; empty where nothing is."""
    boxes: Boxes
    labels: Labels
    """(rows, classes). Several classes a row only where the task says so."""

    @classmethod
    def plain(cls, ids: Sequence[str], paths: Sequence[Path], domains: Sequence[str], contents: Sequence[str], labels: Labels) -> "ImageExamples":
        """Returns examples of which neither captions nor persons are known."""
        boxes = np.full((len(ids), 4), np.nan, dtype=np.float32)
        return cls(tuple(ids), tuple(paths), tuple(domains), tuple(contents), ("",) * len(ids), boxes, labels)

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Sequence[int] | Positions) -> "ImageExamples":
        """Returns the rows with these indices, in this order."""
        chosen = np.asarray(rows, dtype=np.int64)
        return ImageExamples(
            ids=tuple(self.ids[row] for row in chosen),
            paths=tuple(self.paths[row] for row in chosen),
            domains=tuple(self.domains[row] for row in chosen),
            contents=tuple(self.contents[row] for row in chosen),
            captions=tuple(self.captions[row] for row in chosen),
            boxes=self.boxes[chosen],
            labels=self.labels[chosen],
        )

    def sample(self, rows: int) -> "ImageExamples":
        """Returns that many rows, in their order; which ones depends on their ids alone."""
        return self.take(sample_by_id(self.ids, rows))

    def followed_by(self, other: "ImageExamples") -> "ImageExamples":
        """Returns these rows and then the other ones, which have the same classes."""
        return ImageExamples(
            ids=self.ids + other.ids,
            paths=self.paths + other.paths,
            domains=self.domains + other.domains,
            contents=self.contents + other.contents,
            captions=self.captions + other.captions,
            boxes=np.concatenate([self.boxes, other.boxes]),
            labels=np.concatenate([self.labels, other.labels]),
        )

    def with_boxes(self, boxes: Boxes) -> "ImageExamples":
        return replace(self, boxes=boxes)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over ids, contents, captions, boxes and labels; where the files lie does not matter."""
        return digest([self.ids, self.contents, self.captions, self.boxes.tobytes().hex(), np.packbits(self.labels).tobytes().hex()])


@dataclass(frozen=True)
class ImageSplits:
    """A task's images."""

    train: ImageExamples
    validation: ImageExamples
    test: ImageExamples
    classes: tuple[str, ...]
    source: Literal["published", "local", "hub"]
    revision: str | None

    @property
    def fingerprint(self) -> str:
        return digest([self.train.fingerprint, self.validation.fingerprint, self.test.fingerprint, self.classes])
