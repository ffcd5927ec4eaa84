"""Token ids cut for a language model: into full blocks to learn from, and into windows to be scored in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one text. Every token of a text is the target of exactly one window."""

    text: int
    """The text's position."""
    inputs: list[int]
    targets: list[int]
    """For each input the token after it."""


def pack(texts: Sequence[Sequence[int]], order: Sequence[int] | Ids, end: int, length: int) -> Ids:
    """Returns (blocks, length + 1): the texts in that order, `end` before each, cut without gap or padding.

    Neighbours share a token, so that each is a target once. What is left over at the end, less than a block, is dropped.

    Raises:
        ValueError: the texts do not fill one block.
    """
    stream = np.array([token for position in order for token in (end, *texts[position])], dtype=np.int64)
    blocks = (len(stream) - 1) // length
    if blocks < 1:
        raise ValueError(f"{len(texts)} texts of {len(stream)} tokens together do not fill one block of {length}; take more text or a shorter block")
    starts = np.arange(blocks)[:, None] * length
    cut: Ids = stream[starts + np.arange(length + 1)]
    return cut


def windows(texts: Sequence[Sequence[int]], end: int, length: int) -> list[Window]:
    """Returns the windows of all texts, none longer than `length` tokens. The first one of a text begins with `end`, later ones with the token before."""
    found = []
    for number, ids in enumerate(texts):
        stream = [end, *ids]
        for start in range(0, len(ids), length):
            targets = stream[start + 1 : start + length + 1]
            found.append(Window(number, stream[start : start + len(targets)], targets))
    return found


def batches_of_like_length(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Yields positions, shortest first, so that no batch, padded to its longest row, holds more than `tokens` tokens; a longer row goes alone."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda position: lengths[position]):
        if batch and (len(batch) + 1) * lengths[position] > tokens:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch
