"""The teacher's sentences."""

import pytest

from benchmarks.methods.uniemox import PretrainingSettings, prompt_of


def test_a_caption_becomes_a_sentence_that_keeps_the_emotion_to_itself() -> None:
    assert prompt_of("a man under a street lamp ") == "a man under a street lamp."
    assert prompt_of("A man.") == "A man."


def test_the_emotion_is_named_only_where_it_is_given() -> None:
    assert prompt_of("A man.", "awe") == "A man. It evokes awe."
    assert prompt_of("", "awe") == "An image that evokes awe."
    assert not PretrainingSettings().label_in_text


def test_a_text_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no caption"):
        prompt_of("  ")
