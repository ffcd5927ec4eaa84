"""Dataset reports, read as strictly as run records."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.paths import Project
from hub.results.datasets import read_dataset_reports
from tests.support.records import write_report

REPOSITORY = Path(__file__).parents[3]


def test_a_report_is_read(tmp_path: Path) -> None:
    write_report(Project(tmp_path))
    (report,) = read_dataset_reports(Project(tmp_path)).reports
    assert report.rows["context-less"] == {"train": 3800, "validation": 520, "test": 500}
    assert report.statistics.label_mapping is not None
    assert report.statistics.label_mapping.mapped_by_synonym == 357


def test_the_reports_that_curation_writes_are_read() -> None:
    found = read_dataset_reports(Project(REPOSITORY))
    assert not found.broken


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"dataset": "../up"}, "dataset"),
        ({"version": "[x](http://elsewhere)"}, "version"),
        ({"engine": {"kind": "![x](http://elsewhere)"}}, "engine.kind"),
        ({"rows": {"context-less": {"train": -1}}}, "rows.context-less.train"),
        ({"rows": {"context-less": {"train": 10**40}}}, "rows.context-less.train"),
        ({"rows": None}, "rows"),
        ({"dataset": "another"}, "than its place"),
    ],
)
def test_a_hostile_report_is_listed_as_broken(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    write_report(Project(tmp_path), **changes)
    found = read_dataset_reports(Project(tmp_path))
    assert not found.reports
    assert complaint in found.broken[0].reason


def test_what_is_too_large_or_no_json_is_listed_as_broken(tmp_path: Path) -> None:
    path = write_report(Project(tmp_path))
    path.with_name("other.json").write_text(json.dumps({"padding": "x" * 2_000_000}))
    path.with_name("third.json").write_text("{")
    found = read_dataset_reports(Project(tmp_path))
    assert len(found.reports) == 1
    assert len(found.broken) == 2
