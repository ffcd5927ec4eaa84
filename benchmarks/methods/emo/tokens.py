"""What every loss here does around its mathematics: checks of its inputs, the choice of the tokens that count, the reduction."""

from typing import Literal, get_args

import torch
from torch import Tensor

from benchmarks.methods.emo.objectives import require_choice

Reduction = Literal["mean", "sum", "none"]


def check_reduction(reduction: str, num_items_in_batch: Tensor | int | None) -> None:
    """Raises ValueError for an unknown reduction, or for a divisor where nothing is divided."""
    require_choice("reduction", reduction, get_args(Reduction))
    if num_items_in_batch is not None and reduction != "mean":
        raise ValueError(f"num_items_in_batch divides the mean; leave it out with reduction={reduction!r}")


def check_embeddings(embeddings: Tensor, vocabulary_size: int) -> None:
    """Raises ValueError unless embeddings are (rows, width) with at least one row and at most one per class."""
    if embeddings.dim() != 2 or not len(embeddings):
        raise ValueError(f"embeddings have the shape {tuple(embeddings.shape)}; they must be (vocabulary, width)")
    if len(embeddings) > vocabulary_size:
        raise ValueError(f"embeddings have {len(embeddings)} rows for a vocabulary of {vocabulary_size}; they must be those of this model's tokenizer")


def counted_tokens(labels: Tensor, rows: int, vocabulary_size: int, ignore_index: int) -> Tensor:
    """Returns the positions of the labels that are not ignored, (tokens,).

    Raises:
        ValueError: labels are not (rows,) whole numbers, or one is neither `ignore_index` nor in [0, vocabulary_size).
    """
    if labels.shape != (rows,):
        raise ValueError(f"labels have the shape {tuple(labels.shape)} for {rows} rows; they must be ({rows},)")
    if labels.dtype != torch.int64:
        raise ValueError(f"labels are {labels.dtype}; they must be torch.int64")
    positions = (labels != ignore_index).nonzero().squeeze(1)
    counted = labels[positions]
    wrong = counted[(counted < 0) | (counted >= vocabulary_size)]
    if len(wrong):
        raise ValueError(f"label {wrong[0].item()} is outside the vocabulary; labels must be {ignore_index} (ignored) or from 0 to {vocabulary_size - 1}")
    return positions


def select(rows: Tensor, positions: Tensor) -> Tensor:
    """Returns the rows at increasing positions; the very same tensor where that is all of them."""
    return rows if len(positions) == len(rows) else rows.index_select(0, positions)


def spread(losses: Tensor, positions: Tensor, rows: int) -> Tensor:
    """Returns (rows,): the losses at their positions, 0 elsewhere."""
    return losses.new_zeros(rows).index_copy(0, positions, losses)


def average(total: Tensor, tokens: int, num_items_in_batch: Tensor | int | None) -> Tensor:
    """Returns the total over the tokens, or over `num_items_in_batch` where given; nothing is divided by less than 1."""
    if num_items_in_batch is None:
        return total / max(tokens, 1)
    if isinstance(num_items_in_batch, Tensor):
        return total / num_items_in_batch.to(total.device).clamp_min(1)
    return total / max(num_items_in_batch, 1)
