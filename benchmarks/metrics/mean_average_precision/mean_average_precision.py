"""Mean average precision as an `evaluate` module: `evaluate.load("benchmarks/metrics/mean_average_precision")`, no network needed."""

import datasets
import evaluate
import numpy as np

from benchmarks.metrics.image_scores import average_precisions, mean_average_precision

_DESCRIPTION = "Average precision of each class and their mean over the classes that hold of any row. NaN for a class that holds of none."


class MeanAveragePrecision(evaluate.Metric):  # type: ignore[misc]
    """`predictions` are rows of probabilities, `references` rows of 0 and 1, one column a class."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description="predictions: probabilities, (rows, classes); references: 0/1, (rows, classes)",
            features=datasets.Features({"predictions": datasets.List(datasets.Value("float32")), "references": datasets.List(datasets.Value("int8"))}),
        )

    def _compute(self, predictions: list[list[float]], references: list[list[int]]) -> dict[str, object]:
        probabilities, truth = np.asarray(predictions), np.asarray(references, dtype=bool)
        return {
            "mean_average_precision": mean_average_precision(truth, probabilities),
            "average_precisions": average_precisions(truth, probabilities).tolist(),
        }
