"""What a consumer is told of a folder: that all is well, or each thing that is not, in a sentence; never a traceback."""

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.files import file_digest, write_json
from hub.publish.inspection.published_folder import read_card
from hub.publish.inspection.verify import Verification, verify
from hub.publish.manifest import write_manifest
from hub.spec import ReleaseChecks
from tests.support.published import CHECKS, TEXT, remanifest, text_tables, write_card, write_published

TRAIN = "default/train-00000-of-00001.parquet"
TEST = "default/test-00000-of-00001.parquet"


def _told(verification: Verification) -> str:
    assert not verification.ok
    assert all("\n" not in line for line in verification.lines())
    return "\n".join(verification.lines())


def test_a_sound_folder_is_said_to_be(tmp_path: Path) -> None:
    verification = verify(write_published(tmp_path, files_per_split=2))
    assert verification.ok
    assert verification.lines() == ["toy 0.1.0 (dataset, 5 files): all is well", "  11 gates hold"]


def test_a_single_changed_byte_a_missing_and_an_added_file_are_told(tmp_path: Path) -> None:
    write_published(tmp_path)
    card = tmp_path / "README.md"
    card.write_text(card.read_text() + " ")
    (tmp_path / "more.txt").write_text("more")
    assert verify(tmp_path).problems == ("README.md: has other bytes than the manifest says", "more.txt: is not in the manifest")
    (tmp_path / TEST).unlink()
    told = _told(verify(tmp_path))
    assert f"{TEST}: is missing" in told
    assert "split test: no file matches default/test-*.parquet" in told


@pytest.mark.parametrize("folder", ["nothing", "empty"])
def test_what_nobody_published_is_told(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    verification = verify(tmp_path / folder)
    assert verification.manifest is None
    assert ("there is no such folder" if folder == "nothing" else "there is no MANIFEST.json") in _told(verification)


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ("[]", "MANIFEST.json: the file"),
        ("[" * 100_000, "MANIFEST.json: the file"),
        ('{"name": "x"}', "MANIFEST.json: version"),
        ({"sha256": {"../../etc/passwd": "0" * 64}}, "no plain path inside the folder"),
        ({"sha256": {"/etc/passwd": "0" * 64}}, "no plain path inside the folder"),
        ({"version": "9" * 100_000}, "MANIFEST.json: version"),
        ({"extra": 1}, "MANIFEST.json: extra"),
        (" " * (17 * 2**20), "MANIFEST.json: larger than"),
    ],
)
def test_a_hostile_manifest_is_one_sentence(tmp_path: Path, manifest: Any, told: str) -> None:
    write_published(tmp_path)
    path = tmp_path / "MANIFEST.json"
    path.write_text(manifest if isinstance(manifest, str) else json.dumps(json.loads(path.read_text()) | manifest))
    verification = verify(tmp_path)
    assert len(verification.problems) == 1
    assert told in _told(verification)


def test_links_that_lead_outside_are_not_read(tmp_path: Path) -> None:
    root = write_published(tmp_path / "published")
    (tmp_path / "secret").write_text("hf_" + "aB3" * 12)
    (root / "notes.txt").symlink_to(tmp_path / "secret")
    (root / "all").symlink_to("/")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")
    assert sorted(verify(root).problems) == [
        "all: is a link that leads outside the folder",
        "loop: is a link to no file",
        "notes.txt: is a link that leads outside the folder",
        "pipe: is neither a file nor a folder",
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("loader.py", b"print()", "is code"),
        ("weights.bin", b"\0", "can hold pickled objects"),
        ("weights.pt", b"\0", "can hold pickled objects"),
        ("rows.pkl", pickle.dumps([1]), "can hold pickled objects"),
        ("rows.txt", pickle.dumps([1]), "is a pickled object"),
        ("tool", b"\x7fELF\x02\x01\x01", "is a program (ELF)"),
        ("run", b"#!/bin/sh\n", "is a script"),
        ("more.parquet.zip", b"PK\x03\x04", "is an archive"),
        ("plot.png", b"PK\x03\x04 weights", "is a ZIP archive"),
        ("config.json", b'{"auto_map": {"AutoModel": "x--y.Z"}}', "asks for code from elsewhere"),
    ],
)
@pytest.mark.parametrize("kind", ["dataset", "model"])
def test_what_runs_or_may_run_is_told(tmp_path: Path, name: str, content: bytes, told: str, kind: Any) -> None:
    write_published(tmp_path)
    (tmp_path / name).write_bytes(content)
    (tmp_path / "MANIFEST.json").unlink()
    write_manifest(tmp_path, kind, "toy", "0.1.0", checks=CHECKS)
    assert told in _told(verify(tmp_path))


def test_of_a_model_only_manifest_and_kinds_are_checked(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    (tmp_path / "config.json").write_text("{}")
    write_manifest(tmp_path, "model", "toy", "1.0.0")
    verification = verify(tmp_path)
    assert verification.ok
    assert verification.lines() == ["toy 1.0.0 (model, 2 files): all is well"]


def _other_type(root: Path) -> None:
    table = pq.read_table(root / TRAIN)
    pq.write_table(table.set_column(1, "utterance", pa.array(range(len(table)))), root / TRAIN)


def _other_columns(root: Path) -> None:
    pq.write_table(pq.read_table(root / TRAIN).rename_columns(["id", "speech", "labels", "notes", "points", "licence"]), root / TRAIN)


def _nested_type(root: Path) -> None:
    table = pq.read_table(root / TRAIN)
    other = pa.array([[{"label": 0, "strength": "much"}]] * len(table))
    pq.write_table(table.set_column(2, "labels", other), root / TRAIN)


def _strings_for_labels(root: Path) -> None:
    table = pq.read_table(root / TRAIN)
    other = pa.array([[{"label": "joy", "strength": 1.0}]] * len(table), pa.list_(pa.struct({"label": pa.string(), "strength": pa.float32()})))
    pq.write_table(table.set_column(2, "labels", other), root / TRAIN)


def _fewer_rows(root: Path) -> None:
    pq.write_table(pq.read_table(root / TRAIN).slice(1), root / TRAIN)


def _not_parquet(root: Path) -> None:
    (root / TRAIN).write_bytes(b"PAR1" + b"\xff" * 500 + b"PAR1")


def _incomplete(root: Path) -> None:
    (root / TRAIN).rename(root / "default" / "train-00000-of-00002.parquet")


def _stray(root: Path) -> None:
    shutil.copy(root / TRAIN, root / "default" / "spare.parquet")


def _huge_claim(root: Path) -> None:
    front, body = read_card(root)
    front["dataset_info"]["splits"][0]["num_examples"] = 10**30
    write_card(root, front, body)


def _huge_card(root: Path) -> None:
    with (root / "README.md").open("ab") as file:
        file.truncate(100 * 2**20)


def _repeated_columns(root: Path) -> None:
    table = pq.read_table(root / TRAIN)
    pq.write_table(table.append_column("id", table.column("id")), root / TRAIN)


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (_other_type, f"{TRAIN}: column utterance: is int64 in Parquet, but dataset_info says string"),
        (_other_columns, f"{TRAIN}: column utterance is missing"),
        (_nested_type, f"{TRAIN}: column labels.strength: is string in Parquet, but dataset_info says float32"),
        (_strings_for_labels, f"{TRAIN}: column labels.label: is string in Parquet, but dataset_info says int64, the ids of classes"),
        (_fewer_rows, "default/train: holds 7 rows, but dataset_info says 8"),
        (_not_parquet, f"{TRAIN}: is no readable Parquet file"),
        (_incomplete, "default/train: 1 files, the first default/train-00000-of-00002.parquet, but 2 files should be there"),
        (_stray, "default/spare.parquet: belongs to no split"),
        (_huge_claim, "default/train: holds 8 rows, but dataset_info says 1,000,000,000,000,000,000,000,000,000,000"),
        (_huge_card, "README.md: larger than 4,194,304 bytes"),
        (_repeated_columns, f"{TRAIN}: two columns share a name"),
    ],
)
def test_whoever_tampers_and_writes_the_manifest_anew_is_still_found(tmp_path: Path, tamper: Callable[[Path], None], told: str) -> None:
    tamper(write_published(tmp_path))
    shown = _told(verify(remanifest(tmp_path)))
    assert told in shown
    assert "the gates were not measured" in shown


def test_numbers_that_are_none_are_no_problem(tmp_path: Path) -> None:
    tables = text_tables()
    tables["default"]["train"][0]["points"] = [[float("nan"), float("inf")], []]
    assert verify(write_published(tmp_path, tables)).ok


def test_gates_that_do_not_hold_are_told_with_the_reason_why_it_was_published(tmp_path: Path) -> None:
    tables = text_tables()
    tables["default"]["test"][0]["utterance"] = tables["default"]["train"][0]["utterance"]
    write_published(tmp_path, tables)
    (tmp_path / "MANIFEST.json").unlink()
    write_manifest(tmp_path, "dataset", "toy", "0.1.0", checks=CHECKS, forced="one sentence\x1b[2J recurs")
    verification = verify(tmp_path)
    assert not verification.problems
    assert verification.lines()[1:] == [
        "  - gate: content in two splits of default: measured 1, required none; rows: r8",
        "  published although a gate did not hold, because: one sentence?[2J recurs",
    ]


def _croissant(root: Path, address: str = "{}", **changed: str) -> None:
    hashes = {name: file_digest(root / name) for name in (TRAIN, TEST)} | changed
    files = [{"@type": "cr:FileObject", "contentUrl": address.format(name), "sha256": value} for name, value in hashes.items()]
    write_json(root / "croissant.json", {"distribution": [*files, {"@type": "cr:FileSet", "includes": "default/*.parquet"}]})


@pytest.mark.parametrize("address", ["{}", "https://huggingface.co/datasets/org/toy/resolve/v0.1.0/{}"])
def test_a_croissant_description_that_agrees_is_fine(tmp_path: Path, address: str) -> None:
    _croissant(write_published(tmp_path), address)
    assert verify(remanifest(tmp_path)).ok


def test_a_croissant_description_that_does_not_agree_is_told(tmp_path: Path) -> None:
    _croissant(write_published(tmp_path), **{TRAIN: "0" * 64, "default/other.parquet": "1" * 64})
    told = _told(verify(remanifest(tmp_path)))
    assert f"croissant.json: has another hash of {TRAIN} than MANIFEST.json" in told
    assert "croissant.json: describes default/other.parquet, which MANIFEST.json does not list" in told


@pytest.mark.parametrize("content", ["{", "[" * 100_000, "[]", '{"distribution": 3}', '{"distribution": [NaN, {"sha256": 1}]}', "x" * (17 * 2**20)])
def test_a_croissant_description_that_is_none_is_one_sentence(tmp_path: Path, content: str) -> None:
    (write_published(tmp_path) / "croissant.json").write_text(content)
    assert "croissant.json: " in _told(verify(remanifest(tmp_path)))


def test_a_folder_of_pictures_and_arrays_as_datasets_writes_them_is_fine(tmp_path: Path) -> None:
    features = datasets.Features({"id": TEXT, "matrix": datasets.Array2D((None, 2), "float32"), "image": datasets.Image()})
    rows = [{"id": str(number), "matrix": [[1.0, 2.0]] * number, "image": None} for number in range(3)]
    assert verify(write_published(tmp_path, {"default": {"train": rows}}, features, ReleaseChecks())).ok


def test_only_the_first_problems_are_told(tmp_path: Path) -> None:
    write_published(tmp_path)
    for number in range(30):
        (tmp_path / f"{number}.txt").write_text("x")
    lines = verify(tmp_path).lines()
    assert len(lines) == 23
    assert lines[-2] == "  - and 10 more problems"
