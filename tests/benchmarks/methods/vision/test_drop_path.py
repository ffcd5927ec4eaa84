"""Stochastic depth skips whole branches, row by row, in training alone, and on average changes nothing."""

import pytest
import torch
from torch import Tensor, nn

from benchmarks.methods.vision.drop_path import add_drop_path


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = _Pair()
        self.mlp = nn.Identity()


class _Pair(nn.Module):
    def forward(self, hidden: Tensor) -> tuple[Tensor, str]:
        return hidden, "weights"


@pytest.fixture
def layers() -> nn.ModuleList:
    made = nn.ModuleList([_Layer() for _ in range(3)])
    add_drop_path(made, 0.4)
    return made.train()


def test_a_branch_is_kept_whole_or_dropped_for_each_row(layers: nn.ModuleList) -> None:
    torch.manual_seed(0)
    out = layers[2].mlp(torch.ones(500, 3, 2))
    by_row = out.flatten(1)
    assert ((by_row == 0).all(1) | (by_row == 1 / 0.6).all(1)).all()
    assert 0.3 < (by_row == 0).all(1).float().mean() < 0.5
    assert abs(float(out.mean()) - 1) < 0.1


def test_what_comes_in_a_tuple_keeps_its_company(layers: nn.ModuleList) -> None:
    torch.manual_seed(0)
    out, company = layers[1].attention(torch.ones(500, 3, 2))
    assert company == "weights"
    assert 0.12 < (out.flatten(1) == 0).all(1).float().mean() < 0.28


def test_the_first_layer_is_never_skipped_and_none_in_evaluation(layers: nn.ModuleList) -> None:
    hidden = torch.ones(50, 3, 2)
    assert torch.equal(layers[0].mlp(hidden), hidden)
    assert all(torch.equal(layer.mlp(hidden), hidden) for layer in layers.eval())


def test_a_rate_of_zero_leaves_the_layers_as_they_are() -> None:
    layers = nn.ModuleList([_Layer(), _Layer()])
    add_drop_path(layers, 0.0)
    assert not any(module._forward_hooks for module in layers.modules())
