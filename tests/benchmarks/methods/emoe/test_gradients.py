"""Gradients of a converted layer: exact, and zero where an expert was skipped."""

import pytest
import torch
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D

from benchmarks.methods.emoe import convert, expert_layers
from benchmarks.methods.emoe.adapters import find_stack
from benchmarks.methods.emoe.layers import ExpertActivation, _KeepChosen
from tests.benchmarks.methods.emoe.architectures import ARCHITECTURES, BERT, Architecture, run

EXPERTS, TOP_K = 8, 3


def _layer(architecture: Architecture) -> ExpertActivation:
    return expert_layers(convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K, layers=[2]))[0]


def _output(found: ExpertActivation, hidden: Tensor) -> Tensor:
    layer = found.feed_forward
    active = found(layer.up(hidden))
    output: Tensor = layer.down(active if layer.value is None else active * layer.value(hidden))
    return output


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda architecture: architecture.name)
def test_a_token_gives_exactly_no_gradient_to_the_neurons_it_skips(architecture: Architecture) -> None:
    found = _layer(architecture)
    layer = found.feed_forward
    hidden = torch.randn(1, 16, dtype=torch.float64)
    used = (found(layer.up(hidden)) != 0)[0]
    # At most: under OPT's ReLU some neurons of the chosen experts are silent too.
    assert 0 < used.sum() <= TOP_K * len(used) / EXPERTS
    _output(found, hidden).square().sum().backward()
    for linear in [layer.up] if layer.value is None else [layer.up, layer.value]:
        assert torch.equal(_gradient(linear).abs().sum(1) > 0, used)
    assert torch.equal(_gradient(layer.down).abs().sum(0) > 0, used)


def _gradient(linear: nn.Module) -> Tensor:
    """Returns the gradient of the weight as (outputs, inputs)."""
    gradient = linear.weight.grad
    assert isinstance(gradient, Tensor)
    return gradient.T if isinstance(linear, Conv1D) else gradient


def test_gradients_are_those_of_finite_differences_away_from_ties() -> None:
    found = _layer(BERT)
    hidden = torch.randn(4, 16, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda inputs: _output(found, inputs), (hidden,))
    assert torch.autograd.gradgradcheck(lambda inputs: _output(found, inputs), (hidden,))


def test_gradients_of_the_mask_itself_are_those_of_finite_differences() -> None:
    chosen, labels = torch.rand(5, 4) < 0.5, torch.arange(4).repeat(3)
    active = torch.randn(5, 12, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda inputs: _KeepChosen.apply(inputs, chosen, labels), (active,))


def test_all_experts_give_bitwise_the_gradients_of_the_dense_model() -> None:
    def gradients(model: torch.nn.Module) -> list[Tensor]:
        run(model, BERT.inputs()).square().sum().backward()
        return [parameter.grad for parameter in model.parameters() if parameter.grad is not None]

    dense, converted = gradients(BERT.build()), gradients(convert(BERT.build(), num_experts=EXPERTS, top_k=EXPERTS))
    assert all(torch.equal(one, other) for one, other in zip(dense, converted, strict=True))


def test_nothing_as_wide_as_the_layer_is_kept_beside_what_the_dense_layer_keeps() -> None:
    def kept(found: ExpertActivation | None) -> int:
        layer = find_stack(BERT.build()).layers[2] if found is None else found.feed_forward
        activation = layer.activation if found is None else found
        count: dict[int, int] = {}

        def pack(tensor: Tensor) -> Tensor:
            count[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        hidden = torch.randn(100, 16, dtype=torch.float64, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            output = layer.down(activation(layer.up(hidden)))
        del output
        return sum(count.values())

    # One byte for a token and an expert, and the labels; the masked activations take the place of the plain ones.
    assert kept(_layer(BERT)) - kept(None) == 100 * EXPERTS + 32 * 8
