"""Runs of two models of one task with predictions and examples, to lay side by side. The numbers are made up."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.runners.scoring import calibration_metrics, f1_metrics, per_label, prediction_table
from hub.files import file_digest
from hub.paths import Project
from hub.results import Decision, RunRecord, write_record
from hub.results.comparing.examples import SCHEMA, examples_file
from hub.tables import write_table
from tests.support.records import FINGERPRINT, make_record

LABELS = ("joy", "anger", "fear")
HOSTILE = "<script>alert(1)</script> **bold** [link](http://evil.test)"


def labels_of(*rows: Sequence[int], count: int = 3) -> Any:
    """Returns (rows, labels) decisions from the numbers of the labels that hold."""
    found = np.zeros((len(rows), count), dtype=np.bool_)
    for number, members in enumerate(rows):
        found[number, list(members)] = True
    return found


def class_table(truth: Any, probabilities: Any, threshold: float | None = 0.5, labels: Sequence[str] = LABELS, ids: Sequence[str] = ()) -> pa.Table:
    """Returns a table of predictions as the runners write it."""
    decided = probabilities >= threshold if threshold is not None else np.arange(len(labels)) == probabilities.argmax(axis=1, keepdims=True)
    return prediction_table([(ids or [f"row-{number}" for number in range(len(truth))], truth, decided, probabilities)], labels)


def random_table(seed: int, rows: int = 40, threshold: float | None = 0.5, labels: Sequence[str] = LABELS) -> pa.Table:
    """The truth of a row is the same whatever the seed."""
    truth = np.random.default_rng(0).random((rows, len(labels))) < 0.4
    if threshold is None:
        truth = np.arange(len(labels)) == np.random.default_rng(0).integers(len(labels), size=(rows, 1))
    probabilities = np.random.default_rng(seed).random((rows, len(labels))).astype(np.float32)
    return class_table(truth, np.clip(0.6 * probabilities + 0.4 * truth, 0, 1).astype(np.float32), threshold, labels)


def write_predictions(project: Project, table: pa.Table, **changes: Any) -> RunRecord:
    """Writes a table and the record of the run that it is of; `changes` replace the record's fields."""
    record = make_record(**changes)
    place = f"predictions/{record.profile}/{record.task}/{record.model}/{record.seed}.parquet"
    path = project.root / "results" / place
    write_table(path, table)
    record = record.model_copy(update={"predictions": place, "predictions_sha256": file_digest(path)})
    write_record(project.runs, record)
    return record


def write_class_run(project: Project, table: pa.Table, threshold: float | None = 0.5, **changes: Any) -> RunRecord:
    """The same with the scores that the table has."""
    truth, decided = (labels_of(*table[name].to_pylist(), count=len(LABELS)) for name in ("truth", "decided"))
    probabilities = np.array(table["probabilities"].to_pylist(), dtype=np.float32)
    decision = Decision(rule="highest_probability") if threshold is None else Decision(rule="global_threshold", threshold=threshold, tuned_on="validation")
    metrics = f1_metrics(truth, decided, 200) | calibration_metrics(truth, probabilities)
    return write_predictions(project, table, metrics=metrics, per_label=per_label(truth, decided, LABELS), decision=decision, **changes)


def write_examples(
    project: Project, rows: Mapping[str, str], profile: str = "local", task: str = "goemotions", fingerprint: str = FINGERPRINT, **more: Any
) -> Path:
    """Writes texts by id; `more` holds contexts, domains or images for all rows."""
    path = examples_file(project.root / "results", profile, task)
    columns = {"id": list(rows), "text": list(rows.values()), **{name: [more.get(name)] * len(rows) for name in ("context", "domain", "image")}}
    about = {"fingerprint": fingerprint, "source": "a toy source", "licence": "cc0-1.0", "about": "Toy rows."}
    write_table(path, pa.table(columns, schema=SCHEMA.with_metadata(about)), 10)
    return path


def text_table(nats: Sequence[float], tokens: Sequence[int], written: Sequence[str | None], questions: Sequence[tuple[str, str, str]] = ()) -> pa.Table:
    """Returns a language model's table: texts, then questions with truth and answer."""
    blank, ids = [None] * len(questions), [f"text-{number}" for number in range(len(nats))]
    columns = {
        "id": [*ids, *(id for id, _, _ in questions)],
        "nats": [*nats, *blank],
        "tokens": [*tokens, *blank],
        **{way: [*written, *blank] for way in ("sampling", "top_p", "greedy")},
        "truth": [*[None] * len(ids), *(truth for _, truth, _ in questions)],
        "answered": [*[None] * len(ids), *(answer for _, _, answer in questions)],
    }
    kinds = {"nats": pa.float64(), "tokens": pa.int64()}
    return pa.table(columns, schema=pa.schema([(name, kinds.get(name, pa.string())) for name in columns]))
