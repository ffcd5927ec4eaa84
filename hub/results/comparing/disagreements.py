"""Where models of one task disagree, row by row. Pure functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from hub.errors import EmohubError
from hub.results.comparing.predictions import ClassPredictions, Floats, PairPredictions, TextPredictions

Choice = Literal["differ", "first", "second", "wrong"]
CHOICES: tuple[Choice, ...] = ("differ", "first", "second", "wrong")
"""All rows decided differently; of them those that the first alone has right, the second alone, and neither."""
Rows = npt.NDArray[np.int64]


def shared_classes(found: Sequence[ClassPredictions]) -> tuple[ClassPredictions, ...]:
    """Returns the predictions of rows that all models have, in the first one's order.

    Raises:
        EmohubError: the models have other labels, no row in common, or differ in what is true of one.
    """
    first = found[0]
    if any(one.labels != first.labels for one in found):
        raise EmohubError("these models predict other labels, so that their predictions cannot be laid side by side")
    kept = _shared([one.ids for one in found])
    aligned = tuple(_taken(one, rows) for one, rows in zip(found, kept, strict=True))
    if any((one.truth != aligned[0].truth).any() for one in aligned):
        raise EmohubError("these models were tested against other truths, so that their predictions cannot be laid side by side")
    return aligned


def shared_texts(found: Sequence[TextPredictions]) -> tuple[Rows, ...]:
    """Returns for every model the positions of the texts that all have, in the first one's order; raises EmohubError where there are none."""
    return _shared([one.ids for one in found])


def shared_pairs(found: Sequence[PairPredictions]) -> tuple[Rows, ...]:
    """Returns for every model the positions of the pairs that all have, in the first one's order; raises EmohubError where there are none."""
    return _shared([one.ids for one in found])


def _shared(ids: Sequence[Sequence[str]]) -> tuple[Rows, ...]:
    places = [{id: row for row, id in enumerate(one)} for one in ids]
    common = [id for id in ids[0] if all(id in one for one in places)]
    if not common:
        raise EmohubError("these models were tested on other rows: none is in the predictions of all of them")
    return tuple(np.array([one[id] for id in common], dtype=np.int64) for one in places)


def _taken(found: ClassPredictions, rows: Rows) -> ClassPredictions:
    return ClassPredictions(
        tuple(found.ids[row] for row in rows),
        found.labels,
        found.truth[rows],
        found.decided[rows],
        found.probabilities[rows],
        found.thresholds[rows],
        tuple(found.domains[row] for row in rows) if found.domains else (),
    )


def is_right(found: ClassPredictions) -> npt.NDArray[np.bool_]:
    """(rows,): whether exactly the true labels were decided."""
    return np.asarray((found.truth == found.decided).all(axis=1))


def mistakenness(found: ClassPredictions) -> Floats:
    """Returns how sure a model was of its worst mistake in each row, (rows,), between 0 and 1; 0 where it made none.

    With a threshold t: (p - t)/(1 - t) for a label wrongly decided, (t - p)/t for one wrongly left out, the larger of them. Without: how much likelier the
    label decided was than the likeliest true one.
    """
    probabilities = found.probabilities.astype(np.float64)
    threshold = found.thresholds[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        above = np.where(found.decided & ~found.truth, (probabilities - threshold) / (1 - threshold), 0)
        below = np.where(found.truth & ~found.decided, (threshold - probabilities) / threshold, 0)
    by_threshold = np.nan_to_num(np.maximum(above, below)).max(axis=1, initial=0)
    decided = np.where(found.decided, probabilities, 0).max(axis=1, initial=0)
    true = np.where(found.truth, probabilities, 0).max(axis=1, initial=0)
    likeliest = np.where(is_right(found), 0, decided - true)
    return np.asarray(np.clip(np.where(np.isnan(found.thresholds), likeliest, by_threshold), 0, 1))


@dataclass(frozen=True)
class Disagreements:
    """Two models on the same rows."""

    counts: dict[Choice, int]
    both_right: int
    both_wrong_alike: int
    """Rows with the same wrong decision."""
    rows: Rows
    """The rows chosen, those first where the mistaken model was surest."""


def disagreements(first: ClassPredictions, second: ClassPredictions, choice: Choice, label: str | None = None) -> Disagreements:
    """Returns the rows of a choice; with `label` those alone where it is true or decided by either. The counts are of the same rows."""
    near = np.ones(len(first.ids), dtype=np.bool_)
    if label is not None:
        column = first.labels.index(label)
        near = first.truth[:, column] | first.decided[:, column] | second.decided[:, column]
    differ = (first.decided != second.decided).any(axis=1) & near
    ours, theirs = is_right(first), is_right(second)
    masks: dict[Choice, npt.NDArray[np.bool_]] = {
        "differ": differ,
        "first": differ & ours,
        "second": differ & theirs,
        "wrong": differ & ~ours & ~theirs,
    }
    sureness = np.maximum(mistakenness(first), mistakenness(second))
    chosen = np.flatnonzero(masks[choice])
    return Disagreements(
        {name: int(mask.sum()) for name, mask in masks.items()},
        int((ours & theirs & near).sum()),
        int((~ours & ~theirs & ~differ & near).sum()),
        chosen[np.argsort(-sureness[chosen], kind="stable")],
    )


def telling_labels(found: Sequence[ClassPredictions], row: int, most: int = 6) -> tuple[int, ...]:
    """Returns the labels of a row that are worth showing: true ones, then those decided by any model, then each model's likeliest; in each by probability."""
    highest = np.max([one.probabilities[row] for one in found], axis=0)
    true = found[0].truth[row]
    decided = np.any([one.decided[row] for one in found], axis=0)
    likeliest = np.isin(np.arange(len(highest)), [int(one.probabilities[row].argmax()) for one in found])
    order = np.lexsort((-highest, ~likeliest, ~decided, ~true))
    return tuple(int(label) for label in order if true[label] or decided[label] or likeliest[label])[:most]
