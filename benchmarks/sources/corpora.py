"""Running text for language models: a published dataset of this hub, or the files that other corpora come in."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq

from benchmarks.examples import sample_by_id
from benchmarks.sources import published_folder, read_external
from benchmarks.sources.tables import find_file, read_text
from hub.console import say
from hub.errors import DataUnavailableError, EmohubError
from hub.files import digest, folder_digest
from hub.paths import Project
from hub.spec import LanguageModelingTask, ParamsSpec
from hub.spec.task import ExternalSource, PublishedSource
from hub.tables import read_table

_SENTENCE_END = re.compile(r"[.!?]['\"”’)]*(?=\s|$)")
_VALIDATION_SHARE = 0.05
Split = Literal["train", "validation", "test"]
_SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class TextRow:
    """One text."""

    id: str
    text: str


@dataclass(frozen=True)
class RawCorpus:
    """What a reader of external text returns."""

    train: Sequence[TextRow]
    validation: Sequence[TextRow]
    test: Sequence[TextRow]
    dropped: int = 0
    """Lines of the source that are no text: empty ones, headings."""


@dataclass(frozen=True)
class Corpus:
    """A task's text."""

    train: tuple[TextRow, ...]
    validation: tuple[TextRow, ...]
    test: tuple[TextRow, ...]
    source: Literal["published", "local", "hub"]
    revision: str | None

    @property
    def fingerprint(self) -> str:
        """SHA-256 over ids and texts of all splits."""
        return digest([[[row.id, row.text] for row in rows] for rows in (self.train, self.validation, self.test)])


def read_corpus(task: LanguageModelingTask, project: Project, params: ParamsSpec, network: bool) -> Corpus:
    """Reads a task's text.

    Raises:
        DataUnavailableError: it is not on this machine and may not, or cannot, be downloaded.
        EmohubError: it is there and cannot be read, or a split is empty.
    """
    kind: Literal["published", "local", "hub"]
    match task.source:
        case PublishedSource() as source:
            raw, revision = _published(task, source, project)
            kind = "published"
        case ExternalSource() as source:
            raw, revision = read_external(source, task, project, params, network)
            kind = "hub" if revision else "local"
    if raw.dropped:
        say(f"{task.name}: {raw.dropped:,} lines of the source are empty or headings and were left out")
    empty = [name for name in _SPLITS if not getattr(raw, name)]
    if empty:
        raise EmohubError(f"the text of {task.name!r} was read, but holds nothing for {', '.join(empty)}; is it complete?")
    train = raw.train if task.train_sentences is None else first_sentences(raw.train, task.train_sentences)
    return Corpus(tuple(train), tuple(raw.validation), tuple(raw.test), kind, revision)


def first_sentences(rows: Sequence[TextRow], sentences: int) -> list[TextRow]:
    """Returns the rows from the beginning until they hold that many sentences; the last row is kept whole."""
    kept: list[TextRow] = []
    for row in rows:
        if sentences <= 0:
            break
        kept.append(row)
        sentences -= max(1, len(_SENTENCE_END.findall(row.text)))
    return kept


def _published(task: LanguageModelingTask, source: PublishedSource, project: Project) -> tuple[RawCorpus, str | None]:
    folder = published_folder(source, project)
    if not task.columns:
        raise EmohubError(f"benchmarks/tasks/{task.name}.yaml: a published source needs 'columns', the names of the columns with text")

    def rows(split: Split) -> list[TextRow]:
        found = []
        for path in sorted(folder.glob(f"{split}-*.parquet")):
            table = pq.read_table(path)
            missing = [column for column in ("id", *task.columns) if column not in table.column_names]
            if missing:
                raise EmohubError(f"{source.dataset}/{source.configuration} has no column {missing[0]!r}; it has {', '.join(table.column_names)}")
            found += [TextRow(row["id"], " ".join(row[column] for column in task.columns)) for row in table.select(["id", *task.columns]).to_pylist()]
        return found

    return RawCorpus(rows("train"), rows("validation"), rows("test")), folder_digest(folder)[:16]


def read_wikitext(folder: Path) -> RawCorpus:
    """Reads WikiText: wiki.{train,valid,test}.raw or .tokens, or the Hub's Parquet files by split. A paragraph is a text; headings are left out."""
    if any(folder.glob("train-*.parquet")):
        return _corpus({split: _parquet_texts(folder, split) for split in _SPLITS})
    texts = {split: _lines(find_file(folder, (f"wiki.{name}.raw", f"wiki.{name}.tokens"))) for split, name in _named("train", "valid", "test")}
    return _corpus(texts)


def read_wikitext_hub(source: ExternalSource) -> RawCorpus:
    """Reads the same from the Hub."""
    data = _download(source)
    return _corpus({split: data[split]["text"] for split in _SPLITS})


def read_penn_treebank(folder: Path) -> RawCorpus:
    """Reads the Penn Treebank's language-modelling files ptb.{train,valid,test}.txt. A sentence is a text."""
    return _corpus({split: _lines(find_file(folder, (f"ptb.{name}.txt",))) for split, name in _named("train", "valid", "test")})


def read_writing_prompts(folder: Path) -> RawCorpus:
    """Reads the stories of WritingPrompts, {train,valid,test}.wp_target. A story is a text."""
    texts = {split: _lines(find_file(folder, (f"{name}.wp_target",))) for split, name in _named("train", "valid", "test")}
    return _corpus({split: [" ".join(line.replace("<newline>", "\n").split()) for line in lines] for split, lines in texts.items()})


def read_webtext(folder: Path) -> RawCorpus:
    """Reads webtext.{train,valid,test}.jsonl of OpenAI's output dataset. A document is a text."""
    return _corpus({split: _json_texts(find_file(folder, (f"webtext.{name}.jsonl",))) for split, name in _named("train", "valid", "test")})


def read_ag_news(folder: Path) -> RawCorpus:
    """Reads train.csv and test.csv of AG News (class, title, description; no header). An item is a text; validation is cut from train by id."""
    return _with_validation_cut(_news(find_file(folder, ("train.csv",))), _news(find_file(folder, ("test.csv",))))


def read_ag_news_hub(source: ExternalSource) -> RawCorpus:
    """Reads the same from the Hub."""
    data = _download(source)
    return _with_validation_cut(data["train"]["text"], data["test"]["text"])


def _named(train: str, validation: str, test: str) -> Iterator[tuple[Split, str]]:
    return zip(_SPLITS, (train, validation, test), strict=True)


def _corpus(texts: Mapping[Split, Sequence[str]]) -> RawCorpus:
    kept = {split: list(_text_rows(split, lines)) for split, lines in texts.items()}
    return RawCorpus(kept["train"], kept["validation"], kept["test"], sum(map(len, texts.values())) - sum(map(len, kept.values())))


def _text_rows(split: Split, lines: Iterable[str]) -> Iterator[TextRow]:
    for number, line in enumerate(lines):
        text = line.strip()
        if text and not (text.startswith("= ") and text.endswith(" =")):
            yield TextRow(f"{split}-{number}", text)


def _with_validation_cut(train: Sequence[str], test: Sequence[str]) -> RawCorpus:
    whole = _corpus({"train": train, "validation": [], "test": test})
    chosen = set(sample_by_id([row.id for row in whole.train], round(len(whole.train) * _VALIDATION_SHARE)))
    validation = [row for position, row in enumerate(whole.train) if position in chosen]
    return RawCorpus([row for position, row in enumerate(whole.train) if position not in chosen], validation, whole.test, whole.dropped)


def _parquet_texts(folder: Path, split: Split) -> list[str]:
    texts: list[str] = []
    for path in sorted(folder.glob(f"{split}-*.parquet")):
        table = read_table(path)
        if "text" not in table.column_names:
            raise EmohubError(f"{path}: no column 'text'; there are {', '.join(table.column_names)}")
        texts += table["text"].to_pylist()
    return texts


def _lines(path: Path) -> list[str]:
    return read_text(path).split("\n")


def _json_texts(path: Path) -> list[str]:
    texts = []
    for number, line in enumerate(_lines(path), start=1):
        if not line:
            continue
        try:
            text = json.loads(line)["text"]
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise EmohubError(f"{path}:{number}: expected a JSON object with the key 'text'") from error
        if not isinstance(text, str):
            raise EmohubError(f"{path}:{number}: 'text' is no text")
        texts.append(" ".join(text.split()))
    return texts


def _news(path: Path) -> list[str]:
    texts = []
    try:
        for number, row in enumerate(csv.reader(io.StringIO(read_text(path)), strict=True), start=1):
            if len(row) != 3:
                raise EmohubError(f"{path}: row {number} has {len(row)} values, expected class, title and description")
            texts.append(" ".join(f"{row[1]} {row[2]}".replace("\\", " ").split()))
    except csv.Error as error:
        raise EmohubError(f"{path}: not comma-separated values ({error})") from error
    return texts


def _download(source: ExternalSource) -> Any:
    import datasets

    try:
        return datasets.load_dataset(source.hub_id, source.hub_configuration, revision=source.hub_revision)
    except OSError as error:
        raise DataUnavailableError(f"{source.hub_id} cannot be downloaded from the Hub: {str(error).splitlines()[0]}") from error
