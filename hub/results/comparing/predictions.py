"""What a run predicted, row by row, from its Parquet file. Files by others are untrusted: bounded, of a known schema, and checked against their digest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from hub.errors import EmohubError
from hub.results.comparing.prediction_file import prediction_file
from hub.results.record import RunRecord

Labels = npt.NDArray[np.bool_]
"""(rows, labels)."""
Floats = npt.NDArray[np.float64]
_LARGEST_FILE = 200_000_000
"""Bytes, packed and unpacked."""
_MOST_ROWS = 500_000
_MOST_CELLS = 50_000_000
"""Rows times labels."""
_MOST_LABELS = 1000
_LONGEST_LABELS = 200_000
"""Characters of the labels or domains in a file's metadata."""
_PICTURES = frozenset({"frames", "strip", "gif"})


@dataclass(frozen=True)
class ClassPredictions:
    """Of a classification run. Ids are unique."""

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    truth: Labels
    decided: Labels
    probabilities: npt.NDArray[np.float32]
    """(rows, labels), between 0 and 1."""
    thresholds: npt.NDArray[np.float64]
    """(rows,), the probability from which a label was decided; NaN where the likeliest label was."""
    domains: tuple[str, ...]
    """Of every row: the domain left out. Empty where the task has none."""


@dataclass(frozen=True)
class TextPredictions:
    """Of a language modelling run: how surprising every test text was, what was written after its beginning, and the answers to few-shot questions."""

    ids: tuple[str, ...]
    nats: Floats
    """(texts,), of the whole text."""
    tokens: npt.NDArray[np.int64]
    """(texts,), of the model's own."""
    written: Mapping[str, tuple[str | None, ...]]
    """Continuations by way of decoding; None for a text that was not continued, or whose continuation is not kept."""
    asked: tuple[str, ...]
    """The ids of the questions."""
    answers: tuple[str, ...]
    truth: tuple[str, ...]
    """Of the questions."""

    @property
    def perplexity(self) -> Floats:
        """(texts,), a token."""
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(self.nats / np.maximum(self.tokens, 1)))


@dataclass(frozen=True)
class PairPredictions:
    """Of a portrait animation run. The pictures of some pairs are read by `hub.results.comparing.pictures`."""

    ids: tuple[str, ...]
    styles: tuple[str, ...]
    families: tuple[str, ...]
    metrics: Mapping[str, Floats] = field(default_factory=dict)
    """(pairs,) each; NaN where a pair has no such score."""


Predictions = ClassPredictions | TextPredictions | PairPredictions


def read_predictions(results: Path, record: RunRecord) -> Predictions:
    """Returns what a run predicted. `results` is the folder that the record's path starts from.

    Raises:
        EmohubError: there is no file, it is not the one that the record is about, is too large or of no schema known here.
    """
    path = prediction_file(results, record, _LARGEST_FILE)
    try:
        with pq.ParquetFile(path) as file:
            return _read(file, record, path.name)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise EmohubError(f"{path.name}: not a readable file of predictions") from error


def _read(file: pq.ParquetFile, record: RunRecord, where: str) -> Predictions:
    schema = file.schema_arrow
    columns = [name for name in schema.names if name not in _PICTURES]
    unpacked = sum(
        group.column(column).total_uncompressed_size
        for group in (file.metadata.row_group(number) for number in range(file.num_row_groups))
        for column in range(group.num_columns)
        if group.column(column).path_in_schema.partition(".")[0] not in _PICTURES
    )
    if file.metadata.num_rows > _MOST_ROWS or unpacked > _LARGEST_FILE:
        raise EmohubError(f"{where}: more than {_MOST_ROWS:,} rows or {_LARGEST_FILE:,} bytes unpacked")
    kinds = {field.name: field.type for field in schema}
    if _has(kinds, {"id": pa.types.is_string, "fold": pa.types.is_integer, "truth": _members, "decided": _members, "probabilities": _shares}):
        return _classes(file.read(columns=columns), record, where)
    texts = dict.fromkeys(("id", "truth", "answered"), pa.types.is_string)
    if _has(kinds, {**texts, "nats": pa.types.is_floating, "tokens": pa.types.is_integer}):
        return _texts(file.read(columns=columns), where)
    if _has(kinds, dict.fromkeys(("id", "style", "family"), pa.types.is_string)):
        return _pairs(file.read(columns=columns), where)
    raise EmohubError(f"{where}: its columns ({', '.join(schema.names)[:200]}) are those of no kind of predictions known here")


def _has(kinds: Mapping[str, pa.DataType], expected: Mapping[str, object]) -> bool:
    return all(name in kinds and callable(check) and check(kinds[name]) for name, check in expected.items())


def _members(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) and pa.types.is_integer(kind.value_type))


def _shares(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) and pa.types.is_floating(kind.value_type))


def _classes(table: pa.Table, record: RunRecord, where: str) -> ClassPredictions:
    labels = _names(table, "labels", where)
    rows, count = table.num_rows, len(labels)
    if not 1 <= count <= _MOST_LABELS or rows * count > _MOST_CELLS:
        raise EmohubError(f"{where}: it names {count:,} labels for {rows:,} rows; expected 1 to {_MOST_LABELS:,}, and at most {_MOST_CELLS:,} decisions")
    shares, lengths = _flat(table, "probabilities", where)
    if (lengths != count).any():
        raise EmohubError(f"{where}: a row does not have one probability for each of the {count} labels")
    probabilities = shares.astype(np.float32).reshape(rows, count)
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise EmohubError(f"{where}: a probability is not between 0 and 1")
    folds = _filled(table, "fold", where).to_numpy()
    domains = _domains(table, folds, where)
    return ClassPredictions(
        _ids(table, where),
        labels,
        _matrix(table, "truth", count, where),
        _matrix(table, "decided", count, where),
        probabilities,
        _thresholds(record, domains, rows),
        domains,
    )


def _domains(table: pa.Table, folds: npt.NDArray[np.int64], where: str) -> tuple[str, ...]:
    if b"domains" not in (table.schema.metadata or {}):
        return ()
    names = _names(table, "domains", where)
    if len(folds) and not (folds.min() >= 0 and folds.max() < len(names)):
        raise EmohubError(f"{where}: a row is of a fold that has no domain")
    return tuple(names[fold] for fold in folds)


def _thresholds(record: RunRecord, domains: Sequence[str], rows: int) -> Floats:
    """Where every domain left out has a threshold of its own, that one; else the record's, which over other folds is their mean."""
    whole = record.decision.threshold if record.decision is not None else None
    if whole is None:
        return np.full(rows, np.nan)
    if not domains:
        return np.full(rows, whole)
    return np.array([record.parts.get(domain, {}).get("threshold", whole) for domain in domains], dtype=np.float64)


def _texts(table: pa.Table, where: str) -> TextPredictions:
    decodings = [field.name for field in table.schema if pa.types.is_string(field.type) and field.name not in ("id", "truth", "answered")]
    asked = np.array(table["truth"].is_valid())
    told = np.array(table["nats"].is_valid()) & np.array(table["tokens"].is_valid())
    texts, questions = table.filter(pa.array(told)), table.filter(pa.array(asked & ~told))
    nats, tokens = texts["nats"].to_numpy().astype(np.float64), texts["tokens"].to_numpy().astype(np.int64)
    if not np.isfinite(nats).all() or (nats < 0).any() or (tokens < 0).any():
        raise EmohubError(f"{where}: a text's nats or tokens are no finite numbers from 0")
    return TextPredictions(
        _ids(texts, where),
        nats,
        tokens,
        {name: tuple(texts[name].to_pylist()) for name in decodings},
        _ids(questions, where),
        tuple(answer or "" for answer in questions["answered"].to_pylist()),
        tuple(questions["truth"].to_pylist()),
    )


def _pairs(table: pa.Table, where: str) -> PairPredictions:
    scores = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    return PairPredictions(
        _ids(table, where),
        tuple(_filled(table, "style", where).to_pylist()),
        tuple(_filled(table, "family", where).to_pylist()),
        {name: table[name].to_numpy().astype(np.float64) for name in scores},
    )


def _names(table: pa.Table, key: str, where: str) -> tuple[str, ...]:
    text = (table.schema.metadata or {}).get(key.encode(), b"")
    names = json.loads(text) if len(text) <= _LONGEST_LABELS else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise EmohubError(f"{where}: its metadata names no list of {key}")
    return tuple(names)


def _ids(table: pa.Table, where: str) -> tuple[str, ...]:
    ids = tuple(_filled(table, "id", where).to_pylist())
    if len(set(ids)) < len(ids):
        raise EmohubError(f"{where}: two rows have the same id")
    return ids


def _filled(table: pa.Table, name: str, where: str) -> pa.ChunkedArray:
    if table[name].null_count:
        raise EmohubError(f"{where}: a row has no {name}")
    return table[name]


def _flat(table: pa.Table, name: str, where: str) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.int64]]:
    """The values of a column of lists one after the other, and how many each row has."""
    column = _filled(table, name, where).combine_chunks()
    values = column.flatten()
    if values.null_count:
        raise EmohubError(f"{where}: a row's {name} hold an empty value")
    return values.to_numpy(), column.value_lengths().to_numpy().astype(np.int64)


def _matrix(table: pa.Table, name: str, count: int, where: str) -> Labels:
    members, lengths = _flat(table, name, where)
    numbers = members.astype(np.int64)
    if len(numbers) and not (numbers.min() >= 0 and numbers.max() < count):
        raise EmohubError(f"{where}: a row's {name} name a label that is not there")
    found = np.zeros((table.num_rows, count), dtype=np.bool_)
    found[np.repeat(np.arange(table.num_rows), lengths), numbers] = True
    return found
