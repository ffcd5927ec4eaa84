"""What of a conversion is saved, and how it comes back."""

import json
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from benchmarks.methods.emoe import PAPER, convert, expert_layers, merge, record, restore
from tests.benchmarks.methods.emoe.architectures import BERT, GPT2, HIDDEN, LLAMA, VIT, Architecture, bert_config, gpt2_config, run

EXPERTS, TOP_K = 8, 3


def _fine_tuned(model: nn.Module, inputs: Tensor) -> nn.Module:
    """Moves every weight, so that clusters found anew would be others."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    run(model, inputs).square().mean().backward()
    optimizer.step()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model


@pytest.mark.parametrize("architecture", [BERT, GPT2, LLAMA, VIT], ids=lambda architecture: architecture.name)
@pytest.mark.parametrize("backend", ["masked", "grouped", "loop"])
@pytest.mark.parametrize("gate", ["avg_k", "learned"])
def test_a_saved_model_is_restored_with_the_experts_it_was_trained_with(architecture: Architecture, backend: str, gate: str, tmp_path: Path) -> None:
    model = convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K, backend=backend, gate=gate, fidelity=PAPER)  # type: ignore[arg-type]
    _fine_tuned(model, architecture.inputs())
    model.save_pretrained(tmp_path)  # type: ignore[operator]
    loaded = type(model).from_pretrained(tmp_path, dtype=torch.float64).eval()  # type: ignore[attr-defined]
    assert not expert_layers(loaded)
    restored = restore(loaded, folder=tmp_path)
    assert record(restored) == record(model)
    assert torch.equal(run(restored, architecture.inputs()), run(model, architecture.inputs()))


def test_the_configuration_holds_the_conversion_in_json_and_loses_it_with_the_merge(tmp_path: Path) -> None:
    model = convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, seed=4)
    model.save_pretrained(tmp_path)  # type: ignore[operator]
    saved = json.loads((tmp_path / "config.json").read_text())["emoe"]
    assert saved == record(model)
    assert {name: saved[name] for name in ("num_experts", "top_k", "selector", "gate", "backend", "seed")} == {
        "num_experts": 8,
        "top_k": 3,
        "selector": "top",
        "gate": "avg_k",
        "backend": "masked",
        "seed": 4,
    }
    assert list(saved["labels"]) == ["2"]
    merge(model)
    assert not hasattr(model.config, "emoe")


def test_a_saved_avg_k_model_is_a_plain_checkpoint_that_loads_dense_without_a_word(tmp_path: Path) -> None:
    convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K).save_pretrained(tmp_path)  # type: ignore[operator]
    loaded, report = transformers.BertModel.from_pretrained(tmp_path, dtype=torch.float64, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    assert torch.equal(run(loaded.eval(), BERT.inputs()), run(BERT.build(), BERT.inputs()))


def test_a_task_model_is_saved_and_its_body_restored_with_the_router(tmp_path: Path) -> None:
    model = convert(transformers.BertForSequenceClassification(bert_config()).double().eval(), num_experts=EXPERTS, top_k=TOP_K, gate="learned")
    model.save_pretrained(tmp_path)
    body = restore(transformers.BertModel.from_pretrained(tmp_path, dtype=torch.float64).eval(), folder=tmp_path)
    assert torch.equal(run(body, BERT.inputs()), run(model.bert, BERT.inputs()))


def test_the_state_of_a_module_around_a_converted_model_goes_through_safetensors(tmp_path: Path) -> None:
    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = convert(transformers.BertModel(bert_config()), num_experts=EXPERTS, top_k=TOP_K, gate="learned")
            self.head = nn.Linear(HIDDEN, 3)

        def forward(self, inputs: Tensor) -> Tensor:
            output: Tensor = self.head(run(self.encoder, inputs)[:, 0])
            return output

    torch.manual_seed(0)
    network = Network().eval()
    save_file(network.state_dict(), tmp_path / "model.safetensors")
    other = Network().eval()
    other.load_state_dict(load_file(tmp_path / "model.safetensors"))
    # Labels are no part of the state: they belong to the conversion, which the configuration holds.
    conversion = record(network.encoder)
    other.encoder = restore(merge(other.encoder), conversion | {"gate": "avg_k"})
    network.encoder = restore(merge(network.encoder), conversion | {"gate": "avg_k"})
    assert torch.equal(other(BERT.inputs()), network(BERT.inputs()))


def test_more_than_256_experts_are_recorded_in_two_bytes_a_neuron() -> None:
    model = convert(transformers.BertModel(bert_config(intermediate_size=600)), num_experts=300, top_k=5, partition="random")
    before = [layer.labels.clone() for layer in expert_layers(model)]
    conversion = record(model)
    assert len(conversion["labels"]["2"]) == 600 * 2 * 4 / 3
    after = [layer.labels for layer in expert_layers(restore(merge(model), conversion))]
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


def test_a_record_works_for_models_without_a_configuration() -> None:
    from tests.benchmarks.methods.emoe.architectures import open_clip_tower

    model = convert(open_clip_tower().eval(), num_experts=EXPERTS, top_k=TOP_K)
    inputs = torch.randn(2, 3, 8, 8)
    expected, conversion = run(model, inputs), json.loads(json.dumps(record(model)))
    assert torch.equal(run(restore(merge(model), conversion), inputs), expected)


def test_what_cannot_be_restored_is_refused_in_one_sentence(tmp_path: Path) -> None:
    model = BERT.build()
    with pytest.raises(ValueError, match="BertModel has no conversion in its configuration"):
        restore(model)
    with pytest.raises(ValueError, match="BertModel has no experts; convert it first"):
        record(model)
    conversion = record(convert(transformers.GPT2Model(gpt2_config(n_inner=64)), num_experts=4, top_k=2, layers=[1]))
    with pytest.raises(ValueError, match="labels of 64 neurons for layer 1, where the model has 32; it belongs to another model"):
        restore(model, conversion)
    learned = record(convert(BERT.build(), num_experts=4, top_k=2, gate="learned"))
    with pytest.raises(ValueError, match="gate 'learned' has a router that from_pretrained passes over"):
        restore(model, learned)
    with pytest.raises(ValueError, match="has no router parameter .* for layer 2; name the folder"):
        restore(model, learned, folder=tmp_path)
