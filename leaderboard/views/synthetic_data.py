"""What the page Synthetic data shows, gathered once for a board: nothing is read again until a result or a declaration changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.results.standings import Comparison
from hub.results.synthetic import SharedTest, Sizes, missing_runs, read_seen, real_tests, size_points, synthetic_tasks
from hub.results.table import Row
from hub.spec import Registry
from hub.spec.task import PublishedSource, TaskSpec, data_owner, data_variable
from leaderboard.kept import kept
from leaderboard.project_data import Shown


@dataclass(frozen=True)
class RealTest:
    """A set of real test rows."""

    rows: SharedTest
    variable: str
    """The environment variable that may hold the path of its data."""
    how_to_get: str


@dataclass(frozen=True)
class Declared:
    """What of the declarations the page needs."""

    tests: tuple[RealTest, ...]
    synthetic: frozenset[str]
    datasets: dict[str, str]
    """The dataset of every synthetic task."""


@dataclass(frozen=True)
class Gathered:
    """One set of test rows in one profile."""

    sizes: Sizes
    comparisons: dict[str, Sequence[Comparison]]
    reported: tuple[Row, ...]
    missing: tuple[str, ...]
    """Commands."""
    unread: tuple[str, ...]
    """Why records could not be read."""


def declared(shown: Shown) -> Declared:
    return kept(lambda: _declared(shown), "declared tests", str(shown.project.root), shown.overview.inputs)


def gathered(shown: Shown, profile: str, tests: SharedTest) -> Gathered:
    key = (str(shown.project.root), shown.overview.inputs, profile, *tests.tasks)
    return kept(lambda: _gathered(shown, profile, tests), "sizes", *key)


def _declared(shown: Shown) -> Declared:
    registry = Registry(shown.project)
    tasks = [registry.task(name) for name in registry.files("task")]
    by_name = {task.name: task for task in tasks}
    synthetic = synthetic_tasks(tasks)
    datasets = {name: source.dataset for name in synthetic if isinstance(source := by_name[name].source, PublishedSource)}
    return Declared(tuple(_test_set(rows, by_name[rows.name]) for rows in real_tests(tasks)), synthetic, datasets)


def _test_set(rows: SharedTest, first: TaskSpec) -> RealTest:
    return RealTest(rows, data_variable(data_owner(first)), getattr(first.source, "how_to_get", ""))


def _gathered(shown: Shown, profile: str, tests: SharedTest) -> Gathered:
    registry = Registry(shown.project)
    synthetic = declared(shown).synthetic
    boards = [shown.board(entry.profile, entry.task) for entry in shown.entries(profile) if entry.task in tests.tasks]
    lines = {line.place: line for line in shown.runs() if line.profile == profile}
    rows = [row for board in boards for row in board.rows if row.profile == profile and row.seeds and row.first_run in lines]
    seen, unread = read_seen(rows, lambda row: shown.record(lines[row.first_run]))
    sizes = size_points(seen, synthetic)
    comparisons: dict[str, Sequence[Comparison]] = {board.task: board.comparisons for board in boards}
    reported = {row.model: row for board in boards for row in board.rows if row.status == "reported"}
    missing = missing_runs(registry.pairs(profile), tests, synthetic, profile, sizes)
    return Gathered(sizes, comparisons, tuple(reported.values()), missing, unread)
