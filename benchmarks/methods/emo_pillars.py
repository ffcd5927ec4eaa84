"""The Emo Pillars recipe (arXiv 2504.16856, training): 28 sigmoids, binary cross-entropy, context and utterance told apart by token types.

Stock RoBERTa has a single token type; its embedding is enlarged to two rows, the new one a copy of the old, so that nothing changes before training.
"""

from typing import Any

from torch import nn

from benchmarks.methods.encoder import EncoderClassifier

CONTEXT, UTTERANCE = 0, 1


class EmoPillarsClassifier(EncoderClassifier):
    """The encoder classifier with token type 0 for the context and 1 for the utterance. Without a context everything is type 0."""

    def prepare(self, encoder: Any) -> Any:
        return enlarge_token_types(encoder)

    def token_types(self, encoding: Any) -> list[int]:
        parts = encoding.sequence_ids
        start = parts.index(1) if 1 in parts else len(parts)
        return [CONTEXT] * start + [UTTERANCE] * (len(parts) - start)


def enlarge_token_types(encoder: Any) -> Any:
    """Gives an encoder two token types, in place, if it has one."""
    old = encoder.embeddings.token_type_embeddings
    if old.num_embeddings < 2:
        new = nn.Embedding(2, old.embedding_dim, device=old.weight.device, dtype=old.weight.dtype)
        new.weight.data.copy_(old.weight.data[:1].expand(2, -1))
        encoder.embeddings.token_type_embeddings = new
        encoder.config.type_vocab_size = 2
    return encoder
