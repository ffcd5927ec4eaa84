"""Tiny BERT and RoBERTa with random weights and tokenizers trained on the spot: real in every part but their wits."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_TEXT = """lovely happy glad sunny smile awful gloomy tearful lonely grave furious shout slam rage burn the a of and we she he it was at day boat door
letter kitchen morning road window table friend story again never always before after came went said over under to in"""
WORDS = tuple(_TEXT.split())


def make_tiny_bert(folder: Path, positions: int = 128, seed: int = 0) -> Path:
    """Writes a BERT of about 30 K parameters with two token types to `folder`, in safetensors, and returns it."""
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel, BertTokenizer

    learner = BertWordPieceTokenizer()
    learner.train_from_iterator(_corpus(), vocab_size=300, min_frequency=1, show_progress=False)
    tokenizer = BertTokenizer(vocab=learner.get_vocab())
    return _write(folder, tokenizer, BertModel, BertConfig(**_sizes(len(tokenizer), positions), type_vocab_size=2, pad_token_id=0), seed)


def make_tiny_roberta(folder: Path, positions: int = 128, seed: int = 0) -> Path:
    """Writes a RoBERTa of about 30 K parameters with the one token type of the stock model to `folder`, in safetensors, and returns it."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaConfig, RobertaModel, RobertaTokenizer

    learner = ByteLevelBPETokenizer()
    learner.train_from_iterator(_corpus(), vocab_size=450, min_frequency=1, show_progress=False, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    merges: Any = [tuple(merge) for merge in json.loads(learner.to_str())["model"]["merges"]]
    tokenizer = RobertaTokenizer(vocab=learner.get_vocab(), merges=merges)
    # RoBERTa counts positions from behind the padding's id, which takes two.
    return _write(folder, tokenizer, RobertaModel, RobertaConfig(**_sizes(len(tokenizer), positions + 2), type_vocab_size=1, pad_token_id=1), seed)


def _corpus() -> Sequence[str]:
    return [" ".join(WORDS[start : start + 6]) for start in range(len(WORDS))] * 3


def _sizes(vocabulary: int, positions: int) -> dict[str, Any]:
    return {
        "vocab_size": vocabulary,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": positions,
    }


def _write(folder: Path, tokenizer: Any, model: Any, config: Any, seed: int) -> Path:
    import torch
    from transformers.utils import logging

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    tokenizer.save_pretrained(folder)
    model(config).save_pretrained(folder)
    return folder
