"""Run records come from files that anybody may have written."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import EmohubError
from hub.paths import Project
from hub.results import read_record, read_results, write_record
from tests.support.records import make_metrics, make_record, make_unavailable


def written(folder: Path, **changes: Any) -> Path:
    """A record file whose top-level fields are replaced by `changes`, without validation."""
    value = json.loads(make_record().model_dump_json())
    value.update(changes)
    path = folder / "0.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    record = make_record(per_label={"joy": {"f1": 0.5, "support": 12}})
    assert read_record(write_record(tmp_path, record)) == record


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"profile": "../../etc"}, "profile"),
        ({"task": "goemotions/../isear"}, "task"),
        ({"model": "<img src=x>"}, "model"),
        ({"model": "m" * 65}, "model"),
        ({"predictions": "../../secrets.parquet"}, "predictions"),
        ({"predictions": "/etc/passwd"}, "predictions"),
        ({"seed": "zero"}, "seed"),
        ({"seed": -1}, "seed"),
        ({"seed": 10**400}, "seed"),
        ({"metrics": {"macro_f1": {"value": float("nan")}}}, "metrics.macro_f1.value"),
        ({"metrics": {"macro_f1": {"value": float("inf")}}}, "metrics.macro_f1.value"),
        ({"metrics": {"micro_f1": {"value": 0.5}}}, "macro_f1"),
        ({"metrics": ["macro_f1"]}, "metrics"),
        ({"per_label": {"joy": {"f1": float("nan")}}}, "per_label.joy.f1"),
        ({"cost": None}, "cost"),
        ({"cost": {"train_seconds": 1, "predict_seconds": 1, "parameters": 10**30}}, "cost.parameters"),
        ({"curve": [{"step": 0, "loss": float("nan")}]}, "curve.0.loss"),
        ({"command": "x" * 2001}, "command"),
        ({"surprise": 1}, "surprise"),
        ({"schema_version": 2}, "schema_version"),
        ({"status": "unavailable", "reason": None}, "reason"),
        ({"status": "excellent"}, "status"),
    ],
)
def test_a_hostile_record_is_refused_by_naming_what_is_wrong(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(EmohubError) as caught:
        read_record(written(tmp_path, **changes))
    assert complaint in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_html_in_free_text_is_only_text(tmp_path: Path) -> None:
    assert read_record(written(tmp_path, command="<script>alert(1)</script>")).command == "<script>alert(1)</script>"


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"\xff\xfe", b"{" * 100_000, b'{"status": "complete"', b'{"command": "\\ud800"}'])
def test_what_is_no_record_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "0.json"
    path.write_bytes(content)
    with pytest.raises(EmohubError):
        read_record(path)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "0.json"
    path.write_text(make_record().model_dump_json() + " " * 2_000_001, encoding="utf-8")
    with pytest.raises(EmohubError, match="larger than"):
        read_record(path)


def test_a_folder_with_a_records_name_is_broken_not_fatal(tmp_path: Path) -> None:
    project = Project(tmp_path)
    write_record(project.runs, make_record())
    (project.runs / "local" / "goemotions" / "minilm" / "9.json").mkdir()
    found = read_results(project)
    assert len(found.records) == 1
    assert [broken.place for broken in found.broken] == ["local/goemotions/minilm/9.json"]


def test_a_record_in_another_models_place_is_broken(tmp_path: Path) -> None:
    project = Project(tmp_path)
    path = project.runs / "local" / "goemotions" / "better_model" / "0.json"
    path.parent.mkdir(parents=True)
    path.write_text(make_record().model_dump_json(), encoding="utf-8")
    found = read_results(project)
    assert not found.records
    assert "than its place" in found.broken[0].reason


def test_an_unavailable_record_needs_no_score() -> None:
    assert make_unavailable().score is None


@given(value=st.floats(allow_nan=False, allow_infinity=False), margin=st.floats(0, 1))
def test_every_finite_score_survives_the_file(value: float, margin: float) -> None:
    record = make_record(metrics={**make_metrics(0.5, margin), "brier_score": {"value": value}})
    assert type(record).model_validate_json(record.model_dump_json()) == record
