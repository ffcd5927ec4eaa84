"""The card of a published model: front matter that the Hub reads, and a text whose numbers all come from run records."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from hub.errors import EmohubError
from hub.results import RunRecord
from hub.spec.base import Citation

_TEMPLATE = Path(__file__).with_name("model_card.md.j2")
_METRIC_TYPES = {"macro_f1": "f1", "micro_f1": "f1", "brier_score": "brier_score", "expected_calibration_error": "expected_calibration_error"}
"""The Hub's names of our metrics."""


@dataclass(frozen=True, slots=True)
class BaseEncoder:
    """What the training started from."""

    name: str
    """A Hub id, or what a folder is called."""
    on_hub: bool
    licence: str
    """An SPDX identifier in lower case, as the Hub writes it."""
    revision: str | None
    weights_sha256: str | None
    """Of its safetensors file, where that lay in a folder."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What it was trained on. A hub id stands in the front matter."""

    title: str
    source: str
    licence: str
    languages: tuple[str, ...]
    hub_id: str | None
    configuration: str | None
    revision: str | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the exported files were found from the trained model: the largest difference of a probability over test rows."""

    rows: int
    largest: float


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Everything a card tells. `record` is the published run's; `seeds` are all records of the same task, model and profile, it among them."""

    name: str
    title: str
    summary: str
    architecture: str
    """The transformers class."""
    task_title: str
    task_summary: str
    labels: tuple[str, ...]
    maximum_length: int
    base: BaseEncoder
    data: TrainingData
    record: RunRecord
    seeds: tuple[RunRecord, ...]
    agreement: Agreement
    citations: tuple[Citation, ...]


def render_model_card(facts: ModelFacts, version: str, address: str | None) -> str:
    """Returns README.md.

    Args:
        facts: what is told.
        version: three numbers, or a draft's, as in `0.1.0-dev`.
        address: the Hub id that examples load; None for a folder.

    Raises:
        EmohubError: the record is of no finished run.
    """
    record = facts.record
    if record.status != "complete" or record.decision is None or record.cost is None:
        raise EmohubError(f"{record.task} × {record.model}, seed {record.seed}: the record is of no finished classification run; run `{record.command}`")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    body = environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        facts=facts, record=record, version=version, draft="-" in version, address=address, seeds=_finished(facts.seeds)
    )
    return f"---\n{front_matter(facts)}\n---\n\n{body}"


def front_matter(facts: ModelFacts) -> str:
    """Returns the YAML between the card's dashes, as `huggingface_hub` writes it."""
    from huggingface_hub import EvalResult, ModelCardData

    record, data = facts.record, facts.data
    # A model that was trained on another task's data is not scored on that.
    tested = data if record.data.pretrained_on is None else None
    results = [
        EvalResult(
            task_type="text-classification",
            task_name=facts.task_title,
            dataset_type=(tested.hub_id if tested else None) or record.task,
            dataset_name=record.data.name,
            dataset_config=tested.configuration if tested else None,
            dataset_split="test",
            dataset_revision=record.data.revision,
            metric_type=_METRIC_TYPES.get(name, name),
            metric_name=name,
            metric_value=round(score.value, 6),
            metric_args={"average": name.removesuffix("_f1")} if name.endswith("_f1") else None,
        )
        for name, score in record.metrics.items()
    ]
    optional: dict[str, Any] = {"base_model": facts.base.name} if facts.base.on_hub else {}
    card = ModelCardData(
        license=facts.base.licence,
        language=list(data.languages),
        library_name="transformers",
        pipeline_tag="text-classification",
        datasets=[data.hub_id] if data.hub_id else None,
        tags=["emotion", "multi-label-classification"],
        metrics=["f1"],
        model_name=facts.name,
        eval_results=results,
        **optional,
    )
    return card.to_yaml()


def _finished(seeds: Sequence[RunRecord]) -> list[RunRecord]:
    return sorted((record for record in seeds if record.status == "complete"), key=lambda record: record.seed)
