"""Accuracy at k as an `evaluate` module: `evaluate.load("benchmarks/metrics/accuracy_at_k")`, no network needed."""

import datasets
import evaluate
import numpy as np

from benchmarks.metrics.image_scores import accuracy_at_k

_DESCRIPTION = "The share of rows whose class is among the k most probable ones. Of equal probabilities the earlier class comes first."


class AccuracyAtK(evaluate.Metric):  # type: ignore[misc]
    """`predictions` are rows of probabilities, one column a class; `references` are class numbers; `k` is 1 unless given."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description="predictions: probabilities, (rows, classes); references: class numbers, (rows,); k: 1 or more",
            features=datasets.Features({"predictions": datasets.List(datasets.Value("float32")), "references": datasets.Value("int64")}),
        )

    def _compute(self, predictions: list[list[float]], references: list[int], k: int = 1) -> dict[str, float]:
        probabilities = np.asarray(predictions)
        truth = np.asarray(references)[:, None] == np.arange(probabilities.shape[1])
        return {f"accuracy_at_{k}": accuracy_at_k(truth, probabilities, k)}
