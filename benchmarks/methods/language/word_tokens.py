"""From texts to tokens and back, for language models: MiniLM's word pieces cut down to a corpus, or a pretrained model's own tokens."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

from tokenizers import Tokenizer, decoders, models

from benchmarks.methods.weights import MINILM, load_tokenizer

_UNKNOWN = "[UNK]"
_END = "[SEP]"
"""BERT's sign for the end of a text."""
_CONTINUED = "##"
_BEFORE = re.compile(r" (?=[.,;:!?%)\]}](?:\W|$))")
"""A space that no one writes: before a mark that belongs to the word in front of it."""
_AFTER = re.compile(r"(?<=[(\[{£$#]) ")
_WITHIN = re.compile(r"(?<=\w) ([’']) (?=(?:s|t|re|ve|ll|d|m|em|all|am|clock)\b)|(?<=\w) ?(-) ?(?=\w)|(?<=\d) ([.,:]) (?=\d)")
"""Marks inside a word, as in don't, mother-of-pearl and 6.40."""


class Tokens(Protocol):
    """Token ids of texts."""

    end: int
    """The token that stands before and after every text."""

    def __len__(self) -> int:
        """How many tokens there are."""
        ...

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Returns the ids of every text, without `end`."""
        ...

    def decode(self, ids: Sequence[int]) -> str: ...


class WordPieces:
    """MiniLM's uncased word pieces, as many as a corpus needs: those that occur in it often enough, and single ASCII characters, so that other words can be
    spelt.

    Args:
        corpus: Texts.
        minimum_count: How often a piece must occur in them to be kept.
        network: Whether MiniLM's tokenizer may be downloaded.

    Raises:
        DataUnavailableError: MiniLM's tokenizer is not on this machine and may not, or cannot, be downloaded.
    """

    def __init__(self, corpus: Sequence[str], minimum_count: int, network: bool) -> None:
        original: Tokenizer = load_tokenizer(MINILM, None, network).backend_tokenizer
        original.no_truncation()
        original.no_padding()
        known = original.get_vocab(with_added_tokens=False)
        counts = Counter(token for one in original.encode_batch(list(corpus), add_special_tokens=False) for token in one.tokens)
        frequent = {piece for piece, count in counts.items() if count >= minimum_count}
        single = {piece for piece in known if piece.isascii() and len(piece.removeprefix(_CONTINUED)) == 1}
        kept = sorted({_UNKNOWN, _END} | frequent | single, key=lambda piece: known[piece])
        self.original_ids = [known[piece] for piece in kept]
        """For every token its id in MiniLM's own vocabulary."""
        pieces: Any = models.WordPiece({piece: number for number, piece in enumerate(kept)}, unk_token=_UNKNOWN)
        self._tokenizer = Tokenizer(pieces)
        self._tokenizer.normalizer = original.normalizer
        self._tokenizer.pre_tokenizer = original.pre_tokenizer
        self._tokenizer.decoder = decoders.WordPiece(prefix=_CONTINUED, cleanup=False)
        self.end = kept.index(_END)

    def __len__(self) -> int:
        return len(self.original_ids)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        return [one.ids for one in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def decode(self, ids: Sequence[int]) -> str:
        """Returns lower-case text. Where a space was is not in the tokens: marks are joined as they are usually written."""
        text = self._tokenizer.decode([token for token in ids if token != self.end])
        text = _WITHIN.sub(lambda match: "".join(mark or "" for mark in match.groups()), text)
        return _AFTER.sub("", _BEFORE.sub("", text))


class PretrainedTokens:
    """A pretrained model's own tokens.

    Raises:
        DataUnavailableError: its tokenizer is not on this machine and may not, or cannot, be downloaded.
    """

    def __init__(self, name: str, revision: str | None, network: bool) -> None:
        self._tokenizer = load_tokenizer(name, revision, network)
        self.end = int(self._tokenizer.eos_token_id)

    def __len__(self) -> int:
        return len(self._tokenizer)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        found: list[list[int]] = self._tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]
        return found

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode([token for token in ids if token != self.end], clean_up_tokenization_spaces=False))
