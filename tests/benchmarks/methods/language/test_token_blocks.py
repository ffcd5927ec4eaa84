"""Blocks and windows lose no token and predict none twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.methods.language.token_blocks import batches_of_like_length, pack, windows

TEXTS = st.lists(st.lists(st.integers(1, 50), max_size=20), min_size=1, max_size=12)


@given(TEXTS, st.integers(1, 9))
def test_every_block_is_full_and_the_targets_are_the_stream_in_order(texts: list[list[int]], length: int) -> None:
    order = list(np.random.default_rng(len(texts)).permutation(len(texts)))
    stream = [token for position in order for token in (0, *texts[position])]
    if len(stream) - 1 < length:
        with pytest.raises(ValueError, match="do not fill one block"):
            pack(texts, order, 0, length)
        return
    blocks = pack(texts, order, 0, length)
    targets = blocks[:, 1:].ravel().tolist()
    assert targets == stream[1 : len(targets) + 1]
    assert 0 <= len(stream) - 1 - len(targets) < length


@given(TEXTS, st.integers(1, 9))
def test_every_token_of_a_text_is_the_target_of_one_window(texts: list[list[int]], length: int) -> None:
    cut = windows(texts, 0, length)
    for number, ids in enumerate(texts):
        own = [window for window in cut if window.text == number]
        assert [token for window in own for token in window.targets] == ids
        assert [token for window in own for token in window.inputs] == [0, *ids][: len(ids)]
        assert all(len(window.inputs) == len(window.targets) <= length for window in own)


@given(st.lists(st.integers(1, 30), max_size=40), st.integers(1, 100))
def test_batches_hold_every_row_once_and_no_more_than_they_may(lengths: list[int], tokens: int) -> None:
    batches = list(batches_of_like_length(lengths, tokens))
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[position] for position in batch) <= tokens for batch in batches)
