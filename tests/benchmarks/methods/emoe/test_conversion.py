"""What a converted model computes, in float64, for every architecture; and that the dense model comes back bit by bit."""

import copy

import pytest
import torch
from torch import Tensor, nn

from benchmarks.methods.emoe import convert, expert_layers, merge, record
from benchmarks.methods.emoe.adapters import bias, find_stack, rows
from benchmarks.methods.emoe.routing import select
from tests.benchmarks.methods.emoe.architectures import ARCHITECTURES, BERT, GPT2, LLAMA, NEURONS, VIT, Architecture, run

EXPERTS, TOP_K = 8, 3
SPARSE = ("loop", "grouped")
by_name = pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda architecture: architecture.name)


def _state(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def _assert_same_bits(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert list(first) == list(second)
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def _gradients(model: nn.Module, inputs: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    output = run(model, inputs)
    weights = torch.randn(output.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    (output * weights).sum().backward()
    return output.detach(), {name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None}


@by_name
def test_all_experts_are_bitwise_the_dense_model_and_fewer_are_not(architecture: Architecture) -> None:
    dense = run(architecture.build(), architecture.inputs())
    assert torch.equal(run(convert(architecture.build(), num_experts=EXPERTS, top_k=EXPERTS), architecture.inputs()), dense)
    assert not torch.equal(run(convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K), architecture.inputs()), dense)


@by_name
def test_the_state_is_bitwise_that_of_the_dense_model_before_and_after(architecture: Architecture) -> None:
    model = architecture.build()
    state, dense = _state(model), run(model, architecture.inputs())
    assert convert(model, num_experts=EXPERTS, top_k=TOP_K) is model
    _assert_same_bits(state, _state(model))
    assert merge(model) is model
    _assert_same_bits(state, _state(model))
    assert torch.equal(run(model, architecture.inputs()), dense)
    assert not expert_layers(model)


@pytest.mark.parametrize("backend", SPARSE)
@by_name
def test_running_experts_alone_gives_the_outputs_and_gradients_of_masking(architecture: Architecture, backend: str) -> None:
    masked = _gradients(convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K), architecture.inputs())
    model = convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K, backend=backend)  # type: ignore[arg-type]
    state = _state(model)
    output, gradients = _gradients(model, architecture.inputs())
    torch.testing.assert_close(output, masked[0], rtol=1e-12, atol=1e-12)
    assert gradients.keys() == masked[1].keys()
    for name, gradient in gradients.items():
        torch.testing.assert_close(gradient, masked[1][name], rtol=1e-12, atol=1e-12, msg=lambda message, name=name: f"{name}: {message}")
    merge(model)
    _assert_same_bits(state, _state(model))
    assert torch.equal(run(model, architecture.inputs()), run(architecture.build(), architecture.inputs()))


@pytest.mark.parametrize("architecture", [BERT, GPT2, LLAMA], ids=lambda architecture: architecture.name)
@pytest.mark.parametrize("selector", ["top", "bottom", "not_top"])
def test_a_layer_is_the_sum_of_its_chosen_experts_computed_by_hand(architecture: Architecture, selector: str) -> None:
    model = convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K, layers=[2], selector=selector)  # type: ignore[arg-type]
    (found,) = expert_layers(model)
    hidden = torch.randn(5, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    layer, labels = found.feed_forward, found.labels
    keys, values = rows(layer.up), rows(layer.down).T
    expected = []
    for token in hidden:
        scores = torch.stack([(token * keys[labels == expert].mean(0)).sum() for expert in range(EXPERTS)])
        output = bias(layer.down).clone()  # type: ignore[union-attr]
        for expert in select(scores.unsqueeze(0), selector, TOP_K)[0].nonzero().flatten():  # type: ignore[arg-type]
            for neuron in (labels == expert).nonzero().flatten():
                active = found.activation(keys[neuron] @ token + bias(layer.up)[neuron])  # type: ignore[index]
                if layer.value is not None:
                    active = active * (rows(layer.value)[neuron] @ token + bias(layer.value)[neuron])  # type: ignore[index]
                output = output + active * values[neuron]
        expected.append(output)
    before = layer.up(hidden)
    active = found(before) if layer.value is None else found(before) * layer.value(hidden)
    torch.testing.assert_close(layer.down(active), torch.stack(expected), rtol=1e-12, atol=1e-12)


def test_the_chosen_and_the_rest_add_up_to_the_dense_layer_and_one_more_output_bias() -> None:
    layer = find_stack(BERT.build()).layers[2]
    hidden = torch.randn(9, 16, dtype=torch.float64)

    def output(model: nn.Module) -> Tensor:
        block = find_stack(model).layers[2].block
        return block.output.dense(block.intermediate(hidden))  # type: ignore[union-attr, operator]

    parts = [output(convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, layers=[2], selector=selector)) for selector in ("top", "not_top")]  # type: ignore[arg-type]
    torch.testing.assert_close(parts[0] + parts[1] - layer.down.bias, output(BERT.build()), rtol=1e-13, atol=1e-13)


def test_the_gate_sees_the_mean_key_without_the_bias_or_with_it_on_demand() -> None:
    hidden = torch.randn(50, 16, dtype=torch.float64)
    for gate_bias in (False, True):
        model = convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, layers=[2], gate_bias=gate_bias)
        (found,) = expert_layers(model)
        keys = torch.stack([rows(found.feed_forward.up)[found.labels == expert].mean(0) for expert in range(EXPERTS)])
        biases = torch.stack([found.feed_forward.up.bias[found.labels == expert].mean() for expert in range(EXPERTS)])  # type: ignore[index]
        scores = hidden @ keys.T + (biases if gate_bias else 0)
        active = found(found.feed_forward.up(hidden)) != 0
        assert torch.equal(active, select(scores, "top", TOP_K).index_select(1, found.labels))


@pytest.mark.parametrize("architecture", [BERT, LLAMA, VIT], ids=lambda architecture: architecture.name)
def test_the_gate_follows_the_keys_after_an_optimiser_step(architecture: Architecture) -> None:
    stepped = convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K)
    _gradients(stepped, architecture.inputs())
    torch.optim.SGD(stepped.parameters(), lr=0.5).step()
    fresh = architecture.build()
    fresh.load_state_dict(stepped.state_dict())
    labels = [layer.labels for layer in expert_layers(stepped)]
    convert(fresh, num_experts=EXPERTS, top_k=TOP_K)
    for layer, found in zip(expert_layers(fresh), labels, strict=True):
        layer.labels.copy_(found)
    assert torch.equal(run(fresh, architecture.inputs()), run(stepped, architecture.inputs()))


@by_name
def test_outputs_do_not_depend_on_what_else_is_in_the_batch(architecture: Architecture) -> None:
    model = convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K)
    inputs = architecture.inputs(rows=6)
    together = run(model, inputs)
    apart = torch.cat([run(model, inputs[:2]), run(model, inputs[2:])])
    # Not bitwise: the matrix products of another number of rows round in another order.
    torch.testing.assert_close(together, apart, rtol=1e-12, atol=1e-12)


@by_name
def test_no_parameter_is_added_and_labels_are_a_partition_of_equal_sizes(architecture: Architecture) -> None:
    model = architecture.build()
    count = sum(parameter.numel() for parameter in model.parameters())
    convert(model, num_experts=EXPERTS, top_k=TOP_K)
    assert sum(parameter.numel() for parameter in model.parameters()) == count
    for layer in expert_layers(model):
        assert torch.bincount(layer.labels, minlength=EXPERTS).tolist() == [NEURONS // EXPERTS] * EXPERTS


def test_conversion_repeats_by_seed_and_does_not_move_the_global_generator() -> None:
    before = torch.get_rng_state()
    records = [record(convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, partition="random", seed=seed)) for seed in (0, 0, 1)]
    assert records[0] == records[1] != records[2]
    torch.set_rng_state(before)
    model = BERT.build()
    state = torch.get_rng_state()
    convert(model, num_experts=EXPERTS, top_k=TOP_K, gate="learned")
    assert torch.equal(torch.get_rng_state(), state)


def test_the_random_selector_draws_anew_and_repeats_by_torchs_seed() -> None:
    model = convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, selector="random")
    torch.manual_seed(0)
    first, second = run(model, BERT.inputs()), run(model, BERT.inputs())
    torch.manual_seed(0)
    assert torch.equal(run(model, BERT.inputs()), first)
    assert not torch.equal(first, second)


def test_the_learned_gate_adds_a_router_that_learns_and_that_merging_removes() -> None:
    model = BERT.build()
    state = _state(model)
    convert(model, num_experts=EXPERTS, top_k=TOP_K, gate="learned")
    added = set(model.state_dict()) - set(state)
    assert {name.rpartition("router.")[2] for name in added} == {"projection.weight", "projection.bias", "directions", "log_scale"}
    _, gradients = _gradients(model, BERT.inputs())
    assert all(gradients[name].abs().max() > 0 for name in added)
    _assert_same_bits(state, _state(merge(model)))


@pytest.mark.parametrize("backend", SPARSE)
def test_the_learned_gate_weighs_experts_alike_under_every_backend(backend: str) -> None:
    masked = _gradients(convert(LLAMA.build(), num_experts=EXPERTS, top_k=TOP_K, gate="learned"), LLAMA.inputs())
    other = _gradients(convert(LLAMA.build(), num_experts=EXPERTS, top_k=TOP_K, gate="learned", backend=backend), LLAMA.inputs())  # type: ignore[arg-type]
    torch.testing.assert_close(other[0], masked[0], rtol=1e-12, atol=1e-12)
    for name, gradient in other[1].items():
        torch.testing.assert_close(gradient, masked[1][name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("backend", ["masked", *SPARSE])
def test_a_copy_of_a_converted_model_computes_on_its_own(backend: str) -> None:
    model = convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, gate="learned", backend=backend)  # type: ignore[arg-type]
    expected = run(model, BERT.inputs())
    twin = copy.deepcopy(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert torch.equal(run(twin, BERT.inputs()), expected)
    assert [layer.feed_forward.up for layer in expert_layers(twin)] == [twin.encoder.layer[2].intermediate.dense]
    dense = merge(twin)
    assert torch.equal(run(dense, BERT.inputs()), run(BERT.build(), BERT.inputs()))


def test_the_new_module_trains_or_not_as_its_block_does() -> None:
    for training in (False, True):
        model = convert(BERT.build().train(training), num_experts=4, top_k=2)
        assert all(module.training == training for module in model.modules())


def test_an_activation_given_as_a_function_is_put_back() -> None:
    from transformers import BertModel

    from tests.benchmarks.methods.emoe.architectures import bert_config

    model = BertModel(bert_config(hidden_act="gelu"))
    for block in model.encoder.layer:
        del block.intermediate.intermediate_act_fn
        block.intermediate.intermediate_act_fn = torch.tanh
    merge(convert(model, num_experts=4, top_k=2))
    assert model.encoder.layer[2].intermediate.intermediate_act_fn is torch.tanh


def test_an_activation_with_parameters_of_its_own_is_refused() -> None:
    model = BERT.build()
    for layer in find_stack(model).layers:
        layer.replace(layer.family.activation, nn.PReLU())
    with pytest.raises(ValueError, match="the activation of layer 2, PReLU, has state of its own"):
        convert(model, num_experts=4, top_k=2)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"num_experts": 5, "top_k": 2}, "32 neurons cannot be split into 5 experts of equal size"),
        ({"num_experts": 8, "top_k": 9}, "top_k is 9 of 8 experts; it must lie between 1 and the number of experts"),
        ({"num_experts": 8, "top_k": 0}, "top_k is 0 of 8 experts"),
        ({"num_experts": 8, "top_k": 8, "selector": "not_top"}, "would leave no expert; take a smaller top_k"),
        ({"num_experts": 8, "top_k": 2, "selector": "best"}, "selector is 'best'; it must be one of 'top', 'bottom', 'not_top', 'random'"),
        ({"num_experts": 8, "top_k": 2, "gate": "none"}, "gate is 'none'"),
        ({"num_experts": 8, "top_k": 2, "backend": "fast"}, "backend is 'fast'"),
        ({"num_experts": 8, "top_k": 2, "partition": "none"}, "partition is 'none'"),
    ],
)
def test_settings_out_of_range_are_refused_and_leave_the_model_dense(changes: dict[str, object], sentence: str) -> None:
    model = BERT.build()
    with pytest.raises(ValueError, match=sentence):
        convert(model, **changes)  # type: ignore[arg-type]
    assert not expert_layers(model)
    assert not hasattr(model.config, "emoe")


def test_a_model_is_converted_once_and_merged_once() -> None:
    model = convert(BERT.build(), num_experts=4, top_k=2)
    with pytest.raises(ValueError, match="BertModel has experts already; merge it before it is converted again"):
        convert(model, num_experts=4, top_k=2)
    merge(model)
    with pytest.raises(ValueError, match="BertModel has no experts; convert it first"):
        merge(model)
