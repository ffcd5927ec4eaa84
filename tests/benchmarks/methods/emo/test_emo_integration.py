"""The loss inside transformers, Trainer and accelerate, on tiny real models: shifting, accumulation, tied and padded embeddings, and the fused forward pass."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientAccumulationPlugin
from peft import LoraConfig, get_peft_model
from torch import Tensor
from torch.nn import functional as F
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    OPTConfig,
    OPTForCausalLM,
    PreTrainedModel,
    Trainer,
    TrainingArguments,
)

from benchmarks.methods.emo import EMOLoss, emo_loss, fuse, mixce_loss, mle_loss, tailr_loss

VOCABULARY, LENGTH = 40, 10
SPECIAL = {"vocab_size": VOCABULARY, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}


def _gpt2() -> GPT2LMHeadModel:
    config = GPT2Config(n_embd=16, n_layer=1, n_head=2, n_positions=16, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, **SPECIAL)
    return GPT2LMHeadModel(config)


def _opt() -> OPTForCausalLM:
    """As OPT-350M: its output projection is narrower than its layers."""
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "ffn_dim": 32, "max_position_embeddings": 16, "word_embed_proj_dim": 8}
    return OPTForCausalLM(OPTConfig(**sizes, dropout=0, attention_dropout=0, **SPECIAL))


def _llama() -> LlamaForCausalLM:
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 16}
    return LlamaForCausalLM(LlamaConfig(**sizes, **SPECIAL))


def _gemma2() -> Gemma2ForCausalLM:
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8, "intermediate_size": 32}
    return Gemma2ForCausalLM(Gemma2Config(**sizes, **SPECIAL))


MODELS: dict[str, Callable[[], PreTrainedModel]] = {"gpt2": _gpt2, "opt": _opt, "llama": _llama}


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def _batch(rows: int = 4) -> tuple[Tensor, Tensor]:
    """Returns ids and labels whose rows have unequal numbers of ignored tokens."""
    ids = torch.randint(2, VOCABULARY, (rows, LENGTH))
    labels = ids.clone()
    for row in range(rows):
        labels[row, : 2 * row % LENGTH] = -100
    return ids, labels


def _gradients(model: torch.nn.Module) -> dict[str, Tensor]:
    found = {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None}
    model.zero_grad()
    return found


def _assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, value in found.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-6, msg=lambda text, name=name: f"{name}: {text}")


# The loss on a model's logits


@pytest.mark.parametrize("name", MODELS)
def test_a_model_trains_on_the_loss_of_the_next_token(name: str) -> None:
    model, (ids, labels) = MODELS[name](), _batch()
    model.loss_function = EMOLoss(model=model, mode="emo", ratio="plain")
    output = model(input_ids=ids, labels=labels)
    embeddings = model.get_output_embeddings().weight
    expected = emo_loss(output.logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), embeddings, mode="emo", ratio="plain")
    torch.testing.assert_close(output.loss, expected)
    output.loss.backward()
    assert all(gradient.isfinite().all() for gradient in _gradients(model).values())


@pytest.mark.parametrize("objective", ["mle", "tailr", "mixce"])
def test_one_class_serves_all_objectives(objective: Any) -> None:
    model, (ids, labels) = _gpt2(), _batch()
    model.loss_function = EMOLoss(objective=objective, gamma=0.3, eta=0.6)
    output = model(input_ids=ids, labels=labels)
    rows = output.logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()
    expected = {"mle": mle_loss(*rows), "tailr": tailr_loss(*rows, gamma=0.3), "mixce": mixce_loss(*rows, eta=0.6)}[objective]
    torch.testing.assert_close(output.loss, expected)


def test_labels_that_are_shifted_already_are_taken_as_they_are() -> None:
    loss, (_, labels) = EMOLoss(torch.randn(VOCABULARY, 4)), _batch()
    logits = torch.randn(4, LENGTH, VOCABULARY)
    shifted = F.pad(labels, (0, 1), value=-100)[:, 1:]
    assert torch.equal(loss(logits, labels, VOCABULARY), loss(logits, None, VOCABULARY, shift_labels=shifted))


def test_without_labels_the_model_generates() -> None:
    model = _gpt2()
    fuse(model, EMOLoss(model=model))
    for training in (True, False):
        assert model.train(training)(input_ids=torch.tensor([[5, 6]])).logits.shape == (1, 2, VOCABULARY)
    assert model.generate(torch.tensor([[5, 6]]), max_new_tokens=3, min_new_tokens=3, do_sample=False).shape == (1, 5)


# Embeddings


@pytest.mark.parametrize("source", ["output", "input"])
def test_the_frozen_copy_stays_when_tied_embeddings_move_and_is_in_no_state_dict(source: Any) -> None:
    model, (ids, labels) = _gpt2(), _batch()
    names, before = set(model.state_dict()), model.get_input_embeddings().weight.detach().clone()
    loss = EMOLoss(model=model, source=source)
    model.loss_function = loss
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    model(input_ids=ids, labels=labels).loss.backward()
    optimizer.step()
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    assert not torch.equal(model.get_input_embeddings().weight, before)
    assert torch.equal(loss._embeddings, before)
    assert set(model.state_dict()) == names
    assert len(list(model.parameters())) == len(list(_gpt2().parameters()))


def test_a_model_with_the_loss_is_saved_and_loaded_as_without(tmp_path: Path) -> None:
    model = _gpt2()
    fuse(model, EMOLoss(model=model))
    model.save_pretrained(tmp_path)
    loaded = GPT2LMHeadModel.from_pretrained(tmp_path)
    assert all(torch.equal(value, loaded.state_dict()[name]) for name, value in model.state_dict().items())


def test_padding_of_the_vocabulary_costs_one() -> None:
    padded = torch.randn(VOCABULARY, 6)
    logits, labels = torch.randn(2, LENGTH, VOCABULARY), torch.randint(33, (2, LENGTH))
    zeros = padded.clone()
    zeros[33:] = 0
    expected = EMOLoss(zeros)(logits, labels, VOCABULARY)
    assert torch.equal(EMOLoss(padded, known_tokens=33)(logits, labels, VOCABULARY), expected)
    assert torch.equal(EMOLoss(padded[:33])(logits, labels, VOCABULARY), expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give exactly one of them"),
        ({"embeddings": torch.zeros(3, 2), "model": _gpt2()}, "give exactly one of them"),
        ({"embeddings": torch.full((3, 2), float("nan"))}, "not finite"),
        ({"embeddings": torch.zeros(3, 2), "known_tokens": 4}, "known_tokens is 4; the embeddings have 3 rows"),
        ({"model": _gpt2(), "source": "middle"}, "source is 'middle'; it must be one of output, input"),
        ({"objective": "emd"}, "objective is 'emd'; it must be one of emo, mle, tailr, mixce"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EMOLoss(**arguments)


# The fused forward pass


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("items", [None, 11])
def test_the_fused_forward_pass_gives_the_same_loss_and_gradients_without_logits(name: str, items: int | None) -> None:
    model, (ids, labels) = MODELS[name]().train(), _batch()
    loss = EMOLoss(model=model)
    model.loss_function = loss
    inputs = {"input_ids": ids, "labels": labels, "attention_mask": torch.ones_like(ids), "num_items_in_batch": items}
    plain = model(**inputs)
    plain.loss.backward()
    expected = _gradients(model)
    fused = fuse(model, loss)(**inputs)
    fused.loss.backward()
    assert fused.logits is None
    torch.testing.assert_close(fused.loss, plain.loss)
    _assert_same(_gradients(model), expected)


def test_in_evaluation_a_fused_model_has_its_logits_and_the_same_loss() -> None:
    model, (ids, labels) = _gpt2(), _batch()
    fuse(model, EMOLoss(model=model))
    trained, evaluated = model.train()(input_ids=ids, labels=labels), model.eval()(input_ids=ids, labels=labels)
    assert evaluated.logits.shape == (4, LENGTH, VOCABULARY)
    torch.testing.assert_close(trained.loss, evaluated.loss)


def test_the_fused_forward_pass_returns_tuples_and_hidden_states_where_asked() -> None:
    model, (ids, labels) = _gpt2().train(), _batch()
    fuse(model, EMOLoss(model=model))
    output = model(input_ids=ids, labels=labels, output_hidden_states=True)
    assert len(output.hidden_states) == 2
    assert torch.equal(model(ids, labels=labels, return_dict=False)[0], output.loss)


def test_a_copy_of_a_fused_model_trains_itself_and_not_the_first() -> None:
    model, (ids, labels) = _gpt2().train(), _batch()
    fuse(model, EMOLoss(model=model))
    second = copy.deepcopy(model)
    second(input_ids=ids, labels=labels).loss.backward()
    assert _gradients(second)
    assert not _gradients(model)


def test_lora_trains_through_the_fused_forward_pass() -> None:
    model, (ids, labels) = _gpt2(), _batch()
    adapted = get_peft_model(fuse(model, EMOLoss(model=model)), LoraConfig(target_modules=["c_attn"], r=2, fan_in_fan_out=True))
    output = adapted.train()(input_ids=ids, labels=labels)
    output.loss.backward()
    assert output.logits is None
    assert all("lora" in name for name in _gradients(adapted))


def test_a_model_that_caps_its_logits_is_not_fused() -> None:
    model = _gemma2()
    with pytest.raises(ValueError, match="Gemma2ForCausalLM does more to its logits than a linear layer"):
        fuse(model, EMOLoss(model=model))


def test_an_adapter_put_on_the_projection_after_fusing_is_noticed() -> None:
    llama, (ids, labels) = _llama(), _batch()
    fuse(llama, EMOLoss(model=llama))
    adapted = get_peft_model(llama, LoraConfig(target_modules=["lm_head"], r=2)).train()
    with pytest.raises(ValueError, match="no plain linear layer"):
        adapted(input_ids=ids, labels=labels)


def test_a_model_is_not_fused_twice_nor_with_an_adapted_projection() -> None:
    model = _gpt2()
    fuse(model, EMOLoss(model=model))
    with pytest.raises(ValueError, match="already wrapped"):
        fuse(model, EMOLoss(model=model))
    llama = _llama()
    get_peft_model(llama, LoraConfig(target_modules=["lm_head"], r=2))
    with pytest.raises(ValueError, match="no plain linear layer"):
        fuse(llama, EMOLoss(torch.zeros(VOCABULARY, 2)))


# Accumulation


def _rows(ids: Tensor, labels: Tensor) -> list[dict[str, Tensor]]:
    return [{"input_ids": one, "labels": label} for one, label in zip(ids, labels, strict=True)]


def _trained(folder: Path, batch_size: int, fused: bool) -> dict[str, Tensor]:
    """Returns the parameters after two Trainer steps of four rows each."""
    torch.manual_seed(0)
    model = _gpt2()
    loss = EMOLoss(model=model)
    model.loss_function = loss
    if fused:
        fuse(model, loss)
    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=2,
        per_device_train_batch_size=batch_size,
        gradient_accumulation_steps=4 // batch_size,
        optim="sgd",
        learning_rate=0.5,
        lr_scheduler_type="constant",
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        disable_tqdm=True,
    )
    Trainer(model=model, args=arguments, train_dataset=_rows(*_batch(8))).train()
    return {name: value.detach().clone() for name, value in model.named_parameters()}


def test_trainer_with_accumulation_and_unequal_masks_takes_the_steps_of_whole_batches(tmp_path: Path) -> None:
    torch.manual_seed(0)
    untrained = dict(_gpt2().named_parameters())
    whole = _trained(tmp_path, 4, fused=False)
    assert any(not torch.equal(value, untrained[name]) for name, value in whole.items())
    for batch_size, fused in ((1, False), (1, True), (4, True)):
        _assert_same(_trained(tmp_path, batch_size, fused), whole)


def test_trainer_evaluates_a_fused_model(tmp_path: Path) -> None:
    model, rows = _gpt2(), _rows(*_batch())
    fuse(model, EMOLoss(model=model))
    # Else Trainer counts the first token of every row of a GPT-2, which nothing predicts.
    model.loss_type = "ForCausalLM"
    arguments = TrainingArguments(output_dir=str(tmp_path), use_cpu=True, report_to=[], disable_tqdm=True)
    found = Trainer(model=model, args=arguments, eval_dataset=rows).evaluate()["eval_loss"]
    assert found == pytest.approx(model(input_ids=_stacked(rows, "input_ids"), labels=_stacked(rows, "labels")).loss.item(), rel=1e-5)


def _stacked(rows: list[dict[str, Tensor]], key: str) -> Tensor:
    return torch.stack([row[key] for row in rows])


@pytest.mark.parametrize("fused", [False, True])
def test_accelerate_with_accumulation_and_unequal_masks_gives_the_gradient_of_the_whole_batch(fused: bool) -> None:
    AcceleratorState._reset_state(True)
    accelerator = Accelerator(cpu=True, gradient_accumulation_plugin=GradientAccumulationPlugin(num_steps=4, adjust_scheduler=False))
    model, (ids, labels) = _gpt2().train(), _batch()
    loss = EMOLoss(model=model)
    model.loss_function = loss
    model(input_ids=ids, labels=labels).loss.backward()
    expected = _gradients(model)
    if fused:
        fuse(model, loss)
    prepared = accelerator.prepare(model)
    items = (labels[:, 1:] != -100).sum()
    for row, label in zip(ids, labels, strict=True):
        with accelerator.accumulate(prepared):
            value = prepared(input_ids=row.unsqueeze(0), labels=label.unsqueeze(0), num_items_in_batch=items).loss
            accelerator.backward(value * accelerator.gradient_accumulation_steps)
    _assert_same(_gradients(model), expected)


def test_bfloat16_mixed_precision_trains_the_fused_model() -> None:
    AcceleratorState._reset_state(True)
    accelerator = Accelerator(cpu=True, mixed_precision="bf16")
    model, (ids, labels) = _gpt2().train(), _batch()
    plain = EMOLoss(model=model)
    model.loss_function = plain
    expected = model(input_ids=ids, labels=labels).loss
    prepared = accelerator.prepare(fuse(model, plain))
    output = prepared(input_ids=ids, labels=labels)
    accelerator.backward(output.loss)
    assert output.logits is None
    torch.testing.assert_close(output.loss, expected, rtol=0.01, atol=0)
    assert all(gradient.isfinite().all() for gradient in _gradients(model).values())
