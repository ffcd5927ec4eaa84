"""Delimited files as other people write them."""

from pathlib import Path

import pytest

from benchmarks.sources.tables import find_file, read_delimited
from hub.errors import EmohubError

COLUMNS = {"text": ("SIT", "text"), "emotion": ("Field1", "emotion")}


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_separators_encodings_and_line_ends_vary(tmp_path: Path, delimiter: str, encoding: str, newline: str) -> None:
    file = tmp_path / "table"
    rows = [("ID", "Emotion", "TEXT"), ("1", "joy", "a café in May"), ("2", "fear", '"quoted, and; with\t| all of them"')]
    file.write_bytes("".join(delimiter.join(row) + newline for row in rows).encode(encoding))
    assert read_delimited(file, COLUMNS) == [
        {"text": "a café in May", "emotion": "joy"},
        {"text": "quoted, and; with\t| all of them", "emotion": "fear"},
    ]


def test_quoted_texts_may_span_lines(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(b'emotion,text\r\njoy,"first\r\nsecond"\r\n')
    assert read_delimited(file, COLUMNS) == [{"text": "first\r\nsecond", "emotion": "joy"}]


def test_without_quoting_a_quotation_mark_is_an_ordinary_character(tmp_path: Path) -> None:
    file = tmp_path / "table.txt"
    file.write_text('emotion\ttext\njoy\t"never closed\nfear\tnext row\n', encoding="utf-8")
    assert [row["text"] for row in read_delimited(file, COLUMNS, quoted=False)] == ['"never closed', "next row"]


def test_a_short_row_has_empty_fields(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("emotion,text\njoy\n", encoding="utf-8")
    assert read_delimited(file, COLUMNS) == [{"text": "", "emotion": "joy"}]


def test_a_missing_column_is_named_with_what_the_header_has(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("emotion,story\njoy,hello\n", encoding="utf-8")
    with pytest.raises(EmohubError, match=r"table\.csv: no column 'SIT' or 'text'; the header has emotion, story"):
        read_delimited(file, COLUMNS)


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.touch()
    with pytest.raises(EmohubError, match="the header has nothing"):
        read_delimited(file, COLUMNS)


@pytest.mark.parametrize("wrong", [b"joy,a stray \r return\r\n", b'joy,"' + b"x" * 200_000 + b'"\n'])
def test_what_is_no_table_is_an_error_with_its_line(tmp_path: Path, wrong: bytes) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(b"emotion,text\n" + wrong)
    with pytest.raises(EmohubError, match=r"table\.csv:\d+: not a table of values separated by ','"):
        read_delimited(file, COLUMNS)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="cannot be read"):
        read_delimited(tmp_path, COLUMNS)


def test_a_file_is_found_by_its_path_or_by_name_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b.txt").touch()
    assert find_file(tmp_path / "b.txt", ()) == tmp_path / "b.txt"
    assert find_file(tmp_path, ("a.txt", "b.txt")) == tmp_path / "b.txt"
    with pytest.raises(EmohubError, match=r"holds none of a\.txt, c\.txt"):
        find_file(tmp_path, ("a.txt", "c.txt"))
