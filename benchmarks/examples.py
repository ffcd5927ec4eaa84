"""Labelled texts as every reader gives them and every method takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from hub.files import digest, seed_from

Labels = npt.NDArray[np.bool_]
"""(rows, classes): which classes of the taxonomy hold."""
Probabilities = npt.NDArray[np.float32]
"""(rows, classes), each between 0 and 1."""


@dataclass(frozen=True)
class TextExamples:
    """Rows of one split. `contexts` holds empty texts where there is no context."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    contexts: tuple[str, ...]
    labels: Labels

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> "TextExamples":
        """Returns the rows with these indices, in this order."""
        return TextExamples(
            tuple(self.ids[row] for row in rows), tuple(self.texts[row] for row in rows), tuple(self.contexts[row] for row in rows), self.labels[rows]
        )

    def sample(self, rows: int) -> "TextExamples":
        """Returns that many rows, in their order; which ones depends on their ids alone."""
        return self.take(np.array(sample_by_id(self.ids, rows), dtype=np.int64))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over ids, texts, contexts and labels."""
        return digest([self.ids, self.texts, self.contexts, np.packbits(self.labels).tobytes().hex()])


@dataclass(frozen=True)
class Splits:
    """A task's data. Under cross-validation everything is in `train`, and the other two are empty."""

    train: TextExamples
    validation: TextExamples
    test: TextExamples
    source: Literal["published", "local", "hub"]
    revision: str | None

    @property
    def fingerprint(self) -> str:
        return digest([self.train.fingerprint, self.validation.fingerprint, self.test.fingerprint])


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One row as a reader finds it, with the data's own label names."""

    id: str
    text: str
    labels: tuple[str, ...]
    context: str = ""


@dataclass(frozen=True)
class RawSplits:
    """What a reader of external data returns."""

    train: Sequence[LabelledText]
    validation: Sequence[LabelledText]
    test: Sequence[LabelledText]
    dropped: int = 0
    """Rows of the source that are no examples: non-responses, broken lines, labels that the task does not have."""


def sample_by_id(ids: Sequence[str], rows: int) -> list[int]:
    """Returns the positions of at most that many ids, in order; which ones depends on nothing but the ids."""
    ranked = sorted(range(len(ids)), key=lambda position: (seed_from("sample", ids[position]), ids[position]))
    return sorted(ranked[:rows])


def examples_from(rows: Sequence[LabelledText], classes: Sequence[str], mapping: dict[str, str]) -> TextExamples:
    """Returns rows with their labels mapped to classes. A row's label that is no class is an error of the task's mapping."""
    position = {label: number for number, label in enumerate(classes)}
    labels = np.zeros((len(rows), len(classes)), dtype=np.bool_)
    for number, row in enumerate(rows):
        for label in row.labels:
            labels[number, position[mapping.get(label, label)]] = True
    return TextExamples(tuple(row.id for row in rows), tuple(row.text for row in rows), tuple(row.context for row in rows), labels)
