"""What the files of the board hold, as data classes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.results.standings import Comparison
from hub.results.store import BrokenRecord
from hub.results.table import Estimate, Row


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """One task in one profile, in short."""

    profile: str
    task: str
    main_metric: str
    measured: int
    """Models with a score."""
    runs: int
    winner: str | None = None
    """The model with the best score; None where none was measured."""
    score: Estimate | None = None
    interval: str | None = None
    """How the interval came about."""
    seeds: int = 0
    """Of the winner."""
    ties: tuple[str, ...] = ()
    """The models that no test separates from the winner."""
    unavailable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The models that could not be run, by what is in their way."""


@dataclass(frozen=True, slots=True)
class Titled:
    """What a declared task, model or dataset calls itself."""

    title: str
    summary: str = ""
    kind: str = ""
    """A task's type, a model's method."""
    citation: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    """What this hub holds."""

    inputs: str
    """Of what the board was made; see hub.results.board.freshness."""
    runs: int
    """Complete ones."""
    finished: str | None
    """When the last run was finished, UTC."""
    profiles: tuple[str, ...]
    tasks: tuple[TaskEntry, ...]
    """By profile and task."""
    task_titles: Mapping[str, Titled]
    model_titles: Mapping[str, Titled]
    dataset_titles: Mapping[str, Titled]
    broken: tuple[BrokenRecord, ...]
    """Result files that could not be read."""


@dataclass(frozen=True, slots=True)
class TaskBoard:
    """One table: the lines of a task in a profile, those that others sent in or report, and every pair that was tested."""

    profile: str
    task: str
    rows: tuple[Row, ...]
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run record, in short. Its file is `results/runs/<profile>/<task>/<model>/<seed>.json`."""

    profile: str
    task: str
    model: str
    seed: int
    status: str
    finished: str
    """UTC, to the second."""
    main_metric: str
    score: float | None
    data: str
    """The name of the data, and where it was read from."""
    fingerprint: str | None
    """Of the data."""
    revision: str | None
    """Of the code."""
    machine: str
    train_seconds: float | None
    reason: str | None
    """Why it is unavailable."""

    @property
    def place(self) -> str:
        return f"{self.profile}/{self.task}/{self.model}/{self.seed}"
