"""The first rows of a run's predictions. The file may come from others: bounded, and read column by column."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import streamlit as st

from hub.errors import EmohubError
from hub.results.comparing.prediction_file import prediction_file
from hub.results.display import printable
from hub.results.record import RunRecord
from leaderboard.kept import kept, stamp
from leaderboard.plain_text import plain
from leaderboard.project_data import Shown

_ROWS = 20
_LARGEST = 64_000_000
"""Bytes, packed and unpacked."""
_LARGEST_ROW_GROUP = 256_000_000
_MOST_COLUMNS = 40


def show(shown: Shown, record: RunRecord) -> None:
    """Draws the first rows, or says why there are none."""
    results = shown.project.root / "results"
    written = stamp(results / record.predictions) if record.predictions else ()
    try:
        count, rows = kept(lambda: read_head(prediction_file(results, record, _LARGEST)), "head", str(record.predictions_sha256), *written)
    except EmohubError as error:
        st.caption(f"Predictions cannot be shown: {plain(str(error))}.")
        return
    st.caption(f"The first {len(rows):,} of {count:,} rows of `results/{record.predictions}`. Rows join the data by `id`; pictures are left out.")
    st.dataframe(rows, hide_index=True, key="run-predictions", alt=f"The first {len(rows)} rows of the predictions.")


def read_head(path: Path) -> tuple[int, pd.DataFrame]:
    """Returns how many rows there are and the first ones, with labels by their names.

    Raises:
        EmohubError: it is not Parquet, or unpacks to too much.
    """
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            columns = [field.name for field in schema if not _holds_bytes(field.type)][:_MOST_COLUMNS]
            if file.num_row_groups and file.metadata.row_group(0).total_byte_size > _LARGEST_ROW_GROUP:
                raise EmohubError(f"{path.name}: unpacks to too much to be shown here")
            first = next(file.iter_batches(_ROWS, columns=columns, row_groups=[0]), None) if file.num_row_groups else None
            count = file.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise EmohubError(f"{path.name}: not a readable Parquet file") from error
    labels = _labels(schema.metadata or {})
    found = first.to_pylist() if first is not None else []
    return count, pd.DataFrame([{printable(name, 60): _shown(name, value, labels) for name, value in row.items()} for row in found])


def _holds_bytes(kind: pa.DataType) -> bool:
    inner = kind.value_type if pa.types.is_list(kind) or pa.types.is_large_list(kind) else kind
    return not (
        pa.types.is_integer(inner) or pa.types.is_floating(inner) or pa.types.is_string(inner) or pa.types.is_large_string(inner) or pa.types.is_boolean(inner)
    )


def _labels(metadata: dict[bytes, bytes]) -> list[str]:
    try:
        found = json.loads(metadata.get(b"labels", b"[]"))
    except (ValueError, RecursionError):
        return []
    return [printable(str(label), 60) for label in found[:1000]] if isinstance(found, list) else []


def _shown(column: str, value: Any, labels: list[str]) -> Any:
    if isinstance(value, str):
        return printable(value, 200)
    if isinstance(value, list) and column in ("truth", "decided"):
        return ", ".join(labels[one] if isinstance(one, int) and 0 <= one < len(labels) else str(one) for one in value) or "none"
    if isinstance(value, list) and column == "probabilities" and len(labels) == len(value):
        best = sorted(range(len(value)), key=lambda place: -value[place])[:3]
        return ", ".join(f"{labels[place]} {value[place]:.3f}" for place in best)
    if isinstance(value, list):
        return printable(", ".join(str(one) for one in value[:20]), 200)
    return value
