"""Stochastic depth (Huang et al. 2016): in training, a layer's branch is now and then skipped, row by row. transformers' ViT has none of its own."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


def add_drop_path(layers: Sequence[Any] | nn.ModuleList, rate: float) -> None:
    """Lets each layer's `attention` and `mlp` be skipped with a probability that grows evenly from 0 in the first layer to `rate` in the last.

    What is kept is divided by the probability of being kept, so that evaluation needs nothing. `layers` are transformers' ViT layers.
    """
    for number, layer in enumerate(layers):
        skipped = rate * number / max(1, len(layers) - 1)
        for branch in (layer.attention, layer.mlp) if skipped else ():
            branch.register_forward_hook(_Skip(skipped))


class _Skip:
    """A forward hook; the branch's output, (rows, tokens, width), comes alone or first in a tuple."""

    def __init__(self, rate: float) -> None:
        self._rate = rate

    def __call__(self, module: nn.Module, arguments: tuple[Any, ...], output: Any) -> Any:
        if not module.training:
            return output
        return (self._scaled(output[0]), *output[1:]) if isinstance(output, tuple) else self._scaled(output)

    def _scaled(self, branch: Tensor) -> Tensor:
        kept = 1 - self._rate
        return branch * torch.empty(branch.shape[0], 1, 1, dtype=branch.dtype, device=branch.device).bernoulli_(kept) / kept
