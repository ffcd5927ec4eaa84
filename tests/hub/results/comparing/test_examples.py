"""Files of examples are read row by row, or refused in one sentence."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import hub.results.comparing.examples as examples
from hub.errors import EmohubError
from hub.paths import Project
from hub.results.comparing.examples import SCHEMA, Example, examples_file, read_examples
from tests.support.comparable import HOSTILE, write_examples
from tests.support.records import FINGERPRINT

JPEG = b"\xff\xd8\xff" + b"0" * 50


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_row_is_found_by_its_id(project: Project) -> None:
    found = read_examples(write_examples(project, {"a": "hello", "b": HOSTILE}, context="A kitchen.", domain="home"))
    assert found.get("b") == Example("b", HOSTILE, "A kitchen.", "home")
    assert found.get("c") is None and "a" in found and len(found) == 2
    assert (found.fingerprint, found.licence) == (FINGERPRINT, "cc0-1.0")


def test_a_picture_is_read_alone_and_from_any_row_group(project: Project) -> None:
    rows = {f"row-{number}": "" for number in range(25)}
    path = write_examples(project, rows)
    table = pa.table({**{name: pq.read_table(path)[name] for name in SCHEMA.names[:-1]}, "image": [JPEG + str(n).encode() for n in range(25)]}, schema=SCHEMA)
    pq.write_table(table, path, row_group_size=10)
    found = read_examples(path)
    assert [found.image(f"row-{number}") for number in (0, 9, 10, 24)] == [JPEG + n for n in (b"0", b"9", b"10", b"24")]
    assert found.image("nobody") is None


def test_a_row_without_a_picture_has_none(project: Project) -> None:
    assert read_examples(write_examples(project, {"a": "hello"})).image("a") is None


@pytest.mark.parametrize("picture", [b"GIF89a" + b"0" * 50, b"<svg onload=alert(1)>", JPEG * 3000], ids=["gif", "svg", "large"])
def test_what_is_no_small_jpeg_is_not_handed_on(project: Project, picture: bytes) -> None:
    found = read_examples(write_examples(project, {"a": ""}, image=picture))
    with pytest.raises(EmohubError, match="no JPEG of at most"):
        found.image("a")


def test_a_missing_file_says_how_to_make_it(project: Project) -> None:
    with pytest.raises(EmohubError, match="`emohub examples` writes them"):
        read_examples(examples_file(project.root / "results", "local", "goemotions"))


def test_another_schema_is_refused(project: Project) -> None:
    path = write_examples(project, {"a": "hello"})
    pq.write_table(pa.table({"id": ["a"], "text": [1]}), path)
    with pytest.raises(EmohubError, match="not a file of examples, which has the columns id"):
        read_examples(path)


def test_what_is_no_parquet_is_refused(project: Project) -> None:
    path = write_examples(project, {"a": "hello"})
    path.write_bytes(b"nothing")
    with pytest.raises(EmohubError, match="not a readable Parquet file"):
        read_examples(path)


def test_ids_must_be_there_and_unlike(project: Project) -> None:
    path = write_examples(project, {"a": "hello"})
    pq.write_table(pa.table({name: ["a", "a"] if name == "id" else [None, None] for name in SCHEMA.names}, schema=SCHEMA), path)
    with pytest.raises(EmohubError, match="two rows have the same"):
        read_examples(path)


@pytest.mark.parametrize("limit", ["_LARGEST_FILE", "_LARGEST_TEXTS", "_MOST_ROWS"])
def test_what_is_too_large_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    path = write_examples(project, {"a": "hello", "b": "hello"})
    monkeypatch.setattr(examples, limit, 1)
    with pytest.raises(EmohubError, match="larger than|more than"):
        read_examples(path)
