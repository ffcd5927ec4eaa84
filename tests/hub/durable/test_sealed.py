"""A sealed file is whole or is told to be broken: whatever bit is flipped, wherever it is cut."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.durable.sealed import condition, intact, seal, seal_of

CONTENT = bytes(range(256)) * 3


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "kept.parquet"
    path.write_bytes(CONTENT)
    seal(path)
    return path


def test_a_sealed_file_is_intact_as_often_as_one_looks(kept: Path) -> None:
    assert intact(kept)
    assert intact(kept)
    assert sorted(path.name for path in kept.parent.iterdir()) == ["kept.parquet", "kept.parquet.sha256"]


def test_the_seal_is_one_that_sha256sum_reads(kept: Path) -> None:
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("this machine has no sha256sum")
    assert subprocess.run([program, "--check", seal_of(kept).name], cwd=kept.parent, capture_output=True, check=True).stdout == b"kept.parquet: OK\n"


def test_a_missing_file_is_not_intact_and_a_seal_without_a_file_goes(kept: Path) -> None:
    kept.unlink()
    assert not intact(kept)
    assert list(kept.parent.iterdir()) == []


def test_a_file_without_a_seal_was_not_finished_and_is_left_to_be_written_again(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seal_of(kept).unlink()
    assert not intact(kept)
    assert capsys.readouterr().err == ""
    assert kept.is_file()


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(CONTENT[:-1]),
        lambda path: path.write_bytes(b""),
        lambda path: seal_of(path).write_bytes(b""),
        lambda path: seal_of(path).write_bytes(b"\xff\x00"),
    ],
    ids=["cut", "emptied", "empty seal", "no seal at all"],
)
def test_what_is_damaged_is_put_aside_and_said(kept: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], object]) -> None:
    damage(kept)
    assert not intact(kept)
    assert "its bytes are not the ones that were sealed" in capsys.readouterr().err
    assert not kept.exists()
    assert not seal_of(kept).exists()
    assert any(path.name.endswith("-kept.parquet") for path in (kept.parent / "quarantine").iterdir())
    kept.write_bytes(CONTENT)
    seal(kept)
    assert intact(kept)


@given(data=st.data())
def test_any_flipped_bit_of_the_file_or_of_its_seal_breaks_it(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("sealed") / "kept"
    path.write_bytes(CONTENT)
    seal(path)
    victim = data.draw(st.sampled_from([path, seal_of(path)]))
    before = victim.read_bytes()
    # Of the seal, what comes after the hash is for people.
    bit = data.draw(st.integers(0, (len(before) if victim == path else 64) * 8 - 1))
    after = bytearray(before)
    after[bit // 8] ^= 1 << bit % 8
    victim.write_bytes(after)
    assert condition(path) == "broken"


@given(length=st.integers(0, len(CONTENT) - 1))
def test_a_file_cut_anywhere_is_broken(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = tmp_path_factory.mktemp("sealed") / "kept"
    path.write_bytes(CONTENT)
    seal(path)
    path.write_bytes(CONTENT[:length])
    assert condition(path) == "broken"
