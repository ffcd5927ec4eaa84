"""`benchmarks/tasks/<name>.yaml`: one benchmark each."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hub.spec.base import Citation, Declaration, ImportReference, Name


class PublishedSource(Declaration):
    """A dataset this hub builds."""

    kind: Literal["published"]
    dataset: Name
    configuration: Name


class ExternalSource(Declaration):
    """Data made elsewhere: from a path on this machine, else from the Hub. It is never copied into the project."""

    kind: Literal["external"]
    reader: ImportReference
    """Reads a local folder or file: `read(path) -> Splits`."""
    hub_id: str | None = None
    hub_configuration: str | None = None
    hub_revision: str | None = None
    licence: str
    how_to_get: str
    """One sentence for the reader of an `unavailable` row."""


SourceSpec = Annotated[PublishedSource | ExternalSource, Field(discriminator="kind")]


class HoldoutProtocol(Declaration):
    """Train, tune on validation, report test."""

    kind: Literal["holdout"]


class CrossValidationProtocol(Declaration):
    """Every fold is the test set once; validation is cut from the rest."""

    kind: Literal["cross_validation"]
    folds: int = Field(ge=2)
    validation_share: float = Field(0.1, gt=0, lt=1)


ProtocolSpec = Annotated[HoldoutProtocol | CrossValidationProtocol, Field(discriminator="kind")]


class GlobalThreshold(Declaration):
    """One cut-off for all labels, chosen for the best macro-F1 on validation."""

    kind: Literal["global_threshold"]
    lowest: float = Field(0.05, gt=0, lt=1)
    highest: float = Field(0.95, gt=0, lt=1)
    step: float = Field(0.01, gt=0, lt=1)

    @model_validator(mode="after")
    def _is_a_range(self) -> "GlobalThreshold":
        if self.highest < self.lowest:
            raise ValueError("'highest' is below 'lowest'")
        return self


class HighestProbability(Declaration):
    """The label with the highest probability among the task's own; nothing is tuned."""

    kind: Literal["highest_probability"]


DecisionSpec = Annotated[GlobalThreshold | HighestProbability, Field(discriminator="kind")]


class TaskSpec(Declaration):
    """A benchmark: its data, its labels, how decisions are made and which number counts."""

    name: Name
    title: str
    summary: str
    type: Literal["text_classification"]
    source: SourceSpec
    taxonomy: str
    """The label file, relative to the project."""
    labels: tuple[str, ...] = ()
    """The labels a model predicts, in order; empty means all classes of the taxonomy."""
    mapping: dict[str, str] = {}
    """The data's own labels to taxonomy labels, where they differ."""
    scored_labels: tuple[str, ...] = ()
    """The labels that the main score averages over; empty means all."""
    protocol: ProtocolSpec = HoldoutProtocol(kind="holdout")
    decision: DecisionSpec
    main_metric: Literal["macro_f1", "micro_f1"]
    citation: Citation | None = None
    notes: str = ""


def data_variable(task: str) -> str:
    """Returns the name of the environment variable that may hold the path of a task's external data."""
    return f"EMOHUB_DATA_{task.upper().replace('-', '_')}"
