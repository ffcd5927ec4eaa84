"""Noisy tuning: uniform noise in proportion to every matrix's own spread, the same by seed."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from benchmarks.methods.noisy_tuning import add_noise


def _model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Embedding(200, 40), nn.Linear(40, 100), nn.LayerNorm(100), nn.Linear(100, 10))


@given(st.floats(0, 1), st.integers(0, 100))
def test_no_weight_moves_by_more_than_the_intensity_times_the_matrixs_deviation(intensity: float, seed: int) -> None:
    before, after = _model(), add_noise(_model(), intensity, seed)
    for old, new in zip(before.parameters(), after.parameters(), strict=True):
        assert (new - old).abs().max() <= (intensity * old.std() if old.dim() >= 2 else 0) + 1e-6


def test_noise_fills_its_range_evenly_and_vectors_stay() -> None:
    before, after = _model(), add_noise(_model(), 0.15)
    moved = (after[0].weight - before[0].weight) / (0.15 * before[0].weight.std())  # type: ignore[index, operator, union-attr]
    assert moved.min() < -0.99 and moved.max() > 0.99
    assert moved.mean().abs() < 0.03
    assert moved.std().item() == pytest.approx(1 / 3**0.5, rel=0.02)
    assert all(torch.equal(one, other) for one, other in zip(before.parameters(), after.parameters(), strict=True) if one.dim() < 2)


def test_the_seed_decides_and_the_global_generator_is_left_alone() -> None:
    first, state = add_noise(_model(), seed=1), torch.get_rng_state()
    second, third = add_noise(_model(), seed=1), add_noise(_model(), seed=2)
    torch.set_rng_state(state)
    add_noise(first, 0.0)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first[1].weight, second[1].weight)  # type: ignore[index, arg-type, union-attr]
    assert not torch.equal(first[1].weight, third[1].weight)  # type: ignore[index, arg-type, union-attr]


def test_no_intensity_changes_no_bit_and_matrices_of_one_value_stay() -> None:
    assert all(torch.equal(one, other) for one, other in zip(_model().parameters(), add_noise(_model(), 0.0).parameters(), strict=True))
    constant = nn.Linear(4, 4)
    nn.init.ones_(constant.weight)
    assert torch.equal(add_noise(constant).weight, torch.ones(4, 4))


def test_half_precision_and_frozen_weights_are_noised_too() -> None:
    model = nn.Linear(64, 64).bfloat16().requires_grad_(False)
    before = model.weight.clone()
    assert add_noise(model).weight.dtype == torch.bfloat16
    assert not torch.equal(model.weight, before)


def test_negative_intensity_is_refused() -> None:
    with pytest.raises(ValueError, match="intensity is -0.1; it must not be negative"):
        add_noise(nn.Linear(2, 2), -0.1)
