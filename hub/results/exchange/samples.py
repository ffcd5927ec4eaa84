"""The companion of an Every Eval Ever record: one line a test row, from the predictions of a run. Inputs are not ours to copy and are never in it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from hub.errors import EmohubError
from hub.files import canonical_json, file_digest
from hub.results.exchange.every_eval_ever import EvaluationLog, check_sample
from hub.results.record import RunRecord

_COLUMNS = ("id", "fold", "truth", "decided", "probabilities")
SCORE = "1 where exactly the true labels were decided, else 0; the record's own scores are not means of it"


@dataclass(frozen=True, slots=True)
class SampleLines:
    """The lines of a sample file, and the labels that their probabilities are of, in order."""

    lines: tuple[str, ...]
    labels: tuple[str, ...]


def samples_of(results: Path, record: RunRecord, log: EvaluationLog) -> SampleLines | None:
    """Returns the lines of a classification run; None where the run keeps no predictions, they are not at hand, or they are not labels.

    Args:
        results: The folder that the record's path starts from.

    Raises:
        EmohubError: the file is not the one that the record is about, or a line does not fit the schema.
    """
    path = results / record.predictions if record.predictions else None
    if path is None or not path.is_file():
        return None
    if record.predictions_sha256 is not None and file_digest(path) != record.predictions_sha256:
        raise EmohubError(f"{record.predictions}: not the file that the record was made with; run its command again")
    with pq.ParquetFile(path) as file:
        if not set(_COLUMNS) <= set(file.schema_arrow.names):
            return None
        labels = json.loads((file.schema_arrow.metadata or {}).get(b"labels", b"[]"))
        rows = file.read(columns=list(_COLUMNS)).to_pylist()
    samples = [_sample(record, log, labels, row) for row in rows]
    for sample in samples:
        check_sample(sample)
    return SampleLines(tuple(canonical_json(sample) for sample in samples), tuple(labels))


def _sample(record: RunRecord, log: EvaluationLog, labels: list[str], row: dict[str, Any]) -> dict[str, Any]:
    truth, decided = ([labels[number] for number in row[column]] for column in ("truth", "decided"))
    right = sorted(truth) == sorted(decided)
    rule = record.decision.rule if record.decision else "highest_probability"
    return {
        "schema_version": f"instance_level_eval_{log.schema_version}",
        "evaluation_id": log.evaluation_id,
        "model_id": log.model_info.id,
        "evaluation_name": f"{record.task}/{record.main_metric}",
        "sample_id": row["id"],
        "interaction_type": "single_turn",
        "input": {"raw": f"the row {row['id']} of {record.data.name}, which is not repeated here", "reference": truth},
        "output": {"raw": decided},
        "answer_attribution": [{"turn_idx": 0, "source": "output.raw", "extracted_value": ", ".join(decided), "extraction_method": rule, "is_terminal": True}],
        "evaluation": {"score": float(right), "is_correct": right},
        "metadata": {"fold": str(row["fold"]), "probabilities": canonical_json([round(value, 6) for value in row["probabilities"]])},
    }
