"""What training rows that were made here are worth on real test rows, for the page Synthetic data."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.results.display import metric_title, score_text
from hub.results.record import read_record
from hub.results.standings import Comparison
from hub.results.synthetic import NO_CONTEXTS, Gap, Sizes, gains_of_adding, provenance, read_seen, real_tests, size_points, synthetic_tasks
from hub.spec import Registry
from hub.spec.task import PublishedSource
from leaderboard.charts.sizes import SizeCurve, curves_of_both_kinds, curves_of_one_kind, size_curves, spoken
from leaderboard.charts.style import PRINTED
from leaderboard.export.figures import Figure, drawn
from leaderboard.export.material import Material
from leaderboard.export.tables import Cell, Column, Line, Table


@dataclass(frozen=True, slots=True)
class RealTest:
    """One set of real test rows in one profile."""

    title: str
    profile: str
    test_rows: int
    said: tuple[str, ...]
    """How the synthetic rows were made, and what has to be known of contexts."""
    figures: tuple[Figure, ...]
    gains: Table
    points: Table


def synthetic_sections(found: Material) -> tuple[RealTest, ...]:
    """Returns what was measured, by set of real test rows and profile; one without a model that saw synthetic rows is left out."""
    registry = Registry(found.project)
    tasks = [registry.task(name) for name in registry.files("task")]
    synthetic = synthetic_tasks(tasks)
    datasets = {task.name: task.source.dataset for task in tasks if isinstance(task.source, PublishedSource)}
    sections = []
    for test in real_tests(tasks):
        for profile in found.overview.profiles:
            boards = [board for board in found.boards if board.profile == profile and board.task in test.tasks]
            # A record that cannot be read stands among the broken files.
            seen, _ = read_seen([row for board in boards for row in board.rows], lambda row: read_record(found.project.runs / f"{row.first_run}.json"))
            sizes = size_points(seen, synthetic)
            if sizes.metric is not None and any(point.synthetic_rows for point in sizes.points):
                comparisons = {board.task: board.comparisons for board in boards}
                gaps = gains_of_adding(sizes, comparisons)
                said = provenance(found.reports, [datasets[source] for source in sizes.sources], profile, found.dataset)
                more = (NO_CONTEXTS,) if len(sizes.sources) > 1 else ()
                sections.append(_section(found, found.task(test.name), profile, sizes, sizes.metric, gaps, (*said, *more)))
    return tuple(sections)


def _section(found: Material, title: str, profile: str, sizes: Sizes, metric: str, gaps: Sequence[Gap], said: tuple[str, ...]) -> RealTest:
    name = f"sizes-{profile}-{sizes.points[0].task}"
    alone, both = curves_of_one_kind(sizes, found.model, found.task), curves_of_both_kinds(sizes, found.model, found.task)
    figures = [
        _figure(f"{name}-one", alone, metric, "Training rows (logarithmic)", "Trained on one kind of rows, tested on real ones"),
        _figure(f"{name}-both", both, metric, "Real training rows (logarithmic)", "Real rows, with and without synthetic ones first"),
    ]
    drawn_ones = tuple(figure for figure in figures if figure is not None)
    return RealTest(title, profile, sizes.test_rows or 0, said, drawn_ones, _gains(found, name, gaps), _points(found, name, sizes))


def _figure(name: str, curves: Sequence[SizeCurve], metric: str, axis: str, title: str) -> Figure | None:
    """None where there is nothing to compare real rows with."""
    if not any(curve.look for curve in curves):
        return None
    caption = (
        f"{title}: {metric_title(metric)} with 95 % intervals. One recipe throughout, so that the curves differ in what was trained on and in nothing else."
    )
    return drawn(size_curves(curves, metric, axis, PRINTED), name, f"{title}. {spoken(curves)}", caption)


def _gains(found: Material, name: str, gaps: Sequence[Gap]) -> Table:
    columns = (
        Column("Synthetic rows from", head=True),
        Column("Real rows", number=True),
        Column("Synthetic rows first", number=True),
        Column("Gain", number=True),
        Column("95 % interval", number=True),
        Column("Separable"),
    )
    lines = []
    for gap in gaps:
        value, low, high = gap.gain or (gap.first.score.value - gap.second.score.value, None, None)
        cells = (
            Cell(found.task(gap.first.source or "")),
            Cell(f"{gap.first.real_rows:,}", gap.first.real_rows),
            Cell(f"{gap.first.synthetic_rows:,}", gap.first.synthetic_rows),
            Cell(f"{value:+.4f}", value),
            Cell("–" if low is None else f"{low:+.4f} to {high:+.4f}", low),
            Cell(_separable(gap.comparison)),
        )
        lines.append(Line(cells))
    return Table(f"{name}-gains", "What synthetic rows first add to real rows", columns, tuple(lines))


def _separable(comparison: Comparison | None) -> str:
    return "not tested" if comparison is None else "yes" if comparison.separable else "no"


def _points(found: Material, name: str, sizes: Sizes) -> Table:
    columns = (
        Column("Model", head=True),
        Column("Trained on"),
        Column("Real rows", number=True),
        Column("Synthetic rows", number=True),
        Column("Synthetic rows from"),
        Column("Score [95 %]", number=True),
        Column("Seeds", number=True),
        Column("Task"),
    )
    lines = tuple(
        Line(
            (
                Cell(found.model(point.model)),
                Cell(point.training),
                Cell(f"{point.real_rows:,}", point.real_rows),
                Cell(f"{point.synthetic_rows:,}", point.synthetic_rows),
                Cell(found.task(point.source) if point.source else "–"),
                Cell(score_text(point.score), point.score.value),
                Cell(str(point.seeds), point.seeds),
                Cell(found.task(point.task)),
            )
        )
        for point in sorted(sizes.points, key=lambda point: (point.training, point.synthetic_rows, point.real_rows))
    )
    return Table(f"{name}-points", "All points", columns, lines)
