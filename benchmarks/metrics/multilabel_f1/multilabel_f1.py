"""F1 of multi-label decisions as an `evaluate` module: `evaluate.load("benchmarks/metrics/multilabel_f1")`, no network needed."""

import datasets
import evaluate
import numpy as np

from benchmarks.metrics.scores import label_scores, macro_f1, micro_f1

_DESCRIPTION = "Macro-, micro- and per-label F1 of multi-label decisions. Labels that never occur and are never predicted count 0."


class MultilabelF1(evaluate.Metric):  # type: ignore[misc]
    """`predictions` and `references` are rows of 0 and 1, one column a label."""

    def _info(self) -> evaluate.MetricInfo:
        row = datasets.List(datasets.Value("int8"))
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description="predictions, references: lists of 0/1, (rows, labels)",
            features=datasets.Features({"predictions": row, "references": row}),
        )

    def _compute(self, predictions: list[list[int]], references: list[list[int]]) -> dict[str, object]:
        predicted, truth = np.asarray(predictions, dtype=bool), np.asarray(references, dtype=bool)
        return {
            "macro_f1": macro_f1(truth, predicted),
            "micro_f1": micro_f1(truth, predicted),
            "per_label_f1": label_scores(truth, predicted).f1.tolist(),
        }
