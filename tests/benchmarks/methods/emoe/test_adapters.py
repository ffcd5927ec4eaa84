"""Feed-forward layers are found by name and shape; which layers are the paper's."""

import pytest
import torch
import transformers
from torch import nn

from benchmarks.methods.emoe import convert, expert_layers
from benchmarks.methods.emoe.adapters import chosen_layers, find_stack, paper_layers, rows
from tests.benchmarks.methods.emoe.architectures import ARCHITECTURES, GPT2, HIDDEN, LAYERS, NEURONS, Architecture, bert_config, gpt2_config, open_clip_tower


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda architecture: architecture.name)
def test_every_layer_is_found_and_its_keys_are_one_row_a_neuron(architecture: Architecture) -> None:
    stack = find_stack(architecture.build())
    assert len(stack.layers) == LAYERS
    for layer in stack.layers:
        assert (layer.width, layer.hidden) == (NEURONS, HIDDEN)
        assert rows(layer.down).shape == (HIDDEN, NEURONS)
        assert (layer.value is not None) == architecture.gated


def test_conv1d_keeps_its_keys_in_columns_and_rows_turns_them_without_a_copy() -> None:
    layer = find_stack(GPT2.build()).layers[0]
    assert torch.equal(rows(layer.up), layer.up.weight.T)
    assert rows(layer.up).data_ptr() == layer.up.weight.data_ptr()


def test_a_model_inside_another_module_is_found() -> None:
    class Outer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = transformers.BertModel(bert_config())
            self.head = nn.Linear(HIDDEN, 3)

    outer = Outer()
    assert find_stack(outer).config is outer.encoder.config
    assert len(expert_layers(convert(outer, num_experts=4, top_k=2))) == 1


def test_of_a_model_of_pictures_and_texts_the_picture_tower_is_taken() -> None:
    class Clip(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = open_clip_tower().transformer
            self.visual = open_clip_tower()

    assert find_stack(Clip()).name == "visual.transformer.resblocks"


def test_several_stacks_are_refused_by_name() -> None:
    both = nn.ModuleDict({"first": transformers.BertModel(bert_config()), "second": transformers.GPT2Model(gpt2_config())})
    with pytest.raises(ValueError, match=r"several stacks of blocks \(first.encoder.layer, second.h\); pass the part"):
        find_stack(both)


def test_a_module_without_known_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="Linear holds no stack of blocks .*known: BERT, DistilBERT, GPT-2"):
        convert(nn.Linear(2, 2))


@pytest.mark.parametrize(
    ("make", "depth", "expected"),
    [
        # The paper's own choices.
        (lambda depth: transformers.BertModel(bert_config(num_hidden_layers=depth)), 12, (10,)),
        (lambda depth: transformers.GPT2Model(gpt2_config(n_layer=depth)), 48, (44,)),
        (lambda depth: _vit(depth), 12, (8, 10)),
        (lambda depth: _llama(depth), 32, (28, 30)),
        # The same rule at other depths.
        (lambda depth: transformers.BertModel(bert_config(num_hidden_layers=depth)), 24, (22,)),
        (lambda depth: transformers.BertModel(bert_config(num_hidden_layers=depth)), 6, (4,)),
        (lambda depth: transformers.BertModel(bert_config(num_hidden_layers=depth)), 2, (0,)),
        (lambda depth: transformers.BertModel(bert_config(num_hidden_layers=depth)), 1, (0,)),
        (lambda depth: transformers.GPT2Model(gpt2_config(n_layer=depth)), 12, (8,)),
        (lambda depth: transformers.GPT2Model(gpt2_config(n_layer=depth)), 3, (0,)),
        (lambda depth: _vit(depth), 7, (2, 4)),
        (lambda depth: _vit(depth), 2, (0,)),
    ],
)
def test_the_papers_layers_are_the_last_even_ones(make, depth, expected) -> None:  # type: ignore[no-untyped-def]
    assert paper_layers(find_stack(make(depth))) == expected


def test_layers_can_be_named_and_are_taken_in_order() -> None:
    assert chosen_layers(find_stack(GPT2.build()), [3, 0]) == (0, 3)


@pytest.mark.parametrize("layers", [[], [4], [-1], [1, 1]])
def test_layers_that_do_not_exist_or_are_named_twice_are_refused(layers: list[int]) -> None:
    with pytest.raises(ValueError, match="name at least one of 0 to 3, each once"):
        convert(GPT2.build(), num_experts=4, top_k=2, layers=layers)


def test_a_rule_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="layers is 'all'; it must be 'paper' or numbers of layers"):
        convert(GPT2.build(), num_experts=4, top_k=2, layers="all")  # type: ignore[arg-type]


def _vit(depth: int) -> nn.Module:
    sizes = {"hidden_size": HIDDEN, "num_attention_heads": 2, "intermediate_size": NEURONS, "image_size": 8, "patch_size": 4}
    return transformers.ViTModel(transformers.ViTConfig(num_hidden_layers=depth, **sizes))


def _llama(depth: int) -> nn.Module:
    sizes = {"vocab_size": 40, "hidden_size": HIDDEN, "num_attention_heads": 2, "intermediate_size": NEURONS}
    return transformers.LlamaModel(transformers.LlamaConfig(num_hidden_layers=depth, **sizes))
