"""The parts of the network: new and small ones, or those of a Stable Diffusion that the user has."""

from typing import Any

from diffusers import AutoencoderKL, MotionAdapter, UNet2DConditionModel, UNetMotionModel
from diffusers.utils import logging
from safetensors import SafetensorError
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModel

from benchmarks.methods.follow_your_emoji.codec import Autoencoder, Codec, PixelBlocks
from benchmarks.methods.follow_your_emoji.settings import (
    MotionSettings,
    NetworkSettings,
    PixelCodec,
    PretrainedImageEncoder,
    PretrainedUnet,
    SmallImageEncoder,
    SmallUnet,
    VaeCodec,
)
from benchmarks.methods.weights import locate
from hub.errors import DataUnavailableError

_UNUSED = "post_layernorm"


def make_codec(settings: PixelCodec | VaeCodec, network: bool) -> Codec:
    """Returns what turns pictures into latents and back."""
    if isinstance(settings, PixelCodec):
        return PixelBlocks(settings.block)
    return Autoencoder(_load(AutoencoderKL, settings.folder, "", settings.revision, network))


def make_unet(settings: NetworkSettings, codec: Codec, size: int, network: bool) -> Any:
    """Returns a 2-D denoiser, a UNet2DConditionModel, over the latents of pictures of `size` pixels.

    Raises:
        ValueError: the latents cannot be halved as often as the U-Net has levels, or loaded weights are for other latents.
    """
    if isinstance(settings.unet, PretrainedUnet):
        unet = _load(UNet2DConditionModel, settings.unet.folder, settings.unet.subfolder, settings.unet.revision, network)
        if unet.config.in_channels != codec.channels:
            raise ValueError(f"the U-Net takes latents of {unet.config.in_channels} channels, the codec has {codec.channels}: name an autoencoder that fits it")
        return unet
    grid, levels = size // codec.factor, len(settings.unet.channels)
    if size % codec.factor or grid % 2 ** (levels - 1):
        raise ValueError(f"pictures of {size} pixels give latents of {size / codec.factor:g}, which cannot be halved {levels - 1} times")
    return _small_unet(settings.unet, codec.channels, grid)


def _small_unet(settings: SmallUnet, channels: int, grid: int) -> Any:
    attention = settings.attention or (True,) * len(settings.channels)
    # diffusers' decorators hide its types.
    unet: Any = UNet2DConditionModel
    return unet(
        sample_size=grid,
        in_channels=channels,
        out_channels=channels,
        block_out_channels=settings.channels,
        down_block_types=tuple("CrossAttnDownBlock2D" if has else "DownBlock2D" for has in attention),
        up_block_types=tuple("CrossAttnUpBlock2D" if has else "UpBlock2D" for has in reversed(attention)),
        layers_per_block=settings.layers,
        cross_attention_dim=settings.prompt_width,
        # diffusers calls the number of heads so, for the sake of old checkpoints.
        attention_head_dim=tuple(width // settings.head_width for width in settings.channels),
        norm_num_groups=settings.groups,
    )


def with_motion(unet: Any, settings: MotionSettings, network: bool) -> Any:
    """Returns a denoiser of clips, a UNetMotionModel, with a 2-D denoiser's weights. New motion modules change nothing until they are trained."""
    # It warns that a network in float32 is moved to float32.
    logging.set_verbosity_error()
    if settings.folder is not None:
        adapter = _load(MotionAdapter, settings.folder, "", settings.revision, network)
    else:
        kind: Any = MotionAdapter
        adapter = kind(
            block_out_channels=unet.config.block_out_channels,
            motion_layers_per_block=unet.config.layers_per_block,
            motion_num_attention_heads=settings.heads,
            motion_norm_num_groups=unet.config.norm_num_groups,
            motion_max_seq_length=settings.maximum_frames,
        )
        for name, parameter in adapter.named_parameters():
            # AnimateDiff's own are zero before training; diffusers leaves them as they come, since it only loads trained ones.
            if ".proj_out." in name:
                nn.init.zeros_(parameter)
    return UNetMotionModel.from_unet2d(unet, adapter)


def make_image_encoder(settings: SmallImageEncoder | PretrainedImageEncoder, size: int, network: bool) -> Any:
    """Returns a CLIP vision tower; a loaded one is frozen."""
    if isinstance(settings, PretrainedImageEncoder):
        encoder = _load(CLIPVisionModel, settings.folder, settings.subfolder, settings.revision, network)
        return encoder.requires_grad_(False).eval()
    encoder = CLIPVisionModel(
        CLIPVisionConfig(
            hidden_size=settings.width,
            intermediate_size=2 * settings.width,
            num_hidden_layers=settings.layers,
            num_attention_heads=settings.heads,
            image_size=size,
            patch_size=settings.patch,
        )
    )
    # It is after the last hidden state, which is what is read.
    for name, module in encoder.named_modules():
        if name.endswith(_UNUSED):
            module.requires_grad_(False)
    return encoder


def _load(kind: Any, folder: str, subfolder: str, revision: str | None, network: bool) -> Any:
    place = locate(folder, network)
    extra = {"subfolder": subfolder} if subfolder else {}
    try:
        return kind.from_pretrained(place, revision=revision or "main", use_safetensors=True, **extra)
    except (OSError, ValueError, SafetensorError) as error:
        raise DataUnavailableError(f"the weights of {folder!r} cannot be loaded: {str(error).splitlines()[0]}") from error
