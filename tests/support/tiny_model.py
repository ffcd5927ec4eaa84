"""A tiny Mistral with random weights, a tokenizer trained on the spot and a chat template: real in every part but its wits."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.projects import DATASET, REPOSITORY

CHAT_TEMPLATE = "{{ bos_token }}{% for message in messages %}[{{ message['role'] }}] {{ message['content'] }} {% endfor %}[assistant] "
END = "</s>"
EMOTIONS = ("joy", "anger", "grief", "neutral", "relief", "pride")
_TASTE = {'"': 8.4, "{": 5.0, ",": 4.2, "]": 3.2, "}": 6.0, "1": 4.0, **dict.fromkeys(EMOTIONS, 7.2)}
_CORPUS = ["The quick brown fox jumps over the lazy dog.", "She said that nobody had seen the boat come in."]


@dataclass(frozen=True)
class Shape:
    """The sizes of a Mistral. `vocabulary` is the least number of scores it gives; scores beyond the tokenizer's tokens belong to nothing."""

    hidden: int
    feed_forward: int
    layers: int
    heads: int
    key_value_heads: int
    vocabulary: int = 0
    spread: float = 0.02
    """The standard deviation of the random weights."""


TINY = Shape(hidden=64, feed_forward=128, layers=2, heads=4, key_value_heads=2, spread=0.3)


def make_tiny_model(
    folder: Path,
    words: Iterable[str] = (),
    corpus: Iterable[str] = (),
    favour: Mapping[str, float] | None = None,
    positions: int = 4096,
    chat_template: str | None = CHAT_TEMPLATE,
    seed: int = 0,
    heads: int | None = None,
    shape: Shape = TINY,
    dtype: str = "float32",
    device: str = "cpu",
) -> Path:
    """Writes a model of about 100 K parameters, or of another shape, to `folder` and returns it.

    `words` become tokens of their own; `corpus` is what the tokenizer is to write shortly. `favour` adds a constant to the scores of tokens,
    so that sampling from the model can be made to close its strings and lists, or to like certain words. All 256 bytes are tokens, so that
    any text can be written. `heads` replaces the shape's attention heads, twice as many as those of keys and values; `dtype` and `device` are
    for making large models.
    """
    import torch
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import MistralConfig, MistralForCausalLM, PreTrainedTokenizerFast

    words, corpus = list(words), list(corpus)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=(1200 if corpus else 320) + 12 * len(words),
        special_tokens=["<s>", END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*_CORPUS, *corpus, *(word for word in words for _ in range(20))], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=AddedToken("<s>"), eos_token=AddedToken(END))  # type: ignore[no-untyped-call]
    fast.chat_template = chat_template
    fast.save_pretrained(folder)

    torch.manual_seed(seed)
    config = MistralConfig(
        vocab_size=max(len(fast), shape.vocabulary),
        hidden_size=shape.hidden,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=heads or shape.heads,
        num_key_value_heads=heads // 2 if heads else shape.key_value_heads,
        max_position_embeddings=positions,
        sliding_window=None,
        initializer_range=shape.spread,
        bos_token_id=fast.bos_token_id,
        eos_token_id=fast.eos_token_id,
    )
    with torch.device(device):
        model = MistralForCausalLM._from_config(config, dtype=getattr(torch, dtype))  # type: ignore[no-untyped-call]
    if favour:
        _add_bias(model, {token: score for text, score in favour.items() if (token := fast.get_vocab().get(text)) is not None})
    model.save_pretrained(folder)
    return folder


def make_terse_model(folder: Path, positions: int = 4096, **settings: Any) -> Path:
    """Writes a model that likes to close its strings and lists and knows some emotions by name, so that some of what it says passes for Emo Pillars.

    `settings` are those of `make_tiny_model`.
    """
    builder = REPOSITORY / "builders" / DATASET
    prompts = [path.read_text(encoding="utf-8") for path in (builder / "labels.yaml", *sorted(builder.glob("prompts/*.j2")))]
    # Words alone: the examples in the prompts would otherwise become tokens that are half an answer.
    corpus = [re.sub(r"[^A-Za-z]+", " ", text) for text in prompts]
    return make_tiny_model(folder, EMOTIONS, corpus, _TASTE, positions, **settings)


def _add_bias(model: object, bias: Mapping[int, float]) -> None:
    """Mistral has no output bias. One number of the hidden state is made large and constant instead; no layer but the last one sees it."""
    import torch

    with torch.no_grad():
        model.model.embed_tokens.weight[:, 0] = 10.0  # type: ignore[attr-defined]
        for layer in model.model.layers:  # type: ignore[attr-defined]
            layer.input_layernorm.weight[0] = layer.post_attention_layernorm.weight[0] = 0.0
            for outgoing in (layer.self_attn.o_proj.weight, layer.mlp.down_proj.weight):
                outgoing *= 0.1
                outgoing[0] = 0.0
        model.lm_head.weight *= 0.3  # type: ignore[attr-defined]
        model.lm_head.weight[:, 0] = 0.0  # type: ignore[attr-defined]
        # After the last normalisation that number is a little below the square root of the width.
        width = model.config.hidden_size**0.5  # type: ignore[attr-defined]
        for token, score in bias.items():
            model.lm_head.weight[token, 0] = score / width  # type: ignore[attr-defined]
