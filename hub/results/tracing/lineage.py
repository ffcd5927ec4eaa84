"""Where one row of a dataset came from: the raw rows behind it, the questions and answers that made them, what of it was rejected, and who wrote or drew it.

The dataset's own columns lead the way: a row comes from the raw rows whose `id` it names in `id` or in a column that ends in `_id`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field

from hub.errors import EmohubError
from hub.generate.narratives import Narrative
from hub.paths import Project
from hub.publish.inspection.published_folder import PublishedFolder
from hub.results.browsing.published_rows import PublishedRow, find_row
from hub.results.display import printable
from hub.results.tracing.lineage_prompts import Asked, Generation, ask_again
from hub.results.untrusted import read_untrusted
from hub.spec import DatasetSpec, TextDatasetSpec
from hub.spec.engine import Sampling

_LARGEST_TABLE = 1 << 30
"""Bytes of a raw table that is searched."""
_MOST_ROWS = 20
_NARRATIVE = ("id", "title", "text", "source", "licence")
"""The columns of the raw table that a chain of questions begins with."""
_REJECTS = "rejects"


class _RawManifest(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    engine: dict[str, Any]
    sampling: Sampling = Sampling()
    attempts: int = Field(1, ge=1, le=10)
    options: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of a raw table, and by which of the published row's columns it was found."""

    table: str
    found_by: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowLineage:
    """All that is known of where a row came from."""

    raw: tuple[RawRow, ...]
    """The earliest first: what a row names before what names the row."""
    asked: tuple[Asked, ...]
    """Empty for what was not asked of a language model."""
    rejects: tuple[RawRow, ...]
    """Answers on the way, or parts of them, that were not used."""
    engine: Mapping[str, Any]
    """Who wrote or drew it, as the raw manifest says."""
    options: Mapping[str, Any]
    missing: tuple[str, ...]
    """What could not be found, in sentences."""


def read_row_lineage(project: Project, spec: DatasetSpec, row: PublishedRow) -> RowLineage:
    """Traces a row back, as far as this machine holds what it came from. What is missing is said, and raises nothing."""
    folder = project.raw(spec.name)
    names = _names(row)
    if not folder.is_dir():
        return RowLineage((), (), (), {}, {}, (f"the raw tables of {spec.name} are not on this machine; `dvc repro generate@{spec.name}` makes them",))
    missing: list[str] = []
    raw: list[RawRow] = []
    for path in sorted(folder.glob("*.parquet")):
        try:
            raw.extend(_raw_rows(path, names, row.id))
        except EmohubError as error:
            missing.append(str(error))
    rejects = tuple(one for one in raw if one.table == _REJECTS)
    kept = sorted((one for one in raw if one.table != _REJECTS), key=lambda one: _distance(one, row))
    try:
        manifest = read_untrusted(folder / "manifest.json", _RawManifest)
    except EmohubError as error:
        return RowLineage(tuple(kept), (), rejects, {}, {}, (*missing, str(error)))
    asked, unread = _asked(project, spec, manifest, names)
    return RowLineage(tuple(kept), asked, rejects, manifest.engine, manifest.options, (*missing, *unread))


def related_rows(folder: PublishedFolder, split: str, row: PublishedRow) -> dict[str, tuple[str, PublishedRow]]:
    """Returns the rows with pictures that a row without any names, by its column: `portrait_id` to (configuration, row). Of the same split alone.

    Raises:
        EmohubError: a file cannot be read.
    """
    places = [(one, found) for one in folder.configurations if one.has_pictures and "id" in one.features for found in one.splits if found.name == split]
    found_rows: dict[str, tuple[str, PublishedRow]] = {}
    for column, value in row.values.items():
        if column.endswith("_id") and isinstance(value, str):
            for configuration, found in places:
                other = find_row(folder, found, value)
                if other is not None:
                    found_rows[column] = (configuration.name, other)
                    break
    return found_rows


def _names(row: PublishedRow) -> dict[str, str]:
    """What a row is called and what it names, each with the column that says so. `plot/c01/first/u03` is of `plot`, `plot/c01` and `plot/c01/first`, too."""
    names = {row.id: "id"} | {value: column for column, value in row.values.items() if column.endswith("_id") and isinstance(value, str)}
    parts = row.id.split("/")
    above = {"/".join(parts[:length]): "id" for length in range(1, len(parts))}
    return above | names


def _distance(raw: RawRow, row: PublishedRow) -> tuple[int, str]:
    """Where a raw row stands on the way: first what the row names, then the row itself, then what names the row."""
    itself = 1 if raw.values.get("id") == row.id else 2 if raw.found_by != "id" and "id" not in raw.values else 0
    return itself, raw.table


def _raw_rows(path: Path, names: Mapping[str, str], id: str) -> list[RawRow]:
    try:
        if path.stat().st_size > _LARGEST_TABLE:
            raise EmohubError(f"{path.name}: larger than {_LARGEST_TABLE:,} bytes, so it is not searched")
        schema = pq.read_schema(path)
        if "id" in schema.names and pa.types.is_string(schema.field("id").type):
            column, wanted = "id", list(names)
        else:
            naming = [name for name in schema.names if name.endswith("_id") and pa.types.is_string(schema.field(name).type)]
            if not naming:
                return []
            column, wanted = naming[0], [id]
        table = pq.read_table(path, filters=pc.field(column).isin(wanted)).slice(0, _MOST_ROWS)
        found = table.to_pylist()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise EmohubError(
            f"{path.name}: is no readable Parquet file ({printable(str(error).splitlines()[0] if str(error) else type(error).__name__, 100)})"
        ) from error
    return [RawRow(path.stem, names.get(row["id"], "id") if column == "id" else column, row) for row in found]


def _asked(project: Project, spec: DatasetSpec, manifest: _RawManifest, names: Mapping[str, str]) -> tuple[tuple[Asked, ...], tuple[str, ...]]:
    if not isinstance(spec, TextDatasetSpec):
        return (), ()
    if not any((project.work / "stores" / spec.name).glob("*.sqlite")):
        return (), (f"the answers are not on this machine: .emohub/stores holds none; `dvc repro generate@{spec.name}` makes them",)
    try:
        narratives = _narratives(project.raw(spec.name), names)
        generation = Generation(manifest.engine, manifest.sampling, manifest.attempts, manifest.options)
        return ask_again(project, spec, generation, narratives, names)
    except EmohubError as error:
        return (), (f"the questions cannot be put together: {error}",)


def _narratives(folder: Path, names: Mapping[str, str]) -> list[Narrative]:
    """Every narrative, since a chain may place them all; only those on the way with their text."""
    for path in sorted(folder.glob("*.parquet")):
        try:
            schema = pq.read_schema(path)
            if not all(name in schema.names and pa.types.is_string(schema.field(name).type) for name in _NARRATIVE):
                continue
            wanted = {row["id"]: row for row in pq.read_table(path, columns=list(_NARRATIVE), filters=pc.field("id").isin(list(names))).to_pylist()}
            ids = pq.read_table(path, columns=["id"]).column("id").to_pylist()
        except (pa.ArrowException, OSError, ValueError) as error:
            raise EmohubError(f"{path.name}: is no readable Parquet file") from error
        empty = {name: "" for name in _NARRATIVE}
        return [Narrative(**(wanted.get(id) or {**empty, "id": str(id)})) for id in ids]
    raise EmohubError(f"no raw table of narratives (columns {', '.join(_NARRATIVE)}) is here")
