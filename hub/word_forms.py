"""What general English says about emotion words: their forms, and which word carries a phrase."""

import re
from collections.abc import Iterator

_NEGATIONS = frozenset({"no", "not", "never", "without", "lack", "lacking", "absence", "non"})
_CONNECTIVES = frozenset(
    {
        "of", "with", "at", "about", "for", "over", "in", "on", "to", "toward", "towards", "from", "by", "and", "or", "but", "yet",
        "tinged", "mixed", "bordering", "turning", "masking", "hiding", "under", "beneath", "despite",
    }
)  # fmt: skip
_SUFFIXES = (
    *("istic", "ating", "ation", "ated", "able", "ance", "ence", "ment", "ness", "some", "ant", "ent", "ful", "ing", "ism", "ist", "ous"),
    *("ed", "ia", "ic", "ly", "e", "i", "s", "y"),
)
# These make words of short ones, as in sad-ness, joy-ous; the others may only be taken from longer ones, or 'hat' would be hate.
_AFTER_SHORT = frozenset({"ness", "ful", "ly", "ous"})


def normalise(word: str) -> str:
    """Returns a label as lower-case letters with single spaces: `_Mild Anxiety_ ` and `mild-anxiety` are the same."""
    return re.sub(r"[^a-z]+", " ", word.lower()).strip()


def stem(word: str) -> str:
    """Returns what is left when endings are taken off, one after the other; forms of one word share it, as do joyfulness and joyous."""
    for suffix in _SUFFIXES:
        rest = word.removesuffix(suffix)
        if rest != word and len(rest) >= (3 if suffix in _AFTER_SHORT else 4) and not (suffix == "s" and rest.endswith("s")):
            return stem(rest)
    return word


def is_negated(phrase: str) -> bool:
    """Whether a phrase says that something is absent, as does `lack of interest`."""
    return not _NEGATIONS.isdisjoint(phrase.split())


def by_weight(phrase: str) -> Iterator[str]:
    """Yields the words of a phrase, the one that carries the meaning first: the last of what stands before `of`, `with` and their like.

    `quiet pride at work` gives pride, quiet, work.
    """
    part: list[str] = []
    for word in [*phrase.split(), "and"]:
        if word in _CONNECTIVES:
            yield from reversed(part)
            part = []
        else:
            part.append(word)
