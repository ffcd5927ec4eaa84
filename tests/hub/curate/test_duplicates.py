"""Near-duplicates, against the plain definition: every pair compared."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.curate.duplicates import bands, duplicates_of, jaccard, near_duplicate_pairs, word_bigrams

WORDS = st.lists(st.sampled_from(["the", "sea", "was", "calm", "and", "I", "never", "saw", "it", "so"]), max_size=12).map(" ".join)


def by_hand(text: str) -> set[str]:
    """Word bigrams without the code under test."""
    words = text.lower().split()
    return {f"{words[index]} {words[index + 1]}" for index in range(len(words) - 1)} or set(words)


def all_pairs(texts: Sequence[str], threshold: float) -> set[tuple[int, int]]:
    sets = [by_hand(text) for text in texts]
    return {
        (one, other)
        for other in range(len(texts))
        for one in range(other)
        if (sets[one] or sets[other]) and len(sets[one] & sets[other]) / len(sets[one] | sets[other]) >= threshold
    }


def clusters(ids: Sequence[str], pairs: set[tuple[int, int]]) -> dict[str, str]:
    """Who goes and who stays, by spreading the smallest id until nothing changes."""
    smallest = list(ids)
    for _ in ids:
        for one, other in pairs:
            smallest[one] = smallest[other] = min(smallest[one], smallest[other])
    return {id: kept for id, kept in zip(ids, smallest, strict=True) if id != kept}


@settings(derandomize=True, max_examples=150)
@given(texts=st.lists(WORDS.filter(bool), max_size=25), threshold=st.sampled_from([0.3, 0.5, 0.7, 0.9, 1.0]))
def test_pairs_are_those_of_a_comparison_of_all_with_all(texts: list[str], threshold: float) -> None:
    found = near_duplicate_pairs(texts, threshold)
    assert found == sorted(set(found))
    assert set(found) == all_pairs(texts, threshold)


@settings(derandomize=True, max_examples=100)
@given(texts=st.lists(WORDS.filter(bool), max_size=25), threshold=st.sampled_from([0.5, 0.7]), data=st.data())
def test_of_every_cluster_the_smallest_id_stays(texts: list[str], threshold: float, data: st.DataObject) -> None:
    ids = data.draw(st.permutations([f"{number:02d}" for number in range(len(texts))]))
    gone = duplicates_of(ids, texts, threshold)
    assert gone == clusters(ids, all_pairs(texts, threshold))
    left = [text for id, text in zip(ids, texts, strict=True) if id not in gone]
    assert near_duplicate_pairs(left, threshold) == []
    assert not set(gone.values()) & set(gone)


def test_a_chain_of_likenesses_is_one_cluster() -> None:
    # The first and the last share too little, but each is like its neighbour.
    texts = ["a b c d e f g h", "b c d e f g h i", "c d e f g h i j"]
    assert near_duplicate_pairs(texts, 0.7) == [(0, 1), (1, 2)]
    assert duplicates_of(["c", "b", "a"], texts, 0.7) == {"c": "a", "b": "a"}


def test_case_punctuation_and_curly_quotes_do_not_count() -> None:
    assert word_bigrams("Don’t go, Ann! DON'T go.") == {"don't go", "go ann", "ann don't"}
    assert duplicates_of(["x", "y"], ["I won't go there.", "i WON’T go - there"], 1.0) == {"y": "x"}


def test_texts_without_a_word_are_all_alike_and_like_no_other() -> None:
    assert duplicates_of(["d", "c", "b", "a"], ["...", "word", "", "!?"], 0.7) == {"d": "a", "b": "a"}
    assert jaccard(frozenset(), frozenset()) == 1
    assert jaccard(frozenset(), frozenset("a")) == 0


@pytest.mark.parametrize("texts", [[], ["alone"]])
def test_nothing_to_compare(texts: list[str]) -> None:
    assert near_duplicate_pairs(texts, 0.7) == []
    assert duplicates_of(texts, texts, 0.7) == {}


@given(st.floats(0.05, 1))
def test_enough_bands_to_find_nearly_every_pair(threshold: float) -> None:
    count = bands(threshold)
    assert 128 % count == 0
    assert 1 - (1 - threshold ** (128 // count)) ** count >= 0.998
