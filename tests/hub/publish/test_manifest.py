"""A manifest holds every file's hash, and finds whatever is missing, changed or added. Others' manifests are read strictly."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub.errors import EmohubError
from hub.publish.manifest import LARGEST, MANIFEST, damage, fingerprint_of, read_manifest
from tests.support.repositories import stage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    stage(tmp_path / "release", "1.0.0")
    return tmp_path / "release"


def rewrite(folder: Path, **changes: Any) -> None:
    written = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / MANIFEST).write_text(json.dumps(written | changes), encoding="utf-8")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = stage(tmp_path / "release", "1.0.0")
    assert read_manifest(tmp_path / "release") == written
    assert sorted(written.sha256) == ["README.md", "first/train-00000-of-00001.parquet", "second/train-00000-of-00001.parquet"]
    assert damage(tmp_path / "release", written) == []


def test_every_kind_of_damage_is_found(folder: Path) -> None:
    manifest = read_manifest(folder)
    (folder / "README.md").unlink()
    (folder / "first" / "train-00000-of-00001.parquet").write_bytes(b"other")
    (folder / "run.py").write_text("print()")
    assert damage(folder, manifest) == [
        "README.md: is missing",
        "first/train-00000-of-00001.parquet: has other bytes than the manifest says",
        "run.py: is not in the manifest",
    ]


def test_the_fingerprint_is_of_the_data_alone() -> None:
    hashes = {"a/train.parquet": "1" * 64, "README.md": "2" * 64}
    assert fingerprint_of(hashes) == fingerprint_of(hashes | {"README.md": "3" * 64})
    assert fingerprint_of(hashes) != fingerprint_of(hashes | {"a/train.parquet": "3" * 64})
    assert fingerprint_of(hashes) != fingerprint_of({"b/train.parquet": "1" * 64})


def test_two_releases_are_the_same_whatever_croissant_says(tmp_path: Path) -> None:
    one = stage(tmp_path / "one", "1.0.0", extra={"croissant.json": b"{}"})
    other = stage(tmp_path / "other", "1.0.0", extra={"croissant.json": b"{ }"})
    assert one != other
    assert one.content == other.content


def test_a_folder_without_a_manifest_is_none_of_ours(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="no folder that emohub published"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a\\b", "", ".", "a//b", "./a", "a\0b"])
def test_a_path_that_leads_out_of_the_folder_is_refused(folder: Path, path: str) -> None:
    rewrite(folder, sha256={path: "0" * 64})
    with pytest.raises(EmohubError, match="no plain path"):
        read_manifest(folder)


@pytest.mark.parametrize(
    "changes",
    [{"version": "1.0"}, {"version": "../1.0.0"}, {"fingerprint": "abc"}, {"sha256": {"a": "xyz"}}, {"extra": 1}, {"kind": "space"}, {"name": "n" * 300}],
)
def test_a_manifest_that_is_none_is_one_sentence(folder: Path, changes: dict[str, Any]) -> None:
    rewrite(folder, **changes)
    with pytest.raises(EmohubError, match=r"^MANIFEST\.json: "):
        read_manifest(folder)


def test_a_manifest_that_would_fill_the_memory_is_not_read(folder: Path) -> None:
    with (folder / MANIFEST).open("r+b") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(EmohubError, match="larger than"):
        read_manifest(folder)
