"""Tiny causal language models: settings for new ones, and pretrained ones with random weights and a tokenizer trained on the spot."""

from pathlib import Path
from typing import Any, Literal

from benchmarks.methods.base import Setting
from benchmarks.methods.language.language_model import CausalLanguageModel
from tests.support.toy_texts import toy_texts

TEXTS = toy_texts(120, 1).texts
HELD_OUT = toy_texts(30, 2).texts
SETTINGS: dict[str, Any] = {
    "network": {"kind": "new", "layers": 2, "width": 32, "heads": 2, "minimum_count": 1},
    "objective": {"kind": "mle"},
    "block_length": 32,
    "epochs": 2,
    "batch_size": 4,
    "learning_rate": 0.01,
}


def make_language_model(seed: int = 0, **settings: Any) -> CausalLanguageModel:
    return CausalLanguageModel({**SETTINGS, **settings}, Setting(0, seed, 1, False), TEXTS)


def make_tiny_gpt(folder: Path, family: Literal["gpt2", "opt"] = "gpt2", seed: int = 0) -> Path:
    """Writes a GPT-2 or OPT of about 30 K parameters to `folder`, in safetensors, and returns it. OPT has more rows than tokens, as the real one does."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GPT2Config, GPT2LMHeadModel, OPTConfig, OPTForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=["</s>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="</s>", eos_token="</s>")  # type: ignore[no-untyped-call]
    fast.save_pretrained(folder)
    torch.manual_seed(seed)
    end = fast.eos_token_id
    model: Any
    if family == "gpt2":
        model = GPT2LMHeadModel(GPT2Config(vocab_size=len(fast), n_positions=64, n_embd=32, n_layer=2, n_head=2, bos_token_id=end, eos_token_id=end))
    else:
        sizes: dict[str, Any] = {"hidden_size": 32, "word_embed_proj_dim": 32, "ffn_dim": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
        model = OPTForCausalLM(OPTConfig(vocab_size=len(fast) + 7, max_position_embeddings=64, bos_token_id=end, eos_token_id=end, pad_token_id=end, **sizes))
    model.save_pretrained(folder)
    return folder
