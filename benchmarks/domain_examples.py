"""Rows of several domains, texts or images, as the readers of domains give them and the domain generalization runner takes them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, Self

import numpy as np

from benchmarks.examples import Labels, sample_by_id
from benchmarks.image_examples import Positions
from hub.files import digest


class Rows(Protocol):
    """What `TextExamples` and `ImageExamples` have in common."""

    @property
    def ids(self) -> tuple[str, ...]: ...

    @property
    def labels(self) -> Labels: ...

    @property
    def fingerprint(self) -> str: ...

    def __len__(self) -> int: ...

    def take(self, rows: Sequence[int] | Positions) -> Self: ...


@dataclass(frozen=True)
class DomainRows:
    """All rows of a task, and the domain of each."""

    rows: Rows
    domains: tuple[str, ...]
    """Of every row."""
    names: tuple[str, ...]
    """The domains, in the order in which they are left out."""
    classes: tuple[str, ...]
    source: Literal["published", "local", "hub"]
    revision: str | None

    @property
    def fingerprint(self) -> str:
        return digest([self.rows.fingerprint, self.domains, self.names, self.classes])

    def of(self, domain: str) -> Positions:
        """Returns the positions of a domain's rows, in order."""
        return np.array([position for position, name in enumerate(self.domains) if name == domain], dtype=np.int64)

    def limited(self, rows_per_domain: int) -> "DomainRows":
        """Returns at most that many rows of every domain; which ones depends on their ids alone."""
        kept: list[int] = []
        for name in self.names:
            members = self.of(name)
            kept += members[sample_by_id([self.rows.ids[row] for row in members], rows_per_domain)].tolist()
        kept.sort()
        return replace(self, rows=self.rows.take(kept), domains=tuple(self.domains[row] for row in kept))
