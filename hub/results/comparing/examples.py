"""The test rows of a task, to look at beside the predictions: `results/examples/<profile>/<task>.parquet`, written by `emohub examples`.

Files by others are untrusted: bounded, of one schema, and JPEG alone is handed on. A file is of use only where its fingerprint is that of the record's data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import EmohubError

SCHEMA = pa.schema([("id", pa.string()), ("text", pa.string()), ("context", pa.string()), ("domain", pa.string()), ("image", pa.binary())])
OTHER_DATA = "the examples at hand are of other data than this run's: run `emohub examples` where the run's data is"
_TEXTS = ("id", "text", "context", "domain")
_LARGEST_FILE = 400_000_000
"""Bytes."""
_LARGEST_TEXTS = 200_000_000
"""Bytes of all texts, unpacked."""
_LARGEST_GROUP = 64_000_000
"""Bytes of a row group's pictures, unpacked."""
_LARGEST_PICTURE = 100_000
_MOST_ROWS = 500_000
_LONGEST_FACT = 2000
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Example:
    """What one model was shown. Empty texts where there is none."""

    id: str
    text: str
    context: str
    domain: str


@dataclass(frozen=True)
class Examples:
    """A task's test rows by id. Texts are in memory, pictures are read when they are asked for."""

    path: Path
    table: pa.Table
    """id, text, context and domain."""
    fingerprint: str
    """Of the data, as run records carry it."""
    source: str
    """Where the rows come from, in words."""
    licence: str
    about: str
    """What the rows are and who labelled them, in words."""
    group_starts: tuple[int, ...]
    """The first row of every row group."""

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __contains__(self, id: str) -> bool:
        return id in self._rows

    def get(self, id: str) -> Example | None:
        row = self._rows.get(id)
        return None if row is None else Example(*(self.table[name][row].as_py() or "" for name in _TEXTS))

    def image(self, id: str) -> bytes | None:
        """Returns a row's picture as JPEG; None where it has none.

        Raises:
            EmohubError: what the file holds is no JPEG, or too large.
        """
        row = self._rows.get(id)
        if row is None:
            return None
        group = max(number for number, start in enumerate(self.group_starts) if start <= row)
        try:
            with pq.ParquetFile(self.path) as file:
                if file.metadata.row_group(group).total_byte_size > _LARGEST_GROUP:
                    raise EmohubError(f"{self.path.name}: more than {_LARGEST_GROUP:,} bytes of pictures in a row group")
                picture = file.read_row_group(group, columns=["image"])["image"][row - self.group_starts[group]].as_py()
        except (pa.ArrowException, OSError, IndexError) as error:
            raise EmohubError(f"{self.path.name}: its pictures cannot be read; write it again with `emohub examples`") from error
        if picture is None:
            return None
        if not isinstance(picture, bytes) or picture[:3] != _JPEG or len(picture) > _LARGEST_PICTURE:
            raise EmohubError(f"{self.path.name}: a row holds what is no JPEG of at most {_LARGEST_PICTURE:,} bytes")
        return picture

    @cached_property
    def _rows(self) -> Mapping[str, int]:
        return {id: row for row, id in enumerate(self.table["id"].to_pylist())}


def examples_file(results: Path, profile: str, task: str) -> Path:
    """Both names must be ones that a run record may have: they are part of a path."""
    return results / "examples" / profile / f"{task}.parquet"


def read_examples(path: Path) -> Examples:
    """Reads a file of examples.

    Raises:
        EmohubError: there is none, it is too large, not Parquet, or of another schema.
    """
    if not path.is_file():
        raise EmohubError("the examples are not on this machine: `emohub examples` writes them where the data is")
    if path.stat().st_size > _LARGEST_FILE:
        raise EmohubError(f"{path.name}: larger than {_LARGEST_FILE:,} bytes")
    try:
        with pq.ParquetFile(path) as file:
            return _read(path, file)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise EmohubError(f"{path.name}: not a readable Parquet file; write it again with `emohub examples`") from error


def _read(path: Path, file: pq.ParquetFile) -> Examples:
    schema = file.schema_arrow
    if not schema.equals(SCHEMA):
        expected = ", ".join(f"{field.name} ({field.type})" for field in SCHEMA)
        raise EmohubError(f"{path.name}: not a file of examples, which has the columns {expected}")
    groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
    texts = sum(group.column(column).total_uncompressed_size for group in groups for column in range(len(_TEXTS)))
    if file.metadata.num_rows > _MOST_ROWS or texts > _LARGEST_TEXTS:
        raise EmohubError(f"{path.name}: more than {_MOST_ROWS:,} rows or {_LARGEST_TEXTS:,} bytes of text")
    table = file.read(columns=list(_TEXTS))
    if table["id"].null_count or table.num_rows > len(table["id"].unique()):
        raise EmohubError(f"{path.name}: a row has no id, or two rows have the same")
    starts = [sum(group.num_rows for group in groups[:number]) for number in range(len(groups))]
    facts = {name.decode(errors="replace"): value.decode(errors="replace")[:_LONGEST_FACT] for name, value in (schema.metadata or {}).items()}
    fingerprint, source, licence, about = (facts.get(name, "") for name in ("fingerprint", "source", "licence", "about"))
    return Examples(path, table, fingerprint, source, licence, about, tuple(starts))
