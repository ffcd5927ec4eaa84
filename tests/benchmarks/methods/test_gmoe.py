"""GMoE: whole feed-forward layers as experts behind a learned router."""

import copy

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from benchmarks.methods.emoe.adapters import find_stack
from benchmarks.methods.gmoe import ExpertMixture, auxiliary_loss, convert_gmoe
from tests.benchmarks.methods.emoe.architectures import ARCHITECTURES, BERT, LLAMA, VIT, Architecture, run

by_name = pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda architecture: architecture.name)


def _mixtures(model: nn.Module) -> list[ExpertMixture]:
    return [module for module in model.modules() if isinstance(module, ExpertMixture)]


@by_name
def test_copies_whose_weights_add_up_to_one_start_as_the_dense_model(architecture: Architecture) -> None:
    dense = run(architecture.build(), architecture.inputs())
    converted = convert_gmoe(architecture.build(), num_experts=4, top_k=2)
    torch.testing.assert_close(run(converted, architecture.inputs()), dense, rtol=1e-10, atol=1e-10)


def test_a_single_expert_counts_by_its_softmax() -> None:
    model = convert_gmoe(BERT.build(), num_experts=4, top_k=1, layers=[2])
    (mixture,) = _mixtures(model)
    hidden = torch.randn(6, 16, dtype=torch.float64)
    dense = find_stack(BERT.build()).layers[2]
    share = torch.softmax(mixture.router(hidden), 1).amax(1, keepdim=True)
    torch.testing.assert_close(mixture(hidden), share * dense.down(dense.activation(dense.up(hidden))), rtol=1e-12, atol=1e-12)


def test_the_mixture_is_the_weighted_sum_of_its_experts_computed_by_hand() -> None:
    (mixture,) = _mixtures(convert_gmoe(LLAMA.build(), num_experts=3, top_k=2, layers=[2]))
    with torch.no_grad():
        for parameter in mixture.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    hidden = torch.randn(5, 16, dtype=torch.float64)
    outputs = torch.stack([expert(hidden) for expert in mixture.experts], dim=1)
    logits = mixture.router(hidden)
    best = logits.topk(2, dim=1)
    expected = (torch.softmax(best.values, 1).unsqueeze(2) * outputs.gather(1, best.indices.unsqueeze(2).expand(-1, -1, 16))).sum(1)
    torch.testing.assert_close(mixture(hidden), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("architecture", [BERT, LLAMA, VIT], ids=lambda architecture: architecture.name)
def test_parameters_are_the_layer_times_the_experts_and_the_router_with_nothing_left_over(architecture: Architecture) -> None:
    dense = architecture.build()
    layer = find_stack(dense).layers[2]
    own = sum(parameter.numel() for _, linear in layer.linears for parameter in linear.parameters())
    before = sum(parameter.numel() for parameter in dense.parameters())
    model = convert_gmoe(dense, num_experts=5, top_k=2, layers=[2])
    router = sum(parameter.numel() for mixture in _mixtures(model) for parameter in mixture.router.parameters())
    assert sum(parameter.numel() for parameter in model.parameters()) == before + 4 * own + router


def test_router_and_chosen_experts_learn_and_experts_part_ways() -> None:
    model = convert_gmoe(BERT.build(), num_experts=4, top_k=2).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        (run(model, BERT.inputs()).square().mean() + auxiliary_loss(model)).backward()
        optimizer.step()
    (mixture,) = _mixtures(model)
    assert all(parameter.grad is not None and parameter.grad.abs().max() > 0 for parameter in mixture.router.parameters())
    first, second = mixture.experts[0].up.weight, mixture.experts[1].up.weight  # type: ignore[union-attr]
    assert not torch.equal(first, second)  # type: ignore[arg-type]


def test_the_balance_loss_is_there_in_training_only_and_once() -> None:
    model = convert_gmoe(BERT.build(), num_experts=4, top_k=1)
    run(model, BERT.inputs())
    assert auxiliary_loss(model) == 0
    run(model.train(), BERT.inputs())
    assert auxiliary_loss(model) > 0
    assert auxiliary_loss(model) == 0


def test_evaluation_is_without_noise_and_the_seed_decides_the_router() -> None:
    outputs = [run(convert_gmoe(BERT.build(), num_experts=4, top_k=1, seed=seed), BERT.inputs()) for seed in (0, 0, 1)]
    assert torch.equal(outputs[0], outputs[1])
    assert not torch.equal(outputs[0], outputs[2])


def test_copies_and_saved_states_compute_the_same(tmp_path) -> None:  # type: ignore[no-untyped-def]
    model = convert_gmoe(BERT.build(), num_experts=4, top_k=2)
    run(model.train(), BERT.inputs())
    model.eval()
    assert torch.equal(run(copy.deepcopy(model), BERT.inputs()), run(model, BERT.inputs()))
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    other = convert_gmoe(BERT.build(seed=3), num_experts=4, top_k=2, seed=5)
    other.load_state_dict(load_file(tmp_path / "model.safetensors"))
    assert torch.equal(run(other, BERT.inputs()), run(model, BERT.inputs()))


def test_outputs_do_not_depend_on_what_else_is_in_the_batch() -> None:
    model = convert_gmoe(BERT.build(), num_experts=4, top_k=1)
    inputs = BERT.inputs(rows=4)
    torch.testing.assert_close(run(model, inputs)[:1], run(model, inputs[:1]), rtol=1e-12, atol=1e-12)


def test_it_runs_under_bfloat16_autocast_and_gradient_checkpointing() -> None:
    model = convert_gmoe(BERT.build().float(), num_experts=4, top_k=2).train()
    model.gradient_checkpointing_enable({"use_reentrant": False})  # type: ignore[operator]
    with torch.autocast("cpu", torch.bfloat16):
        run(model, BERT.inputs()).float().square().mean().backward()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"num_experts": 4, "top_k": 5}, "top_k is 5 of 4 experts"),
        ({"num_experts": 0, "top_k": 0}, "top_k is 0 of 0 experts"),
        ({"gate_noise": -1.0}, "neither may be negative"),
        ({"layers": [9]}, "name at least one of 0 to 3"),
    ],
)
def test_settings_out_of_range_are_refused(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        convert_gmoe(BERT.build(), **changes)  # type: ignore[arg-type]
