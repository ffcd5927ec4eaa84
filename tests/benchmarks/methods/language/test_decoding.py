"""Choosing tokens: the right distribution, the right set, and numbers that belong to a row."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.methods.language.decoding import DECODINGS, Decoding, choose, uniform_numbers

SAMPLING, TOP_P, GREEDY = DECODINGS
PROBABILITIES = torch.tensor([0.05, 0.4, 0.0, 0.3, 0.22, 0.03], dtype=torch.float64)


def _frequencies(decoding: Decoding, draws: int = 20_000) -> np.ndarray:
    numbers = torch.from_numpy((np.arange(draws) + 0.5) / draws)
    return np.bincount(choose(PROBABILITIES.expand(draws, -1), numbers, decoding).numpy(), minlength=6) / draws


def test_sampling_draws_every_token_as_often_as_it_is_probable() -> None:
    np.testing.assert_allclose(_frequencies(SAMPLING), PROBABILITIES, atol=1e-3)


def test_top_p_draws_from_the_smallest_sufficient_set_and_keeps_its_proportions() -> None:
    expected = np.array([0.0, 0.4, 0.0, 0.3, 0.22, 0.0]) / 0.92
    np.testing.assert_allclose(_frequencies(Decoding("some", 0.9)), expected, atol=1e-3)


def test_greedy_takes_the_likeliest_whatever_the_number() -> None:
    assert _frequencies(GREEDY)[1] == 1.0


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8).filter(lambda row: sum(row) > 1e-6), st.floats(0, 1, exclude_max=True))
def test_no_decoding_ever_draws_an_impossible_token(weights: list[float], number: float) -> None:
    row = torch.tensor([weights], dtype=torch.float64)
    row = row / row.sum()
    for decoding in DECODINGS:
        assert row[0, choose(row, torch.tensor([number], dtype=torch.float64), decoding)[0]] > 0


def test_a_rows_numbers_depend_on_its_id_the_seed_and_the_decoding_alone() -> None:
    both = uniform_numbers(["a", "b"], 0, SAMPLING, 5)
    np.testing.assert_array_equal(uniform_numbers(["b"], 0, SAMPLING, 5)[0], both[1])
    assert not np.array_equal(both[0], both[1])
    assert not np.array_equal(uniform_numbers(["a"], 1, SAMPLING, 5)[0], both[0])
    assert not np.array_equal(uniform_numbers(["a"], 0, TOP_P, 5)[0], both[0])
