"""The run record: everything one trained model scored on one task, and how to get there again. Files by others are untrusted: parsed strictly, size-limited."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub.results.untrusted import read_untrusted

SCHEMA_VERSION: Literal[1] = 1

Text = Annotated[str, Field(max_length=2000)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=64)]


Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10**15)]
"""Bounded, so that no file can hold a number that a table or a chart cannot."""


class Part(BaseModel):
    """A part of a record: unknown keys are errors, instances never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Score(Part):
    """A metric on the test data, with its bootstrap interval. F1 scores are between 0 and 1."""

    value: Number
    low: Number | None = None
    high: Number | None = None
    replicates: Annotated[tuple[Number, ...], Field(max_length=1000)] = ()
    """The metric in the first bootstrap resamples. Every model of a task has the same ones, so that differences between models can be paired."""


class Decision(Part):
    """How probabilities became decisions, and on what that was tuned."""

    rule: Literal["global_threshold", "highest_probability"]
    threshold: Number | None = None
    tuned_on: Text | None = None
    """Never test: the runner refuses it."""


class Data(Part):
    """What was trained and tested on."""

    name: Text
    source: Literal["published", "local", "hub", "none"]
    revision: Text | None = None
    fingerprint: Text | None = None
    """SHA-256 over the examples and labels as read."""
    train: Count = 0
    validation: Count = 0
    test: Count = 0
    test_fingerprint: Text | None = None
    """SHA-256 over the test examples alone: tasks that train on different rows may share them."""
    pretrained_on: Text | None = None
    pretrain_rows: Count | None = None
    """How many training rows the first stage had; None where there was none or the runner does not say."""
    adapted: bool = True
    """Whether the model saw the target's training data. False: zero-shot transfer."""


class Environment(Part):
    """Where it ran. No host name, no path, no user."""

    python: Text
    platform: Text
    processor: Text
    threads: int = Field(ge=1, le=100_000)
    gpu: Text | None = None
    packages: dict[Text, Text]


class Cost(Part):
    """What it took. Seconds of wall time on the machine above; money and energy are given only when they are known."""

    train_seconds: Number = Field(ge=0)
    predict_seconds: Number = Field(ge=0)
    parameters: Count
    us_dollars: Number | None = None
    energy_kilowatt_hours: Number | None = None
    energy_method: Text | None = None


class Launch(Part):
    """In how many processes a model was trained, and how they shared the work."""

    processes: int = Field(ge=1, le=100_000)
    strategy: Literal["ddp", "fsdp"]


class CurvePoint(Part):
    """One point of a training curve."""

    step: Count
    loss: Number
    validation: Number | None = None


class RunRecord(Part):
    """One task × model × seed in one profile."""

    schema_version: Literal[1] = SCHEMA_VERSION
    status: Literal["complete", "unavailable"]
    reason: Text | None = None
    """Why it is unavailable."""
    profile: Name
    task: Name
    model: Name
    seed: int = Field(ge=0, lt=2**63)
    main_metric: Name
    metrics: dict[Name, Score] = {}
    per_label: dict[Text, dict[Name, Number]] = {}
    """Precision, recall, F1 and support by label."""
    parts: dict[Text, dict[Name, Number]] = {}
    """Scores by part of the test: the domain left out, or the way of decoding."""
    decision: Decision | None = None
    interval_method: Text | None = None
    data: Data
    environment: Environment
    cost: Cost | None = None
    curve: tuple[CurvePoint, ...] = ()
    launch: Launch | None = None
    """How the training was really launched, which may have been another day and elsewhere; None: in one process."""
    settings: dict[str, Any] = {}
    code_revision: Text | None = None
    """The git commit, with `+changes` when the tree was not clean."""
    command: Text
    finished: datetime
    predictions: Annotated[str, Field(pattern=r"^predictions(/[a-z0-9][a-z0-9_-]*){4}\.parquet$", max_length=300)] | None = None
    """The Parquet file, relative to the results folder."""
    predictions_sha256: Text | None = None

    @model_validator(mode="after")
    def _says_what_its_status_needs(self) -> "RunRecord":
        if self.status == "complete" and (self.main_metric not in self.metrics or self.cost is None):
            raise ValueError(f"a complete run needs its cost and a score for {self.main_metric!r}")
        if self.status == "unavailable" and not self.reason:
            raise ValueError("an unavailable run needs a reason")
        return self

    @property
    def score(self) -> Score | None:
        """The score that counts for this task."""
        return self.metrics.get(self.main_metric)


def read_record(path: Path) -> RunRecord:
    """Reads one record.

    Raises:
        EmohubError: it is too large, not JSON or not a run record; the message names the first thing that is wrong.
    """
    return read_untrusted(path, RunRecord)
