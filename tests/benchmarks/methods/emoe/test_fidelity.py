"""The released code's additions: off by default, each doing what it says when it is on."""

import copy

import pytest
import torch
from torch import Tensor

from benchmarks.methods.emoe import PAPER, Fidelity, auxiliary_loss, convert, expert_layers
from benchmarks.methods.emoe.adapters import rows
from tests.benchmarks.methods.emoe.architectures import BERT, LLAMA, NEURONS, VIT, run

EXPERTS, TOP_K = 8, 3
HIDDEN = torch.randn(40, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_nothing_is_on_by_default_and_the_preset_is_the_released_codes() -> None:
    assert Fidelity() == Fidelity(gate_noise=0.0, expert_dropout=0.0, capacity_factor=None, auxiliary_loss=0.0)
    assert Fidelity(gate_noise=1.0, expert_dropout=0.1, capacity_factor=1.5, auxiliary_loss=0.01) == PAPER


def test_training_and_evaluation_are_alike_by_default() -> None:
    (found,) = expert_layers(convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K))
    before = found.feed_forward.up(HIDDEN)
    assert torch.equal(found.train()(before), found.eval()(before))


def test_gate_noise_changes_choices_in_training_alone() -> None:
    (found,) = expert_layers(convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, fidelity=Fidelity(gate_noise=8.0)))
    before = found.feed_forward.up(HIDDEN)
    assert not torch.equal(found.train()(before), found.train()(before))
    assert torch.equal(found.eval()(before), found.eval()(before))


@pytest.mark.parametrize(("architecture", "before_activation"), [(BERT, True), (VIT, False)])
def test_expert_dropout_strikes_before_the_activation_in_text_and_behind_it_in_pictures(architecture, before_activation) -> None:  # type: ignore[no-untyped-def]
    model = convert(architecture.build(), num_experts=EXPERTS, top_k=EXPERTS, layers=[2], fidelity=Fidelity(expert_dropout=0.5))
    found = expert_layers(model)[0].train()
    before = torch.full((1000, NEURONS), 3.0, dtype=torch.float64)
    values = sorted({round(float(value), 9) for value in found(before).unique()})
    kept = found.activation(torch.tensor(6.0, dtype=torch.float64)) if before_activation else 2 * found.activation(torch.tensor(3.0, dtype=torch.float64))
    assert values == pytest.approx([0.0, float(kept)])
    assert torch.equal(found.eval()(before), found.activation(before))


def test_capacity_drops_tokens_and_makes_outputs_depend_on_the_batch_in_evaluation_too() -> None:
    (found,) = expert_layers(convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, fidelity=Fidelity(capacity_factor=1.0)))
    before = found.feed_forward.up(HIDDEN)
    used = (found(before) != 0).view(40, NEURONS)
    experts_of_token = torch.stack([used[:, found.labels == expert].any(1) for expert in range(EXPERTS)], dim=1)
    assert experts_of_token.sum(0).max() <= TOP_K * 5
    assert experts_of_token.sum() < 40 * TOP_K
    assert not torch.equal(found(before)[:20], found(before[:20]))


def test_the_auxiliary_loss_is_taken_once_and_reaches_the_input_but_not_the_keys() -> None:
    model = convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, fidelity=Fidelity(gate_noise=1.0, auxiliary_loss=0.01)).train()
    (found,) = expert_layers(model)
    hidden = HIDDEN.clone().requires_grad_()
    found(found.feed_forward.up(hidden))
    loss = auxiliary_loss(model)
    assert loss > 0
    assert auxiliary_loss(model) == 0
    loss.backward()
    assert hidden.grad is not None and hidden.grad.abs().max() > 0
    assert found.feed_forward.up.weight.grad is None


def test_the_auxiliary_loss_is_zero_in_evaluation_and_where_it_is_off() -> None:
    for fidelity, training in ((Fidelity(auxiliary_loss=0.01), False), (Fidelity(), True)):
        model = convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, fidelity=fidelity).train(training)
        run(model, BERT.inputs())
        assert auxiliary_loss(model) == 0


def test_a_model_is_copied_while_it_holds_an_auxiliary_loss() -> None:
    model = convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, gate="learned", fidelity=PAPER).train()
    run(model, BERT.inputs())
    twin = copy.deepcopy(model)
    assert auxiliary_loss(twin) == 0
    assert auxiliary_loss(model) > 0


@pytest.mark.parametrize("backend", ["masked", "grouped", "loop"])
@pytest.mark.parametrize("architecture", [BERT, LLAMA])
def test_the_whole_preset_trains_under_every_backend(architecture, backend) -> None:  # type: ignore[no-untyped-def]
    model = convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K, backend=backend, fidelity=PAPER).train()
    (run(model, architecture.inputs()).square().mean() + auxiliary_loss(model)).backward()
    for found in expert_layers(model):
        assert isinstance(found.feed_forward.up.weight.grad, Tensor)
        assert rows(found.feed_forward.up).shape == (NEURONS, 16)


@pytest.mark.parametrize("changes", [{"gate_noise": -1.0}, {"expert_dropout": 1.0}, {"capacity_factor": 0.0}, {"auxiliary_loss": -0.1}])
def test_values_out_of_range_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        Fidelity(**changes)  # type: ignore[arg-type]
