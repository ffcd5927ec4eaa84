"""The network of a language model: a small GPT-2 made for a corpus, or pretrained weights. Safetensors only, and never remote code."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor

from benchmarks.methods.base import MethodSettings
from benchmarks.methods.language.word_tokens import PretrainedTokens, Tokens, WordPieces
from benchmarks.methods.weights import MINILM, load_causal_model, load_encoder
from hub.errors import DeclarationError

OWN = "own"
_EMBEDDING_DEVIATION = 0.1
"""Standard deviation of a new network's word embeddings, over all their numbers. Validation preferred it to 0.2."""


class NewNetwork(MethodSettings):
    """The architecture of GPT-2 with new weights. Its word embeddings, tied to its output, begin as the first principal components of MiniLM's."""

    kind: Literal["new"]
    layers: int = Field(2, ge=1)
    width: int = Field(128, ge=8)
    heads: int = Field(4, ge=1)
    minimum_count: int = Field(3, ge=1)
    """How often a word piece must occur in the training text to be a token."""
    dropout: float = Field(0.0, ge=0, lt=1)


class PretrainedNetwork(MethodSettings):
    """Weights and tokens of a pretrained causal language model."""

    kind: Literal["pretrained"]
    weights: str
    """A folder, or a Hub id."""
    revision: str | None = None


NetworkSettings = Annotated[NewNetwork | PretrainedNetwork, Field(discriminator="kind")]


@dataclass(frozen=True)
class LanguageNetwork:
    """A causal language model of transformers, on the CPU, and its tokens."""

    model: Any
    tokens: Tokens
    positions: int
    """The longest text it can read, in tokens."""


def make_network(settings: NewNetwork | PretrainedNetwork, corpus: Sequence[str], positions: int, network: bool) -> LanguageNetwork:
    """Returns the network that the settings declare; new weights are drawn from torch's random numbers.

    Args:
        corpus: The training texts: they decide the tokens of a new network.
        positions: Of a new network.
        network: Whether weights may be downloaded.

    Raises:
        DataUnavailableError: weights are not on this machine and may not, or cannot, be downloaded.
        DeclarationError: the sizes do not fit each other.
    """
    match settings:
        case NewNetwork():
            pieces = WordPieces(corpus, settings.minimum_count, network)
            return LanguageNetwork(_new_model(settings, pieces, positions, network), pieces, positions)
        case PretrainedNetwork():
            model = load_causal_model(settings.weights, settings.revision, network)
            return LanguageNetwork(model, PretrainedTokens(settings.weights, settings.revision, network), int(model.config.max_position_embeddings))


def cost_embeddings(source: str, made: LanguageNetwork, network: bool) -> Tensor:
    """Returns the embeddings that EMO's transport costs are taken from, (at most V, d).

    Args:
        source: `minilm`, for a network of its word pieces; `own`, the output projection as it is now; else a folder or Hub id of a causal language model with
            the same tokens.

    Raises:
        DeclarationError: the source's embeddings are not of this network's tokens.
    """
    pieces = made.tokens
    if source == MINILM:
        if not isinstance(pieces, WordPieces):
            raise DeclarationError("settings.objective.cost_embedding: MiniLM's embeddings are of other tokens than this network's; take 'own'")
        return _minilm_embeddings(pieces, network)
    if isinstance(pieces, WordPieces):
        raise DeclarationError(
            "settings.objective.cost_embedding: a new network has no embeddings worth a cost, and no other model has its tokens; take 'minilm'"
        )
    model = made.model if source == OWN else load_causal_model(source, None, network)
    weight: Tensor = model.get_output_embeddings().weight.detach()
    if len(weight) < len(pieces):
        raise DeclarationError(f"settings.objective.cost_embedding: {source!r} has {len(weight):,} embeddings for {len(pieces):,} tokens; it has other tokens")
    return weight[: len(pieces)]


def _new_model(settings: NewNetwork, pieces: WordPieces, positions: int, network: bool) -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel

    if settings.width % settings.heads:
        raise DeclarationError(f"settings.network: a width of {settings.width} cannot be shared by {settings.heads} heads")
    config = GPT2Config(
        vocab_size=len(pieces),
        n_positions=positions,
        n_embd=settings.width,
        n_layer=settings.layers,
        n_head=settings.heads,
        # The same function as GPT-2's own, in one kernel instead of seven.
        activation_function="gelu_pytorch_tanh",
        resid_pdrop=settings.dropout,
        embd_pdrop=settings.dropout,
        attn_pdrop=settings.dropout,
        bos_token_id=pieces.end,
        eos_token_id=pieces.end,
    )
    model = GPT2LMHeadModel(config)
    with torch.no_grad():
        model.transformer.wte.weight.copy_(_principal_components(_minilm_embeddings(pieces, network), settings.width))
    return model


def _minilm_embeddings(pieces: WordPieces, network: bool) -> Tensor:
    rows: Tensor = load_encoder(MINILM, None, network).get_input_embeddings().weight.detach()
    return rows[pieces.original_ids]


def _principal_components(rows: Tensor, width: int) -> Tensor:
    if width > rows.shape[1]:
        raise DeclarationError(f"settings.network.width: {width} is more than the {rows.shape[1]} that MiniLM's word embeddings have")
    centred = rows.double() - rows.double().mean(dim=0)
    _, directions = torch.linalg.eigh(centred.T @ centred)
    components = centred @ directions[:, -width:]
    scaled: Tensor = (components / components.std() * _EMBEDDING_DEVIATION).to(rows.dtype)
    return scaled
