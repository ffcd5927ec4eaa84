"""Between pictures and the latents that the denoiser works on."""

from typing import Any

import torch
from torch.nn import functional


def signed(pictures: torch.Tensor) -> torch.Tensor:
    """From bytes to the range that codecs take, -1 to 1."""
    return pictures.float() / 127.5 - 1


def unsigned(pictures: torch.Tensor) -> torch.Tensor:
    """Back to bytes; what lies outside -1 to 1 is cut off."""
    return ((pictures.float().clamp(-1, 1) + 1) * 127.5).round().byte()


class PixelBlocks:
    """Latents are blocks of pixels: nothing is lost, and nothing is learnt."""

    def __init__(self, block: int) -> None:
        self.channels = 3 * block * block
        self.factor = block

    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """From (frames, 3, height, width), -1 to 1, to (frames, channels, height / factor, width / factor)."""
        return functional.pixel_unshuffle(pictures, self.factor)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """From latents to pictures."""
        return functional.pixel_shuffle(latents, self.factor)

    def to(self, device: torch.device) -> None:
        """There is nothing to move."""


class Autoencoder:
    """The latents of a frozen diffusers AutoencoderKL: the mean of its distribution, scaled as its configuration says."""

    def __init__(self, vae: Any) -> None:
        self._vae = vae.requires_grad_(False).eval()
        self.channels = int(vae.config.latent_channels)
        self.factor = 2 ** (len(vae.config.block_out_channels) - 1)

    @torch.no_grad()
    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """From (frames, 3, height, width), -1 to 1, to (frames, channels, height / factor, width / factor)."""
        mean: torch.Tensor = self._vae.encode(pictures).latent_dist.mode()
        return mean * float(self._vae.config.scaling_factor)

    @torch.no_grad()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """From latents to pictures."""
        pictures: torch.Tensor = self._vae.decode(latents / float(self._vae.config.scaling_factor)).sample
        return pictures

    def to(self, device: torch.device) -> None:
        """Moves the autoencoder."""
        self._vae.to(device)


Codec = PixelBlocks | Autoencoder
