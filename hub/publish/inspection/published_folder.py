"""A published dataset's folder, read as somebody else's: the card's front matter, columns and files by configuration and split, rows in batches."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from hub.errors import EmohubError
from hub.publish.inspection.features import Feature, has_picture, is_list, misfit, read_features
from hub.publish.manifest import CARD, RelativePath, files_below

LARGEST_CARD = 4 * 2**20
"""Bytes."""
_LARGEST_FRONT_MATTER = 2**20
_DEEPEST = 40
_LARGEST_ROW_GROUP = 4 * 2**30
"""Bytes in memory."""
_ROWS = 1_000
_ROWS_WITH_PICTURES = 50
_BATCH_BYTES = 128 * 2**20
"""Of what is read together."""
_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?\n)---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Split:
    """One split: its Parquet files in order, and the rows and columns that `dataset_info` says it has."""

    name: str
    files: tuple[Path, ...]
    declared_rows: int | None
    features: Mapping[str, Feature]


@dataclass(frozen=True, slots=True)
class Configuration:
    """One configuration of a published dataset."""

    name: str
    default: bool
    features: Mapping[str, Feature]
    splits: tuple[Split, ...]

    @property
    def has_pictures(self) -> bool:
        return any(has_picture(feature) for feature in self.features.values())


@dataclass(frozen=True, slots=True)
class PublishedFolder:
    """What a folder says of itself; `text` is the card below its front matter."""

    root: Path
    front: Mapping[str, Any]
    text: str
    configurations: tuple[Configuration, ...]

    @property
    def default(self) -> Configuration:
        return next((one for one in self.configurations if one.default), self.configurations[0])

    def configuration(self, name: str) -> Configuration | None:
        return next((one for one in self.configurations if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a split. `names` are what a person finds them by: their ids, or split and number where there are none."""

    split: str
    names: tuple[str, ...]
    data: pa.RecordBatch

    def column(self, name: str) -> pa.Array:
        return self.data.column(self.data.schema.get_field_index(name))


def open_published(root: Path) -> PublishedFolder:
    """Reads the card of a published dataset and finds the files it names.

    Raises:
        EmohubError: there is no card, it is malformed, or a split has no files.
    """
    front, text = read_card(root)
    files = files_below(root)
    leaving = next((name for name, path in files.items() if not path.resolve().is_relative_to(root.resolve())), None)
    if leaving:
        raise EmohubError(f"{shown(leaving)}: is a link that leads outside the folder; published folders hold their files themselves")
    infos = _infos(front)
    declared = front.get("configs")
    if not isinstance(declared, list) or not declared:
        raise EmohubError(f"{CARD}: the front matter has no `configs:`, so it is not known which files belong to which split")
    configurations = tuple(_configuration(one, infos, files) for one in declared)
    names = [one.name for one in configurations]
    if len(set(names)) != len(names):
        raise EmohubError(f"{CARD}: configs: two configurations share a name")
    return PublishedFolder(root, front, text, configurations)


def read_card(root: Path) -> tuple[dict[str, Any], str]:
    """Returns a card's front matter and the text below it.

    Raises:
        EmohubError: there is no card, or it is too large, not UTF-8, without front matter, or its front matter is no plain YAML mapping.
    """
    text = read_small_text(root / CARD, LARGEST_CARD)
    match = _FRONT_MATTER.match(text)
    if match is None:
        raise EmohubError(f"{CARD}: has no front matter: the file must begin with YAML between two lines of three dashes")
    front = _yaml(match[1])
    if not isinstance(front, dict):
        raise EmohubError(f"{CARD}: the front matter is no mapping of names to values")
    return front, text[match.end() :]


def read_small_text(path: Path, largest: int) -> str:
    """Reads UTF-8 text of at most `largest` bytes.

    Raises:
        EmohubError: it is missing, larger or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
        if len(content) > largest:
            raise EmohubError(f"{path.name}: larger than {largest:,} bytes, so it is not read")
        return content.decode("utf-8")
    except FileNotFoundError as error:
        raise EmohubError(f"{path.name}: is missing") from error
    except OSError as error:
        raise EmohubError(f"{path.name}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise EmohubError(f"{path.name}: byte {error.start} is not UTF-8") from error


def open_parquet(root: Path, path: Path) -> pq.ParquetFile:
    """Opens a Parquet file of a published folder.

    Raises:
        EmohubError: it is not Parquet, claims a row group that no memory holds, or has columns of a type that is not published (maps, unions, dictionaries).
    """
    name = path.relative_to(root).as_posix()
    try:
        file = pq.ParquetFile(path)
        metadata, schema = file.metadata, file.schema_arrow
        largest = max((metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups)), default=0)
    except (pa.ArrowException, OSError, ValueError, TypeError, LookupError) as error:
        raise EmohubError(f"{name}: is no readable Parquet file ({_short(error)})") from error
    if largest > _LARGEST_ROW_GROUP:
        raise EmohubError(f"{name}: a row group claims {largest:,} bytes; more than {_LARGEST_ROW_GROUP:,} are not read")
    for field in schema:
        _refuse_type(field.type, f"{name}: {shown(field.name)}")
    return file


def batches(folder: PublishedFolder, split: Split, columns: Sequence[str] | None = None) -> Iterator[Batch]:
    """Yields a split's rows with only these top-level columns and `id`; None yields all string columns, at any depth, and nothing else.

    Raises:
        EmohubError: a file cannot be read, lacks a column, or has another type for it than `dataset_info` says.
    """
    number = 0
    for path in split.files:
        with open_parquet(folder.root, path) as file:
            first, claimed = number, file.metadata.num_rows
            name, schema = path.relative_to(folder.root).as_posix(), file.schema_arrow
            wanted = _string_leaves(file) if columns is None else list(columns)
            missing = [column for column in columns or () if column not in schema.names]
            if missing:
                raise EmohubError(f"{name}: has no column {shown(missing[0])!r}; its columns are {', '.join(shown(one) for one in schema.names[:20])}")
            sentences = (misfit(split.features[column], schema.field(column).type, shown(column)) for column in columns or () if column in split.features)
            unfit = next((sentence for sentence in sentences if sentence), None)
            if unfit:
                raise EmohubError(f"{name}: column {unfit}")
            if "id" in schema.names and "id" not in wanted:
                wanted.append("id")
            pictures = any(pa.types.is_binary(found) for column in columns or () for found in _leaf_types(schema.field(column).type))
            try:
                for data in file.iter_batches(_rows_at_a_time(file, wanted, _ROWS_WITH_PICTURES if pictures else _ROWS), columns=wanted):
                    data.validate(full=True)
                    yield Batch(split.name, _names(data, split.name, number), data)
                    number += data.num_rows
            except (pa.ArrowException, OSError) as error:
                raise EmohubError(f"{name}: is damaged ({_short(error)})") from error
            if number - first != claimed:
                raise EmohubError(f"{name}: claims {claimed:,} rows but holds {number - first:,}")


def _rows_at_a_time(file: pq.ParquetFile, columns: Sequence[str], most: int) -> int:
    """How many rows may be read together. A dictionary can make one long value of every row, and all that is known of its length is the column's size."""
    longest = 0
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        chunks = [group.column(position) for position in range(group.num_columns)]
        asked = [chunk for chunk in chunks if chunk.has_dictionary_page and f"{chunk.path_in_schema}.".startswith(tuple(f"{column}." for column in columns))]
        longest = max(longest, sum(chunk.total_uncompressed_size for chunk in asked))
    return max(1, min(most, _BATCH_BYTES // max(1, longest)))


def leaves(array: pa.Array) -> Iterator[tuple[pa.Array, pa.Array]]:
    """Yields every innermost array of a column with, for each of its values, the number of the row it stands in."""
    yield from _leaves(array, pa.array(range(len(array)), type=pa.int64()))


def values_at(array: pa.Array, fields: Sequence[str]) -> tuple[pa.Array, pa.Array]:
    """Returns (row numbers, values) of the field that a path leads to, lists flattened; the fields must exist."""
    return _follow(array, pa.array(range(len(array)), type=pa.int64()), list(fields))


def rows_of(root: Path, split: Split) -> int:
    """Returns how many rows a split's files say they hold."""
    count = 0
    for path in split.files:
        with open_parquet(root, path) as file:
            count += file.metadata.num_rows
    return count


def shown(text: str, most: int = 100) -> str:
    """Returns others' text so that a terminal can show it: without control characters, cut at `most`."""
    plain = "".join(character if character.isprintable() else "?" for character in text[: most + 1])
    return plain if len(plain) <= most else f"{plain[: most - 3]}..."


def _leaves(array: pa.Array, rows: pa.Array) -> Iterator[tuple[pa.Array, pa.Array]]:
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if is_list(array.type):
        yield from _leaves(*_flattened(array, rows))
    elif pa.types.is_struct(array.type):
        for one in array.flatten():
            yield from _leaves(one, rows)
    else:
        yield rows, array


def _follow(array: pa.Array, rows: pa.Array, fields: list[str]) -> tuple[pa.Array, pa.Array]:
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if is_list(array.type):
        flat, inner = _flattened(array, rows)
        return _follow(flat, inner, fields)
    if fields:
        return _follow(array.flatten()[array.type.get_field_index(fields[0])], rows, fields[1:])
    return rows, array


def _flattened(array: pa.Array, rows: pa.Array) -> tuple[pa.Array, pa.Array]:
    return pc.list_flatten(array), rows.take(pc.list_parent_indices(array))


def _names(data: pa.RecordBatch, split: str, first: int) -> tuple[str, ...]:
    place = data.schema.get_field_index("id")
    if place < 0:
        return tuple(f"{split} row {first + number}" for number in range(data.num_rows))
    return tuple(shown(str(id)) for id in data.column(place).to_pylist())


def _string_leaves(file: pq.ParquetFile) -> list[str]:
    columns = [file.schema.column(number) for number in range(len(file.schema.names))]
    return [column.path for column in columns if column.logical_type.type in ("STRING", "JSON", "ENUM")]


def _leaf_types(found: pa.DataType) -> Iterator[pa.DataType]:
    if isinstance(found, pa.BaseExtensionType):
        found = found.storage_type
    if is_list(found):
        yield from _leaf_types(found.value_type)
    elif pa.types.is_struct(found):
        for field in found:
            yield from _leaf_types(field.type)
    else:
        yield found


def _refuse_type(found: pa.DataType, where: str) -> None:
    for leaf in _leaf_types(found):
        if pa.types.is_nested(leaf) or pa.types.is_dictionary(leaf):
            raise EmohubError(f"{where}: is of type {str(leaf)[:80]}, which is not read here; published columns are values, lists and structs")


def _yaml(text: str) -> Any:
    """Parses a card's front matter. Aliases are refused: a card needs none, and a few can stand for more than memory holds."""
    if len(text) > _LARGEST_FRONT_MATTER:
        raise EmohubError(f"{CARD}: the front matter is larger than {_LARGEST_FRONT_MATTER:,} characters, so it is not read")
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST or isinstance(event, yaml.AliasEvent):
                raise EmohubError(f"{CARD}: the front matter is nested deeper than {_DEEPEST} levels or uses an alias")
        return _Loader(text).get_single_data()
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise EmohubError(f"{CARD}: the front matter is not valid YAML ({_short(error)})") from error


def _infos(front: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    declared = front.get("dataset_info")
    listed = [one for one in (declared if isinstance(declared, list) else [declared]) if isinstance(one, dict)]
    if not listed:
        raise EmohubError(f"{CARD}: the front matter has no `dataset_info:`, so the columns are not declared")
    return {str(one.get("config_name", "default")): one for one in listed}


def _configuration(declared: Any, infos: Mapping[str, Mapping[str, Any]], files: Mapping[str, Path]) -> Configuration:
    match declared:
        case {"config_name": str(name), "data_files": list(data_files)} if data_files:
            pass
        case _:
            raise EmohubError(f"{CARD}: configs: every one needs a `config_name` and `data_files` with a split and a path each")
    where = f"{CARD}: configuration {shown(name)}"
    if name not in infos:
        raise EmohubError(f"{where}: `dataset_info:` does not say which columns it has")
    features = read_features(infos[name].get("features"), f"{where}: columns")
    counts = _declared_rows(infos[name].get("splits"), where)
    splits = tuple(_split(one, counts, features, files, where) for one in data_files)
    if len({split.name for split in splits}) != len(splits):
        raise EmohubError(f"{where}: two splits share a name")
    return Configuration(name, declared.get("default") is True, features, splits)


def _split(declared: Any, counts: Mapping[str, int], features: Mapping[str, Feature], files: Mapping[str, Path], where: str) -> Split:
    match declared:
        case {"split": str(name), "path": str(pattern)}:
            patterns = [pattern]
        case {"split": str(name), "path": list(patterns)} if all(isinstance(one, str) for one in patterns):
            pass
        case _:
            raise EmohubError(f"{where}: every entry of `data_files` needs a `split` and a `path`")
    found = tuple(path for file, path in files.items() if any(_matches(file, pattern) for pattern in patterns))
    if not found:
        raise EmohubError(f"{where}: split {shown(name)}: no file matches {shown(', '.join(patterns))}")
    return Split(name, found, counts.get(name), features)


def _matches(file: RelativePath, pattern: str) -> bool:
    return file.count("/") == pattern.count("/") and fnmatchcase(file, pattern)


def _declared_rows(declared: Any, where: str) -> dict[str, int]:
    if declared is None:
        return {}
    counts = {}
    for one in declared if isinstance(declared, list) else [None]:
        match one:
            case {"name": str(name), "num_examples": int(count)} if count >= 0:
                counts[name] = count
            case _:
                raise EmohubError(f"{where}: `dataset_info: splits:` needs a name and a whole number `num_examples` each")
    return counts


def _short(error: Exception) -> str:
    return shown(str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__)
