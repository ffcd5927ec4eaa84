"""Narratives come from files that others made."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import NarrativeError
from hub.generate.narratives import LONGEST_LINE, Narrative, read_narratives
from tests.support.projects import generation


def read(folder: Path, narratives: dict[str, Any], **settings: Any) -> list[Narrative]:
    return read_narratives(generation(narratives=narratives, **settings), [], folder)


def read_jsonl(folder: Path, content: bytes, **settings: Any) -> list[Narrative]:
    (folder / "stories.jsonl").write_bytes(content)
    return read(folder, {"kind": "jsonl", "path": "stories.jsonl", "licence": "cc0-1.0"}, **settings)


def lines(*rows: Any) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


STORY = {"id": "one", "title": "One", "text": "A dog came home. It slept."}


def test_reads_one_object_a_line(tmp_path: Path) -> None:
    found = read_jsonl(tmp_path, lines(STORY) + b"\n" + lines({"text": " Untitled. "}))

    assert found == [
        Narrative("one", "One", "A dog came home. It slept.", "stories.jsonl", "cc0-1.0"),
        Narrative("stories-000003", "stories-000003", "Untitled.", "stories.jsonl", "cc0-1.0"),
    ]


def test_reads_a_folder_of_text_files_by_name(tmp_path: Path) -> None:
    for name, text in (("b.txt", "Second."), ("a.txt", "First.\n"), ("c.md", "Not this.")):
        (tmp_path / name).write_text(text, encoding="utf-8")

    found = read(tmp_path, {"kind": "folder", "path": ".", "licence": "cc0-1.0"})

    assert [(one.id, one.text) for one in found] == [("a", "First."), ("b", "Second.")]


def test_takes_no_more_than_wanted(tmp_path: Path) -> None:
    # The third line is broken, and is not even looked at.
    assert len(read_jsonl(tmp_path, lines(STORY, STORY | {"id": "two"}) + b"{", maximum_narratives=2)) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lines(STORY) + '{"text": "Gr\xfc\xdfe"}'.encode("latin-1"), "stories.jsonl:2: byte 12 of the line is not UTF-8"),
        (lines(STORY) + b'{"text": "' + b"x" * 10_000_000 + b'"}\n', f"stories.jsonl:2: the line is longer than {LONGEST_LINE:,} bytes"),
        (lines(STORY) + b'{"text": }\n', "stories.jsonl:2: not JSON (Expecting value at column 10)"),
        (lines(STORY) + b"[" * 200_000 + b"\n", "stories.jsonl:2: JSON that cannot be read"),
        (lines(STORY) + b'{"text": "x", "n": ' + b"9" * 5000 + b"}\n", "stories.jsonl:2: JSON that cannot be read"),
        (lines(STORY, STORY), "two narratives have the id 'one'"),
        (lines(["a list"]), "stories.jsonl:1: expected an object with a text under 'text'"),
        (lines({"story": "x"}), "stories.jsonl:1: expected an object with a text under 'text' (set narratives.text_field)"),
        (lines({"text": "  "}), "stories.jsonl:1: expected an object with a text"),
        (lines({"text": "half \ud800 a pair"}), "is not valid Unicode"),
        (b"\n\n", "holds no narrative"),
        (b"", "holds no narrative"),
    ],
    ids=["latin-1", "10 MB line", "not json", "deep", "huge number", "same id", "list", "other field", "blank", "surrogate", "blank lines", "empty"],
)
def test_a_bad_file_is_one_clear_error(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(NarrativeError) as error:
        read_jsonl(tmp_path, content)
    assert message in str(error.value)
    assert len(str(error.value)) < 500


def _missing_file(folder: Path) -> dict[str, Any]:
    return {"kind": "jsonl", "path": "nowhere.jsonl", "licence": "cc0-1.0"}


def _a_folder_as_file(folder: Path) -> dict[str, Any]:
    return {"kind": "jsonl", "path": ".", "licence": "cc0-1.0"}


def _no_match(folder: Path) -> dict[str, Any]:
    return {"kind": "folder", "path": "nowhere", "licence": "cc0-1.0"}


def _wrong_encoding(folder: Path) -> dict[str, Any]:
    (folder / "a.txt").write_text("Grüße", encoding="utf-16")
    return {"kind": "folder", "path": ".", "licence": "cc0-1.0"}


def _folder_in_folder(folder: Path) -> dict[str, Any]:
    (folder / "a.txt").mkdir()
    return {"kind": "folder", "path": ".", "licence": "cc0-1.0"}


def _empty_file(folder: Path) -> dict[str, Any]:
    (folder / "a.txt").touch()
    return {"kind": "folder", "path": ".", "licence": "cc0-1.0"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_missing_file, "nowhere.jsonl: cannot be read (No such file or directory); set narratives.path in the profile"),
        (_a_folder_as_file, "cannot be read (Is a directory)"),
        (_no_match, "no file matches '*.txt'"),
        (_wrong_encoding, "a.txt: byte 0 is not UTF-8"),
        (_folder_in_folder, "a.txt: cannot be read (Is a directory)"),
        (_empty_file, "a.txt: is empty"),
    ],
)
def test_a_bad_place_is_one_clear_error(tmp_path: Path, make: Callable[[Path], dict[str, Any]], message: str) -> None:
    with pytest.raises(NarrativeError) as error:
        read(tmp_path, make(tmp_path))
    assert message in str(error.value)


SENTENCES = st.lists(st.from_regex(r"[A-Z][a-z ]{5,60}[.!?]", fullmatch=True), min_size=1, max_size=30).map(" ".join)


@given(SENTENCES, st.integers(200, 400))
def test_a_long_narrative_is_cut_at_a_sentence_end_and_says_so(text: str, limit: int) -> None:
    (found,) = read_narratives(generation(maximum_characters=limit), [Narrative("one", "One", text, "here", "cc0-1.0")], Path())

    assert found.cut == (len(text) > limit)
    assert text.startswith(found.text) and len(found.text) <= limit
    assert found.text[-1] in ".!?"
