"""Parquet in and out, always with the same settings, so that equal rows give equal bytes; each page has a checksum that is looked at when it is read."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import EmohubError
from hub.files import replacing

Tables = Mapping[str, pa.Table]
"""Tables by name; each becomes a file of that name."""

ROWS_PER_GROUP = 10_000
IMAGES_PER_GROUP = 100
"""Of tables that hold images: viewers read a row group at a time."""


def table_of(rows: Iterable[Any], schema: pa.Schema) -> pa.Table:
    """Returns a table from data classes or mappings; the schema is law."""
    return pa.Table.from_pylist([asdict(row) if is_dataclass(row) and not isinstance(row, type) else dict(row) for row in rows], schema=schema)


def write_table(path: Path, table: pa.Table, rows_per_group: int = ROWS_PER_GROUP) -> None:
    """Writes one Parquet file atomically, in modest row groups with a page index, cut by content so that a new version shares bytes with the old."""
    with replacing(path) as temporary:
        pq.write_table(
            table,
            temporary,
            compression="zstd",
            row_group_size=rows_per_group,
            write_page_index=True,
            write_page_checksum=True,
            use_content_defined_chunking=True,
        )


def write_tables(folder: Path, tables: Tables) -> None:
    """Writes each table as `<folder>/<name>.parquet`."""
    for name, table in tables.items():
        write_table(folder / f"{name}.parquet", table)


def read_table(path: Path) -> pa.Table:
    """Reads one Parquet file and verifies the checksums of its pages, where it has them. The footer, which has none, can be damaged unseen.

    Raises:
        EmohubError: it is missing or broken.
    """
    try:
        return pq.read_table(path, page_checksum_verification=True)
    except FileNotFoundError as error:
        raise EmohubError(f"{path}: there is no such file; run `dvc repro` to make it") from error
    # Arrow's own failures to read come as OSError and ValueError too.
    except (pa.ArrowException, OSError, ValueError) as error:
        raise EmohubError(f"{path}: not a readable Parquet file ({' '.join(str(error).split())}); delete it and run `dvc repro`") from error
