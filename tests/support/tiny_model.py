"""A tiny Mistral with random weights, a tokenizer trained on the spot and a chat template: real in every part but its wits."""

from collections.abc import Iterable, Mapping
from pathlib import Path

CHAT_TEMPLATE = "{{ bos_token }}{% for message in messages %}[{{ message['role'] }}] {{ message['content'] }} {% endfor %}[assistant] "
END = "</s>"
_CORPUS = ["The quick brown fox jumps over the lazy dog.", "She said that nobody had seen the boat come in."]


def make_tiny_model(
    folder: Path,
    words: Iterable[str] = (),
    corpus: Iterable[str] = (),
    favour: Mapping[str, float] | None = None,
    positions: int = 4096,
    chat_template: str | None = CHAT_TEMPLATE,
    seed: int = 0,
    heads: int = 4,
) -> Path:
    """Writes a model of about 100 K parameters to `folder` and returns it.

    `words` become tokens of their own; `corpus` is what the tokenizer is to write shortly. `favour` adds a constant to the scores of tokens,
    so that sampling from the model can be made to close its strings and lists, or to like certain words. All 256 bytes are tokens, so that
    any text can be written.
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
    hidden = 64
    model = MistralForCausalLM(
        MistralConfig(
            vocab_size=len(fast),
            hidden_size=hidden,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=heads,
            num_key_value_heads=heads // 2,
            max_position_embeddings=positions,
            sliding_window=None,
            initializer_range=0.3,
            bos_token_id=fast.bos_token_id,
            eos_token_id=fast.eos_token_id,
        )
    )
    if favour:
        _add_bias(model, {token: score for text, score in favour.items() if (token := fast.get_vocab().get(text)) is not None})
    model.save_pretrained(folder)
    return folder


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
        for token, score in bias.items():
            # After the last normalisation that number is a little below the square root of the width, which is 8.
            model.lm_head.weight[token, 0] = score / 8.0  # type: ignore[attr-defined]
