"""From probabilities to decisions, by the rule a task declares. Nothing is ever tuned on test."""

from typing import Literal

import numpy as np

from benchmarks.examples import Labels, Probabilities
from benchmarks.metrics.scores import threshold_scores
from hub.results import Decision
from hub.spec.task import DecisionSpec, GlobalThreshold


def choose(spec: DecisionSpec, truth: Labels, probabilities: Probabilities, split: Literal["train", "validation", "test"]) -> Decision:
    """Returns the decision rule, tuned on the split given: the threshold with the best macro-F1, the lowest of equals.

    Raises:
        ValueError: `split` is test, or a threshold has nothing to be tuned on.
    """
    if not isinstance(spec, GlobalThreshold):
        return Decision(rule="highest_probability")
    if split == "test":
        raise ValueError("a threshold tuned on test flatters the model: tune it on validation")
    if not len(truth):
        raise ValueError(f"there are no {split} rows to tune a threshold on")
    count = round((spec.highest - spec.lowest) / spec.step) + 1
    thresholds = np.round(spec.lowest + spec.step * np.arange(count), 6)
    best = thresholds[int(np.argmax(threshold_scores(truth, probabilities, thresholds)))]
    return Decision(rule="global_threshold", threshold=float(best), tuned_on=split)


def decide(decision: Decision, probabilities: Probabilities) -> Labels:
    """Returns which labels hold, (rows, labels)."""
    if decision.threshold is None:
        chosen: Labels = np.arange(probabilities.shape[1]) == probabilities.argmax(axis=1, keepdims=True)
        return chosen
    return probabilities >= decision.threshold
