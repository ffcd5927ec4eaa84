"""Emo8 from the profile to what `load_dataset` reads, with few and small pictures; and what curation takes out."""

import json
from collections.abc import Callable
from pathlib import Path

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from builders.emo8.emo8 import FEATURES
from hub.curate import curate
from hub.durable.checksums import forget_sums
from hub.engine.provenance import encode_png
from hub.errors import GateError
from hub.generate.pictures import generate_images
from hub.paths import Project
from hub.publish.build import build
from hub.results.datasets import read_dataset_reports
from hub.tables import read_table
from tests.support.emo8_project import copy_emo8, emo8_settings, emo8_spec

Change = Callable[[list[dict[str, object]]], None]


def _drawn(root: Path, change: Change | None = None, **gates: object) -> Project:
    """A project with drawn pictures; `change` alters the rows of the first shard."""
    project = copy_emo8(root, **{"maximum_imbalance": 1.0, **gates})
    generate_images(project, emo8_spec(project), emo8_settings())
    if change:
        forget_sums(project.raw("emo8"))  # Changed on purpose.
        shard = project.raw("emo8") / "images" / "batch-00000.parquet"
        table = pq.read_table(shard)
        rows = table.to_pylist()
        change(rows)
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), shard)
    return project


def _rejects(project: Project) -> dict[str, str]:
    return {row["id"]: row["reason"] for row in read_table(project.clean("emo8") / "rejects.parquet").to_pylist()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = _drawn(tmp_path_factory.mktemp("emo8"))
    curate(project, emo8_spec(project), "local", True)
    build(project, emo8_spec(project))
    return project


@pytest.fixture(scope="module")
def loaded(built: Project, tmp_path_factory: pytest.TempPathFactory) -> datasets.DatasetDict:
    return datasets.load_dataset(str(built.published("emo8")), cache_dir=str(tmp_path_factory.mktemp("cache")))


def test_load_dataset_gives_typed_rows_of_every_split(loaded: datasets.DatasetDict) -> None:
    assert {split: len(rows) for split, rows in loaded.items()} == {"train": 85, "validation": 12, "test": 23}
    assert loaded["train"].features == FEATURES


def test_an_image_is_decoded_at_its_size_and_says_what_it_shows(loaded: datasets.DatasetDict) -> None:
    row = loaded["train"][0]
    assert row["image"].size == (64, 64) == (row["width"], row["height"])
    assert row["caption"].startswith("a cartoon drawing")
    assert FEATURES["emotion"].int2str(row["emotion"]) == "amusement"


def test_boxes_lie_in_the_picture_and_are_empty_without_a_figure(loaded: datasets.DatasetDict) -> None:
    for row in loaded["train"].remove_columns("image"):
        assert bool(row["person_box"]) == bool(row["identity_id"])
        for box in [row["person_box"], *(one["box"] for one in row["object_boxes"])]:
            if box:
                left, top, right, bottom = box
                assert 0 <= left < right <= 64
                assert 0 <= top < bottom <= 64


def test_a_visible_face_has_seventy_points_and_its_action_units(loaded: datasets.DatasetDict) -> None:
    faces = [row for row in loaded["train"].remove_columns("image") if row["expression"]]
    assert faces
    assert {len(row["face_points"]) for row in faces} == {210}
    assert {len(row["face_visible"]) for row in faces} == {70}
    assert all(0 <= one["intensity"] <= 1 for row in faces for one in row["action_units"])


def test_the_card_says_that_it_is_a_rebuild_and_that_the_count_is_unconfirmed(built: Project) -> None:
    card = (built.published("emo8") / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(card.split("---")[1])
    assert front["configs"][0]["default"] is True
    assert front["task_categories"] == ["image-classification", "zero-shot-image-classification"]
    for sentence in (
        "This is a rebuild, not the original.",
        "8,930 by a count we could not\nconfirm",
        "none is a photograph",
        "no person has rated these images",
    ):
        assert sentence in card


def test_the_report_can_be_read_by_the_leaderboard(built: Project) -> None:
    found = read_dataset_reports(built)
    assert not found.broken
    assert found.reports[0].engine.kind == "render"
    assert found.reports[0].statistics.labels["images"]["awe"] == 15


def test_the_manifest_holds_the_hash_of_every_file(built: Project) -> None:
    folder = built.published("emo8")
    manifest = json.loads((folder / "MANIFEST.json").read_text(encoding="utf-8"))
    written = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert set(manifest["sha256"]) == written - {"MANIFEST.json"}


def test_broken_blank_flagged_and_duplicated_pictures_are_taken_out_and_counted(tmp_path: Path) -> None:
    spoilt: dict[str, str] = {}

    def spoil(rows: list[dict[str, object]]) -> None:
        splits = {row["id"]: row["split"] for row in read_table(tmp_path / "data" / "raw" / "emo8" / "pictures.parquet").to_pylist()}
        broken, blank, flagged, copied = [row for row in rows if splits[row["id"]] == "train"][:4]
        broken["image"] = b"not an image"
        blank["image"] = encode_png(np.full((64, 64, 3), 90, dtype=np.uint8))
        flagged["moderation"] = "flagged"
        copied["image"] = next(row["image"] for row in rows if splits[row["id"]] == "test")
        spoilt.update({str(broken["id"]): "broken", str(blank["id"]): "blank", str(flagged["id"]): "flagged", str(copied["id"]): "duplicate"})

    project = _drawn(tmp_path, spoil)
    curate(project, emo8_spec(project), "local", True)
    assert _rejects(project) == spoilt


@pytest.mark.parametrize(
    ("gates", "problem"),
    [
        ({"minimum_rows": 121}, "rows in images: measured 120, required at least 121"),
        ({"maximum_cue_accuracy": {"all_declared_cues": 0.0}}, "mean recall by all declared cues alone"),
    ],
)
def test_a_gate_that_fails_says_what_was_measured(tmp_path: Path, gates: dict[str, object], problem: str) -> None:
    project = _drawn(tmp_path, **gates)
    with pytest.raises(GateError, match=problem):
        curate(project, emo8_spec(project), "local", True)
