"""The landmark encoder: drawn landmarks become features that are added to the denoiser's after its first convolution."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import torch
from torch import nn

_FREQUENCIES = 3


class LandmarkEncoder(nn.Module):
    """A stack of convolutions with a zero-initialised last one, so that an untrained encoder changes nothing, as in ControlNet and in
    Follow-Your-Emoji as released.

    Args:
        channels: of the stages; every stage but the first halves the picture.
        out_channels: of the features it is added to.
        pictures: how many drawn pictures it is given, one after another along the channels.
        coordinates: whether each place is told where it is, by sines and cosines of its coordinates. Ours: a network trained from scratch has
            no time to learn it.
    """

    def __init__(self, channels: tuple[int, ...], out_channels: int, pictures: int, coordinates: bool) -> None:
        super().__init__()
        self.coordinates = coordinates
        first = 3 * pictures + (4 * _FREQUENCIES if coordinates else 0)
        layers: list[nn.Module] = [nn.Conv2d(first, channels[0], 3, padding=1), nn.SiLU()]
        for before, after in pairwise(channels):
            layers += [nn.Conv2d(before, before, 3, padding=1), nn.SiLU(), nn.Conv2d(before, after, 3, padding=1, stride=2), nn.SiLU()]
        self.body = nn.Sequential(*layers)
        for layer in layers:
            if isinstance(layer, nn.Conv2d):
                # PyTorch's own would make what comes of thin lines vanish layer by layer.
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        self.out = nn.Conv2d(channels[-1], out_channels, 3, padding=1)
        nn.init.zeros_(self.out.weight)
        assert self.out.bias is not None
        nn.init.zeros_(self.out.bias)

    def forward(self, landmarks: torch.Tensor) -> torch.Tensor:
        """(frames, 3 · pictures, height, width) in 0..1 to (frames, out_channels, height / 2ⁿ, width / 2ⁿ), n being the number of stages but one."""
        if self.coordinates:
            landmarks = torch.cat([landmarks, _coordinates(landmarks)], dim=1)
        features: torch.Tensor = self.out(self.body(landmarks))
        return features


def _coordinates(picture: torch.Tensor) -> torch.Tensor:
    """Sines and cosines of each pixel's place, (frames, 4 · frequencies, height, width)."""
    height, width = picture.shape[-2:]
    waves = []
    for length, shape in ((width, (1, 1, 1, width)), (height, (1, 1, height, 1))):
        place = (torch.arange(length, device=picture.device, dtype=picture.dtype) + 0.5) / length
        for power in range(_FREQUENCIES):
            angle = (place * torch.pi * 2**power).view(shape).expand(1, 1, height, width)
            waves += [angle.sin(), angle.cos()]
    return torch.cat(waves, dim=1).expand(len(picture), -1, -1, -1)


@contextmanager
def added_after(convolution: nn.Module, features: torch.Tensor) -> Iterator[None]:
    """Adds `features` to what a convolution returns, inside the context."""

    def add(module: nn.Module, given: tuple[torch.Tensor, ...], returned: torch.Tensor) -> torch.Tensor:
        return returned + features

    handle = convolution.register_forward_hook(add)
    try:
        yield
    finally:
        handle.remove()
