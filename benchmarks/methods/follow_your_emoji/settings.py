"""What Follow-Your-Emoji can be told: its networks, its training, how it reads landmarks, and how it samples."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from benchmarks.methods.base import MethodSettings


class PixelCodec(MethodSettings):
    """No autoencoder: a latent is a block of pixels, exactly. For networks trained from scratch on small pictures."""

    kind: Literal["pixels"]
    block: int = Field(1, ge=1)
    """Width and height of a block; latents have 3 · block² channels. 1 is the pixels themselves: larger blocks are quicker and learn much more slowly."""


class VaeCodec(MethodSettings):
    """The autoencoder of a Stable Diffusion."""

    kind: Literal["vae"]
    folder: str
    """Of a diffusers AutoencoderKL in safetensors, or a Hub id."""
    revision: str | None = None


class SmallUnet(MethodSettings):
    """A U-Net of this shape, trained from scratch."""

    kind: Literal["small"]
    channels: tuple[int, ...] = (16, 32, 64, 96)
    """Of the levels; every level but the last halves the latents."""
    layers: int = Field(1, ge=1)
    head_width: int = Field(16, ge=1)
    groups: int = Field(8, ge=1)
    """Of group normalisation."""
    attention: tuple[bool, ...] | None = None
    """By level, whether it has attention, and so reads the portrait; all when not given."""
    prompt_width: int = Field(64, ge=8)
    """Of the image prompt's tokens."""

    @model_validator(mode="after")
    def _divides(self) -> Self:
        for name, divisor in (("head_width", self.head_width), ("groups", self.groups)):
            wrong = [width for width in self.channels if width % divisor]
            if wrong:
                raise ValueError(f"{wrong[0]} channels cannot be cut by {name} {divisor}")
        if self.attention is not None and (len(self.attention) != len(self.channels) or not self.attention[-1]):
            raise ValueError(f"'attention' needs one entry for each of the {len(self.channels)} levels, the last one true")
        return self


class PretrainedUnet(MethodSettings):
    """A Stable Diffusion 1.5 (Image Variations) in diffusers' layout, for the denoiser and for the ReferenceNet."""

    kind: Literal["pretrained"]
    folder: str
    """Of a UNet2DConditionModel in safetensors, or a Hub id."""
    subfolder: str = "unet"
    revision: str | None = None


class SmallImageEncoder(MethodSettings):
    """A CLIP vision tower of this shape, trained from scratch with the rest."""

    kind: Literal["small"]
    width: int = Field(64, ge=8)
    layers: int = Field(1, ge=1)
    heads: int = Field(4, ge=1)
    patch: int = Field(16, ge=1)


class PretrainedImageEncoder(MethodSettings):
    """A CLIP vision tower whose weights stay as they are."""

    kind: Literal["pretrained"]
    folder: str
    subfolder: str = ""
    revision: str | None = None


class MotionSettings(MethodSettings):
    """Temporal attention between frames, as in AnimateDiff."""

    heads: int = Field(4, ge=1)
    maximum_frames: int = Field(32, ge=2)
    """The longest window that positions are known for."""
    folder: str | None = None
    """A diffusers MotionAdapter in safetensors, or a Hub id; zero-initialised motion modules when not given."""
    revision: str | None = None


class NetworkSettings(MethodSettings):
    """The networks. The defaults are small ones, trained from scratch on pixels. What is called ours helps these to learn anything within minutes of a CPU, and
    is to be off where Stable Diffusion's weights are loaded."""

    codec: Annotated[PixelCodec | VaeCodec, Field(discriminator="kind")] = PixelCodec(kind="pixels", block=1)
    unet: Annotated[SmallUnet | PretrainedUnet, Field(discriminator="kind")] = SmallUnet.model_validate(
        {"kind": "small", "attention": (False, False, True, True)}
    )
    image_encoder: Annotated[SmallImageEncoder | PretrainedImageEncoder, Field(discriminator="kind")] = SmallImageEncoder.model_validate({"kind": "small"})
    landmark_channels: tuple[int, ...] = (16,)
    """Of the landmark encoder's stages; every stage but the first halves the picture, down to the size of the latents. The released one has 16, 32, 96, 256."""
    coordinates: bool = True
    """Ours: places are told where they are."""
    reference_landmarks: bool = True
    """Ours: the ReferenceNet and the landmark encoder see the portrait's own landmarks too, so that corresponding places are easily found."""
    reference_in_input: bool = True
    """Ours: the portrait's latents stand beside the noisy ones in the denoiser's input."""
    portrait_prior: float | None = Field(0.15, gt=0)
    """Ours: what is learnt is how a frame differs from the portrait, and this is the standard deviation of that. None is plain v-prediction."""


class TrainingSettings(MethodSettings):
    """Two stages: single frames, then clips with everything but the motion modules frozen. The paper's step counts and learning rate are not known; the
    defaults are for the small network."""

    image_steps: int = Field(ge=1)
    motion_steps: int = Field(ge=0)
    portraits: int = Field(4, ge=1)
    """Portraits in a batch of the image stage, on every process."""
    frames: int = Field(3, ge=1)
    """Frames of each of them."""
    clips: int = Field(1, ge=1)
    """Clips in a batch of the motion stage, on every process."""
    clip_frames: int = Field(12, ge=2)
    """Consecutive frames of a clip."""
    learning_rate: float = Field(2e-3, gt=0)
    motion_learning_rate: float = Field(1e-3, gt=0)
    warmup: int = Field(20, ge=1)
    """Steps. Half a cosine to a twentieth follows."""
    weight_decay: float = Field(1e-4, ge=0)
    gradient_norm: float = Field(1.0, gt=0)
    drop_reference: float = Field(0.0, ge=0, lt=1)
    """How often a batch trains the unconditional half of guidance: no portrait and no image prompt. 0 where no guidance is used."""
    known_ends: float = Field(0.5, ge=0, le=1)
    """How often a clip's first and last frames are given clean, for progressive generation (our reading)."""
    other_frames: float = Field(0.5, ge=0, le=1)
    """How often the portrait is another frame of the same person."""
    colour_change: float = Field(0.0, ge=0, le=1)
    """How often the colours of portrait and frames are exchanged and scaled, alike in both, so that colours have to be taken from the portrait."""
    late_steps: float = Field(0.2, gt=0, le=1)
    """Exponent of the share of noise that is drawn: below 1 prefers noisy steps, which decide most when few steps are sampled. 1 is uniform."""
    expression_radius: float | None = Field(None, ge=0)
    """Of the expression mask's dilation, in pixels."""
    mixed_precision: Literal["no", "bf16", "fp16"] = "no"
    checkpoint_every: int = Field(500, ge=1)
    """Steps between checkpoints that an interrupted training goes on from."""


class GenerationSettings(MethodSettings):
    """How clips are sampled. The released code takes 30 steps and a guidance of 3.5; few steps suit a network whose guess is good and whose details are not."""

    steps: int = Field(2, ge=1, le=1000)
    guidance: float = Field(1.0, ge=1)
    window: int = Field(12, ge=2)
    """Frames that are sampled together."""
    strategy: Literal["windows", "progressive"] = "progressive"
    """For clips longer than a window."""
    overlap: int = Field(4, ge=0)
    """Frames that neighbouring windows share."""
    stride: int = Field(4, ge=1)
    """Frames from one key frame to the next."""

    @model_validator(mode="after")
    def _windows_fit(self) -> Self:
        if self.strategy == "windows" and self.overlap > self.window // 2:
            raise ValueError(f"windows of {self.window} frames may overlap by at most {self.window // 2}, not {self.overlap}")
        if self.strategy == "progressive" and self.stride >= self.window:
            raise ValueError(f"key frames must lie less than a window of {self.window} frames apart, not {self.stride}")
        return self


class FollowYourEmojiSettings(MethodSettings):
    """Everything. Of these, `generation` changes outputs alone."""

    network: NetworkSettings = NetworkSettings.model_validate({})
    training: TrainingSettings
    generation: GenerationSettings = GenerationSettings.model_validate({})
    motion: MotionSettings | None = MotionSettings.model_validate({})
    """None is an ablation: every frame by itself."""
    reference_attention: bool = True
    """False is an ablation: the portrait is known by the image prompt alone, and by the input and the prior where the network has them."""
    face_weight: float = Field(1.0, ge=0)
    """Of the face in the facial fine-grained loss; 0 with `expression_weight` 0 is an ablation, the plain loss."""
    expression_weight: float = Field(1.0, ge=0)
    landmarks: Literal["expression_aware", "raw"] = "expression_aware"
    """raw is an ablation: the driver's own landmarks, not retargeted, with face oval, outer lips and nose."""

    @model_validator(mode="after")
    def _motion_fits(self) -> Self:
        if self.motion is not None:
            longest = max(self.training.clip_frames, self.generation.window)
            if longest > self.motion.maximum_frames:
                raise ValueError(f"clips of {longest} frames are longer than motion.maximum_frames, {self.motion.maximum_frames}")
        return self
