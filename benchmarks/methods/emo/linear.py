"""The losses fused with the output projection: logits exist for one chunk of tokens at a time, and the gradient is made with them."""

from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from benchmarks.methods.emo.chunks import Sweep, Wanted
from benchmarks.methods.emo.objectives import EMO, Mode, Objective, Ratio
from benchmarks.methods.emo.tokens import Reduction, average, check_embeddings, check_reduction, counted_tokens, spread

_CHUNK_ELEMENTS = 2**24
"""V × tokens of a chunk: 64 MiB in float32."""
_SMALLEST_CHUNK, _LARGEST_CHUNK = 256, 1024


def linear_emo_loss(
    hidden: Tensor,
    weight: Tensor,
    labels: Tensor,
    embeddings: Tensor,
    *,
    bias: Tensor | None = None,
    chunk_size: int | None = None,
    mode: Mode = "mle",
    ratio: Ratio = "gt",
    ignore_index: int = -100,
    num_items_in_batch: Tensor | int | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """`emo_loss` of the logits `hidden @ weight.T + bias`, which are never all in memory.

    Value and gradients to hidden, weight and bias equal those of `emo_loss` for every chunk size. With a mean or sum the gradients are made in the
    forward pass; with "none" the backward pass computes the chunks again. No second derivatives. Float32 throughout (float64 where an input is), autocast
    or not; weights of lower precision are copied to it once a call, except in the Triton kernels, which CUDA tensors go through where Triton is there.

    Args:
        hidden: (N, h), aligned with the labels: nothing is shifted here.
        weight: (V, h).
        bias: (V,).
        chunk_size: Tokens at a time, at least 1; chosen by V where not given. The Triton kernels have no use for it.

    The other arguments, the result and the errors are those of `emo_loss`.
    """
    return linear_objective_loss(
        hidden,
        weight,
        labels,
        EMO(mode, ratio),
        embeddings,
        bias=bias,
        chunk_size=chunk_size,
        ignore_index=ignore_index,
        num_items_in_batch=num_items_in_batch,
        reduction=reduction,
    )


def linear_objective_loss(
    hidden: Tensor,
    weight: Tensor,
    labels: Tensor,
    objective: Objective,
    embeddings: Tensor | None,
    *,
    bias: Tensor | None = None,
    chunk_size: int | None = None,
    ignore_index: int = -100,
    num_items_in_batch: Tensor | int | None = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """Returns the fused loss of any objective; everything else is as in `linear_emo_loss`."""
    check_reduction(reduction, num_items_in_batch)
    _check_projection(hidden, weight, bias, chunk_size)
    positions = counted_tokens(labels, len(hidden), len(weight), ignore_index)
    costs_of = None
    if objective.needs_cost:
        costs_of = _required(embeddings, len(weight))
        # Tokens with the same label next to each other share their costs.
        positions = positions[labels[positions].argsort(stable=True)]
    hidden, labels, rows = hidden.index_select(0, positions), labels[positions], len(labels)
    if _triton_serves(hidden, weight):
        from benchmarks.methods.emo.triton_linear import token_losses

        losses = token_losses(hidden, weight, bias, labels, costs_of, objective)
        total = losses.sum()
    else:
        arguments = _common_dtype(hidden, weight, bias, costs_of)
        chunk = chunk_size or default_chunk_size(len(weight))
        wanted = Wanted(*(torch.is_grad_enabled() and tensor is not None and tensor.requires_grad for tensor in arguments[:3]))
        if reduction == "none":
            losses = _TokenLosses.apply(*arguments, labels, objective, chunk, wanted)  # type: ignore[no-untyped-call]
        else:
            total = _TotalLoss.apply(*arguments, labels, objective, chunk, wanted)  # type: ignore[no-untyped-call]
    if reduction == "none":
        return spread(losses, positions, rows)
    return average(total, len(positions), num_items_in_batch) if reduction == "mean" else total


def default_chunk_size(vocabulary_size: int) -> int:
    """Returns tokens a chunk: about 16 million logits, but enough rows for the matrix products to be fast."""
    return min(max(_CHUNK_ELEMENTS // vocabulary_size, _SMALLEST_CHUNK), _LARGEST_CHUNK)


class _TotalLoss(torch.autograd.Function):
    """The sum over the tokens; the gradients are made in the forward pass and scaled in the backward one."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        embeddings: Tensor | None,
        labels: Tensor,
        objective: Objective,
        chunk_size: int,
        wanted: Wanted,
    ) -> Tensor:
        sweep = Sweep(hidden, weight, bias, embeddings, labels, objective, chunk_size)
        losses, gradients = sweep.run(wanted)
        ctx.save_for_backward(*gradients)
        return losses.sum()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        return (*(None if gradient is None else gradient * upstream for gradient in ctx.saved_tensors), None, None, None, None, None)


class _TokenLosses(torch.autograd.Function):
    """The loss of every token; the gradients are made in the backward pass, when it is known how much each token's loss matters."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        embeddings: Tensor | None,
        labels: Tensor,
        objective: Objective,
        chunk_size: int,
        wanted: Wanted,
    ) -> Tensor:
        ctx.save_for_backward(hidden, weight, bias, embeddings, labels)
        ctx.objective, ctx.chunk_size, ctx.wanted = objective, chunk_size, wanted
        return Sweep(hidden, weight, bias, embeddings, labels, objective, chunk_size).run(Wanted(False, False, False))[0]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        hidden, weight, bias, embeddings, labels = ctx.saved_tensors
        gradients = Sweep(hidden, weight, bias, embeddings, labels, ctx.objective, ctx.chunk_size).run(ctx.wanted, upstream)[1]
        return (*gradients, None, None, None, None, None)


def _check_projection(hidden: Tensor, weight: Tensor, bias: Tensor | None, chunk_size: int | None) -> None:
    if hidden.dim() != 2 or weight.dim() != 2 or hidden.shape[1] != weight.shape[1]:
        raise ValueError(f"hidden has the shape {tuple(hidden.shape)} and weight {tuple(weight.shape)}; they must be (tokens, h) and (vocabulary, h)")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"bias has the shape {tuple(bias.shape)}; it must be ({len(weight)},)")
    if chunk_size is not None and chunk_size < 1:
        raise ValueError(f"chunk_size is {chunk_size}; it must be at least 1")


def _required(embeddings: Tensor | None, vocabulary_size: int) -> Tensor:
    if embeddings is None:
        raise ValueError("this objective needs the embeddings that its transport costs come from")
    check_embeddings(embeddings, vocabulary_size)
    return embeddings.detach()


def _common_dtype(hidden: Tensor, weight: Tensor, bias: Tensor | None, embeddings: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
    """Returns all in float32, or float64 where hidden or weight are; casts carry gradients."""
    dtype = torch.promote_types(torch.promote_types(hidden.dtype, weight.dtype), torch.float32)
    return hidden.to(dtype), weight.to(dtype), None if bias is None else bias.to(dtype), None if embeddings is None else embeddings.to(dtype)


def _triton_serves(hidden: Tensor, weight: Tensor) -> bool:
    return hidden.is_cuda and torch.float64 not in (hidden.dtype, weight.dtype) and find_spec("triton") is not None
