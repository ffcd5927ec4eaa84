"""Variety, repetition and overlap of generated texts against brute force and worked examples."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.metrics.generated_text import distinct_n, rouge, sequence_repetition, words

TEXTS = st.lists(st.lists(st.sampled_from("abc"), max_size=12), max_size=6)


def test_words_are_lower_case_and_marks_stand_alone() -> None:
    assert words("“Don’t!” she said, twice.") == ["“", "don’t", "!", "”", "she", "said", ",", "twice", "."]


@given(TEXTS, st.integers(1, 4))
def test_distinct_n_is_the_share_of_different_n_grams(texts: list[list[str]], n: int) -> None:
    seen = Counter(tuple(text[start : start + n]) for text in texts for start in range(len(text)) if start + n <= len(text))
    assert distinct_n(texts, n) == (len(seen) / seen.total() if seen else 0.0)


def test_repetition_counts_within_a_text_and_not_across_texts() -> None:
    assert sequence_repetition([list("abcd"), list("abcd")]) == 0.0
    # abcd bcda cdab dabc abcd: one of five stood there before.
    assert sequence_repetition([list("abcdabcd")]) == pytest.approx(1 / 5)
    assert sequence_repetition([list("abcdabcd"), list("ab")]) == pytest.approx(1 / 5), "a text without a 4-gram says nothing"


@given(TEXTS)
def test_repetition_lies_between_0_and_1(texts: list[list[str]]) -> None:
    assert 0 <= sequence_repetition(texts, 2) < 1


def test_rouge_of_a_worked_example() -> None:
    # Five of six words, three of five pairs, and a common subsequence of five.
    found = rouge(["the cat lay on the mat"], ["the cat sat on the mat"])
    assert found == pytest.approx({"rouge_1": 5 / 6, "rouge_2": 3 / 5, "rouge_l": 5 / 6})


def test_rouge_is_the_mean_over_texts() -> None:
    assert rouge(["a b", "c d"], ["a b", "x y"])["rouge_1"] == 0.5


@pytest.mark.parametrize(("texts", "references"), [(["a"], []), ([], [])])
def test_rouge_needs_a_reference_for_each_text(texts: list[str], references: list[str]) -> None:
    with pytest.raises(ValueError, match="each text needs its own reference"):
        rouge(texts, references)
