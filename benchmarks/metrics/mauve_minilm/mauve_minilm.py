"""MAUVE over MiniLM features as an `evaluate` module: `evaluate.load("benchmarks/metrics/mauve_minilm")`, no network needed where MiniLM is installed."""

import datasets
import evaluate

from benchmarks.methods.weights import MINILM
from benchmarks.metrics.mauve import mauve
from benchmarks.metrics.text_features import features

_DESCRIPTION = (
    "MAUVE (Pillutla et al. 2021) of the predictions against the references over mean-pooled MiniLM features; not comparable with MAUVE over GPT-2 large."
)


class MauveMinilm(evaluate.Metric):  # type: ignore[misc]
    """`predictions` and `references` are texts."""

    def _info(self) -> evaluate.MetricInfo:
        text = datasets.Value("string")
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description="predictions, references: texts, one of each a row",
            features=datasets.Features({"predictions": text, "references": text}),
        )

    def _compute(self, predictions: list[str], references: list[str]) -> dict[str, float]:
        generated, human = (features(texts, MINILM, network=False) for texts in (predictions, references))
        return {"mauve": mauve(generated, human)}
