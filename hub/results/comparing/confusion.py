"""What was decided where a label is true. Pure functions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hub.results.comparing.predictions import Labels


@dataclass(frozen=True)
class Confusion:
    """Every true label of every row is counted once.

    A true label that was decided counts where it belongs. One that was missed counts for the labels that were decided wrongly in its row, in equal shares
    where there are several, or for none where there are none. With one label a row this is the usual confusion matrix.
    """

    labels: tuple[str, ...]
    counts: npt.NDArray[np.float64]
    """(labels, labels): true by decided."""
    nothing: npt.NDArray[np.float64]
    """(labels,): missed where nothing was decided wrongly."""

    @property
    def support(self) -> npt.NDArray[np.float64]:
        """(labels,): how many rows have the label."""
        return np.asarray(self.counts.sum(axis=1) + self.nothing)

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """(labels, labels): of the rows with the label; 0 for a label that no row has."""
        return np.asarray(self.counts / np.maximum(self.support, 1)[:, None])


def confusion(labels: tuple[str, ...], truth: Labels, decided: Labels) -> Confusion:
    """Returns the counts of (rows, labels) truths and decisions."""
    missed, wrong = truth & ~decided, decided & ~truth
    many = wrong.sum(axis=1)
    shared = wrong / np.maximum(many, 1)[:, None]
    counts = missed.T.astype(np.float64) @ shared
    counts[np.diag_indices(len(labels))] += (truth & decided).sum(axis=0)
    return Confusion(labels, counts, missed[many == 0].sum(axis=0).astype(np.float64))


@dataclass(frozen=True, slots=True)
class Mixup:
    """One label taken for another."""

    true: str
    decided: str
    count: float
    share: float
    """Of the rows with the true label."""


def largest_mixups(found: Confusion, most: int) -> tuple[Mixup, ...]:
    """Returns the commonest mistakes, those without a count left out."""
    counts = found.counts.copy()
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:most]
    places = [divmod(int(place), len(found.labels)) for place in order]
    shares = found.shares
    return tuple(
        Mixup(found.labels[row], found.labels[column], float(counts[row, column]), float(shares[row, column])) for row, column in places if counts[row, column]
    )
