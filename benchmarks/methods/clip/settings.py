"""Which CLIP: a published checkpoint, or a small one trained on the task's own captions."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from benchmarks.methods.base import MethodSettings
from benchmarks.methods.vision.pixel_augmentation import AugmentationSettings


class PretrainedTeacher(MethodSettings):
    """A checkpoint that open_clip knows the architecture of. Its weights come from safetensors alone: PyTorch's own .pt and .bin files can hold code."""

    kind: Literal["pretrained"]
    model: str = "ViT-B-16"
    """An architecture of open_clip."""
    weights: str = "openai"
    """A .safetensors file, a Hub id, or one of open_clip's tags for the architecture, which stands for a Hub id."""
    revision: str | None = None


class SmallTeacher(MethodSettings):
    """A small CLIP trained on the images and captions that the task trains on, where no weights can be downloaded. So it has seen this dataset's captions.

    The default has 1.1 million parameters beside the embeddings of open_clip's 49,408 word pieces.
    """

    kind: Literal["small"]
    image_size: int = Field(64, ge=8)
    patch_size: int = Field(16, ge=1)
    vision_width: int = Field(128, ge=16)
    vision_depth: int | tuple[int, int, int, int] = 3
    """Layers of a vision transformer; four numbers are the blocks of a ResNet, which has no patches and learns faster from few images."""
    text_width: int = Field(128, ge=16)
    text_depth: int = Field(2, ge=1)
    head_width: int = Field(32, ge=1)
    embedding: int = Field(128, ge=1)
    """Width of the features."""
    context: int = Field(64, ge=8)
    """Word pieces of a caption that are read."""
    epochs: int = Field(10, ge=1)
    batch_size: int = Field(128, ge=2)
    learning_rate: float = Field(1e-3, gt=0)
    warmup_share: float = Field(0.1, ge=0, lt=1)
    weight_decay: float = Field(0.1, ge=0)
    """Of matrices, but not of the embeddings."""
    augmentation: AugmentationSettings = AugmentationSettings.model_validate({})

    @model_validator(mode="after")
    def _fits(self) -> Self:
        name, patch = ("patch_size", self.patch_size) if isinstance(self.vision_depth, int) else ("the ResNet's", 32)
        if self.image_size % patch:
            raise ValueError(f"image_size {self.image_size} is no multiple of {name} {patch}")
        # open_clip's ResNet ends 32 times as wide as it begins.
        vision = self.vision_width if isinstance(self.vision_depth, int) else 32 * self.vision_width
        for name, width in (("vision_width", vision), ("text_width", self.text_width)):
            if width % self.head_width:
                raise ValueError(f"{name} {width} is no multiple of head_width {self.head_width}")
        if self.augmentation.mixup or self.augmentation.cutmix:
            raise ValueError("a mixed image has no caption; leave mixup and cutmix of the teacher's augmentation at 0")
        return self


TeacherSettings = Annotated[PretrainedTeacher | SmallTeacher, Field(discriminator="kind")]
