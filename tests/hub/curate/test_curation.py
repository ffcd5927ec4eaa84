"""Curation over twelve story kits: what is kept, what is rejected and why, and what the report says of it."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from hub.curate import curate
from hub.durable.checksums import forget_sums
from hub.errors import GateError
from hub.paths import Project
from hub.tables import read_table, write_table
from tests.support.chain import curated_project
from tests.support.projects import DATASET, dataset, raw_table

CONFIGURATIONS = ("context-less", "contextual", "contextual-rewritten")


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return curated_project(tmp_path_factory.mktemp("curated"))


def rows(project: Project, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_table(project.clean(DATASET) / f"{name}.parquet").to_pylist()
    return found


def report(project: Project) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((project.clean(DATASET) / "report.json").read_text(encoding="utf-8"))
    return found


def copy_of(project: Project, root: Path) -> Project:
    """The same project elsewhere, to be spoilt."""
    import shutil

    shutil.copytree(project.root, root, ignore=shutil.ignore_patterns("clean", ".emohub"))
    return Project(root)


def change(project: Project, table: str, column: str, values: list[Any]) -> None:
    """Replaces the first values of a raw column."""
    raw = raw_table(project, table)
    index = raw.column_names.index(column)
    full = values + raw[column].to_pylist()[len(values) :]
    forget_sums(project.raw(DATASET))  # Changed on purpose.
    write_table(project.raw(DATASET) / f"{table}.parquet", raw.set_column(index, raw.schema.field(index), pa.array(full, raw.schema.field(index).type)))


def test_no_plot_is_in_train_of_one_configuration_and_in_another_split_of_any(curated: Project) -> None:
    splits: dict[str, set[str]] = defaultdict(set)
    for name in CONFIGURATIONS:
        for row in rows(curated, name):
            splits[row["plot_id"]].add(row["split"])
    assert len(splits) == 12
    assert all(len(found) == 1 for found in splits.values())
    assert set.union(*splits.values()) == {"train", "validation", "test"}


def test_contextual_rows_are_context_less_rows_with_a_context(curated: Project) -> None:
    alone = {row["id"]: row for row in rows(curated, "context-less")}
    told = {row["id"]: row for row in rows(curated, "contextual")}
    rewritten = rows(curated, "contextual-rewritten")
    assert told
    assert all(row["context"] and row["utterance"] == alone[id]["utterance"] and row["labels"] == alone[id]["labels"] for id, row in told.items())
    assert {row["id"] for row in rewritten} <= set(told)
    assert all(row["original_utterance"] == alone[row["id"]]["utterance"] and row["context"] for row in rewritten)
    assert any(row["utterance"] != row["original_utterance"] for row in rewritten)


def test_every_row_carries_its_lineage(curated: Project) -> None:
    for name in CONFIGURATIONS:
        for row in rows(curated, name):
            assert row["id"].startswith(row["character_id"]) and row["character_id"].startswith(row["plot_id"])
            assert row["engine"] == "authored" and row["licence"] == "cc-by-4.0" and row["finish_reason"] == "stop"
            assert len(row["prompts"].split()) == (3 if name == "context-less" else 6)


def test_ids_and_texts_stand_once(curated: Project) -> None:
    for name in CONFIGURATIONS:
        found = rows(curated, name)
        assert len({row["id"] for row in found}) == len(found)
        assert len({row["utterance"].casefold() for row in found}) == len(found) or name == "contextual"


def test_the_report_counts_what_is_there(curated: Project) -> None:
    said = report(curated)
    assert said["rows"] == {
        name: {split: sum(row["split"] == split for row in rows(curated, name)) for split in ("train", "validation", "test")} for name in CONFIGURATIONS
    }
    alone = rows(curated, "context-less")
    joyful = sum(any(label["label"] == "joy" and label["expressiveness"] > 0.299 for label in row["labels"]) for row in alone)
    assert said["statistics"]["labels"]["context-less"]["joy"] == joyful
    assert len(said["statistics"]["labels"]["context-less"]) == 28
    assert said["engine"]["kind"] == "authored"
    assert said["narratives"]["count"] == 12
    assert all(gate["passed"] for gate in said["gates"])
    copy = curated.root / "results" / "datasets" / "local" / f"{DATASET}.json"
    assert json.loads(copy.read_text(encoding="utf-8")) == said


def test_the_rates_of_labels_outside_the_taxonomy_are_published(curated: Project) -> None:
    rates = report(curated)["statistics"]["label_mapping"]
    answered = [one for row in raw_table(curated, "utterances").to_pylist() for one in row["answered"]]
    outside = [one for one in answered if one["how"] != "class"]
    assert rates["answered"] == len(answered)
    assert rates["outside_taxonomy"] == len(outside) > 0
    assert rates["outside_share"] == pytest.approx(len(outside) / len(answered), abs=1e-4)
    parts = [rates[f"mapped_by_{how}"] for how in ("synonym", "derived", "nearest")]
    assert sum(parts) + rates["unmapped"] == len(outside)
    assert rates["unmapped"] == sum(one["label"] is None for one in answered)


def test_rejects_of_generation_are_kept(curated: Project) -> None:
    generated = raw_table(curated, "rejects")
    assert rows(curated, "rejects")[: generated.num_rows] == generated.to_pylist()


def test_a_near_duplicate_becomes_a_reject_that_names_the_row_that_stays(curated: Project, tmp_path: Path) -> None:
    project = copy_of(curated, tmp_path / "copy")
    utterances = raw_table(project, "utterances")["utterance"].to_pylist()
    ids = raw_table(project, "utterances")["id"].to_pylist()
    # The second row says what the first says, but for a comma.
    change(project, "utterances", "utterance", [utterances[0], utterances[0].replace(".", ",")])
    curate(project, dataset(project), "local", complete=False)
    duplicate = [row for row in rows(project, "rejects") if row["step"] == "curate" and row["detail"].endswith("in context-less")]
    assert [(row["id"], row["reason"], row["detail"]) for row in duplicate] == [(ids[1], "duplicate", f"near-duplicate of {ids[0]} in context-less")]
    assert all(ids[1] not in {row["id"] for row in rows(project, name)} for name in CONFIGURATIONS)
    assert report(project)["rejects"]["curate"]["duplicate"] >= 1


@pytest.mark.parametrize(
    ("table", "column", "value", "expected"),
    [
        ("utterances", "utterance", "my key is hf_" + "a" * 34, "rows with a secret: measured "),
        ("plots", "licence", "", "rows without a licence: measured "),
    ],
)
def test_a_gate_that_fails_stops_curation_but_leaves_the_report(curated: Project, tmp_path: Path, table: str, column: str, value: str, expected: str) -> None:
    project = copy_of(curated, tmp_path / "copy")
    change(project, table, column, [value])
    with pytest.raises(GateError) as caught:
        curate(project, dataset(project), "local", complete=False)
    assert expected in str(caught.value)
    assert "rows: " in str(caught.value)
    said = json.loads((project.root / "results" / "datasets" / "local" / f"{DATASET}.json").read_text(encoding="utf-8"))
    assert [gate["passed"] for gate in said["gates"]].count(False) == 1
    assert not project.clean(DATASET).exists()


def test_declared_sizes_hold_for_a_complete_run_only(curated: Project, tmp_path: Path) -> None:
    project = copy_of(curated, tmp_path / "copy")
    with pytest.raises(GateError, match=r"rows in context-less: measured [\d,]+, required at least 6,000"):
        curate(project, dataset(project), "local", complete=True)


def test_too_few_plots_for_three_splits_are_told_so(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="empty splits of context-less: measured test"):
        curated_project(tmp_path, kits=2)


def test_curating_twice_gives_the_same_bytes(curated: Project) -> None:
    before = {path.name: path.read_bytes() for path in curated.clean(DATASET).iterdir()}
    curate(curated, dataset(curated), "local", complete=False)
    assert {path.name: path.read_bytes() for path in curated.clean(DATASET).iterdir()} == before
