"""Which experts are chosen, and what the learned router, the capacity and the balance loss do."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from benchmarks.methods.emoe.routing import CosineRouter, balance_loss, chosen_weights, select, within_capacity

_SCORES = st.lists(st.lists(st.integers(-3, 3).map(float), min_size=5, max_size=5), min_size=1, max_size=6).map(torch.tensor)
"""Few values, so ties abound."""


@given(_SCORES, st.integers(1, 5))
def test_top_takes_the_highest_and_of_equals_the_lower_number(scores: Tensor, top_k: int) -> None:
    expected = torch.zeros_like(scores, dtype=torch.bool)
    expected.scatter_(1, scores.argsort(dim=1, descending=True, stable=True)[:, :top_k], True)
    assert torch.equal(select(scores, "top", top_k), expected)


@given(_SCORES, st.integers(1, 5))
def test_bottom_takes_the_lowest_and_not_top_takes_what_top_leaves(scores: Tensor, top_k: int) -> None:
    assert torch.equal(select(scores, "bottom", top_k), select(-scores, "top", top_k))
    assert torch.equal(select(scores, "not_top", top_k), ~select(scores, "top", top_k))


def test_random_takes_each_expert_equally_often_whatever_the_scores_and_repeats_by_seed() -> None:
    scores = torch.arange(8.0).repeat(4000, 1)
    torch.manual_seed(0)
    chosen = select(scores, "random", 2)
    assert torch.equal(chosen.sum(1), torch.full((4000,), 2))
    assert chosen.float().mean(0).sub(2 / 8).abs().max() < 0.03
    torch.manual_seed(0)
    assert torch.equal(chosen, select(scores, "random", 2))


def test_weights_add_up_to_one_over_the_chosen_and_a_single_choice_keeps_its_softmax() -> None:
    logits = torch.randn(6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    chosen = select(logits, "top", 3)
    weights = chosen_weights(logits, chosen)
    assert torch.equal(weights > 0, chosen)
    torch.testing.assert_close(weights.sum(1), torch.ones(6, dtype=torch.float64))
    torch.testing.assert_close(weights, torch.softmax(logits.masked_fill(~chosen, -torch.inf), 1))
    single = select(logits, "top", 1)
    torch.testing.assert_close(chosen_weights(logits, single).amax(1), torch.softmax(logits, 1).amax(1))


def test_the_router_gives_cosines_over_a_temperature_that_stays_above_a_hundredth() -> None:
    router = CosineRouter(6, 4, seed=0).double()
    tokens = torch.randn(9, 6, dtype=torch.float64)
    projected = router.projection(tokens)
    cosine = torch.nn.functional.cosine_similarity(projected.unsqueeze(1), router.directions.unsqueeze(0), dim=-1)
    torch.testing.assert_close(router(tokens), cosine / 0.5)
    with torch.no_grad():
        router.log_scale.fill_(100.0)
    torch.testing.assert_close(router(tokens), cosine / 0.01)


def test_two_routers_of_one_seed_are_equal_and_the_global_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    first, second = CosineRouter(6, 4, seed=3), CosineRouter(6, 4, seed=3)
    assert all(torch.equal(one, other) for one, other in zip(first.parameters(), second.parameters(), strict=True))
    assert torch.equal(torch.get_rng_state(), before)


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 4), st.floats(0.3, 2.0), st.integers(0, 50))
def test_capacity_serves_first_choices_first_and_within_them_the_surest_tokens(tokens: int, top_k: int, factor: float, seed: int) -> None:
    scores = torch.randn(tokens, 4, generator=torch.Generator().manual_seed(seed))
    chosen = select(scores, "top", top_k)
    assert torch.equal(within_capacity(scores, chosen, top_k, factor), _served(scores, top_k, factor))


def _served(scores: Tensor, top_k: int, factor: float) -> Tensor:
    """The same, queue by queue."""
    tokens, experts = scores.shape
    capacity = top_k * int(factor * math.ceil(tokens / experts))
    served, load = torch.zeros_like(scores, dtype=torch.bool), [0] * experts
    surest = sorted(range(tokens), key=lambda token: -float(torch.softmax(scores[token], 0).max()))
    for choice in range(top_k):
        for token in surest:
            expert = int(scores[token].argsort(descending=True)[choice])
            served[token, expert] = load[expert] < capacity
            load[expert] += 1
    return served


def test_balance_loss_is_zero_for_experts_used_alike_and_grows_with_imbalance() -> None:
    even = torch.eye(4, dtype=torch.float64).repeat(5, 1) * 3
    skewed = torch.tensor([3.0, 0, 0, 0], dtype=torch.float64).repeat(20, 1)
    losses = [float(balance_loss(logits, logits, select(logits, "top", 1), 0.25)) for logits in (even, skewed)]
    assert losses[0] == pytest.approx(0, abs=1e-9)
    assert losses[1] > 0.5


def test_balance_loss_without_noise_is_the_squared_variation_of_the_importance() -> None:
    logits = torch.randn(10, 4, dtype=torch.float64)
    importance = torch.softmax(logits, 1).sum(0)
    expected = (importance.std() / importance.mean()) ** 2
    torch.testing.assert_close(balance_loss(logits, logits, select(logits, "top", 2), 0.0), expected)
