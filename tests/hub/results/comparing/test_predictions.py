"""Predictions by others are read or refused in one sentence."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import hub.results.comparing.predictions as predictions
from hub.errors import EmohubError
from hub.files import file_digest
from hub.paths import Project
from hub.results.comparing.predictions import ClassPredictions, PairPredictions, TextPredictions, read_predictions
from tests.support.comparable import LABELS, labels_of, random_table, text_table, write_class_run, write_predictions


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def _read(project: Project, record: Any) -> Any:
    return read_predictions(project.root / "results", record)


def test_classes_come_back_as_they_were_written(project: Project) -> None:
    table = random_table(1)
    found = _read(project, write_class_run(project, table, threshold=0.5))
    assert isinstance(found, ClassPredictions)
    assert found.labels == LABELS and found.ids == tuple(table["id"].to_pylist()) and found.domains == ()
    np.testing.assert_array_equal(found.truth, labels_of(*table["truth"].to_pylist()))
    np.testing.assert_array_equal(found.decided, labels_of(*table["decided"].to_pylist()))
    np.testing.assert_array_equal(found.probabilities, np.array(table["probabilities"].to_pylist(), dtype=np.float32))
    assert (found.thresholds == 0.5).all()


def test_every_domain_left_out_has_its_own_threshold(project: Project) -> None:
    table = random_table(1, rows=4).set_column(1, "fold", pa.array([0, 0, 1, 1], pa.int16()))
    table = table.replace_schema_metadata({**table.schema.metadata, "domains": '["sea", "land"]'})
    found = _read(project, write_class_run(project, table, parts={"sea": {"threshold": 0.2}, "land": {"threshold": 0.7}}))
    assert found.domains == ("sea", "sea", "land", "land")
    assert found.thresholds.tolist() == [0.2, 0.2, 0.7, 0.7]


def test_the_likeliest_label_needs_no_threshold(project: Project) -> None:
    found = _read(project, write_class_run(project, random_table(1, threshold=None), threshold=None))
    assert np.isnan(found.thresholds).all()


def test_texts_and_questions_are_told_apart(project: Project) -> None:
    table = text_table([2.0, 4.0], [1, 2], ["on it went", None], [("text-0", "joy", "fear")])
    found = _read(project, write_predictions(project, table))
    assert isinstance(found, TextPredictions)
    assert found.ids == ("text-0", "text-1") and found.asked == ("text-0",)
    assert (found.truth, found.answers) == (("joy",), ("fear",))
    np.testing.assert_allclose(found.perplexity, np.exp([2.0, 2.0]))
    assert found.written["greedy"] == ("on it went", None)


def test_pairs_are_read_without_their_pictures(project: Project) -> None:
    rows = {"id": ["a", "b"], "style": ["cartoon"] * 2, "family": ["talking"] * 2, "l1": pa.array([0.1, None], pa.float32()), "gif": [b"G" * 100, None]}
    found = _read(project, write_predictions(project, pa.table(rows)))
    assert isinstance(found, PairPredictions)
    assert found.ids == ("a", "b") and np.isnan(found.metrics["l1"][1]) and list(found.metrics) == ["l1"]


def test_a_file_that_was_changed_is_refused(project: Project) -> None:
    record = write_class_run(project, random_table(1))
    pq.write_table(random_table(2), project.root / "results" / str(record.predictions))
    with pytest.raises(EmohubError, match="not the file that the record was made with"):
        _read(project, record)


def test_a_missing_file_says_how_to_get_it(project: Project) -> None:
    record = write_class_run(project, random_table(1))
    (project.root / "results" / str(record.predictions)).unlink()
    with pytest.raises(EmohubError, match="not on this machine: run its command"):
        _read(project, record)


def test_a_run_without_predictions_says_so(project: Project) -> None:
    with pytest.raises(EmohubError, match="kept no predictions"):
        _read(project, write_class_run(project, random_table(1)).model_copy(update={"predictions": None}))


@pytest.mark.parametrize("limit", ["_LARGEST_FILE", "_MOST_ROWS", "_MOST_CELLS", "_MOST_LABELS"])
def test_what_is_too_large_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    record = write_class_run(project, random_table(1))
    monkeypatch.setattr(predictions, limit, 2)
    with pytest.raises(EmohubError, match="larger than|more than|at most"):
        _read(project, record)


def test_what_is_no_parquet_is_refused(project: Project) -> None:
    record = write_class_run(project, random_table(1))
    path = project.root / "results" / str(record.predictions)
    path.write_bytes(b"PAR1 not at all PAR1")
    with pytest.raises(EmohubError, match="not a readable file of predictions") as error:
        _read(project, record.model_copy(update={"predictions_sha256": file_digest(path)}))
    assert str(project.root) not in str(error.value)


def _replaced(name: str, values: Any, kind: pa.DataType) -> Callable[[pa.Table], pa.Table]:
    return lambda table: table.set_column(table.schema.get_field_index(name), name, pa.array(values, kind))


SHARES, MEMBERS = pa.list_(pa.float32()), pa.list_(pa.int16())


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda table: table.drop_columns(["decided"]), "of no kind of predictions known here"),
        (lambda table: table.replace_schema_metadata({"labels": "{not json"}), "not a readable file"),
        (lambda table: table.replace_schema_metadata({"labels": '{"a": 1}'}), "names no list of labels"),
        (lambda table: table.replace_schema_metadata({"labels": '["a", "a", "b"]'}), "names no list of labels"),
        (lambda table: table.replace_schema_metadata({**table.schema.metadata, "domains": "[]"}), "fold that has no domain"),
        (_replaced("id", ["same", "same"], pa.string()), "two rows have the same id"),
        (_replaced("id", ["one", None], pa.string()), "a row has no id"),
        (_replaced("truth", [[0], [3]], MEMBERS), "name a label that is not there"),
        (_replaced("decided", [[-1], [0]], MEMBERS), "name a label that is not there"),
        (_replaced("probabilities", [[0.1, 0.2, 0.3], [0.1]], SHARES), "one probability for each"),
        (_replaced("probabilities", [[0.1, 0.2, 0.3], [0.1, 0.2, 1.5]], SHARES), "not between 0 and 1"),
        (_replaced("probabilities", [[0.1, 0.2, 0.3], [0.1, 0.2, float("nan")]], SHARES), "not between 0 and 1"),
        (_replaced("probabilities", [[0.1, 0.2, 0.3], [0.1, 0.2, None]], SHARES), "empty value"),
        (_replaced("probabilities", ["a", "b"], pa.string()), "of no kind of predictions known here"),
    ],
)
def test_a_damaged_table_is_refused_in_a_sentence(project: Project, damage: Callable[[pa.Table], pa.Table], sentence: str) -> None:
    record = write_predictions(project, damage(random_table(1, rows=2)))
    with pytest.raises(EmohubError, match=sentence):
        _read(project, record)


def test_surprise_that_is_no_number_is_refused(project: Project) -> None:
    with pytest.raises(EmohubError, match="no finite numbers"):
        _read(project, write_predictions(project, text_table([float("inf")], [1], [None])))
