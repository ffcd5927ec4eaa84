"""A folder's checksums: whole folders pass, whatever was damaged is named, and older folders have none."""

import subprocess
from pathlib import Path

import pytest

from hub.durable.checksums import SUMS, check_sums, forget_sums, write_sums
from hub.errors import EmohubError

REBUILD = "run `emohub generate toy`"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "table.parquet").write_bytes(b"table")
    (tmp_path / "images" / "batch.parquet").write_bytes(b"batch")
    write_sums(tmp_path)
    return tmp_path


def test_a_whole_folder_passes_and_sha256sum_agrees(folder: Path) -> None:
    check_sums(folder, REBUILD)
    assert subprocess.run(["sha256sum", "--check", "--quiet", SUMS], cwd=folder, check=False).returncode == 0


def test_written_twice_it_is_the_same(folder: Path) -> None:
    before = (folder / SUMS).read_bytes()
    write_sums(folder)
    assert (folder / SUMS).read_bytes() == before


@pytest.mark.parametrize("name", ["table.parquet", "images/batch.parquet"])
def test_a_damaged_or_missing_file_is_named_with_what_to_do(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"other")
    with pytest.raises(EmohubError, match=f"{name}: is damaged.*emohub generate toy"):
        check_sums(folder, REBUILD)
    (folder / name).unlink()
    with pytest.raises(EmohubError, match=f"{name}: is missing.*emohub generate toy"):
        check_sums(folder, REBUILD)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"0123  ../../elsewhere\n", b"0123  table.parquet\n", b"\n"])
def test_damaged_checksums_are_refused_too(folder: Path, content: bytes) -> None:
    (folder / SUMS).write_bytes(content)
    with pytest.raises(EmohubError, match="emohub generate toy"):
        check_sums(folder, REBUILD)


def test_a_folder_without_checksums_is_taken_as_it_is(folder: Path) -> None:
    forget_sums(folder)
    (folder / "table.parquet").write_bytes(b"other")
    check_sums(folder, REBUILD)
    forget_sums(folder)
