"""Scores of classification runs with their intervals, and the table of predictions behind them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.examples import Labels, Probabilities
from benchmarks.metrics.scores import brier_score, expected_calibration_error, label_scores, macro_f1, micro_f1
from hub.results import Score
from hub.results.intervals import Floats, f1_replicates, percentile_interval

BOOTSTRAP_SEED = 20_250
"""The same for every model of a task: differences between models are paired."""
KEPT_REPLICATES = 200
"""How many bootstrap resamples of a score stand in its record."""


def score_of(value: float, replicates: Floats) -> Score:
    """Returns a score with its 95 % percentile interval and its first replicates."""
    interval = percentile_interval(replicates)
    return Score(value=value, low=interval.low, high=interval.high, replicates=tuple(round(float(one), 6) for one in replicates[:KEPT_REPLICATES]))


def f1_metrics(truth: Labels, decided: Labels, replicates: int) -> dict[str, Score]:
    """Returns macro- and micro-F1 over test rows."""
    macro, micro = f1_replicates(truth, decided, replicates, BOOTSTRAP_SEED)
    return {"macro_f1": score_of(macro_f1(truth, decided), macro), "micro_f1": score_of(micro_f1(truth, decided), micro)}


def calibration_metrics(truth: Labels, probabilities: Probabilities) -> dict[str, Score]:
    return {
        "brier_score": Score(value=brier_score(truth, probabilities)),
        "expected_calibration_error": Score(value=expected_calibration_error(truth, probabilities)),
    }


def per_label(truth: Labels, decided: Labels, labels: Sequence[str]) -> dict[str, dict[str, float]]:
    """Returns precision, recall, F1 and support of every label."""
    found = label_scores(truth, decided)
    return {
        label: {
            "precision": round(float(found.precision[number]), 6),
            "recall": round(float(found.recall[number]), 6),
            "f1": round(float(found.f1[number]), 6),
            "support": int(found.support[number]),
        }
        for number, label in enumerate(labels)
    }


def prediction_table(folds: Iterable[tuple[Sequence[str], Labels, Labels, Probabilities]], labels: Sequence[str]) -> pa.Table:
    """Returns ids, truths, decisions and probabilities of every fold; never the inputs, which may not be ours to copy."""
    rows: dict[str, list[Any]] = {"id": [], "fold": [], "truth": [], "decided": [], "probabilities": []}
    for fold, (ids, truth, decided, probabilities) in enumerate(folds):
        rows["id"] += ids
        rows["fold"] += [fold] * len(ids)
        rows["truth"] += [np.flatnonzero(row).tolist() for row in truth]
        rows["decided"] += [np.flatnonzero(row).tolist() for row in decided]
        rows["probabilities"] += probabilities.tolist()
    members = pa.list_(pa.int16())
    schema = pa.schema(
        [("id", pa.string()), ("fold", pa.int16()), ("truth", members), ("decided", members), ("probabilities", pa.list_(pa.float32()))],
        metadata={"labels": json.dumps(list(labels))},
    )
    return pa.table(rows, schema=schema)
