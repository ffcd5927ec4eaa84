"""The encoder of the pixel classifiers, made from its shape or loaded, and the network that has one linear layer on it."""

from typing import Any, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from benchmarks.methods.base import MethodSettings
from benchmarks.methods.uniemox.decoder import grid_positions
from benchmarks.methods.weights import load_encoder
from hub.errors import DataUnavailableError

Pooling = Literal["mean", "first"]
_HEAD_DEVIATION = 2e-5
"""Of the linear layer's first weights, as MAE's fine-tuning has it: the classes start equal."""


class EncoderShape(MethodSettings):
    """A vision transformer that starts as MAE's encoder does. The defaults have 0.8 million parameters."""

    image_size: int = Field(64, ge=8)
    patch_size: int = Field(8, ge=1)
    width: int = Field(128, ge=1)
    depth: int = Field(4, ge=1)
    heads: int = Field(4, ge=1)

    @model_validator(mode="after")
    def _divides(self) -> Self:
        if self.image_size % self.patch_size:
            raise ValueError(f"image_size {self.image_size} is no multiple of patch_size {self.patch_size}")
        if self.width % self.heads or self.width % 4:
            raise ValueError(f"width {self.width} is no multiple of heads {self.heads} and of 4, which its positions need")
        return self


class LoadedEncoder(MethodSettings):
    """A vision transformer with weights: ViT or MAE."""

    name: str
    """A folder, or a Hub id."""
    revision: str | None = None


def make_encoder(settings: EncoderShape | LoadedEncoder, seed: int, network: bool) -> Any:
    """Returns a transformers `ViTModel` without a pooler, on the CPU. The random numbers outside go on as they were.

    Raises:
        DataUnavailableError: the weights are not at hand, or are those of something else.
    """
    from transformers import ViTConfig, ViTModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if isinstance(settings, LoadedEncoder):
            return _as_vit(load_encoder(settings.name, settings.revision, network), settings.name)
        config = ViTConfig(
            image_size=settings.image_size,
            patch_size=settings.patch_size,
            hidden_size=settings.width,
            num_hidden_layers=settings.depth,
            num_attention_heads=settings.heads,
            intermediate_size=4 * settings.width,
        )
        return _started_as_mae(ViTModel(config, add_pooling_layer=False))


def _started_as_mae(encoder: Any) -> Any:
    """Xavier's uniform weights, and sines and cosines for positions, which learn from there: transformers' own start is slow on few images."""
    for module in encoder.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.xavier_uniform_(module.weight.data.flatten(1))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    config = encoder.config
    encoder.embeddings.position_embeddings.data.copy_(grid_positions(config.image_size // config.patch_size, config.hidden_size))
    return encoder


def _as_vit(loaded: Any, name: str) -> Any:
    """MAE's own class in transformers hides patches whenever it is called, so its weights move to a plain ViT; the two differ in nothing else."""
    from transformers import ViTConfig, ViTModel

    if loaded.config.model_type not in ("vit", "vit_mae"):
        raise DataUnavailableError(f"{name!r} is a {loaded.config.model_type!r} model; settings.encoder needs one of type vit or vit_mae")
    own = {key: value for key, value in loaded.config.to_dict().items() if key in ViTConfig().to_dict() and key not in ("model_type", "architectures")}
    encoder = ViTModel(ViTConfig(**own), add_pooling_layer=False)
    weights = {key: value for key, value in loaded.state_dict().items() if not key.startswith("pooler.")}
    try:
        encoder.load_state_dict(weights)
    except RuntimeError as error:
        raise DataUnavailableError(f"the weights of {name!r} do not fit a plain vision transformer: {str(error).splitlines()[-1].strip()}") from error
    return encoder


class PixelNetwork(nn.Module):
    """Images (rows, 3, size, size) to logits (rows, classes).

    Pooled by "mean", the patches are averaged before the last normalisation, as in MAE's fine-tuning; by "first", the class token is normalised and taken.
    """

    def __init__(self, encoder: Any, classes: int, pooling: Pooling) -> None:
        super().__init__()
        self.norm = encoder.layernorm
        encoder.layernorm = nn.Identity()
        self.encoder = encoder
        self.pooling = pooling
        self.head = nn.Linear(encoder.config.hidden_size, classes)
        nn.init.trunc_normal_(self.head.weight, std=_HEAD_DEVIATION)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        hidden = self.encoder(pixel_values=images).last_hidden_state
        logits: Tensor = self.head(self.norm(hidden[:, 1:].mean(dim=1) if self.pooling == "mean" else hidden[:, 0]))
        return logits
