"""How numbers and strangers' strings are shown, in the terminal and on the page alike."""

import re
from collections.abc import Sequence
from typing import Any

from hub.console import shorten
from hub.results.table import Estimate, Row

_SMALL = 0.1
_ABSOLUTE_PATH = re.compile(r"^(/|~|[A-Za-z]:[\\/]|\\\\|file:)")
_SECRET = re.compile(r"(^|_)(token|secret|password|passwd|api_?key|credentials?)($|_)", re.IGNORECASE)
METRICS = {
    # What a table has a column for; exports and a run's details hold every metric.
    "macro_f1": "Macro-F1",
    "micro_f1": "Micro-F1",
    "brier_score": "Brier score",
    "expected_calibration_error": "Calibration error",
    "accuracy": "Accuracy",
    "accuracy_at_3": "Accuracy at 3",
    "mean_average_precision": "Mean average precision",
    "mauve": "MAUVE",
    "mauve_top_p": "MAUVE, top-p",
    "mauve_greedy": "MAUVE, greedy",
    "perplexity": "Perplexity",
    "word_perplexity": "Perplexity a word",
    "distinct_2": "Distinct-2",
    "few_shot_accuracy": "Few-shot accuracy",
    "few_shot_macro_f1": "Few-shot macro-F1",
    "ssim": "SSIM",
    "l1": "L1",
    "psnr": "PSNR",
    "mouth_l1": "L1 in the mouth",
    "expression_error": "Expression error",
    "mouth_opening_error": "Mouth opening error",
    "eye_opening_error": "Eye opening error",
    "pupil_error": "Pupil error",
    "pose_error": "Pose error",
    "identity_similarity": "Identity similarity",
    "jitter": "Jitter",
    "fvd_pooled_pixels": "Fréchet distance of pooled pixels",
    "fvd_videomae": "Fréchet video distance, VideoMAE",
    "lpips": "LPIPS",
    "seconds_per_frame": "Seconds a frame",
    "peak_memory_megabytes": "Peak memory in MB",
}


def printable(text: str, limit: int = 2000) -> str:
    """Returns a stranger's text on one line without control characters, escape sequences or halves of characters, cut to `limit` characters."""
    if len(text) <= limit and text.isprintable():
        return text
    clean = "".join(character if character.isprintable() else " " if character.isspace() else "\N{REPLACEMENT CHARACTER}" for character in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def setting_text(key: str, value: Any) -> str:
    """Returns a setting as text; what looks like a secret or a path of somebody's machine is withheld."""
    if _SECRET.search(key):
        return "(withheld)"
    if isinstance(value, str):
        return "(a local path)" if _ABSOLUTE_PATH.match(value) else printable(value)
    if isinstance(value, dict):
        return printable(", ".join(f"{inner}: {setting_text(str(inner), one)}" for inner, one in value.items()))
    if isinstance(value, list):
        return printable(", ".join(setting_text(key, one) for one in value))
    return printable(str(value))


def metric_title(name: str) -> str:
    """Returns a metric's name for people."""
    return METRICS.get(name, name.replace("_", " "))


def score_text(estimate: Estimate | None) -> str:
    """Returns `0.512 [0.498, 0.526]`."""
    if estimate is None:
        return "–"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3f}"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def decimals(scores: Sequence[float]) -> int:
    """Returns how many decimals scores of one metric are shown with: those that are all small, such as errors, are told apart by a fourth."""
    return 4 if scores and max(scores) < _SMALL else 3


def bounds_text(estimate: Estimate | None, decimals: int) -> str | None:
    """Returns `0.498 – 0.526`; None without an interval."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return None
    return f"{estimate.low:.{decimals}f} – {estimate.high:.{decimals}f}"


def rank_text(row: Row) -> str:
    """Returns the rank interval as `1–3`, or `4` where it is one rank; nothing for a line without a rank."""
    if row.rank is None:
        return ""
    return f"{row.rank}" if row.rank_high in (None, row.rank) else f"{row.rank}–{row.rank_high}"


def count_text(count: int | None) -> str:
    """Returns a large count as 830, 12.3 K, 22.7 M or 1.2 G."""
    if count is None:
        return "–"
    if count >= 10_000:
        for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "K")):
            if count >= size:
                return f"{count / size:.1f} {unit}"
    return f"{count:,}"


def seconds_text(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.1f}s" if seconds < 10 else shorten(seconds)


def decision_text(row: Row) -> str:
    """Returns how probabilities became decisions, and on what that was tuned."""
    if row.decision == "global_threshold":
        threshold = "one threshold" if row.threshold is None else f"threshold {row.threshold:.2f}"
        return f"{threshold} ({printable(row.tuned_on, 60)})" if row.tuned_on else threshold
    return (row.decision or "–").replace("_", " ")


def note_text(row: Row) -> str:
    """Returns what has to be said beside a line: why it is unavailable, what keeps it from being compared, who sent it in, where a reported number stands."""
    sender = f"sent in by {row.submitted_by}" if row.submitted_by else None
    comparable = "not comparable" if row.comparable is False else None
    parts = (row.reason, row.caution, sender, row.source, row.confidence, comparable, row.note)
    return printable("; ".join(part for part in parts if part))
