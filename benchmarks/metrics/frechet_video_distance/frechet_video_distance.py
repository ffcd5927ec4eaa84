"""The Fréchet video distance as an `evaluate` module: `evaluate.load("benchmarks/metrics/frechet_video_distance")`, no network needed."""

import datasets
import evaluate
import numpy as np

from benchmarks.metrics.animation.frechet_video import frechet_distance

_DESCRIPTION = "The squared Fréchet distance between Gaussians with the means and covariances of two sets of video features (Unterthiner et al. 2018)."


class FrechetVideoDistance(evaluate.Metric):  # type: ignore[misc]
    """`predictions` and `references` are rows of features, one row a clip, as many on both sides; values of different extractors cannot be compared."""

    def _info(self) -> evaluate.MetricInfo:
        rows = datasets.List(datasets.Value("float64"))
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description="predictions and references: features of clips, (clips, dimensions)",
            features=datasets.Features({"predictions": rows, "references": rows}),
        )

    def _compute(self, predictions: list[list[float]], references: list[list[float]]) -> dict[str, float]:
        return {"frechet_video_distance": frechet_distance(np.asarray(predictions), np.asarray(references))}
