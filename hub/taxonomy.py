"""A set of emotion classes, and the way from a word that a model wrote to one of them.

The way is: the class itself; a declared synonym; another form of a declared word, or the word that carries a phrase (`derived`); the nearest
declared word by spelling with a minimum similarity; or nothing. Spelling, not meaning: docs/emo_pillars.md compares the two.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from rapidfuzz import fuzz, process

from hub.spec.base import Declaration, Name
from hub.spec.loader import load
from hub.word_forms import by_weight, is_negated, normalise, stem

How = Literal["class", "synonym", "derived", "nearest", "unmapped"]
_SHORTEST = 4
"""Shorter words are too alike by chance to be told apart by spelling."""


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
    classes: dict[Name, ClassSpec] = Field(min_length=1)

    @model_validator(mode="after")
    def _words_are_unique(self) -> "TaxonomySpec":
        owners: dict[str, str] = {}
        declared = [("unmapped", self.unmapped), *((name, (name, *spec.synonyms)) for name, spec in self.classes.items())]
        for name, words in declared:
            for word in words:
                plain = normalise(word)
                if not plain:
                    raise ValueError(f"the word {word!r} under {name!r} has no letter from a to z")
                if plain in owners:
                    raise ValueError(f"the word {word!r} stands under both {owners[plain]!r} and {name!r}")
                owners[plain] = name
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
        words: dict[str, str | None] = dict.fromkeys(map(normalise, self.spec.unmapped))
        for name, spec in self.spec.classes.items():
            words.update(dict.fromkeys(map(normalise, (name, *spec.synonyms)), name))
        return words

    @cached_property
    def _stems(self) -> dict[str, str]:
        """A declared word by its stem, where all declared words with that stem lead to the same place."""
        found: dict[str, set[str]] = {}
        for word in self._words:
            found.setdefault(stem(word), set()).add(word)
        return {key: min(forms) for key, forms in found.items() if len({self._words[form] for form in forms}) == 1}

    def map(self, word: str) -> Mapping:
        """Returns the class of a word that need not be a class name."""
        return _map(self, normalise(word))

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


@lru_cache(maxsize=65_536)
def _map(taxonomy: Taxonomy, word: str) -> Mapping:
    words = taxonomy._words
    if word in words:
        label = words[word]
        if label is None:
            return Mapping(word, None, "unmapped", 100.0)
        return Mapping(word, label, "class" if word == normalise(label) else "synonym", 100.0)
    if is_negated(word):
        return Mapping(word, None, "unmapped", 0.0)
    parts = (word, *by_weight(word))
    for part in parts:
        form = part if part in words else taxonomy._stems.get(stem(part))
        if form is not None:
            return Mapping(word, words[form], "derived" if words[form] else "unmapped", 100.0)
    for part in parts:
        found = _nearest(taxonomy, part)
        if found is not None:
            form, similarity = found
            return Mapping(word, words[form], "nearest" if words[form] else "unmapped", similarity)
    return Mapping(word, None, "unmapped", 0.0)


def _nearest(taxonomy: Taxonomy, word: str) -> tuple[str, float] | None:
    """The declared word spelt most alike, if it is alike enough. Typing errors spare the first letter; other words, as patience and impatience, do not."""
    if len(word) < _SHORTEST:
        return None
    near = process.extract(word, taxonomy._words.keys(), scorer=fuzz.ratio, score_cutoff=taxonomy.spec.minimum_similarity, limit=3)
    return next(((form, similarity) for form, similarity, _ in near if form[0] == word[0]), None)
