"""Calibration of multi-label probabilities as an `evaluate` module: `evaluate.load("benchmarks/metrics/calibration")`, no network needed."""

import datasets
import evaluate
import numpy as np

from benchmarks.metrics.scores import brier_score, expected_calibration_error

_DESCRIPTION = "Brier score and expected calibration error (15 equally wide bins) over all row-label decisions."


class Calibration(evaluate.Metric):  # type: ignore[misc]
    """`predictions` are rows of probabilities, `references` rows of 0 and 1, one column a label."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description="predictions: probabilities, (rows, labels); references: 0/1, (rows, labels)",
            features=datasets.Features({"predictions": datasets.List(datasets.Value("float32")), "references": datasets.List(datasets.Value("int8"))}),
        )

    def _compute(self, predictions: list[list[float]], references: list[list[int]]) -> dict[str, float]:
        probabilities, truth = np.asarray(predictions), np.asarray(references, dtype=bool)
        return {"brier_score": brier_score(truth, probabilities), "expected_calibration_error": expected_calibration_error(truth, probabilities)}
