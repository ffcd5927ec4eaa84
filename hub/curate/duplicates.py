"""Near-duplicates: candidates by MinHash, verified by exact Jaccard similarity, joined into clusters, the smallest id kept."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_PERMUTATIONS = 128
_RECALL = 0.999
_SEED = 42


def word_bigrams(text: str) -> frozenset[str]:
    """Returns the set of adjacent word pairs, lower case, without punctuation. A text of one word is its own only member."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    return frozenset(f"{one} {other}" for one, other in pairwise(words)) or frozenset(words)


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Returns the size of the intersection over the size of the union; 1 for two empty sets."""
    return len(one & other) / len(one | other) if one or other else 1.0


def near_duplicate_pairs(texts: Sequence[str], threshold: float) -> list[tuple[int, int]]:
    """Returns the index pairs (i < j) of texts whose word bigrams have a Jaccard similarity of at least `threshold`, sorted.

    No pair is wrong; one that is exactly as similar as the threshold is missed with a probability below 0.001, others with less. Texts without
    any word are all alike: each is paired with the first of them.
    """
    bigrams = [word_bigrams(text) for text in texts]
    suspects = _suspects(bigrams, threshold)
    holders: dict[str, list[int]] = defaultdict(list)
    pairs = []
    for index in suspects:
        mine = bigrams[index]
        shared = Counter(other for bigram in mine for other in holders[bigram])
        for other, common in shared.items():
            if common / (len(mine) + len(bigrams[other]) - common) >= threshold:
                pairs.append((other, index))
        for bigram in mine:
            holders[bigram].append(index)
    # Texts without any word share no bigram and would be missed above.
    wordless = [index for index, members in enumerate(bigrams) if not members]
    pairs.extend((wordless[0], index) for index in wordless[1:])
    return sorted(pairs)


def duplicates_of(ids: Sequence[str], texts: Sequence[str], threshold: float) -> dict[str, str]:
    """Returns, for every text that is to go, the id that is kept in its stead: the smallest of its cluster."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = near_duplicate_pairs(texts, threshold)
    if not pairs:
        return {}
    rows, columns = np.array(pairs).T
    graph = coo_array((np.ones(len(pairs), dtype=bool), (rows, columns)), shape=(len(ids), len(ids)))
    _, cluster = connected_components(graph, directed=False)
    smallest: dict[int, str] = {}
    for id, member in zip(ids, cluster, strict=True):
        smallest[member] = min(id, smallest.get(member, id))
    return {id: smallest[member] for id, member in zip(ids, cluster, strict=True) if smallest[member] != id}


def _suspects(bigrams: Sequence[frozenset[str]], threshold: float) -> list[int]:
    from rensa import RMinHash, RMinHashLSH

    if len(bigrams) < 2:
        return []
    digests = RMinHash.digest_matrix_from_token_sets([sorted(members) for members in bigrams], _PERMUTATIONS, _SEED)
    flags = RMinHashLSH(threshold, _PERMUTATIONS, bands(threshold)).query_duplicate_flags_matrix_one_shot(digests)
    return [index for index, flagged in enumerate(flags) if flagged]


def bands(threshold: float) -> int:
    """Returns into how many bands a MinHash is cut: as few as find a pair of that similarity with a probability of `_RECALL`.

    For 0.7 these are 32 bands of 4 (0.9998). More bands find more, and more that has to be looked at in vain.
    """
    rows_of_a_band = (16, 8, 4, 2)
    fitting = (rows for rows in rows_of_a_band if 1 - (1 - threshold**rows) ** (_PERMUTATIONS // rows) >= _RECALL)
    return _PERMUTATIONS // next(fitting, 1)
