"""What is minimised per token: a blend of the token's negative log likelihood and its transport cost, with weights that are constants for the gradient.

Every objective here is of the form d value = a · d mle + b · d cost, with a and b taken from the model's own probabilities and held constant. So one
forward and backward pass over logits (`losses`), or over hidden states (`linear`), serves them all.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, get_args

import torch
from torch import Tensor

Mode = Literal["mle", "emo"]
Ratio = Literal["gt", "plain", "clamp"]
TaiLrForm = Literal["paper", "repository"]

_SMALLEST = 1e-10
"""No denominator is smaller; as in the authors' code, which adds it."""
_LARGEST_RATIO = 3.0
"""Of `ratio="clamp"`, as in the package EMOLoss 0.0.3."""


@dataclass(frozen=True, slots=True)
class TokenTerms:
    """What an objective may use of every token, each (tokens,)."""

    mle: Tensor
    """-log q_t, at least 0; q is the model's distribution, t the token."""
    cost: Tensor
    """Earth mover's distance between q and the one-hot of t: sum over j != t of q_j (1 - cos(e_j, e_t)), in [0, 2]. Zeros where no objective asks for it."""
    target_probability: Tensor
    """q_t, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Blend:
    """A token's loss and its two constant weights, each (tokens,): the gradient is `mle_weight` · d mle + `cost_weight` · d cost."""

    value: Tensor
    mle_weight: Tensor
    cost_weight: Tensor


class Objective(Protocol):
    """What a token's loss is."""

    needs_cost: ClassVar[bool]
    """Whether the transport cost, and with it an embedding, is used."""

    def blend(self, terms: TokenTerms) -> Blend:
        """Returns the loss of every token; `terms` carry no gradient here."""
        ...


@dataclass(frozen=True, slots=True)
class MLE:
    """Maximum likelihood: cross-entropy."""

    needs_cost: ClassVar[bool] = False

    def blend(self, terms: TokenTerms) -> Blend:
        return _weighted_mle(terms.mle, torch.ones_like(terms.mle))


@dataclass(frozen=True, slots=True)
class EMO:
    """Earth mover distance optimisation mixed with MLE (arXiv 2310.04691), r being constant for the gradient.

    mode "mle": 0.5 (mle + r cost), r = mle / cost. Mode "emo": cost + r mle, r = cost / mle.
    ratio "gt" adds the constant q_t to the cost, "plain" leaves it, "clamp" leaves it and keeps r at 3 at most.

    Raises:
        ValueError: mode or ratio is none of these.
    """

    mode: Mode = "mle"
    ratio: Ratio = "gt"
    needs_cost: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require_choice("mode", self.mode, get_args(Mode))
        require_choice("ratio", self.ratio, get_args(Ratio))

    def blend(self, terms: TokenTerms) -> Blend:
        mle, cost = terms.mle, terms.cost
        if self.ratio == "gt":
            cost = cost + terms.target_probability
        if self.mode == "mle":
            ratio = self._limited(mle / cost.clamp_min(_SMALLEST))
            return Blend(0.5 * (mle + ratio * cost), torch.full_like(mle, 0.5), 0.5 * ratio)
        ratio = self._limited(cost / mle.clamp_min(_SMALLEST))
        return Blend(ratio * mle + cost, ratio, torch.ones_like(mle))

    def _limited(self, ratio: Tensor) -> Tensor:
        return ratio.clamp_max(_LARGEST_RATIO) if self.ratio == "clamp" else ratio


@dataclass(frozen=True, slots=True)
class TaiLr:
    """Total variation guided weighting (Ji et al. 2023, arXiv 2302.13344): w · mle, w being constant for the gradient.

    form "paper": w = q_t / (gamma + (1 - gamma) q_t), which nears MLE as gamma nears 0.
    form "repository", as the EMO authors' baseline has it: w = gamma + (1 - gamma) clamp(q_t / (1 - gamma + gamma q_t), 0.2, 1), which nears MLE as
    gamma nears 1.

    Raises:
        ValueError: gamma is not between 0 and 1, or the form is neither of these.
    """

    gamma: float = 0.1
    form: TaiLrForm = "paper"
    needs_cost: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require_choice("form", self.form, get_args(TaiLrForm))
        if not 0 < self.gamma < 1:
            raise ValueError(f"gamma is {self.gamma}; it must lie between 0 and 1, both excluded")

    def blend(self, terms: TokenTerms) -> Blend:
        gamma, probability = self.gamma, terms.target_probability
        if self.form == "paper":
            return _weighted_mle(terms.mle, probability / (gamma + (1 - gamma) * probability))
        weight = (probability / (1 - gamma + gamma * probability)).clamp(0.2, 1)
        return _weighted_mle(terms.mle, gamma + (1 - gamma) * weight)


@dataclass(frozen=True, slots=True)
class MixCE:
    """Forward and reverse cross-entropy mixed (Zhang et al. 2023, arXiv 2305.16958): (eta + (1 - eta) q_t) mle, q_t being constant for the gradient.

    Raises:
        ValueError: eta is not in [0, 1].
    """

    eta: float = 0.3
    needs_cost: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not 0 <= self.eta <= 1:
            raise ValueError(f"eta is {self.eta}; it must lie between 0 (reverse) and 1 (MLE)")

    def blend(self, terms: TokenTerms) -> Blend:
        return _weighted_mle(terms.mle, self.eta + (1 - self.eta) * terms.target_probability)


def require_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raises ValueError where a keyword is none of its choices."""
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(choices)}")


def _weighted_mle(mle: Tensor, weight: Tensor) -> Blend:
    return Blend(weight * mle, weight, torch.zeros_like(mle))
