"""What raters are asked: `questions.json`, the canonical form that the rating page, Label Studio and the spreadsheet are made from.

It holds nothing that tells the answer. The answers stand in `key.csv`, which raters are not given.
"""

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub.errors import EmohubError
from hub.files import replacing, write_json
from hub.publish.manifest import RelativePath
from hub.results.untrusted import read_untrusted

QUESTIONS = "questions.json"
KEY = "key.csv"
NONE = "none of these"
SEPARATOR = "|"
"""Between the choices of one answer, and between the labels of one row, in CSV files."""
_LARGEST = 64 * 2**20

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]
Choice = Annotated[str, Field(pattern=r"^[^|\r\n]{1,80}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(_Strict):
    """One question that is asked of many items."""

    name: Identifier
    prompt: str
    instructions: str
    most: int = Field(ge=1)
    """The most choices that one answer may have; 1 is a single choice."""


class Passage(_Strict):
    """A text that a rater reads."""

    title: str
    text: str
    on_demand: bool = False
    """Whether it is shown only when the rater asks for it."""


class Item(_Strict):
    """One row as one question shows it."""

    item_id: Identifier
    question: Identifier
    passages: tuple[Passage, ...] = ()
    image: RelativePath | None = None
    """A PNG beside `questions.json`, without the metadata of the published one, which tell the label."""
    options: Annotated[tuple[Choice, ...], Field(min_length=2, max_length=50)]
    """In the order in which they are shown."""


class Sample(_Strict):
    """A sample of one split, with what names the data exactly."""

    dataset: Identifier
    version: Annotated[str, Field(max_length=100)]
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    configuration: Identifier
    split: Identifier
    seed: int
    protocol: str
    questions: tuple[Question, ...]
    items: tuple[Item, ...]
    """In the order in which raters see them."""

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        places = [(item.item_id, item.question) for item in self.items]
        if len(set(places)) != len(places):
            raise ValueError("an item is asked the same question twice")
        unknown = {item.question for item in self.items} - {question.name for question in self.questions}
        if unknown:
            raise ValueError(f"items have the questions {sorted(unknown)}, which are not declared")
        if any(len(set(item.options)) != len(item.options) for item in self.items):
            raise ValueError("an item offers the same option twice")
        return self

    @cached_property
    def by_place(self) -> dict[tuple[str, str], Item]:
        """The items by item id and question."""
        return {(item.item_id, item.question): item for item in self.items}

    def question(self, name: str) -> Question:
        return next(question for question in self.questions if question.name == name)

    def of(self, question: str) -> tuple[Item, ...]:
        """The items that are asked a question."""
        return tuple(item for item in self.items if item.question == question)


@dataclass(frozen=True, slots=True)
class Truth:
    """What the dataset says of an item, in words of its options."""

    item_id: str
    question: str
    row_id: str
    stratum: str
    """The class the row was drawn for."""
    style: str
    """Empty where the dataset has no styles."""
    labels: tuple[str, ...]
    """The options that the dataset calls right, the strongest first."""


def write_sample(folder: Path, sample: Sample) -> None:
    """Writes `questions.json`."""
    write_json(folder / QUESTIONS, sample.model_dump(mode="json"))


def read_sample(file: Path) -> Sample:
    """Reads a `questions.json`.

    Raises:
        EmohubError: it is not there, cannot be read, or is none.
    """
    if not file.is_file():
        raise EmohubError(f"{file.parent}: holds no {file.name}; name the folder that `emohub annotate export` wrote")
    return read_untrusted(file, Sample, _LARGEST)


def write_key(folder: Path, key: list[Truth]) -> None:
    """Writes `key.csv`."""
    with replacing(folder / KEY) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Truth.__dataclass_fields__)
        writer.writerows([one.item_id, one.question, one.row_id, one.stratum, one.style, SEPARATOR.join(one.labels)] for one in key)


def read_key(folder: Path) -> dict[tuple[str, str], Truth]:
    """Returns the answers by item and question.

    Raises:
        EmohubError: the key is missing or lacks a column.
    """
    path = folder / KEY
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file, strict=True))
        key = [Truth(**{**line, "labels": tuple(line["labels"].split(SEPARATOR))}) for line in lines]  # type: ignore[arg-type]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, AttributeError) as error:
        raise EmohubError(f"{path.name}: not the key that `emohub annotate export` wrote beside {QUESTIONS} ({error}); put that one back") from error
    return {(one.item_id, one.question): one for one in key}
