"""How varied texts are, on texts small enough to count by hand."""

import pytest

from hub.curate.diversity import common_openings, distinct_bigrams


def test_distinct_bigrams() -> None:
    assert distinct_bigrams(["a b c", "d e f"]) == 1
    assert distinct_bigrams(["a b c", "a b c"]) == 0.5
    assert distinct_bigrams(["a b c", "a b d"]) == pytest.approx(3 / 4)
    assert distinct_bigrams([]) == 0


def test_common_openings() -> None:
    assert common_openings(["I am here", "i am there", "You", "We all went"], most=2) == {"i am": 0.5, "you": 0.25}
    assert common_openings([]) == {}
