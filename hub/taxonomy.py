"""A set of emotion classes, and the way from a word that a model wrote to one of them.

The way is: the class itself, a declared synonym, the nearest declared word by spelling with a minimum similarity, or nothing. Spelling, not
meaning: sentence embeddings put opposites such as hope and despair close together (docs/emo_pillars.md compares the two).
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from rapidfuzz import fuzz, process

from hub.spec.base import Declaration, Name
from hub.spec.loader import load

How = Literal["class", "synonym", "nearest", "unmapped"]


class ClassSpec(Declaration):
    """One emotion class."""

    definition: str
    synonyms: tuple[str, ...] = ()
    """Words that mean this class. Each stands under one class only."""


class TaxonomySpec(Declaration):
    """A label file."""

    name: Name
    source: str
    minimum_similarity: float = Field(ge=0, le=100)
    """In percent, of the spelling (normalised indel similarity), for the nearest declared word to be taken."""
    unmapped: tuple[str, ...] = ()
    """Emotion words that belong to no class, and must not be drawn to one by their spelling."""
    classes: dict[Name, ClassSpec]

    @model_validator(mode="after")
    def _words_are_unique(self) -> "TaxonomySpec":
        owners: dict[str, str] = {word: "unmapped" for word in self.unmapped}
        for name, spec in self.classes.items():
            for word in (name, *spec.synonyms):
                if word in owners:
                    raise ValueError(f"the word {word!r} stands under both {owners[word]!r} and {name!r}")
                owners[word] = name
        return self


@dataclass(frozen=True, slots=True)
class Mapping:
    """Where a word leads. `similarity` is in percent; `label` is None when nothing is near enough."""

    word: str
    label: str | None
    how: How
    similarity: float


@dataclass(frozen=True)
class Taxonomy:
    """The classes of a label file, in its order."""

    spec: TaxonomySpec

    @classmethod
    def read(cls, path: Path) -> "Taxonomy":
        return cls(load(path, TaxonomySpec))

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.spec.classes)

    @property
    def described(self) -> str:
        """The classes with their definitions, one a line, for prompts."""
        return "\n".join(f"- {name}: {spec.definition}" for name, spec in self.spec.classes.items())

    @cached_property
    def _words(self) -> dict[str, str | None]:
        words: dict[str, str | None] = dict.fromkeys(self.spec.unmapped)
        for name, spec in self.spec.classes.items():
            words.update(dict.fromkeys((name, *spec.synonyms), name))
        return words

    def map(self, word: str) -> Mapping:
        """Returns the class of a word that need not be a class name."""
        return _map(self, normalise(word))

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


@lru_cache(maxsize=65_536)
def _map(taxonomy: Taxonomy, word: str) -> Mapping:
    if word in taxonomy.spec.classes:
        return Mapping(word, word, "class", 100.0)
    words = taxonomy._words
    if word in words:
        label = words[word]
        return Mapping(word, label, "synonym" if label else "unmapped", 100.0)
    found = process.extractOne(word, words.keys(), scorer=fuzz.ratio, score_cutoff=taxonomy.spec.minimum_similarity)
    if found is None or words[found[0]] is None:
        return Mapping(word, None, "unmapped", found[1] if found else 0.0)
    return Mapping(word, words[found[0]], "nearest", found[1])


def normalise(word: str) -> str:
    """Returns a label as lower-case letters with single spaces: `_Mild Anxiety_ ` and `mild-anxiety` are the same."""
    return re.sub(r"[^a-z]+", " ", word.lower()).strip()
