"""Parquet in and out: the schema is law, equal rows are equal bytes, and a broken file is one clear error."""

import random
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.errors import EmohubError
from hub.tables import read_table, table_of, write_table, write_tables

SCHEMA = pa.schema([("name", pa.string()), ("score", pa.float32())])


@dataclass(frozen=True)
class Scored:
    name: str
    score: float


def test_rows_are_data_classes_or_mappings() -> None:
    table = table_of([Scored("a", 0.5), {"name": "b", "score": 1, "other": "left out"}], SCHEMA)
    assert table.schema == SCHEMA
    assert table.to_pylist() == [{"name": "a", "score": 0.5}, {"name": "b", "score": 1.0}]
    assert table_of([], SCHEMA).schema == SCHEMA


def test_a_value_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(pa.ArrowInvalid):
        table_of([{"name": "a", "score": "high"}], SCHEMA)


def test_equal_rows_give_equal_bytes_and_come_back(tmp_path: Path) -> None:
    table = table_of([Scored(str(number), number / 7) for number in range(25_000)], SCHEMA)
    write_tables(tmp_path, {"one": table, "two": table.combine_chunks().slice(0)})
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    assert read_table(tmp_path / "one.parquet").equals(table)
    assert pq.ParquetFile(tmp_path / "one.parquet").metadata.num_row_groups == 3


def test_a_missing_and_a_broken_file(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match=r"none\.parquet: there is no such file; run `dvc repro` to make it"):
        read_table(tmp_path / "none.parquet")
    write_table(tmp_path / "cut.parquet", table_of([Scored("a", 1)], SCHEMA))
    whole = (tmp_path / "cut.parquet").read_bytes()
    for content in (b"", b"not parquet at all", *(whole[:length] for length in range(0, len(whole), 7))):
        (tmp_path / "cut.parquet").write_bytes(content)
        with pytest.raises(EmohubError, match=r"cut\.parquet: not a readable Parquet file"):
            read_table(tmp_path / "cut.parquet")


def test_a_flipped_bit_in_a_page_is_found(tmp_path: Path) -> None:
    table = table_of([Scored(f"row {number}", number / 7) for number in range(500)], SCHEMA)
    path = tmp_path / "flipped.parquet"
    write_table(path, table)
    whole = path.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    chance, found = random.Random(5), 0
    for _ in range(300):
        position = chance.randrange(footer)
        damaged = bytearray(whole)
        damaged[position] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            assert read_table(path).equals(table)
        except EmohubError as error:
            assert "not a readable Parquet file" in str(error)
            found += 1
    # The others hit what is read for speed alone, such as the page index.
    assert found > 200


def test_a_file_without_checksums_is_read(tmp_path: Path) -> None:
    table = table_of([Scored("a", 1)], SCHEMA)
    pq.write_table(table, tmp_path / "old.parquet")
    assert read_table(tmp_path / "old.parquet").equals(table)
