"""How varied texts are."""

from collections import Counter
from collections.abc import Sequence

from hub.curate.duplicates import word_bigrams


def distinct_bigrams(texts: Sequence[str]) -> float:
    """Returns the number of different word bigrams over the number of bigrams (distinct-2, Li et al. 2016).

    Each text's bigrams count once. 1 is all different.
    """
    sets = [word_bigrams(text) for text in texts]
    total = sum(len(members) for members in sets)
    return len(frozenset().union(*sets)) / total if total else 0.0


def common_openings(texts: Sequence[str], words: int = 2, most: int = 5) -> dict[str, float]:
    """Returns the commonest first words and the share of texts that open with them."""
    openings = Counter(" ".join(text.lower().split()[:words]) for text in texts)
    return {opening: round(count / len(texts), 4) for opening, count in openings.most_common(most)}
