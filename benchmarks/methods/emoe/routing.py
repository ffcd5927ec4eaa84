"""Which experts a token uses: selection by scores, the learned router, and the capacity and balance loss of the released code (EMoE, arXiv 2310.10908)."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.methods.emoe.settings import Selector

ROUTER_WIDTH = 256
_INITIAL_TEMPERATURE = 0.5
_LOWEST_TEMPERATURE = 0.01


@dataclass(frozen=True)
class Routing:
    """Which experts the tokens use, and how much."""

    chosen: Tensor
    """(tokens, experts), bool."""
    weights: Tensor | None
    """(tokens, experts), 0 where not chosen; None: every chosen expert counts 1."""


class RoutedModule(nn.Module):
    """A module that sends tokens to experts, and may leave a balance loss for the trainer."""

    def __init__(self) -> None:
        super().__init__()
        self._auxiliary: Tensor | None = None

    def leave_auxiliary_loss(self, loss: Tensor) -> None:
        """Keeps the weighted balance loss of a training forward until it is taken."""
        self._auxiliary = loss

    def take_auxiliary_loss(self) -> Tensor | None:
        """Returns the weighted balance loss of the last training forward and forgets it."""
        loss, self._auxiliary = self._auxiliary, None
        return loss

    def __getstate__(self) -> dict[str, Any]:
        # The loss is part of a graph, which can be neither copied nor pickled.
        return {**self.__dict__, "_auxiliary": None}


class CosineRouter(nn.Module):
    """A learned router: cosine between the projected token and one direction an expert, over a learned temperature.

    As in GMoE (Li et al. 2023, arXiv 2206.04046) and EMoE-learn: projection to 256, temperature 0.5 at first and never below 0.01.
    """

    def __init__(self, hidden: int, num_experts: int, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.projection = nn.Linear(hidden, ROUTER_WIDTH)
            self.directions = nn.Parameter(torch.randn(num_experts, ROUTER_WIDTH) * 0.01)
        self.log_scale = nn.Parameter(torch.tensor(-math.log(_INITIAL_TEMPERATURE)))

    def forward(self, hidden: Tensor) -> Tensor:
        """Returns logits (tokens, experts) of tokens (tokens, hidden)."""
        tokens = functional.normalize(self.projection(hidden), dim=-1)
        cosines = functional.linear(tokens, functional.normalize(self.directions, dim=-1))
        return cosines * self.log_scale.clamp(max=-math.log(_LOWEST_TEMPERATURE)).exp()


def auxiliary_loss(model: nn.Module) -> Tensor:
    """Returns the sum of the weighted balance losses of the last training forward, a scalar; 0 where there are none. A second call gives 0."""
    routed = (module for module in model.modules() if isinstance(module, RoutedModule))
    losses = [loss for module in routed if (loss := module.take_auxiliary_loss()) is not None]
    return torch.stack(losses).sum() if losses else torch.zeros(())


def select(scores: Tensor, selector: Selector, top_k: int) -> Tensor:
    """Returns which experts are chosen, (tokens, experts) bool.

    `top` and `bottom` choose the `top_k` with the highest and the lowest scores, `not_top` all others than `top`, `random` any `top_k`, drawn anew for every
    token from torch's global generator. Equal scores go to the expert with the lower number.

    Args:
        scores: (tokens, experts).
        top_k: in [1, experts].
    """
    if selector == "bottom":
        return _highest(-scores, top_k)
    if selector == "random":
        return _highest(torch.rand_like(scores), top_k)
    highest = _highest(scores, top_k)
    return ~highest if selector == "not_top" else highest


def chosen_weights(logits: Tensor, chosen: Tensor) -> Tensor:
    """Returns how much every expert counts for a token, (tokens, experts), 0 where not chosen.

    The softmax over all experts, scaled to add up to 1 over those chosen. A token that chooses a single expert keeps the softmax as it is, because a weight
    that is always 1 would teach the router nothing (both as in Tutel).
    """
    shares = torch.softmax(logits, dim=-1) * chosen
    alone = chosen.sum(-1, keepdim=True) == 1
    return shares / torch.where(alone, 1.0, shares.sum(-1, keepdim=True))


def within_capacity(scores: Tensor, chosen: Tensor, top_k: int, factor: float) -> Tensor:
    """Returns `chosen` (tokens, experts) without what exceeds the experts' capacity, as Tutel's batch-prioritised routing does it.

    First choices of all tokens are served before second choices and so on; within these, tokens with a higher best score come first.
    """
    tokens, experts = scores.shape
    capacity = top_k * int(factor * -(-tokens // experts))
    preference = scores.masked_fill(~chosen, -torch.inf).argsort(dim=-1, descending=True, stable=True).argsort(dim=-1)
    priority = torch.softmax(scores, dim=-1).amax(-1).argsort(dim=0, descending=True, stable=True).argsort(dim=0)
    turn = (preference * tokens + priority.unsqueeze(1)).masked_fill(~chosen, tokens * experts)
    return chosen & (turn.argsort(dim=0).argsort(dim=0) < capacity)


def balance_loss(logits: Tensor, noisy: Tensor, chosen: Tensor, noise: float) -> Tensor:
    """Returns the mean of importance and load loss, a scalar (Riquelme et al. 2021, arXiv 2106.05974, appendix A, as Tutel computes them).

    Importance of an expert is the sum of its softmax scores over the tokens; its load the sum of the probabilities that fresh noise would have it chosen.
    Each loss is the squared coefficient of variation over the experts.

    Args:
        logits: (tokens, experts), before noise.
        noisy: (tokens, experts), what was selected by.
        chosen: (tokens, experts), bool.
        noise: standard deviation of the noise; at 0 the load has no gradient and only the importance counts.
    """
    importance = _squared_variation(torch.softmax(logits, dim=-1).sum(0))
    if noise == 0:
        return importance
    threshold = noisy.masked_fill(~chosen, torch.inf).amin(-1, keepdim=True)
    load = torch.special.ndtr((logits - threshold) / noise).sum(0)
    return (importance + _squared_variation(load)) / 2


def _highest(scores: Tensor, top_k: int) -> Tensor:
    # topk alone leaves open which of equal scores it returns; the value at the border does not depend on that, and is faster than a stable sort.
    border = scores.topk(top_k, dim=-1).values[..., -1:]
    above, level = scores > border, scores == border
    return above | (level & (level.cumsum(-1) <= top_k - above.sum(-1, keepdim=True)))


def _squared_variation(amounts: Tensor) -> Tensor:
    return amounts.var() / (amounts.mean().square() + 1e-10)
