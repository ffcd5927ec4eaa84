"""A pass over chunks of tokens that makes losses and gradients together.

Chunks are held vocabulary first, (V, tokens): on CPUs the matrix products are faster that way round (docs/emo.md has the measurement).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from benchmarks.methods.emo.losses import inverse_norms
from benchmarks.methods.emo.masses import MassSums
from benchmarks.methods.emo.objectives import Objective

_FEW_TARGETS = 0.75
"""Share of distinct labels in a chunk up to which costs are computed once a label and copied, instead of once a token."""


class Wanted(NamedTuple):
    """Which gradients anybody asks for."""

    hidden: bool
    weight: bool
    bias: bool


class Sweep:
    """One pass over all chunks, in two buffers of (V, chunk size)."""

    def __init__(
        self, hidden: Tensor, weight: Tensor, bias: Tensor | None, embeddings: Tensor | None, labels: Tensor, objective: Objective, chunk_size: int
    ) -> None:
        self._hidden, self._weight, self._bias, self._embeddings, self._labels = hidden, weight, bias, embeddings, labels
        self._objective = objective
        self._chunk_size = min(chunk_size, max(len(hidden), 1))
        self._scores = weight.new_empty(len(weight) * self._chunk_size)
        if embeddings is not None:
            self._costs = torch.empty_like(self._scores)
            self._inverse = inverse_norms(embeddings).unsqueeze(1)

    def run(self, wanted: Wanted, upstream: Tensor | None = None) -> tuple[Tensor, tuple[Tensor | None, Tensor | None, Tensor | None]]:
        """Returns the losses, (tokens,), and the wanted gradients of their sum, weighted by `upstream`, (tokens,), where given."""
        losses = self._hidden.new_empty(len(self._hidden))
        hidden_gradient = torch.empty_like(self._hidden) if wanted.hidden else None
        weight_gradient = torch.zeros_like(self._weight) if wanted.weight else None
        bias_gradient = self._weight.new_zeros(len(self._weight)) if wanted.bias else None
        # Autocast would round the matrix products.
        with torch.autocast(self._hidden.device.type, enabled=False):
            for start in range(0, len(losses), self._chunk_size):
                rows = slice(start, start + self._chunk_size)
                weights = None if upstream is None else upstream[rows]
                losses[rows], slopes = self._chunk(rows, weights, any(wanted))
                if hidden_gradient is not None:
                    torch.mm(slopes.t(), self._weight, out=hidden_gradient[rows])
                if weight_gradient is not None:
                    weight_gradient.addmm_(slopes, self._hidden[rows])
                if bias_gradient is not None:
                    bias_gradient.add_(slopes.sum(1))
        return losses, (hidden_gradient, weight_gradient, bias_gradient)

    def _chunk(self, rows: slice, upstream: Tensor | None, with_slopes: bool) -> tuple[Tensor, Tensor]:
        """Returns a chunk's losses, (tokens,), and its gradient to the logits, (V, tokens), in the buffer."""
        labels = self._labels[rows]
        target = labels.unsqueeze(0)
        scores = self._view(self._scores, len(labels))
        torch.mm(self._weight, self._hidden[rows].t(), out=scores)
        if self._bias is not None:
            scores.add_(self._bias.unsqueeze(1))
        target_score, peak = scores.gather(0, target).squeeze(0), scores.amax(0)
        masses = scores.sub_(peak).exp_()
        target_mass = masses.gather(0, target).squeeze(0)
        masses.scatter_(0, target, 0.0)
        costs = None if self._embeddings is None else self._cost_masses(self._embeddings, labels, masses)
        sums = MassSums(masses.sum(0), target_mass, torch.zeros_like(peak) if costs is None else costs.sum(0).clamp_min_(0), peak, target_score)
        terms = sums.terms()
        blend = self._objective.blend(terms)
        if with_slopes:
            slopes = sums.slopes(terms, blend, upstream)
            masses.mul_(slopes.mass)
            if costs is not None:
                masses.addcmul_(costs, slopes.cost)
            masses.scatter_(0, target, slopes.target.unsqueeze(0))
        return blend.value, masses

    def _cost_masses(self, embeddings: Tensor, labels: Tensor, masses: Tensor) -> Tensor:
        """Returns mass × cost of every class and token, (V, tokens), in the buffer."""
        costs = self._view(self._costs, len(labels))
        known = costs[: len(embeddings)]
        distinct, which = labels.unique_consecutive(return_inverse=True)  # type: ignore[no-untyped-call]
        shared = len(distinct) <= _FEW_TARGETS * len(labels)
        targets = self._units(embeddings, distinct if shared else labels).t()
        if shared:
            torch.index_select(embeddings @ targets, 1, which, out=known)
        else:
            torch.mm(embeddings, targets, out=known)
        cosines = known.mul_(self._inverse)
        # mass - mass · cosine in one pass, where most of the time beside the matrix products goes.
        torch.addcmul(masses[: len(known)], masses[: len(known)], cosines, value=-1, out=known)
        costs[len(known) :] = masses[len(known) :]
        return costs

    def _units(self, embeddings: Tensor, classes: Tensor) -> Tensor:
        """Returns the unit embedding of every class, (classes, d); zeros for classes beyond the embeddings."""
        present = (classes < len(embeddings)).unsqueeze(1)
        rows = classes.clamp_max(len(embeddings) - 1)
        return embeddings[rows] * torch.where(present, self._inverse[rows], 0)

    def _view(self, buffer: Tensor, tokens: int) -> Tensor:
        return buffer[: len(self._weight) * tokens].view(len(self._weight), tokens)
