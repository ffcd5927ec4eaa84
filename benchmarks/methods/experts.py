"""Experts and noise in a pretrained encoder, as the settings of a text or vision classifier declare them."""

from typing import Annotated, Any, Literal

import torch
from pydantic import Field

from benchmarks.methods.base import MethodSettings
from benchmarks.methods.emoe import convert
from benchmarks.methods.emoe.settings import Gate, Partition, Selector
from benchmarks.methods.gmoe import convert_gmoe
from benchmarks.methods.noisy_tuning import add_noise
from hub.errors import DeclarationError

Layers = Literal["paper"] | tuple[int, ...]


class EMoESettings(MethodSettings):
    """The encoder's own neurons as experts; `benchmarks.methods.emoe.convert` says what each setting means."""

    kind: Literal["emoe"]
    num_experts: int = Field(64, ge=1)
    top_k: int = Field(16, ge=1)
    layers: Layers = "paper"
    selector: Selector = "top"
    gate: Gate = "avg_k"
    partition: Partition = "clusters"


class GMoESettings(MethodSettings):
    """Copies of whole feed-forward layers as experts; `benchmarks.methods.gmoe.convert_gmoe` says what each setting means."""

    kind: Literal["gmoe"]
    num_experts: int = Field(6, ge=1)
    top_k: int = Field(1, ge=1)
    layers: Layers = "paper"


class ExpertSettings(MethodSettings):
    """What is done to the encoder beside plain fine-tuning. The defaults do nothing."""

    experts: Annotated[EMoESettings | GMoESettings, Field(discriminator="kind")] | None = None
    noise: float = Field(0.0, ge=0)
    """Noisy tuning (Wu et al. 2022): uniform noise on every weight before training, in units of the weight's standard deviation."""


def prepare_experts(encoder: Any, settings: ExpertSettings, seed: int) -> Any:
    """Changes the encoder in place as declared and returns it. torch's random numbers go on as if nothing had been drawn, so that a dense twin sees the same.

    Raises:
        DeclarationError: the encoder cannot be split so.
    """
    with torch.random.fork_rng(devices=[]):
        if settings.noise:
            add_noise(encoder, settings.noise, seed)
        try:
            return _with_experts(encoder, settings, seed)
        except ValueError as error:
            raise DeclarationError(f"settings.experts: {error}") from error


def _with_experts(encoder: Any, settings: ExpertSettings, seed: int) -> Any:
    match settings.experts:
        case EMoESettings() as own:
            return convert(encoder, **own.model_dump(exclude={"kind"}), seed=seed)
        case GMoESettings() as copied:
            return convert_gmoe(encoder, **copied.model_dump(exclude={"kind"}), seed=seed)
        case _:
            return encoder
