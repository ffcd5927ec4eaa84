"""A converted model under the tools that training uses: LoRA, gradient checkpointing, autocast, compilation, half precision, other devices."""

import warnings

import pytest
import torch
import transformers
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn

from benchmarks.methods.emoe import convert, expert_layers, merge, record, restore
from benchmarks.methods.emoe.adapters import rows
from tests.benchmarks.methods.emoe.architectures import BERT, GPT2, LLAMA, VIT, Architecture, bert_config, gpt2_config, run

EXPERTS, TOP_K = 8, 3
SEVERAL = pytest.mark.parametrize("architecture", [BERT, GPT2, LLAMA, VIT], ids=lambda architecture: architecture.name)
TARGETS = {"bert": ["dense"], "gpt2": ["c_fc", "c_proj"], "llama": ["gate_proj", "up_proj", "down_proj"], "vit": ["fc1", "fc2"]}


def _adapted(model: nn.Module, architecture: Architecture, dropout: float = 0.0) -> nn.Module:
    """Puts LoRA around the feed-forward layers too, with adapters that do something from the start."""
    torch.manual_seed(5)
    lora = LoraConfig(r=2, target_modules=TARGETS[architecture.name], init_lora_weights=False, lora_dropout=dropout, fan_in_fan_out=architecture is GPT2)
    adapted: nn.Module = get_peft_model(model, lora)  # type: ignore[arg-type, assignment]
    return adapted.double().eval()


@SEVERAL
def test_lora_in_the_feed_forward_layers_works_and_all_experts_are_still_bitwise_dense(architecture: Architecture) -> None:
    dense = run(_adapted(architecture.build(), architecture), architecture.inputs())
    converted = _adapted(convert(architecture.build(), num_experts=EXPERTS, top_k=EXPERTS), architecture)
    assert torch.equal(run(converted, architecture.inputs()), dense)


@SEVERAL
def test_lora_before_and_after_the_conversion_come_to_the_same(architecture: Architecture) -> None:
    after = _adapted(convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K), architecture)
    before = convert(_adapted(architecture.build(), architecture), num_experts=EXPERTS, top_k=TOP_K)
    assert torch.equal(run(before, architecture.inputs()), run(after, architecture.inputs()))


@SEVERAL
def test_under_lora_the_gate_uses_the_keys_with_the_adapter_added(architecture: Architecture) -> None:
    adapted = _adapted(convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K), architecture)
    found = expert_layers(adapted)[-1]
    wrapped = found.feed_forward.block.get_submodule(found.feed_forward.family.up)
    hidden = torch.randn(40, 16, dtype=torch.float64)
    active = found(wrapped(hidden)) != 0
    merged = rows(found.feed_forward.up) + (wrapped.get_delta_weight("default").T if architecture is GPT2 else wrapped.get_delta_weight("default"))  # type: ignore[operator, union-attr]
    keys = torch.stack([merged[found.labels == expert].mean(0) for expert in range(EXPERTS)])
    chosen = torch.zeros(40, EXPERTS, dtype=torch.bool).scatter_(1, (hidden @ keys.T).topk(TOP_K).indices, True)
    assert torch.equal(active, chosen.index_select(1, found.labels))


@SEVERAL
@pytest.mark.parametrize("backend", ["loop", "grouped"])
@pytest.mark.parametrize("adapters_first", [False, True])
def test_under_lora_the_other_backends_mask_and_say_so_once(architecture: Architecture, backend: str, adapters_first: bool) -> None:
    masked = run(_adapted(convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K), architecture), architecture.inputs())
    options = {"num_experts": EXPERTS, "top_k": TOP_K, "backend": backend}
    if adapters_first:
        model = convert(_adapted(architecture.build(), architecture), **options)  # type: ignore[arg-type]
    else:
        model = _adapted(convert(architecture.build(), **options), architecture)  # type: ignore[arg-type]
    with pytest.warns(UserWarning, match=f"its experts are masked, not run by '{backend}'"):
        assert torch.equal(run(model, architecture.inputs()), masked)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert torch.equal(run(model, architecture.inputs()), masked)


def test_lora_trains_and_merges_into_a_dense_model() -> None:
    model = _adapted(convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K), BERT).train()
    run(model, BERT.inputs()).square().mean().backward()
    assert all((parameter.grad is not None) == ("lora" in name) for name, parameter in model.named_parameters() if "pooler" not in name)
    plain = merge(model.eval().merge_and_unload())  # type: ignore[operator]
    assert type(plain) is transformers.BertModel
    assert list(plain.state_dict()) == list(BERT.build().state_dict())


@pytest.mark.parametrize("backend", ["masked", "grouped", "loop"])
@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("gate", ["avg_k", "learned"])
def test_gradient_checkpointing_gives_the_same_gradients(backend: str, reentrant: bool, gate: str) -> None:
    def gradients(checkpointing: bool) -> dict[str, Tensor]:
        model = convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, backend=backend, gate=gate).train()  # type: ignore[arg-type]
        if checkpointing:
            model.gradient_checkpointing_enable({"use_reentrant": reentrant})  # type: ignore[operator]
            model.enable_input_require_grads()  # type: ignore[operator]
        torch.manual_seed(0)
        run(model, BERT.inputs()).square().sum().backward()
        return {name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None}

    plain, checkpointed = gradients(False), gradients(True)
    assert plain.keys() == checkpointed.keys()
    for name, gradient in plain.items():
        torch.testing.assert_close(checkpointed[name], gradient, rtol=1e-12, atol=1e-12)


def test_the_random_selector_draws_the_same_experts_again_when_a_checkpoint_is_recomputed() -> None:
    model = convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, selector="random").train()
    model.gradient_checkpointing_enable({"use_reentrant": False})  # type: ignore[operator]
    run(model, BERT.inputs()).square().sum().backward()


@SEVERAL
@pytest.mark.parametrize("backend", ["masked", "grouped", "loop"])
def test_bfloat16_autocast_keeps_scores_in_float32_and_stays_near_full_precision(architecture: Architecture, backend: str) -> None:
    model = convert(architecture.build().float(), num_experts=EXPERTS, top_k=EXPERTS, backend=backend)  # type: ignore[arg-type]
    inputs = architecture.inputs() if not architecture.picture else architecture.inputs().float()
    full = run(model, inputs)
    (found, *_) = expert_layers(model)
    seen: list[Tensor] = []
    scores = found._average_key_scores
    found._average_key_scores = lambda *given: seen.append(scores(*given)) or seen[-1]  # type: ignore[method-assign, func-returns-value]
    with torch.autocast("cpu", torch.bfloat16):
        half = run(model, inputs)
        half.float().square().mean().backward()
    assert {scores.dtype for scores in seen} == {torch.float32}
    torch.testing.assert_close(half.float(), full, rtol=0.1, atol=0.1)


@pytest.mark.parametrize("backend", ["masked", "grouped", "loop"])
def test_a_model_in_bfloat16_runs(backend: str) -> None:
    model = convert(BERT.build(), num_experts=EXPERTS, top_k=TOP_K, backend=backend, gate="learned").bfloat16()  # type: ignore[arg-type]
    assert run(model, BERT.inputs()).dtype == torch.bfloat16


@pytest.mark.parametrize(("architecture", "gate"), [(BERT, "avg_k"), (GPT2, "avg_k"), (LLAMA, "avg_k"), (VIT, "learned")])
def test_a_masked_block_compiles_without_a_graph_break(architecture: Architecture, gate: str) -> None:
    torch._dynamo.reset()
    model = convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K, gate=gate, layers=[2])  # type: ignore[arg-type]
    expected = run(model, architecture.inputs())
    (found,) = expert_layers(model)
    found.feed_forward.block.compile(backend="aot_eager", fullgraph=True)
    output = run(model, architecture.inputs())
    torch.testing.assert_close(output, expected, rtol=1e-12, atol=1e-12)
    output.square().sum().backward()
    assert found.feed_forward.up.weight.grad is not None


@pytest.mark.parametrize("backend", ["grouped", "loop"])
def test_under_compilation_the_other_backends_run_with_graph_breaks(backend: str) -> None:
    torch._dynamo.reset()
    model = convert(transformers.BertModel(bert_config()).eval(), num_experts=2, top_k=1, backend=backend)  # type: ignore[arg-type]
    expected = run(model, BERT.inputs())
    expert_layers(model)[0].compile(backend="eager")
    torch.testing.assert_close(run(model, BERT.inputs()), expected)


def test_the_grouped_kernel_agrees_with_masking_in_float32() -> None:
    # 16 neurons an expert are whole 16 bytes a row, so that the kernel is used and not the way around it.
    model = convert(transformers.BertModel(bert_config(intermediate_size=64)).eval(), num_experts=4, top_k=2)
    masked, conversion = run(model, BERT.inputs()), record(model)
    restore(merge(model), conversion | {"backend": "grouped"})
    torch.testing.assert_close(run(model, BERT.inputs()), masked, rtol=1e-5, atol=1e-5)


@SEVERAL
def test_labels_move_with_the_model(architecture: Architecture) -> None:
    model = convert(architecture.build(), num_experts=EXPERTS, top_k=TOP_K).to("meta")
    assert all(layer.labels.device.type == "meta" for layer in expert_layers(model))


def test_generation_with_a_cache_works() -> None:
    model = convert(transformers.GPT2LMHeadModel(gpt2_config()).eval(), num_experts=EXPERTS, top_k=TOP_K)
    ids = GPT2.inputs(rows=1)
    with torch.no_grad():
        written = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=4, do_sample=False, pad_token_id=0)  # type: ignore[operator]
        again = ids
        for _ in range(4):
            again = torch.cat([again, model(again).logits[:, -1:].argmax(-1)], dim=1)
    assert torch.equal(written, again)
