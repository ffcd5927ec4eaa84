"""Variety and repetition of generated texts as an `evaluate` module: `evaluate.load("benchmarks/metrics/text_variety")`, no network needed."""

import datasets
import evaluate

from benchmarks.metrics.generated_text import distinct_n, sequence_repetition, words

_DESCRIPTION = "distinct-1 to distinct-3 and seq-rep-4 of the predictions, and the same of the references for comparison."


class TextVariety(evaluate.Metric):  # type: ignore[misc]
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
        sides = {"": predictions, "_reference": references}
        return {f"{name}{side}": value for side, texts in sides.items() for name, value in _scores(texts).items()}


def _scores(texts: list[str]) -> dict[str, float]:
    split = [words(text) for text in texts]
    return {**{f"distinct_{n}": distinct_n(split, n) for n in (1, 2, 3)}, "repetition_4": sequence_repetition(split, 4)}
