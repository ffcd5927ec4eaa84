"""L1, PSNR and SSIM of clips as an `evaluate` module: `evaluate.load("benchmarks/metrics/animation_pixels")`, no network needed."""

from typing import Any

import datasets
import evaluate
import numpy as np

from benchmarks.metrics.animation.pixels import l1, psnr, ssim

_DESCRIPTION = "L1 (0..1), PSNR (dB, at most 60) and SSIM of each clip, averaged over clips."


class AnimationPixels(evaluate.Metric):  # type: ignore[misc]
    """`predictions` and `references` are clips of (frames, height, width, 3), 0 to 255."""

    def _info(self) -> evaluate.MetricInfo:
        clip = datasets.List(datasets.List(datasets.List(datasets.List(datasets.Value("uint8")))))
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description="predictions and references: clips, (clips, frames, height, width, 3), 0 to 255",
            features=datasets.Features({"predictions": clip, "references": clip}),
        )

    def _compute(self, predictions: list[Any], references: list[Any]) -> dict[str, float]:
        pairs = [(np.asarray(one, dtype=np.uint8), np.asarray(other, dtype=np.uint8)) for one, other in zip(predictions, references, strict=True)]
        return {score.__name__: float(np.mean([score(one, other) for one, other in pairs])) for score in (l1, psnr, ssim)}
