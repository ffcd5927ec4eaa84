"""Scores of every domain left out, their mean, and bootstrap replicates of that mean."""

from collections.abc import Sequence

import numpy as np

from benchmarks.examples import Labels
from benchmarks.metrics.scores import macro_f1, micro_f1
from benchmarks.runners.scoring import BOOTSTRAP_SEED, score_of
from hub.results import Score
from hub.results.intervals import Floats, bootstrap_weights, f1_replicates

_CHUNK = 50


def accuracy(truth: Labels, decided: Labels) -> float:
    """Returns the share of rows whose labels are decided exactly; where rows have one label, plain accuracy."""
    return float((truth == decided).all(axis=1).mean())


def scores(truth: Labels, decided: Labels) -> dict[str, float]:
    """Returns macro-F1, micro-F1 and accuracy over rows."""
    return {"macro_f1": macro_f1(truth, decided), "micro_f1": micro_f1(truth, decided), "accuracy": accuracy(truth, decided)}


def accuracy_replicates(truth: Labels, decided: Labels, replicates: int, seed: int) -> Floats:
    """Returns the accuracy of every bootstrap replicate, (replicates,)."""
    right = (truth == decided).all(axis=1).astype(np.float64)
    weights = bootstrap_weights(len(truth), replicates, seed)
    return np.concatenate([weights[start : start + _CHUNK] @ right for start in range(0, replicates, _CHUNK)]) / len(truth)


def mean_scores(domains: Sequence[tuple[Labels, Labels]], replicates: int) -> dict[str, Score]:
    """Returns each metric's mean over domains, given as (truth, decided), with its interval.

    Rows are drawn anew within every domain, domains are not: the interval is about these domains, not about others. Each domain has a seed of its own, so
    that rows which share a position are not drawn together; all models have the same seeds, so that their replicates are paired.
    """
    drawn: dict[str, list[Floats]] = {"macro_f1": [], "micro_f1": [], "accuracy": []}
    for number, (truth, decided) in enumerate(domains):
        macro, micro = f1_replicates(truth, decided, replicates, BOOTSTRAP_SEED + number)
        drawn["macro_f1"].append(macro)
        drawn["micro_f1"].append(micro)
        drawn["accuracy"].append(accuracy_replicates(truth, decided, replicates, BOOTSTRAP_SEED + number))
    found = [scores(truth, decided) for truth, decided in domains]
    return {metric: score_of(float(np.mean([one[metric] for one in found])), np.mean(parts, axis=0)) for metric, parts in drawn.items()}
