"""One row is traced back to its plot, with the very prompts and answers; what is not here is said."""

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hub.files import digest
from hub.generate import generate
from hub.paths import Project
from hub.publish.inspection.published_folder import open_published
from hub.results.browsing.published_rows import PublishedRow
from hub.results.tracing.lineage import read_row_lineage, related_rows
from hub.results.tracing.lineage_prompts import Asked
from hub.tables import write_table
from tests.support.annotation import publish_pictures, publish_texts
from tests.support.projects import DATASET, copy_project, dataset, generation, raw_table


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Emo Pillars out of two story kits, generated for real."""
    project = copy_project(tmp_path_factory.mktemp("lineage") / "project", kits=2)
    generate(project, dataset(project), generation())
    return project


@pytest.fixture
def project(generated: Project, tmp_path: Path) -> Project:
    """A copy that a test may damage."""
    return Project(Path(shutil.copytree(generated.root, tmp_path / "copy")))


def row_of(project: Project, number: int = 3) -> PublishedRow:
    contextual = set(raw_table(project, "contextual").column("utterance_id").to_pylist())
    rows = [row for row in raw_table(project, "utterances").to_pylist() if row["id"] in contextual]
    return PublishedRow("train", number, rows[number]["id"], rows[number])


def store_of(project: Project, step: str) -> Path:
    for path in (project.work / "stores" / DATASET).glob("*.sqlite"):
        with sqlite3.connect(path) as store:
            if f'"step":"{step}"' in store.execute("SELECT value FROM about").fetchone()[0].replace(" ", ""):
                return path
    raise AssertionError(step)


def by_step(asked: tuple[Asked, ...]) -> dict[str, Asked]:
    return {one.step: one for one in asked}


def test_every_question_on_the_way_to_an_utterance_is_told_in_order(generated: Project) -> None:
    row = row_of(generated)
    found = read_row_lineage(generated, dataset(generated), row)
    assert [one.step for one in found.asked] == ["actors", "utterances", "labels", "context", "cleaning", "rewriting"]
    assert {one.match for one in found.asked} == {"same"}
    assert found.missing == ()
    told = by_step(found.asked)
    assert row.values["character"] in (told["actors"].answer or "")
    assert row.values["utterance"] in told["labels"].prompt
    assert told["utterances"].seed == row.values["seed"]
    assert told["utterances"].finish_reason == row.values["finish_reason"]
    assert (told["labels"].template, told["labels"].version) == ("labels.v1.j2", "v1")


def test_the_prompts_are_the_ones_whose_hashes_the_stores_keep(generated: Project) -> None:
    found = read_row_lineage(generated, dataset(generated), row_of(generated))
    for one in found.asked:
        with sqlite3.connect(store_of(generated, one.step)) as store:
            key = store.execute("SELECT key FROM answers WHERE request_id = ?", (one.id,)).fetchone()[0]
        # The key is computed here anew, from what the reader is shown.
        assert key == digest([one.id, [["user", one.prompt]], one.seed])


def test_the_raw_rows_run_from_the_plot_to_what_names_the_utterance(generated: Project) -> None:
    row = row_of(generated)
    found = read_row_lineage(generated, dataset(generated), row)
    assert [(raw.table, raw.found_by) for raw in found.raw] == [("plots", "plot_id"), ("utterances", "id"), ("contextual", "utterance_id")]
    assert found.raw[0].values["text"] in found.asked[0].prompt
    assert found.engine["kind"] == "authored"


def test_reading_a_lineage_changes_no_file(generated: Project) -> None:
    before = {path: path.stat().st_mtime_ns for path in generated.root.rglob("*")}
    read_row_lineage(generated, dataset(generated), row_of(generated))
    assert {path: path.stat().st_mtime_ns for path in generated.root.rglob("*")} == before


def test_a_changed_template_is_told_from_the_prompt_that_was_asked(project: Project) -> None:
    path = project.root / "builders" / DATASET / "prompts" / "labels.v1.j2"
    path.write_text(path.read_text(encoding="utf-8") + "\nBe brief.\n", encoding="utf-8")
    told = by_step(read_row_lineage(project, dataset(project), row_of(project)).asked)
    assert told["actors"].match == "same"
    assert told["labels"].match == "other prompt"
    assert told["labels"].answer


def test_a_missing_answer_ends_the_way_and_is_said(project: Project) -> None:
    store_of(project, "utterances").unlink()
    found = read_row_lineage(project, dataset(project), row_of(project))
    assert [(one.step, one.match) for one in found.asked] == [("actors", "same"), ("utterances", "missing")]
    assert found.asked[-1].prompt and found.asked[-1].answer is None


def test_without_stores_the_raw_rows_are_still_shown(project: Project) -> None:
    shutil.rmtree(project.work)
    found = read_row_lineage(project, dataset(project), row_of(project))
    assert found.asked == ()
    assert [raw.table for raw in found.raw] == ["plots", "utterances", "contextual"]
    assert "the answers are not on this machine" in found.missing[0]


def test_without_raw_tables_the_way_to_get_them_is_said(project: Project) -> None:
    row = row_of(project)
    shutil.rmtree(project.raw(DATASET))
    found = read_row_lineage(project, dataset(project), row)
    assert (found.raw, found.asked) == ((), ())
    assert f"dvc repro generate@{DATASET}" in found.missing[0]


@pytest.mark.parametrize("spoil", ["store", "plots", "manifest"])
def test_what_is_damaged_is_named_and_the_rest_is_shown(project: Project, spoil: str) -> None:
    row = row_of(project)
    path = {"store": store_of(project, "labels"), "plots": project.raw(DATASET) / "plots.parquet", "manifest": project.raw(DATASET) / "manifest.json"}[spoil]
    path.write_bytes(b"<script>" * 400)
    found = read_row_lineage(project, dataset(project), row)
    assert found.missing
    assert str(project.root) not in " ".join(found.missing)
    assert any(raw.table == "utterances" for raw in found.raw)


def test_a_row_that_names_nothing_known_has_no_way(generated: Project) -> None:
    found = read_row_lineage(generated, dataset(generated), PublishedRow("test", 0, "../../x", {"id": "../../x", "plot_id": "' OR 1=1"}))
    assert (found.raw, found.asked) == ((), ())


def test_what_was_rejected_on_the_way_is_told(project: Project) -> None:
    row = row_of(project)
    reject = {"step": "labels", "id": row.id, "reason": "off_label", "label": "saudade", "text": "", "detail": "", "attempt": 0, "final": True}
    table = raw_table(project, "rejects")
    write_table(project.raw(DATASET) / "rejects.parquet", pa.Table.from_pylist([reject], schema=table.schema))
    found = read_row_lineage(project, dataset(project), row)
    assert [raw.values["label"] for raw in found.rejects] == ["saudade"]
    assert all(raw.table != "rejects" for raw in found.raw)


def test_a_pair_finds_the_pictures_it_names(tmp_path: Path) -> None:
    folder = open_published(publish_pictures(tmp_path / "pictures"))
    pair = PublishedRow("test", 0, "pair", {"id": "pair", "portrait_id": "picture-004", "clip_id": "picture-999", "target_id": None})
    found: dict[str, Any] = related_rows(folder, "test", pair)
    assert {name: (where, row.id) for name, (where, row) in found.items()} == {"portrait_id": ("pictures", "picture-004")}
    assert related_rows(folder, "train", pair) == {}


def test_a_folder_without_pictures_relates_nothing(tmp_path: Path) -> None:
    folder = open_published(publish_texts(tmp_path / "texts"))
    assert related_rows(folder, "test", PublishedRow("test", 0, "x", {"plot_id": "story-1"})) == {}
