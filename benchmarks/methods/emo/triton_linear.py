# mypy: disable-error-code="no-untyped-def, untyped-decorator, no-untyped-call"
"""The fused losses as two Triton kernels: one gathers sums over the vocabulary, one makes the gradients. Tiles of logits and costs stay on the chip.

Written for CUDA and checked in Triton's interpreter; never run on a GPU so far (docs/emo.md). Matrix products take the tiles in the dtype of the tensors
and accumulate in float32; float32 tiles are multiplied exactly (no TF32). Gradients are added up in float32 with atomics, so that their last bits vary.
"""

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor
from torch.autograd.function import once_differentiable

from benchmarks.methods.emo.losses import inverse_norms
from benchmarks.methods.emo.masses import MassSums
from benchmarks.methods.emo.objectives import Objective

_EDGES, _WARPS = {2: 128, 4: 64}, {2: 8, 4: 4}
"""Tokens and classes of a tile, and warps that share it, by bytes an element: chosen by the registers that the compiler reports, not by timings."""
_FEATURES = 32
"""Features multiplied at a time."""
_PROGRAMS = 512
"""The vocabulary is split so that about this many programs gather sums."""


def token_losses(hidden: Tensor, weight: Tensor, bias: Tensor | None, labels: Tensor, embeddings: Tensor | None, objective: Objective) -> Tensor:
    """Returns the loss of every token in float32, (tokens,), with gradients to hidden (tokens, h), weight (V, h) and bias (V,).

    A weight of higher precision than hidden is rounded to it, as autocast's linear layers do.
    """
    weight = weight.to(hidden.dtype) if weight.dtype.itemsize > hidden.dtype.itemsize else weight
    hidden = hidden.to(weight.dtype)
    loss: Tensor = _TritonLosses.apply(hidden, weight, bias, labels, embeddings, objective)
    return loss


class _TritonLosses(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, bias: Tensor | None, labels: Tensor, embeddings: Tensor | None, objective: Objective) -> Tensor:
        tensors = _Operands.of(hidden, weight, bias, labels, embeddings)
        sums = tensors.sums()
        ctx.save_for_backward(hidden, weight, bias, labels, embeddings, sums.others, sums.target, sums.cost, sums.peak, sums.target_logit)
        ctx.objective = objective
        return objective.blend(sums.terms()).value

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        hidden, weight, bias, labels, embeddings, *sums_ = ctx.saved_tensors
        sums = MassSums(*sums_)
        terms = sums.terms()
        slopes = sums.slopes(terms, ctx.objective.blend(terms), upstream)
        gradients = _Operands.of(hidden, weight, bias, labels, embeddings).gradients(sums.peak, *slopes)
        wanted = zip(gradients, (hidden, weight, bias), ctx.needs_input_grad, strict=False)
        return (*(gradient.to(like.dtype) if needed else None for gradient, like, needed in wanted), None, None, None)


class _Operands:
    """The tensors of one call, as the kernels take them."""

    def __init__(self, matrices: tuple[Tensor, ...], vectors: tuple[Tensor, ...], sizes: tuple[int, ...], flags: dict[str, Any]) -> None:
        self._matrices, self._vectors, self._sizes, self._flags = matrices, vectors, sizes, flags

    @classmethod
    def of(cls, hidden: Tensor, weight: Tensor, bias: Tensor | None, labels: Tensor, embeddings: Tensor | None) -> "_Operands":
        costs_of = weight[:1] if embeddings is None else embeddings.contiguous()
        costs_of = costs_of.float() if costs_of.dtype is torch.float64 else costs_of
        inverse = inverse_norms(costs_of.float())
        edge, warps = _EDGES[hidden.dtype.itemsize], _WARPS[hidden.dtype.itemsize]
        flags = {"HAS_BIAS": bias is not None, "HAS_COST": embeddings is not None, "TOKENS": edge, "CLASSES": edge, "FEATURES": _FEATURES, "num_warps": warps}
        vectors = (weight if bias is None else bias, inverse, labels)
        sizes = (len(hidden), len(weight), len(costs_of), hidden.shape[1], costs_of.shape[1])
        return cls((hidden.contiguous(), weight.contiguous(), costs_of), vectors, sizes, flags)

    def sums(self) -> MassSums:
        tokens, vocabulary, edge = *self._sizes[:2], self._flags["CLASSES"]
        row_blocks = triton.cdiv(tokens, edge)
        splits = min(triton.cdiv(vocabulary, edge), max(1, _PROGRAMS // max(row_blocks, 1)))
        share = triton.cdiv(triton.cdiv(vocabulary, splits), edge) * edge
        splits = triton.cdiv(vocabulary, share)
        others, cost, peak, target_logit = self._matrices[0].new_empty(4, splits, tokens, dtype=torch.float32)
        if tokens:
            _sums_kernel[(row_blocks, splits)](*self._matrices, *self._vectors, others, cost, peak, target_logit, *self._sizes, share, **self._flags)
        highest = peak.amax(0)
        scale = (peak - highest).exp()
        logit = target_logit.sum(0)
        return MassSums((others * scale).sum(0), (logit - highest).exp(), (cost * scale).sum(0), highest, logit)

    def gradients(self, peak: Tensor, mass: Tensor, cost: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden, weight = self._matrices[:2]
        tokens, vocabulary, edge = *self._sizes[:2], self._flags["CLASSES"]
        slopes = torch.zeros_like(hidden, dtype=torch.float32), torch.zeros_like(weight, dtype=torch.float32), peak.new_zeros(vocabulary)
        if tokens:
            grid = (triton.cdiv(tokens, edge), triton.cdiv(vocabulary, edge))
            _gradients_kernel[grid](*self._matrices, *self._vectors, peak, mass, cost, target, *slopes, *self._sizes, **self._flags)
        return slopes


@triton.jit
def _product(left, right, rows, columns, row_mask, column_mask, width, FEATURES: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """Returns left[rows] @ right[columns].T, (ROWS, COLUMNS) in float32; masked rows and columns are 0."""
    result = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
    for start in range(0, width, FEATURES):
        features = start + tl.arange(0, FEATURES)
        inside = features < width
        left_tile = tl.load(left + rows[:, None] * width + features[None, :], mask=row_mask[:, None] & inside[None, :], other=0.0)
        right_tile = tl.load(right + columns[None, :] * width + features[:, None], mask=column_mask[None, :] & inside[:, None], other=0.0)
        result = tl.dot(left_tile, right_tile, result, input_precision="ieee")
    return result


@triton.jit
def _logits(
    hidden, weight, bias, rows, columns, row_mask, column_mask, width, HAS_BIAS: tl.constexpr, FEATURES: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr
):
    """Returns a tile of logits; minus infinity beyond the vocabulary."""
    logits = _product(hidden, weight, rows, columns, row_mask, column_mask, width, FEATURES, ROWS, COLUMNS)
    if HAS_BIAS:
        logits += tl.load(bias + columns, mask=column_mask, other=0.0).to(tl.float32)[None, :]
    return tl.where(column_mask[None, :], logits, float("-inf"))


@triton.jit
def _costs(embeddings, inverse, targets, columns, known, row_mask, column_mask, width, FEATURES: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """Returns a tile of transport costs; classes beyond the embeddings cost 1."""
    known_rows, known_columns = row_mask & (targets < known), column_mask & (columns < known)
    cosines = _product(embeddings, embeddings, targets, columns, known_rows, known_columns, width, FEATURES, ROWS, COLUMNS)
    cosines *= tl.load(inverse + targets, mask=known_rows, other=0.0)[:, None] * tl.load(inverse + columns, mask=known_columns, other=0.0)[None, :]
    return tl.maximum(1.0 - cosines, 0.0)


@triton.jit
def _sums_kernel(
    hidden, weight, embeddings, bias, inverse, labels, others_out, cost_out, peak_out, target_out,
    tokens, vocabulary, known, width, cost_width, share,
    HAS_BIAS: tl.constexpr, HAS_COST: tl.constexpr, TOKENS: tl.constexpr, CLASSES: tl.constexpr, FEATURES: tl.constexpr,
):  # fmt: skip
    """Gathers, for TOKENS tokens and one share of the vocabulary, the masses and costs relative to the share's largest logit."""
    rows = (tl.program_id(0) * TOKENS + tl.arange(0, TOKENS)).to(tl.int64)
    row_mask = rows < tokens
    targets = tl.load(labels + rows, mask=row_mask, other=0)
    # Finite, so that a share whose logits are all minus infinity gives no NaN.
    peak = tl.full((TOKENS,), -1e30, dtype=tl.float32)
    others = tl.zeros((TOKENS,), dtype=tl.float32)
    cost = tl.zeros((TOKENS,), dtype=tl.float32)
    target_logit = tl.zeros((TOKENS,), dtype=tl.float32)
    first = tl.program_id(1) * share
    for start in range(first, tl.minimum(first + share, vocabulary), CLASSES):
        columns = (start + tl.arange(0, CLASSES)).to(tl.int64)
        column_mask = columns < vocabulary
        logits = _logits(hidden, weight, bias, rows, columns, row_mask, column_mask, width, HAS_BIAS, FEATURES, TOKENS, CLASSES)
        is_target = columns[None, :] == targets[:, None]
        target_logit += tl.sum(tl.where(is_target, logits, 0.0), 1)
        higher = tl.maximum(peak, tl.max(logits, 1))
        rescale = tl.exp(peak - higher)
        masses = tl.where(is_target, 0.0, tl.exp(logits - higher[:, None]))
        others = others * rescale + tl.sum(masses, 1)
        if HAS_COST:
            costs = _costs(embeddings, inverse, targets, columns, known, row_mask, column_mask, cost_width, FEATURES, TOKENS, CLASSES)
            cost = cost * rescale + tl.sum(masses * costs, 1)
        peak = higher
    place = tl.program_id(1) * tokens + rows
    tl.store(others_out + place, others, mask=row_mask)
    tl.store(cost_out + place, cost, mask=row_mask)
    tl.store(peak_out + place, peak, mask=row_mask)
    tl.store(target_out + place, target_logit, mask=row_mask)


@triton.jit
def _gradients_kernel(
    hidden, weight, embeddings, bias, inverse, labels, peak, mass_slope, cost_slope, target_slope, hidden_slopes, weight_slopes, bias_slopes,
    tokens, vocabulary, known, width, cost_width,
    HAS_BIAS: tl.constexpr, HAS_COST: tl.constexpr, TOKENS: tl.constexpr, CLASSES: tl.constexpr, FEATURES: tl.constexpr,
):  # fmt: skip
    """Makes one tile of the gradient to the logits and adds what it gives to those of hidden, weight and bias."""
    rows = (tl.program_id(0) * TOKENS + tl.arange(0, TOKENS)).to(tl.int64)
    columns = (tl.program_id(1) * CLASSES + tl.arange(0, CLASSES)).to(tl.int64)
    row_mask, column_mask = rows < tokens, columns < vocabulary
    targets = tl.load(labels + rows, mask=row_mask, other=0)
    logits = _logits(hidden, weight, bias, rows, columns, row_mask, column_mask, width, HAS_BIAS, FEATURES, TOKENS, CLASSES)
    slope = tl.load(mass_slope + rows, mask=row_mask, other=0.0)[:, None]
    if HAS_COST:
        costs = _costs(embeddings, inverse, targets, columns, known, row_mask, column_mask, cost_width, FEATURES, TOKENS, CLASSES)
        slope += tl.load(cost_slope + rows, mask=row_mask, other=0.0)[:, None] * costs
    slopes = tl.exp(logits - tl.load(peak + rows, mask=row_mask, other=0.0)[:, None]) * slope
    of_target = tl.load(target_slope + rows, mask=row_mask, other=0.0)
    slopes = tl.where(columns[None, :] == targets[:, None], of_target[:, None], slopes)
    slopes = tl.where(row_mask[:, None] & column_mask[None, :], slopes, 0.0)
    if HAS_BIAS:
        tl.atomic_add(bias_slopes + columns, tl.sum(slopes, 0), mask=column_mask)
    rounded = slopes.to(weight.dtype.element_ty)
    for start in range(0, width, FEATURES):
        features = start + tl.arange(0, FEATURES)
        inside = features < width
        weight_places = columns[:, None] * width + features[None, :]
        hidden_places = rows[:, None] * width + features[None, :]
        weight_mask, hidden_mask = column_mask[:, None] & inside[None, :], row_mask[:, None] & inside[None, :]
        weight_tile = tl.load(weight + weight_places, mask=weight_mask, other=0.0)
        hidden_tile = tl.load(hidden + hidden_places, mask=hidden_mask, other=0.0)
        tl.atomic_add(hidden_slopes + hidden_places, tl.dot(rounded, weight_tile, input_precision="ieee"), mask=hidden_mask)
        tl.atomic_add(weight_slopes + weight_places, tl.dot(tl.trans(rounded), hidden_tile, input_precision="ieee"), mask=weight_mask)
