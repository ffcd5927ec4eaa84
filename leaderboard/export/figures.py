"""The charts of the pages, each drawn twice: for a desk and for a phone, where a scaled-down one could not be read."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from hub.results.board.claims_view import JudgedClaim
from hub.results.board.views import TaskBoard
from hub.results.datasets import DatasetReport
from hub.results.display import metric_title, printable, score_text
from hub.results.table import Row
from leaderboard.charts.forest import Gain, forest
from leaderboard.charts.labels import label_balance
from leaderboard.charts.scores import MOST_DRAWN, intervals
from leaderboard.charts.style import PRINTED, Chart
from leaderboard.export.material import Material
from leaderboard.export.vector import chart_svg

_WIDE, _NARROW = 760, 310
"""Pixels of the plot."""


@dataclass(frozen=True, slots=True)
class Figure:
    wide: Markup
    narrow: Markup
    caption: str


def drawn(chart: Chart, name: str, words: str, caption: str) -> Figure:
    """Returns a chart for both widths. `words` say what it shows, for who cannot see it; `name` is unique on the page."""
    return Figure(chart_svg(chart, words, _WIDE, f"{name}-w"), chart_svg(chart, words, _NARROW, f"{name}-n"), caption)


def scores_figure(board: TaskBoard, found: Material) -> Figure | None:
    """Returns the scores of a task with their intervals; None where nothing has a score."""
    rows = [row for row in board.rows if row.main is not None][:MOST_DRAWN]
    if not any(row.status == "measured" for row in rows):
        return None
    names = {row.model: found.model(row.model) for row in rows}
    caption = (
        "Points are scores on the test rows, bars their 95 % intervals. Squares were trained in two stages, circles trained on the task or a baseline, "
        "triangles not trained on it; crosses were sent in by others; hollow diamonds are numbers that papers report, on data and in settings of their own."
    )
    return drawn(intervals(rows, names, PRINTED), "scores", _score_words(rows, names), caption)


def _score_words(rows: Sequence[Row], names: dict[str, str]) -> str:
    spoken = "; ".join(f"{names[row.model]}{', reported' if row.status == 'reported' else ''}: {score_text(row.main)}" for row in rows)
    return f"{metric_title(rows[0].main_metric)} with 95 % intervals. {spoken}."


def claim_figure(claim: JudgedClaim, found: Material) -> Figure | None:
    """Returns a claim's comparisons as a forest plot; None where no run decides any."""
    gains = [
        Gain(f"{found.task(one.task)} · {metric_title(one.metric)}", one.verdict, *relative, margin=100 * one.margin)
        for one in claim.evidence
        if (relative := one.relative) is not None
    ]
    if not gains:
        return None
    spoken = " ".join(f"{gain.name}: {gain.value:+.1f} %, from {gain.low:+.1f} to {gain.high:+.1f} %, {gain.verdict}." for gain in gains)
    caption = (
        "Gains with their 95 % intervals; right of zero the model is better, whichever way its metric points. "
        "An upright bar is the loss that a comparison allows. Circles: supported; squares: not separable; triangles: contradicted."
    )
    return drawn(forest(gains, PRINTED), f"{claim.profile}-{claim.claim}", f"Forest plot of {printable(claim.title, 100)}. {spoken}", caption)


def balance_figures(report: DatasetReport) -> tuple[Figure, ...]:
    """Returns the label balance of every configuration; configurations with the same balance share one figure."""
    alike: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for configuration, counts in report.statistics.labels.items():
        if counts:
            alike.setdefault(tuple(sorted(counts.items())), []).append(configuration)
    figures = []
    for balance, configurations in alike.items():
        largest = ", ".join(f"{printable(label, 60)} {count:,}" for label, count in sorted(balance, key=lambda one: -one[1])[:5])
        words = f"Rows by label in {', '.join(configurations)}, {len(balance)} labels; the commonest: {largest}."
        name = f"balance-{report.profile}-{report.dataset}-{configurations[0]}"
        figures.append(drawn(label_balance(report, configurations[0], PRINTED), name, words, f"Rows by label, {', '.join(configurations)}"))
    return tuple(figures)
