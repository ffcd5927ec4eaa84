"""The experts of a feed-forward layer run on their own, each on the tokens that chose it. Same outputs and gradients as masking, other arithmetic.

Both ways gather the weights of an expert's neurons from where they lie; nothing is stored twice, and the gradient flows back into the layer's own weights.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.methods.emoe.adapters import FeedForward, bias, rows
from benchmarks.methods.emoe.routing import Routing

Activation = Callable[[Tensor], Tensor]


def run_loop(layer: FeedForward, activation: Activation, members: Tensor, hidden: Tensor, routing: Routing) -> Tensor:
    """Runs one expert after the other: the reference.

    Args:
        members: (experts, neurons of one), which neurons an expert owns.
        hidden: (tokens, hidden).

    Returns:
        (tokens, hidden), with the output bias.
    """
    output = _zeros_with_bias(layer, hidden)
    for expert, neurons in enumerate(members):
        tokens = routing.chosen[:, expert].nonzero().squeeze(1)
        inputs = hidden.index_select(0, tokens)
        inner = activation(functional.linear(inputs, rows(layer.up).index_select(0, neurons), _of(bias(layer.up), neurons)))
        if layer.value is not None:
            inner = inner * functional.linear(inputs, rows(layer.value).index_select(0, neurons), _of(bias(layer.value), neurons))
        part = functional.linear(inner, rows(layer.down).index_select(1, neurons))
        if routing.weights is not None:
            part = part * routing.weights[tokens, expert].unsqueeze(1).to(part.dtype)
        output = output.index_add(0, tokens, part.to(output.dtype))
    return output


def run_grouped(layer: FeedForward, activation: Activation, members: Tensor, hidden: Tensor, routing: Routing) -> Tensor:
    """Sorts the tokens by expert and multiplies group by group. Arguments and result as in `run_loop`."""
    experts, tokens = routing.chosen.t().nonzero(as_tuple=True)
    ends = routing.chosen.sum(0).cumsum(0)
    inputs = hidden.index_select(0, tokens)
    inner = activation(_with_bias(_grouped(inputs, _of_experts(rows(layer.up), members).transpose(1, 2), ends), bias(layer.up), members, experts))
    if layer.value is not None:
        scale = _grouped(inputs, _of_experts(rows(layer.value), members).transpose(1, 2), ends)
        inner = inner * _with_bias(scale, bias(layer.value), members, experts)
    values = rows(layer.down).index_select(1, members.flatten()).view(-1, *members.shape).permute(1, 2, 0)
    part = _grouped(inner, values, ends)
    if routing.weights is not None:
        part = part * routing.weights[tokens, experts].unsqueeze(1).to(part.dtype)
    output = _zeros_with_bias(layer, hidden)
    return output.index_add(0, tokens, part.to(output.dtype))


def _grouped(inputs: Tensor, weights: Tensor, ends: Tensor) -> Tensor:
    """Multiplies rows [ends[g - 1], ends[g]) of the inputs (rows, a) with weights[g] (groups, a, b).

    The grouped kernel takes float32, bfloat16 and float16, under compilation bfloat16 alone, with strides of whole 16 bytes; everything else goes group by
    group.
    """
    inputs, weights = _as_autocast(inputs), _as_autocast(weights)
    kinds = (torch.bfloat16,) if torch.compiler.is_compiling() else (torch.bfloat16, torch.float16, torch.float32)
    aligned = all(size * inputs.element_size() % 16 == 0 for size in weights.shape[1:])
    if len(inputs) and aligned and inputs.dtype in kinds:
        return functional.grouped_mm(inputs, weights, offs=ends.int())
    sizes = ends.diff(prepend=ends.new_zeros(1)).tolist()
    return torch.cat([rows_of_one @ weight for rows_of_one, weight in zip(torch.split(inputs, sizes), weights, strict=True)])


def _as_autocast(tensor: Tensor) -> Tensor:
    kind = tensor.device.type
    return tensor.to(torch.get_autocast_dtype(kind)) if torch.is_autocast_enabled(kind) else tensor


def _of_experts(weight: Tensor, members: Tensor) -> Tensor:
    """Returns the rows (neurons, b) by expert, (experts, neurons of one, b)."""
    return weight.index_select(0, members.flatten()).view(*members.shape, -1)


def _with_bias(product: Tensor, found: Tensor | None, members: Tensor, experts: Tensor) -> Tensor:
    """Adds to every row (rows, neurons of one) the biases of its expert."""
    return product if found is None else product + found[members].index_select(0, experts).to(product.dtype)


def _of(found: Tensor | None, neurons: Tensor) -> Tensor | None:
    return None if found is None else found[neurons]


def _zeros_with_bias(layer: FeedForward, hidden: Tensor) -> Tensor:
    """Returns the output of no expert at all, (tokens, hidden)."""
    zeros = _as_autocast(hidden.new_zeros(hidden.shape))
    found = bias(layer.down)
    return zeros if found is None else zeros + found.to(zeros.dtype)


BACKENDS: dict[str, Callable[[FeedForward, Activation, Tensor, Tensor, Routing], Tensor]] = {"loop": run_loop, "grouped": run_grouped}
