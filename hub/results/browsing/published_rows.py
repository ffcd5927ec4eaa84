"""The rows of a published folder, a page at a time: filters read the columns they need, and of the rows themselves only the row groups that are shown.

Works on a build, on a release and on anybody's folder; files are untrusted, so what is read is bounded and checked against the card's `dataset_info`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hub.errors import EmohubError, nearest
from hub.paths import Project
from hub.publish.inspection.features import ClassLabel, Feature, ListOf, Struct, Value, class_labels, misfit
from hub.publish.inspection.published_folder import Configuration, PublishedFolder, Split, open_parquet, open_published, values_at
from hub.results.display import printable

MOST_ROWS = 100
"""Of one page."""
_LARGEST_READ = 512 * 2**20
"""Bytes in memory that one row group, or the columns of one filter, may claim."""
_MOST_VALUES = 60
"""A text column with more different values is nothing to choose from."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One row; classes are given by name, pictures as `{bytes, path}`."""

    split: str
    number: int
    """Its place in the split, from 0."""
    id: str
    """Its column `id`, or its number where there is none."""
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowPage:
    """Some rows of a split, and how many there are."""

    rows: tuple[PublishedRow, ...]
    matching: int
    """Rows of the split that the filters leave."""
    total: int


@dataclass(frozen=True, slots=True)
class Facet:
    """A column, or a field inside one, with few values to choose from."""

    path: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows are wanted: each path has the value (a list: one of its items has), and some text column holds `search`, in whatever case."""

    equal: tuple[tuple[str, str], ...] = ()
    search: str = ""


def open_built(project: Project, dataset: str) -> PublishedFolder:
    """Opens `data/published/<dataset>`.

    Raises:
        EmohubError: it is no dataset's name, was not built here, or its card is broken.
    """
    if not _NAME.fullmatch(dataset):
        raise EmohubError(f"{printable(dataset, 60)!r} is no dataset's name")
    folder = project.published(dataset)
    if not folder.is_dir():
        raise EmohubError(f"the rows of {dataset} are not on this machine; `dvc repro build@{dataset}` makes them")
    return open_published(folder)


def split_of(folder: PublishedFolder, configuration: str, split: str) -> tuple[Configuration, Split]:
    """Returns a split by name.

    Raises:
        EmohubError: the folder has none of that name.
    """
    found = folder.configuration(configuration)
    if found is None:
        raise EmohubError(f"there is no configuration {printable(configuration, 60)!r}: {nearest(configuration, [one.name for one in folder.configurations])}")
    wanted = next((one for one in found.splits if one.name == split), None)
    if wanted is None:
        raise EmohubError(f"{configuration} has no split {printable(split, 60)!r}: {nearest(split, [one.name for one in found.splits])}")
    return found, wanted


def read_facets(folder: PublishedFolder, split: Split) -> tuple[Facet, ...]:
    """Returns what rows can be chosen by: class labels first, then text columns with 2 to 60 different values, in the order of the columns.

    Raises:
        EmohubError: a file cannot be read, or the columns are too large to be looked through.
    """
    labels = [Facet(path, label.names) for path, label in class_labels(split.features).items()]
    texts = [name for name in _text_columns(split) if name != "id"]
    counts: dict[str, Counter[str]] = {name: Counter() for name in texts}
    for table in _columns(folder, split, texts):
        for name in texts:
            if len(counts[name]) <= _MOST_VALUES:
                counts[name].update({entry["values"]: entry["counts"] for entry in table.column(name).drop_null().value_counts().to_pylist()})
    chosen = [Facet(name, tuple(sorted(found))) for name, found in counts.items() if 1 < len(found) <= _MOST_VALUES]
    return (*labels, *chosen)


def read_page(folder: PublishedFolder, split: Split, first: int, count: int, filters: Filters = Filters(), columns: Sequence[str] | None = None) -> RowPage:
    """Reads rows `first` to `first + count` of those that the filters leave.

    Args:
        columns: only these and `id`; all that the card declares when None.

    Raises:
        EmohubError: a file cannot be read, does not fit the card, or is too large to be shown.
    """
    total = sum(_rows_in(folder, path) for path in split.files)
    numbers: Sequence[int] = _matching(folder, split, filters) if filters != Filters() else range(total)
    first = max(0, first)
    wanted = list(numbers[first : first + min(max(count, 0), MOST_ROWS)])
    return RowPage(tuple(_rows(folder, split, wanted, columns)), len(numbers), total)


def find_row(folder: PublishedFolder, split: Split, id: str) -> PublishedRow | None:
    """Returns the first row with an id (its number in a split without ids); None where there is none.

    Raises:
        EmohubError: as `read_page`.
    """
    if "id" not in split.features:
        total = sum(_rows_in(folder, path) for path in split.files)
        numbers = [int(id)] if id.isdecimal() and len(id) < 12 and int(id) < total else []
    else:
        numbers = []
        start = 0
        for table in _columns(folder, split, ["id"]):
            place = pc.index(pc.cast(table.column("id"), pa.string()), id).as_py()
            if place >= 0:
                numbers = [start + place]
                break
            start += table.num_rows
    return next(iter(_rows(folder, split, numbers, None)), None)


def named(feature: Feature, value: Any) -> Any:
    """Returns a value with the classes in it by name; a number that no class has is said."""
    if value is None:
        return None
    match feature:
        case ClassLabel(names):
            return names[value] if 0 <= value < len(names) else f"(no class {value})"
        case ListOf(item):
            return [named(item, one) for one in value]
        case Struct(fields):
            return {name: named(inner, value[name]) for name, inner in fields}
        case _:
            return value


def _text_columns(split: Split) -> list[str]:
    return [name for name, feature in split.features.items() if feature == Value("string")]


def _rows_in(folder: PublishedFolder, path: Path) -> int:
    with open_parquet(folder.root, path) as file:
        return int(file.metadata.num_rows)


def _matching(folder: PublishedFolder, split: Split, filters: Filters) -> list[int]:
    labels = class_labels(split.features)
    texts = [name for name in _text_columns(split)] if filters.search else []
    columns = list(dict.fromkeys([*(path.split(".")[0] for path, _ in filters.equal), *texts]))
    numbers: list[int] = []
    start = 0
    for table in _columns(folder, split, columns):
        mask = pa.array([True] * table.num_rows, type=pa.bool_())
        for path, value in filters.equal:
            mask = pc.and_(mask, _has(table, path, labels.get(path), value))
        if filters.search:
            found = [pc.fill_null(pc.match_substring(table.column(name).combine_chunks(), filters.search, ignore_case=True), False) for name in texts]
            any_text = found[0] if found else pa.array([False] * table.num_rows, type=pa.bool_())
            for one in found[1:]:
                any_text = pc.or_(any_text, one)
            mask = pc.and_(mask, any_text)
        numbers.extend(start + place for place in pc.indices_nonzero(mask).to_pylist())
        start += table.num_rows
    return numbers


def _has(table: pa.Table, path: str, label: ClassLabel | None, value: str) -> pa.Array:
    name, *fields = path.split(".")
    rows, values = values_at(table.column(name).combine_chunks(), fields)
    wanted: Any = label.names.index(value) if label and value in label.names else None if label else value
    hits = set() if wanted is None else set(rows.filter(pc.fill_null(pc.equal(values, pa.scalar(wanted, values.type)), False)).to_pylist())
    return pa.array([number in hits for number in range(table.num_rows)], type=pa.bool_())


def _columns(folder: PublishedFolder, split: Split, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Whole columns of a split, a table a file."""
    unknown = [name for name in columns if name not in split.features]
    if unknown:
        raise EmohubError(f"there is no column {printable(unknown[0], 60)!r}: {nearest(unknown[0], list(split.features))}")
    for path in split.files:
        with open_parquet(folder.root, path) as file:
            _check(folder, split, path, file, columns, range(file.metadata.num_row_groups))
            table = _read(folder, path, lambda file=file: file.read(columns=list(columns)))
        yield table


def _rows(folder: PublishedFolder, split: Split, numbers: Sequence[int], columns: Sequence[str] | None) -> Iterator[PublishedRow]:
    wanted = list(split.features) if columns is None else [name for name in split.features if name in columns or name == "id"]
    start = 0
    for path in split.files:
        with open_parquet(folder.root, path) as file:
            for group in range(file.metadata.num_row_groups):
                size = file.metadata.row_group(group).num_rows
                inside = [number for number in numbers if start <= number < start + size]
                if inside:
                    _check(folder, split, path, file, wanted, [group])
                    places = [number - start for number in inside]
                    table = _read(folder, path, lambda file=file, group=group, places=places: file.read_row_group(group, columns=wanted).take(places))
                    yield from _named_rows(split, inside, table.to_pylist())
                start += size


def _named_rows(split: Split, numbers: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> Iterator[PublishedRow]:
    for number, row in zip(numbers, rows, strict=True):
        values = {name: named(split.features[name], value) for name, value in row.items()}
        yield PublishedRow(split.name, number, str(values.get("id", number)), values)


def _check(folder: PublishedFolder, split: Split, path: Path, file: pq.ParquetFile, columns: Sequence[str], groups: Sequence[int]) -> None:
    name, schema = path.relative_to(folder.root).as_posix(), file.schema_arrow
    missing = next((column for column in columns if column not in schema.names), None)
    if missing is not None:
        raise EmohubError(f"{name}: has no column {printable(missing, 60)!r}, which the card declares")
    unfit = next((said for column in columns if (said := misfit(split.features[column], schema.field(column).type, printable(column, 60)))), None)
    if unfit:
        raise EmohubError(f"{name}: column {unfit}")
    wanted = set(columns)
    for group in groups:
        found = file.metadata.row_group(group)
        leaves = [found.column(number) for number in range(found.num_columns)]
        claimed = sum(leaf.total_uncompressed_size for leaf in leaves if leaf.path_in_schema.split(".")[0] in wanted)
        if claimed > _LARGEST_READ:
            raise EmohubError(f"{name}: a row group claims {claimed:,} bytes; more than {_LARGEST_READ:,} are not read to be looked at")


def _read(folder: PublishedFolder, path: Path, read: Any) -> pa.Table:
    try:
        table = read()
        table.validate(full=True)
        return table
    except (pa.ArrowException, OSError, ValueError, IndexError) as error:
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise EmohubError(f"{path.relative_to(folder.root).as_posix()}: is damaged ({printable(said, 100)})") from error
