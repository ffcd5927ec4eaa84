"""A configuration's rows as hashes, one for each column: what it takes to tell what changed, without the rows."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hub.console import progress
from hub.publish.inspection.features import ClassLabel, Feature, ListOf, Struct, class_labels, is_list
from hub.publish.inspection.published_folder import Configuration, PublishedFolder, batches, rows_of

_BYTES = 8
"""Of a column's hash in a row. Two values of the same row and column meet by chance once in 2^64."""


class _State(Protocol):
    def update(self, data: bytes, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `hashes` are its columns', one after another."""

    name: str
    split: str
    hashes: bytes


@dataclass(frozen=True, slots=True)
class HashedRows:
    """Rows by what they are told apart by: their id if `by_id`, else their place."""

    rows: Mapping[str, Row]
    by_id: bool

    def by_content(self) -> "HashedRows":
        """Returns the same rows by all their columns together; equal rows are numbered."""
        seen: Counter[bytes] = Counter()
        rows = {}
        for row in sorted(self.rows.values(), key=lambda row: row.split):
            rows[f"{row.hashes.hex()} {seen[row.hashes]}"] = row
            seen[row.hashes] += 1
        return HashedRows(rows, by_id=False)


def common_columns(old: Mapping[str, Feature], new: Mapping[str, Feature]) -> list[str]:
    """Returns the columns that both have, in the old order."""
    return [name for name in old if name in new]


def read_rows(folder: PublishedFolder, configuration: Configuration, columns: list[str]) -> HashedRows:
    """Reads and hashes these columns of a configuration. Class labels count by name, so that renumbered classes relabel nothing."""
    features = configuration.features
    rows: dict[str, Row] = {}
    identified = "id" in columns
    with progress(f"reading {configuration.name}", sum(rows_of(folder.root, split) for split in configuration.splits)) as tick:
        for split in configuration.splits:
            number = 0
            for batch in batches(folder, split, columns):
                hashed = [_hashes(features[name], batch.column(name)) for name in columns]
                ids = batch.column("id").to_pylist() if "id" in columns else [None] * len(batch.names)
                for place, (name, id) in enumerate(zip(batch.names, ids, strict=True)):
                    if id is None or str(id) in rows:
                        identified = False
                    key = str(id) if identified else f"\0{split.name}/{number}"
                    rows[key] = Row(name, split.name, b"".join(column[place] for column in hashed))
                    number += 1
                tick(len(batch.names))
    return HashedRows(rows, identified)


def _hashes(feature: Feature, column: pa.Array) -> list[bytes]:
    """One hash for each value of a column."""
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if _is_of_numbers(column.type) and not class_labels({"": feature}):
        return _hashes_of_numbers(column)
    hashes = []
    for value in column.to_pylist():
        state = hashlib.blake2b(digest_size=_BYTES)
        _feed(state, feature, value)
        hashes.append(state.digest())
    return hashes


def _is_of_numbers(found: pa.DataType) -> bool:
    """Whether a type is a list, or lists of lists, of numbers or truth values. Such are hashed from memory: a clip's landmarks are thousands of objects."""
    if not is_list(found):
        return False
    while is_list(found):
        found = found.value_type
    return bool(pa.types.is_integer(found) or pa.types.is_floating(found) or pa.types.is_boolean(found))


def _hashes_of_numbers(column: pa.Array) -> list[bytes]:
    """The lengths of the lists on every level, then the numbers, as the widest of their kind: another width alone changes nothing."""
    states = [hashlib.blake2b(digest_size=_BYTES) for _ in range(len(column))]
    bounds = np.arange(len(column) + 1)
    level = column
    while is_list(level.type):
        lengths = pc.list_value_length(level).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        _feed_spans(states, lengths, bounds)
        bounds = np.concatenate(([0], np.cumsum(np.maximum(lengths, 0))))[bounds]
        level = level.flatten()
    wide = level.cast(pa.float64() if pa.types.is_floating(level.type) else pa.int64(), safe=False)
    _feed_spans(states, level.is_null().to_numpy(zero_copy_only=False), bounds)
    _feed_spans(states, pc.fill_null(wide, 0).to_numpy(zero_copy_only=False), bounds)
    return [state.digest() for state in states]


def _feed_spans(states: Sequence[_State], values: NDArray[Any], bounds: NDArray[np.int64]) -> None:
    """Feeds each row the values from its bound to the next one's."""
    for row, state in enumerate(states):
        state.update(values[bounds[row] : bounds[row + 1]].tobytes())


def _feed(state: _State, feature: Feature, value: Any) -> None:
    match feature, value:
        case _, None:
            state.update(b"\0")
        case ClassLabel(names), int():
            state.update(repr(names[value] if 0 <= value < len(names) else value).encode())
        case Struct(fields), dict():
            for name, one in fields:
                _feed(state, one, value.get(name))
        case ListOf(item), list():
            state.update(f"[{len(value)}".encode())
            for one in value:
                _feed(state, item, one)
        case _, dict():
            for key in sorted(value):
                _feed(state, feature, value[key])
        case _, bytes():
            state.update(f"b{len(value)}:".encode() + value)
        case _:
            state.update(f"{value!r};".encode())
