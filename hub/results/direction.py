"""Which way a metric points: for most of them more is better."""

LOWER_IS_BETTER = frozenset(
    {
        "brier_score",
        "expected_calibration_error",
        "expression_error",
        "eye_opening_error",
        "fvd_pooled_pixels",
        "fvd_videomae",
        "jitter",
        "l1",
        "lpips",
        "mouth_l1",
        "mouth_opening_error",
        "peak_memory_megabytes",
        "perplexity",
        "pose_error",
        "pupil_error",
        "seconds_per_frame",
        "word_perplexity",
    }
)


def is_better(metric: str, score: float, other: float) -> bool:
    """Returns whether one score of a metric beats another."""
    return score < other if metric in LOWER_IS_BETTER else score > other
