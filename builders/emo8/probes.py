"""How far each cue alone leads to the emotion: linear models on one cue, trained on train rows and tested on test rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What a linear model reached on test rows."""

    accuracy: float
    """Mean of the recalls, so that the size of a class does not count."""
    recalls: dict[str, float]
    """By emotion."""


def probe(features: Features, emotions: Sequence[str], splits: Sequence[str], scored: Sequence[bool] | None = None) -> ProbeResult:
    """Fits a logistic regression on the train rows of `features` (rows, width) and returns what it reaches on the test rows, or on those that are `scored`."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import recall_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    labels, split = np.array(emotions), np.array(splits)
    train, test = split == "train", (split == "test") & (np.ones(len(split), dtype=bool) if scored is None else np.array(scored))
    names = sorted(set(emotions))
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)).fit(features[train], labels[train])
    recalls = recall_score(labels[test], model.predict(features[test]), labels=names, average=None, zero_division=0)
    return ProbeResult(round(float(np.mean(recalls)), 4), {name: round(float(value), 4) for name, value in zip(names, recalls, strict=True)})


def one_hot(values: Sequence[Sequence[str]]) -> Features:
    """Returns (rows, names): which of all the names each row has."""
    names = sorted({name for row in values for name in row})
    return np.array([[name in row for name in names] for row in values], dtype=np.float64)


def unit_intensities(rows: Sequence[Sequence[Mapping[str, Any]]], seen: Sequence[bool], numbers: Sequence[int]) -> Features:
    """Returns (rows, units + 1): the intensity of every action unit, and whether a face is seen at all."""
    found = np.zeros((len(rows), len(numbers) + 1))
    for position, units in enumerate(rows):
        for one in units:
            found[position, numbers.index(one["unit"])] = one["intensity"]
        found[position, -1] = seen[position]
    return found
