"""Which metrics the tasks of a type have, and between what bounds each lies."""

from dataclasses import dataclass

from hub.spec.task import TaskSpec

_ROUNDING = 1e-6
"""How far beyond a bound floating-point arithmetic may carry a score."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest value of a metric; None where there is no greatest."""

    low: float
    high: float | None

    def hold(self, value: float) -> bool:
        """Returns whether a value lies within them, but for rounding."""
        return self.low - _ROUNDING <= value and (self.high is None or value <= self.high + _ROUNDING)

    def __str__(self) -> str:
        return f"at least {self.low:g}" if self.high is None else f"between {self.low:g} and {self.high:g}"


_SHARE = Bounds(0.0, 1.0)
_SIMILARITY = Bounds(-1.0, 1.0)
_UNBOUNDED = Bounds(0.0, None)
_CALIBRATION = {"brier_score": _SHARE, "expected_calibration_error": _SHARE}
_F1 = {"macro_f1": _SHARE, "micro_f1": _SHARE}
_WRITING = ("mauve", "distinct_1", "distinct_2", "distinct_3", "repetition_4", "rouge_1", "rouge_2", "rouge_l")
_BY_TYPE: dict[str, dict[str, Bounds]] = {
    "text_classification": {**_F1, **_CALIBRATION},
    "image_classification": {
        **_F1,
        **dict.fromkeys(("accuracy", "accuracy_at_3", "mean_average_precision"), _SHARE),
        **_CALIBRATION,
    },
    "domain_generalization": {**_F1, "accuracy": _SHARE, **_CALIBRATION},
    "language_modeling": {
        "perplexity": Bounds(1.0, None),
        "word_perplexity": Bounds(1.0, None),
        **dict.fromkeys(("few_shot_accuracy", "few_shot_macro_f1", "few_shot_commonest_label"), _SHARE),
        **{f"{name}{way}": _SHARE for name in _WRITING for way in ("", "_top_p", "_greedy")},
    },
    "portrait_animation": {
        "ssim": _SIMILARITY,
        "identity_similarity": _SIMILARITY,
        **dict.fromkeys(("l1", "mouth_l1"), _SHARE),
        **dict.fromkeys(
            (
                "expression_error",
                "mouth_opening_error",
                "eye_opening_error",
                "pupil_error",
                "pose_error",
                "jitter",
                "psnr",
                "lpips",
                "fvd_pooled_pixels",
                "fvd_videomae",
                "seconds_per_frame",
                "peak_memory_megabytes",
            ),
            _UNBOUNDED,
        ),
    },
}
"""By the task's `type`."""


def metrics_of(task: TaskSpec) -> dict[str, Bounds]:
    """Returns the metrics that a run of a task may score, with their bounds."""
    return _BY_TYPE[task.type]
