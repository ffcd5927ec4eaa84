"""From sums of unnormalised probabilities to what objectives need, and back to gradients: shared by the chunked and the Triton version."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from benchmarks.methods.emo.objectives import Blend, TokenTerms


class Slopes(NamedTuple):
    """The gradient to the logits of every token, each (tokens,): `mass` · m_j + `cost` · m_j c_j for classes j other than the target, `target` for it."""

    mass: Tensor
    cost: Tensor
    target: Tensor


@dataclass(frozen=True, slots=True)
class MassSums:
    """Sums over the classes, each (tokens,). The mass m_j of class j is exp(logit j - peak); its cost c_j is 1 - cosine to the target."""

    others: Tensor
    """Of the masses of all classes but the target."""
    target: Tensor
    """Mass of the target."""
    cost: Tensor
    """Of mass × cost over all classes but the target."""
    peak: Tensor
    """Largest logit."""
    target_logit: Tensor

    def terms(self) -> TokenTerms:
        """Returns what objectives need. As in `losses.token_terms`, nothing cancels near q_t = 1."""
        total = self.others + self.target
        remainder = self.others / total
        mle = torch.where(remainder < 0.5, -torch.log1p(-remainder), total.log() + self.peak - self.target_logit)
        return TokenTerms(mle, self.cost / total, self.target / total)

    def slopes(self, terms: TokenTerms, blend: Blend, upstream: Tensor | None) -> Slopes:
        """Returns the gradient of the blended losses, each times `upstream`, (tokens,), where given."""
        mle_weight, cost_weight = blend.mle_weight, blend.cost_weight
        if upstream is not None:
            mle_weight, cost_weight = mle_weight * upstream, cost_weight * upstream
        total = self.others + self.target
        # The target's own: -(1 - q_t) of the likelihood, -q_t · cost of the transport.
        target = -(mle_weight * (self.others / total) + cost_weight * terms.target_probability * terms.cost)
        return Slopes((mle_weight - cost_weight * terms.cost) / total, cost_weight / total, target)
