"""The losses on logits, written plainly with autograd: the reference for the fused versions, and fast enough for small vocabularies.

All of them compute in float32, or float64 where the logits are, whatever the dtype of their inputs, and give a loss of that dtype.
"""

import torch
from torch import Tensor

from benchmarks.methods.emo.objectives import EMO, MLE, MixCE, Mode, Objective, Ratio, TaiLr, TaiLrForm, TokenTerms
from benchmarks.methods.emo.tokens import Reduction, average, check_embeddings, check_reduction, counted_tokens, select, spread


def emo_loss(
    logits: Tensor,
    labels: Tensor,
    embeddings: Tensor,
    *,
    mode: Mode = "mle",
    ratio: Ratio = "gt",
    ignore_index: int = -100,
    num_items_in_batch: Tensor | int | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Earth mover distance optimisation (arXiv 2310.04691), mixed with MLE as `objectives.EMO` says.

    Args:
        logits: (N, V), aligned with the labels: nothing is shifted here.
        labels: (N,) int64; rows with `ignore_index` are taken out before anything is computed.
        embeddings: (R, d) with R <= V, constant: they get no gradient. Only directions matter. A row of zeros, and a class beyond the last row (a padded
            vocabulary), costs 1 against every other.
        num_items_in_batch: Divides the sum instead of the number of tokens that count (for gradient accumulation).

    Returns:
        The mean or sum over the tokens that count, 0 with zero gradients where none does; or (N,) with 0 at ignored rows.

    Raises:
        ValueError: A shape does not fit, a label is outside the vocabulary, or a keyword is none of its choices.
    """
    return objective_loss(logits, labels, EMO(mode, ratio), embeddings, ignore_index=ignore_index, num_items_in_batch=num_items_in_batch, reduction=reduction)


def mle_loss(
    logits: Tensor,
    labels: Tensor,
    embeddings: Tensor | None = None,
    *,
    ignore_index: int = -100,
    num_items_in_batch: Tensor | int | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Cross-entropy, called as `emo_loss` is; the embeddings are not used."""
    return objective_loss(logits, labels, MLE(), None, ignore_index=ignore_index, num_items_in_batch=num_items_in_batch, reduction=reduction)


def tailr_loss(
    logits: Tensor,
    labels: Tensor,
    embeddings: Tensor | None = None,
    *,
    gamma: float = 0.1,
    form: TaiLrForm = "paper",
    ignore_index: int = -100,
    num_items_in_batch: Tensor | int | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """TaiLr (`objectives.TaiLr`), called as `emo_loss` is; the embeddings are not used. The default gamma is ours."""
    return objective_loss(logits, labels, TaiLr(gamma, form), None, ignore_index=ignore_index, num_items_in_batch=num_items_in_batch, reduction=reduction)


def mixce_loss(
    logits: Tensor,
    labels: Tensor,
    embeddings: Tensor | None = None,
    *,
    eta: float = 0.3,
    ignore_index: int = -100,
    num_items_in_batch: Tensor | int | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """MixCE (`objectives.MixCE`), called as `emo_loss` is; the embeddings are not used. The default eta is that of its authors' WebText model."""
    return objective_loss(logits, labels, MixCE(eta), None, ignore_index=ignore_index, num_items_in_batch=num_items_in_batch, reduction=reduction)


def objective_loss(
    logits: Tensor,
    labels: Tensor,
    objective: Objective,
    embeddings: Tensor | None,
    *,
    ignore_index: int = -100,
    num_items_in_batch: Tensor | int | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Returns the loss of any objective on logits; arguments, result and errors are those of `emo_loss`."""
    check_reduction(reduction, num_items_in_batch)
    if logits.dim() != 2:
        raise ValueError(f"logits have the shape {tuple(logits.shape)}; they must be (tokens, vocabulary)")
    positions = counted_tokens(labels, len(logits), logits.shape[1], ignore_index)
    with torch.autocast(logits.device.type, enabled=False):
        scores = select(logits, positions).to(torch.promote_types(logits.dtype, torch.float32))
        terms = token_terms(scores, labels[positions], embeddings if objective.needs_cost else None)
        losses = blended(objective, terms)
        if reduction == "none":
            return spread(losses, positions, len(labels))
        total = losses.sum()
        return average(total, len(positions), num_items_in_batch) if reduction == "mean" else total


def token_terms(logits: Tensor, labels: Tensor, embeddings: Tensor | None) -> TokenTerms:
    """Returns what objectives need of every token, with gradients to the logits; the cost is 0 without embeddings.

    Everything near q_t = 1 is summed over the other classes instead of subtracted from 1, so that nothing cancels.
    """
    target = labels.unsqueeze(1)
    log_probabilities = logits.log_softmax(1)
    others = log_probabilities.exp().scatter(1, target, 0.0)
    remainder = others.sum(1)
    log_target = log_probabilities.gather(1, target).squeeze(1)
    # Where the target holds most of the mass, log q_t is rounded to 0 long before the mass of the others is.
    mle = torch.where(remainder < 0.5, -torch.log1p(-remainder.clamp_max(0.5)), -log_target)
    cost = torch.zeros_like(mle) if embeddings is None else (others * transport_costs(labels, embeddings, logits)).sum(1)
    return TokenTerms(mle, cost, log_target.detach().exp())


def blended(objective: Objective, terms: TokenTerms) -> Tensor:
    """Returns the losses, (tokens,), with the gradient that the objective's constant weights give."""
    blend = objective.blend(TokenTerms(terms.mle.detach(), terms.cost.detach(), terms.target_probability))
    moving = blend.mle_weight * terms.mle + blend.cost_weight * terms.cost
    return blend.value + (moving - moving.detach())


@torch.no_grad()
def transport_costs(labels: Tensor, embeddings: Tensor, logits: Tensor) -> Tensor:
    """Returns 1 - cosine between every label's embedding and all, in the shape and dtype of the logits (tokens, V), constant, in [0, 2]."""
    check_embeddings(embeddings, logits.shape[1])
    embeddings = embeddings.detach().to(logits.dtype)
    unit = torch.zeros(logits.shape[1], embeddings.shape[1], dtype=logits.dtype, device=logits.device)
    unit[: len(embeddings)] = embeddings * inverse_norms(embeddings).unsqueeze(1)
    return (1 - unit[labels] @ unit.t()).clamp_min(0)


def inverse_norms(embeddings: Tensor) -> Tensor:
    """Returns 1 / length of every row, (rows,); 0 for a row without length, which so costs 1 against every other."""
    lengths = torch.linalg.vector_norm(embeddings, dim=1)
    return torch.where(lengths > 0, 1 / lengths, 0)
