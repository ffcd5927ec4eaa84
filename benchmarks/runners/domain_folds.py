"""Which rows a training sees when one domain is left out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.domain_examples import DomainRows, Rows
from benchmarks.image_examples import Positions
from hub.errors import EmohubError


@dataclass(frozen=True)
class Fold:
    """One domain left out. Train and validation come from the other domains alone."""

    left_out: str
    train: Rows
    validation: Rows
    """A share of every training domain, pooled."""
    test: Rows
    """All rows of the domain left out."""


def folds(data: DomainRows, validation_share: float, seed: int) -> Iterator[Fold]:
    """Leaves every domain out once. A domain is cut the same way in each fold that trains on it; only the seed changes the cut.

    Raises:
        EmohubError: a domain has too few rows to be cut.
    """
    cuts = {name: _cut(data.of(name), name, validation_share, np.random.default_rng([seed, number])) for number, name in enumerate(data.names)}
    for left_out in data.names:
        others = [cuts[name] for name in data.names if name != left_out]
        train, validation = (np.sort(np.concatenate(parts)) for parts in zip(*others, strict=True))
        yield Fold(left_out, data.rows.take(train), data.rows.take(validation), data.rows.take(data.of(left_out)))


def _cut(rows: Positions, name: str, validation_share: float, generator: np.random.Generator) -> tuple[Positions, Positions]:
    """Returns the positions of a domain's train and validation rows."""
    if len(rows) < 2:
        raise EmohubError(f"the domain {name!r} has {len(rows)} rows; train and validation need at least 2")
    shuffled = generator.permutation(rows)
    validation = min(max(1, round(len(rows) * validation_share)), len(rows) - 1)
    return shuffled[validation:], shuffled[:validation]
