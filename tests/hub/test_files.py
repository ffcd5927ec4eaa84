"""Files are written whole or not at all, and hashes and seeds depend on content alone."""

import hashlib
import json
import multiprocessing
import os
import signal
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import EmohubError
from hub.files import canonical_json, digest, file_digest, folder_digest, fraction_from, read_json, replacing, seed_from, write_json, write_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def test_text_and_json_land_as_utf_8_in_folders_made_for_them(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b" / "c.txt", "é\nü\n")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == "é\nü\n".encode()
    write_json(tmp_path / "d.json", {"b": 1, "a": "é"})
    assert (tmp_path / "d.json").read_text(encoding="utf-8") == '{\n  "b": 1,\n  "a": "é"\n}\n'


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def _die_while_writing(path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_writer_leaves_is_removed_by_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    writer = multiprocessing.get_context("fork").Process(target=_die_while_writing, args=(path,))
    writer.start()
    writer.join()
    assert len(list(tmp_path.iterdir())) == 1
    others = [tmp_path / ".other.txt.0-1-1.a.tmp", tmp_path / ".file.txt.0000beef-1-1.a.tmp"]
    for other in others:
        other.touch()
    with replacing(path) as temporary:
        temporary.write_text("outer")
        write_text(path, "inner")
    assert path.read_text() == "outer"
    # Those of other files and other machines are not ours to judge.
    assert sorted(tmp_path.iterdir()) == sorted([path, *others])


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1', b"\xff\xfe", b"{'a': 1}", b"[" * 100_000])
def test_a_json_file_that_cannot_be_read_is_one_sentence_that_says_how_to_make_it_again(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.json"
    write_json(path, {"a": "é"})
    assert read_json(path) == {"a": "é"}
    path.write_bytes(content)
    with pytest.raises(EmohubError, match=r"file\.json: not readable as JSON \(.*\); delete it and run `emohub board` to make it again"):
        read_json(path, "run `emohub board`")


def test_a_missing_json_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match=r"none\.json: there is no such file; run `dvc repro` to make it"):
        read_json(tmp_path / "none.json")
    with pytest.raises(EmohubError, match="cannot be read"):
        read_json(tmp_path)


def test_others_may_read_what_is_written(tmp_path: Path) -> None:
    write_text(tmp_path / "file.txt", "new")
    assert stat.S_IMODE((tmp_path / "file.txt").stat().st_mode) == 0o644


def _write_often(path: Path, letter: str) -> None:
    for _ in range(40):
        write_text(path, letter * 10_000)


def test_a_reader_never_sees_half_a_file_while_two_processes_write(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_text(path, "a" * 10_000)
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_often, args=(path, letter)) for letter in "bc"]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        seen = path.read_text()
        assert len(seen) == 10_000
        assert len(set(seen)) == 1
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert list(tmp_path.iterdir()) == [path]


@given(JSON)
def test_canonical_json_reads_as_the_value_and_ignores_the_order_of_keys(value: Any) -> None:
    assert json.loads(canonical_json(value)) == value
    if isinstance(value, dict):
        assert digest(dict(reversed(value.items()))) == digest(value)


def test_digests_are_sha_256(tmp_path: Path) -> None:
    assert digest({"a": [1, "é"]}) == hashlib.sha256('{"a":[1,"é"]}'.encode()).hexdigest()
    (tmp_path / "file").write_bytes(b"x" * 100_000)
    assert file_digest(tmp_path / "file") == hashlib.sha256(b"x" * 100_000).hexdigest()


def test_a_folders_digest_changes_with_a_name_a_content_or_another_file_only(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text("a")
        (tmp_path / name / "b.txt").write_text(name)
    one, two = tmp_path / "one", tmp_path / "two"
    assert folder_digest(one, "*.yaml") == folder_digest(two, "*.yaml")
    assert folder_digest(one) != folder_digest(two)
    (two / "a.yaml").rename(two / "c.yaml")
    assert folder_digest(one, "*.yaml") != folder_digest(two, "*.yaml")


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_seeds_are_31_bits_and_fractions_below_one(parts: list[str]) -> None:
    assert 0 <= seed_from(*parts) < 2**31
    assert fraction_from(*parts) == seed_from(*parts) / 2**31 < 1
    assert seed_from(*parts) == seed_from(*parts)


def test_parts_do_not_run_into_one_another_and_seeds_never_change() -> None:
    assert seed_from("ab", "c") != seed_from("a", "bc")
    # Written down: another value here would silently change every dataset.
    assert seed_from("split", "emo_pillars", "plot") == int.from_bytes(hashlib.sha256(b"split\x1femo_pillars\x1fplot").digest()[:4], "big") % 2**31
