"""Release records are read strictly: a broken one is named and harms nobody else."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.paths import Project
from hub.results.datasets import GateOutcome
from hub.results.releases import ReleaseRecord, read_releases, write_release

RECORD = ReleaseRecord(
    profile="local",
    dataset="toy",
    version="1.0.0",
    tag="v1.0.0",
    repository="org/toy",
    revision="a" * 40,
    fingerprint="b" * 64,
    rows={"first": {"train": 3}},
    bytes=10,
    gates=(GateOutcome(name="rows", passed=True, measured="3", required="1"),),
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    draft = RECORD.model_copy(update={"version": "1.1.0-dev", "tag": None})
    paths = [write_release(Project(tmp_path), record).relative_to(tmp_path / "results" / "releases").as_posix() for record in (draft, RECORD)]
    assert paths == ["local/toy.json", "local/toy.v1.0.0.json"]
    assert read_releases(Project(tmp_path)).records == (draft, RECORD)


def test_a_project_without_records_has_none(tmp_path: Path) -> None:
    assert read_releases(Project(tmp_path)).records == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"repository": "/home/somebody/releases"},
        {"repository": "~/releases"},
        {"repository": "../../releases"},
        {"version": "1.0"},
        {"tag": "latest"},
        {"revision": "main"},
        {"fingerprint": "x"},
        {"rows": {"first": {"train": -1}}},
        {"bytes": 10**16},
        {"surprise": True},
        {"dataset": "../toy"},
        {"dataset": "other"},
    ],
)
def test_a_broken_record_is_named_and_harms_nobody_else(tmp_path: Path, changes: dict[str, Any]) -> None:
    project = Project(tmp_path)
    write_release(project, RECORD)
    broken = tmp_path / "results" / "releases" / "study" / "toy.v1.0.0.json"
    broken.parent.mkdir()
    broken.write_text(json.dumps(RECORD.model_copy(update={"profile": "study"}).model_dump(mode="json") | changes), encoding="utf-8")
    found = read_releases(project)
    assert found.records == (RECORD,)
    assert [one.place for one in found.broken] == ["study/toy.v1.0.0.json"]
    assert str(tmp_path) not in found.broken[0].reason
