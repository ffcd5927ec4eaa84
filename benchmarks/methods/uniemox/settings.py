"""How UniEmoX, or MAE alone, pretrains."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from benchmarks.methods.base import MethodSettings
from benchmarks.methods.uniemox.fusion import FUSIONS
from hub.errors import nearest


class PretrainingSettings(MethodSettings):
    """The defaults are those of the released code, where it has one (the paper may differ).

    MAE alone (arXiv 2111.06377) is `similarity: 0, relation: 0, person: false`, and needs no teacher.
    """

    epochs: int = Field(800, ge=1)
    batch_size: int = Field(256, ge=1)
    """Ours: what the code has depends on how many GPUs it runs on."""
    base_learning_rate: float = Field(1e-3, gt=0)
    """For a batch of 256; it grows and shrinks with the batch."""
    warmup_share: float = Field(0.05, ge=0, lt=1)
    """Of all steps: 40 of 800 epochs. A cosine to 0 follows."""
    weight_decay: float = Field(0.05, ge=0)
    """Not of biases and norms."""
    betas: tuple[float, float] = (0.9, 0.95)
    mask_ratio: float = Field(0.90, gt=0, lt=1)
    """Of the scene and of the person."""
    decoder_width: int = Field(512, ge=8)
    decoder_depth: int = Field(8, ge=1)
    decoder_heads: int = Field(16, ge=1)
    """Also those of the fusion, where it has heads."""
    fusion: str = "prior"
    """One of `FUSIONS`."""
    similarity: float = Field(1.0, ge=0)
    """Weight of 1 - cos(γ, Ω)."""
    relation: float = Field(1.0, ge=0)
    """Weight of the relation distillation."""
    reconstruction: float = Field(1.0, ge=0)
    """Weight of the pixels' error. 0 leaves the decoder out; the scene stays masked."""
    person: bool = True
    """Whether the encoder sees the person too. It reaches the first two losses alone, so without them nobody is looked at."""
    normalise_pixels: bool = False
    """Whether every patch to reconstruct is brought to mean 0 and variance 1 first."""
    label_in_text: bool = False
    """Whether the teacher's texts name the emotion, as the original's do: then pretraining is supervised."""
    mixed_precision: bool = True
    """bfloat16 on a GPU. A CPU computes in float32 either way."""

    @property
    def distils(self) -> bool:
        """Whether there is anything to learn from the teacher."""
        return self.similarity > 0 or self.relation > 0

    @property
    def sees_person(self) -> bool:
        return self.person and self.distils

    @field_validator("fusion")
    @classmethod
    def _known_fusion(cls, name: str) -> str:
        if name not in FUSIONS:
            raise ValueError(f"there is no fusion {name!r}; {nearest(name, FUSIONS)}")
        return name

    @model_validator(mode="after")
    def _fitting_sizes(self) -> Self:
        if self.decoder_width % 4 or self.decoder_width % self.decoder_heads:
            raise ValueError(f"decoder_width is {self.decoder_width}; 4 (for its positions) and decoder_heads, {self.decoder_heads}, must divide it")
        if not self.distils and not self.reconstruction:
            raise ValueError("similarity, relation and reconstruction are all 0, so there is nothing to learn; give one of them a weight")
        return self
