"""Run records as Every Eval Ever records, schema 0.2.1 (github.com/evaleval/every_eval_ever), and the parts of such a record by type.

One file a run record. Its results are the record's metrics, each named `<task>/<metric>`. The file follows from the record alone: its time stamps are the
run's, its name a digest of the record's content, so that the same record is the same file everywhere. docs/results_exchange.md says what becomes what.
"""

import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from hub.errors import EmohubError
from hub.files import canonical_json, digest
from hub.results.direction import LOWER_IS_BETTER
from hub.results.display import metric_title, setting_text
from hub.results.metrics import Bounds, metrics_of
from hub.results.record import RunRecord, Score
from hub.spec.task import ExternalSource, TaskSpec

VERSION: Literal["0.2.1"] = "0.2.1"
DEVELOPER = "emohub"
NO_UPPER_BOUND = sys.float_info.max
"""The schema asks for a greatest score and knows no infinity; metrics without one get the greatest number there is, and say so."""
_CANONICAL = "JSON with sorted keys and no spaces, UTF-8"
_REPLICATES = re.compile(r"([\d,]+) replicates")


class _Part(BaseModel):
    """Other fields of the format are left alone: it has more than this project has use for."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Deduplication(_Part):
    run_fingerprint: str
    content_hash: str
    hash_algorithm: Literal["sha256"] = "sha256"
    canonicalization_version: str = _CANONICAL


class SourceMetadata(_Part):
    source_name: str | None = None
    source_type: str
    source_organization_name: str
    evaluator_relationship: str


class EvaluationLibrary(_Part):
    name: str
    version: str
    additional_details: dict[str, str] = {}


class ModelInformation(_Part):
    name: str
    id: str
    developer: str | None = None
    additional_details: dict[str, str] = {}


class SourceData(_Part):
    dataset_name: str
    source_type: str
    hf_repo: str | None = None
    hf_split: str | None = None
    samples_number: int | None = None
    url: tuple[str, ...] | None = None
    additional_details: dict[str, str] = {}


class MetricConfiguration(_Part):
    evaluation_description: str | None = None
    lower_is_better: bool
    score_type: str | None = None
    min_score: float | None = None
    max_score: float | None = None
    additional_details: dict[str, str] = {}


class ConfidenceInterval(_Part):
    lower: float
    upper: float
    confidence_level: float | None = None
    method: str | None = None


class Uncertainty(_Part):
    confidence_interval: ConfidenceInterval | None = None
    num_samples: int | None = None
    num_bootstrap_samples: int | None = None


class ScoreDetails(_Part):
    score: float
    details: dict[str, str] = {}
    uncertainty: Uncertainty | None = None


class GenerationArguments(_Part):
    execution_command: str | None = None


class GenerationConfiguration(_Part):
    generation_args: GenerationArguments = GenerationArguments()
    additional_details: dict[str, str] = {}


class EvaluationResult(_Part):
    evaluation_name: str
    source_data: SourceData
    metric_config: MetricConfiguration
    score_details: ScoreDetails
    generation_config: GenerationConfiguration = GenerationConfiguration()


class Samples(_Part):
    """The companion file with one line a test row."""

    format: Literal["jsonl"] = "jsonl"
    file_path: str
    hash_algorithm: Literal["sha256"] = "sha256"
    checksum: str
    total_rows: int
    additional_details: dict[str, str] = {}


class EvaluationLog(_Part):
    """One file."""

    schema_version: Literal["0.2.1"] = VERSION
    evaluation_id: str
    dedupe_identity: Deduplication | None = None
    evaluation_timestamp: str | None = None
    retrieved_timestamp: str
    source_metadata: SourceMetadata
    eval_library: EvaluationLibrary
    model_info: ModelInformation
    evaluation_results: tuple[EvaluationResult, ...]
    detailed_evaluation_results: Samples | None = None

    def as_json(self) -> dict[str, Any]:
        """Returns the record as JSON-like values, without what is not known.

        Raises:
            EmohubError: it does not fit the schema.
        """
        values: dict[str, Any] = json.loads(self.model_dump_json(exclude_none=True))
        check(values)
        return values


@dataclass(frozen=True, slots=True)
class Named:
    """What the declarations say of a record's task and model."""

    task: TaskSpec
    model_title: str
    repository: str | None = None
    """The dataset on the Hub that was tested on, where it was read from there or is published there."""


def log_of(record: RunRecord, named: Named) -> EvaluationLog:
    """Returns a complete run record as an Every Eval Ever record.

    Raises:
        EmohubError: the run is not complete, or scores a metric that its task does not have.
    """
    if record.status != "complete":
        raise EmohubError(f"{record.task}, {record.model}, seed {record.seed}: an unavailable run has no scores to export")
    timestamp = f"{record.finished.timestamp():.6f}"
    model = f"{DEVELOPER}/{record.model}"
    environment = record.environment
    # A model that was never trained here is somebody else's.
    trained_here = record.data.adapted or record.data.pretrained_on is not None
    return EvaluationLog(
        evaluation_id=f"{record.task}/{model}/{timestamp}",
        dedupe_identity=Deduplication(run_fingerprint=_run_fingerprint(record), content_hash=content_hash(record)),
        evaluation_timestamp=record.finished.isoformat(),
        retrieved_timestamp=timestamp,
        source_metadata=SourceMetadata(
            source_name="emohub leaderboard",
            source_type="evaluation_run",
            source_organization_name=DEVELOPER,
            evaluator_relationship="first_party" if trained_here else "third_party",
        ),
        eval_library=EvaluationLibrary(
            name=DEVELOPER,
            version=version("emohub"),
            additional_details=_given(
                code_revision=record.code_revision,
                python=environment.python,
                platform=environment.platform,
                processor=environment.processor,
                threads=environment.threads,
                gpu=environment.gpu,
                packages=canonical_json(environment.packages),
            ),
        ),
        model_info=ModelInformation(
            name=named.model_title,
            id=model,
            developer=DEVELOPER,
            additional_details=_given(
                parameters=record.cost.parameters if record.cost else None,
                train_seconds=record.cost.train_seconds if record.cost else None,
                pretrained_on=record.data.pretrained_on,
                trained_on_this_task=str(record.data.adapted).lower(),
            ),
        ),
        evaluation_results=tuple(_result(record, named, metric, score) for metric, score in record.metrics.items()),
    )


def content_hash(record: RunRecord) -> str:
    """Returns the SHA-256 (hexadecimal) of everything a record says."""
    return digest(record.model_dump(mode="json"))


def file_id(record: RunRecord) -> UUID:
    """Returns the name of a record's file: a UUID of the form that the format asks for (version 4), made from its content instead of chance."""
    return UUID(bytes=bytes.fromhex(content_hash(record))[:16], version=4)


def folder_of(record: RunRecord) -> Path:
    """Returns where the format's data store keeps a record: `data/<benchmark>/<developer>/<model>`."""
    return Path("data") / record.task / DEVELOPER / record.model


def check(value: object) -> None:
    """Checks JSON-like values against the schema of a record.

    Raises:
        EmohubError: they do not fit; the message names the place.
    """
    _check("every_eval_ever.schema.json", value)


def check_sample(value: object) -> None:
    """Checks JSON-like values against the schema of one line of a sample file.

    Raises:
        EmohubError: they do not fit; the message names the place.
    """
    _check("every_eval_ever_samples.schema.json", value)


def _check(file: str, value: object) -> None:
    from jsonschema.exceptions import best_match

    error = best_match(_validator(file).iter_errors(value))
    if error is not None:
        place = ".".join(str(part) for part in error.absolute_path) or "the record"
        raise EmohubError(f"{place}: {error.message[:200]} (Every Eval Ever {VERSION})")


@cache
def _validator(file: str) -> Any:
    from jsonschema import Draft7Validator

    schema = json.loads(Path(__file__).with_name(file).read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def _run_fingerprint(record: RunRecord) -> str:
    """What was run: the same for everyone who runs the same settings on the same data, whatever came out."""
    decided = record.decision.rule if record.decision else None
    return digest([record.task, record.model, record.seed, record.data.fingerprint, record.settings, decided])


def _result(record: RunRecord, named: Named, metric: str, score: Score) -> EvaluationResult:
    bounds = metrics_of(named.task).get(metric)
    if bounds is None:
        raise EmohubError(f"{record.task}, {record.model}, seed {record.seed}: {metric!r} is no metric of a task of the type {named.task.type}")
    decision = record.decision
    return EvaluationResult(
        evaluation_name=f"{record.task}/{metric}",
        source_data=_source(record, named),
        metric_config=_metric(record, named, metric, bounds),
        score_details=ScoreDetails(score=score.value, details={"seed": str(record.seed)}, uncertainty=_uncertainty(record, score)),
        generation_config=GenerationConfiguration(
            generation_args=GenerationArguments(execution_command=record.command),
            additional_details=_given(
                profile=record.profile,
                seed=record.seed,
                decision_rule=decision.rule if decision else None,
                threshold=decision.threshold if decision else None,
                tuned_on=decision.tuned_on if decision else None,
                settings=canonical_json({key: setting_text(key, value) for key, value in record.settings.items()}),
            ),
        ),
    )


def _metric(record: RunRecord, named: Named, metric: str, bounds: Bounds) -> MetricConfiguration:
    return MetricConfiguration(
        evaluation_description=f"{metric_title(metric)} on test. {named.task.title}: {named.task.summary}",
        lower_is_better=metric in LOWER_IS_BETTER,
        score_type="continuous",
        min_score=bounds.low,
        max_score=NO_UPPER_BOUND if bounds.high is None else bounds.high,
        additional_details=_given(
            metric=metric,
            counts_for_the_ranking=str(metric == record.main_metric).lower(),
            upper_bound="none" if bounds.high is None else None,
        ),
    )


def _uncertainty(record: RunRecord, score: Score) -> Uncertainty | None:
    if score.low is None or score.high is None:
        return None
    replicates = _REPLICATES.search(record.interval_method or "")
    return Uncertainty(
        confidence_interval=ConfidenceInterval(lower=score.low, upper=score.high, confidence_level=0.95, method=record.interval_method),
        num_samples=record.data.test or None,
        num_bootstrap_samples=int(replicates[1].replace(",", "")) if replicates else None,
    )


def _source(record: RunRecord, named: Named) -> SourceData:
    data = record.data
    details = _given(
        fingerprint=data.fingerprint,
        fingerprint_of="SHA-256 over the examples and labels as read" if data.fingerprint else None,
        revision=data.revision,
        train_rows=data.train,
        validation_rows=data.validation,
        test_rows=data.test,
        split="test",
        licence=named.task.source.licence if isinstance(named.task.source, ExternalSource) else None,
    )
    if named.repository is None:
        return SourceData(dataset_name=data.name, source_type="other", additional_details=details)
    return SourceData(
        dataset_name=data.name, source_type="hf_dataset", hf_repo=named.repository, hf_split="test", samples_number=data.test, additional_details=details
    )


def _given(**details: object) -> dict[str, str]:
    """The details that are known, as text."""
    return {name: str(value) for name, value in details.items() if value is not None}
