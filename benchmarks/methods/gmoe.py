"""GMoE: feed-forward layers replicated into experts behind a learned cosine router (Li et al. 2023, arXiv 2206.04046). A baseline of EMoE.

Where EMoE splits a layer, GMoE multiplies it: `num_experts` times the parameters of the layer, and a router to learn.
"""

import copy
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor, nn

from benchmarks.methods.emoe.adapters import FeedForward, chosen_layers, find_stack
from benchmarks.methods.emoe.routing import CosineRouter, RoutedModule, auxiliary_loss, balance_loss, chosen_weights, select

__all__ = ["ExpertMixture", "auxiliary_loss", "convert_gmoe"]

Model = TypeVar("Model", bound=nn.Module)


def convert_gmoe(
    model: Model,
    *,
    num_experts: int = 6,
    top_k: int = 1,
    layers: Literal["paper"] | Sequence[int] = "paper",
    seed: int = 0,
    gate_noise: float = 1.0,
    auxiliary_weight: float = 0.01,
) -> Model:
    """Replaces feed-forward layers of a model by experts that all start as copies of the layer, in place, and returns the model.

    A token's output is the sum of its experts' outputs, biases and all, by the router's softmax: scaled to add up to 1 for `top_k` above 1, as it is for
    `top_k` 1 (as in Tutel, which GMoE uses; so the layer's output starts at about a sixth with the defaults).
    Add `auxiliary_loss(model)` to the training loss to keep the experts in balance.

    Args:
        num_experts: 6 with `top_k` 1 for BERT, 6 with 2 for vision transformers, 8 with 2 for GPT-2 XL in the EMoE paper's comparison.
        layers: numbers from 0, or "paper": the layers that EMoE converts.
        seed: of the router's start.
        gate_noise: standard deviation of the noise on the logits in training, in units of 1 / num_experts.
        auxiliary_weight: of the load and importance loss.

    Raises:
        ValueError: a setting is out of range, or the model's feed-forward layers are not known.
    """
    if num_experts < 1 or not 1 <= top_k <= num_experts:
        raise ValueError(f"top_k is {top_k} of {num_experts} experts; it must lie between 1 and the number of experts")
    if gate_noise < 0 or auxiliary_weight < 0:
        raise ValueError(f"gate_noise is {gate_noise} and auxiliary_weight {auxiliary_weight}; neither may be negative")
    stack = find_stack(model)
    for number in chosen_layers(stack, layers):
        layer = stack.layers[number]
        if layer.adapted or layer.interposed:
            raise ValueError(f"layer {number} has adapters, or runs something between activation and output layer; GMoE cannot replicate it")
        mixture = ExpertMixture(layer, num_experts, top_k, seed, gate_noise, auxiliary_weight)
        # The mixture stands where the activation stood and does the work of the whole layer, so the linear layers around it give way.
        layer.replace(layer.family.activation, mixture)
        layer.replace(layer.family.up, nn.Identity())
        layer.replace(layer.family.down, nn.Identity())
        if layer.family.value:
            layer.replace(layer.family.value, _One())
    return model


class ExpertMixture(RoutedModule):
    """Full feed-forward layers as experts: hidden (..., hidden) to (..., hidden)."""

    def __init__(self, layer: FeedForward, num_experts: int, top_k: int, seed: int, gate_noise: float, auxiliary_weight: float) -> None:
        super().__init__()
        self.top_k = top_k
        self.gate_noise = gate_noise / num_experts
        self.auxiliary_weight = auxiliary_weight
        expert = _Expert(layer)
        self.experts = nn.ModuleList([expert, *(copy.deepcopy(expert) for _ in range(num_experts - 1))])
        weight = next(layer.up.parameters())
        self.router = CosineRouter(layer.hidden, num_experts, seed).to(weight.device, torch.promote_types(weight.dtype, torch.float32))
        self.train(layer.block.training)

    def forward(self, hidden: Tensor) -> Tensor:
        flat = hidden.reshape(-1, hidden.shape[-1])
        with torch.autocast(flat.device.type, enabled=False):
            logits: Tensor = self.router(flat.to(self.router.directions.dtype))
        noise = self.gate_noise if self.training else 0.0
        noisy = logits + noise * torch.randn_like(logits) if noise else logits
        chosen = select(noisy.detach(), "top", self.top_k)
        if self.training and self.auxiliary_weight:
            self.leave_auxiliary_loss(self.auxiliary_weight * balance_loss(logits, noisy, chosen, noise))
        weights = chosen_weights(noisy, chosen)
        output = torch.zeros_like(flat)
        for number, expert in enumerate(self.experts):
            tokens = chosen[:, number].nonzero().squeeze(1)
            part = expert(flat[tokens]) * weights[tokens, number].unsqueeze(1)
            output = output.index_add(0, tokens, part.to(output.dtype))
        return output.view(hidden.shape)


class _Expert(nn.Module):
    def __init__(self, layer: FeedForward) -> None:
        super().__init__()
        self.up, self.down, self.value = layer.up, layer.down, layer.value
        self.activation = layer.activation

    def forward(self, hidden: Tensor) -> Any:
        inner = self.activation(self.up(hidden))
        return self.down(inner if self.value is None else inner * self.value(hidden))


class _One(nn.Module):
    """Stands in for the second input matrix of a gated layer, with which the mixture's output is multiplied."""

    def forward(self, hidden: Tensor) -> float:
        return 1.0
