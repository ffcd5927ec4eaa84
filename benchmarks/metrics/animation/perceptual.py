"""LPIPS, the learned perceptual image patch similarity (Zhang et al. 2018, arXiv 1801.03924), version 0.1 with AlexNet.

Its linear heads, 1,152 numbers by the authors of LPIPS (BSD-2-Clause), lie beside this file; AlexNet's weights do not, and are read from a safetensors file
that the user has. Nothing is downloaded.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from hub.errors import DeclarationError

Pixels = npt.NDArray[np.uint8]

_PREFIX = "features."
"""Of AlexNet's convolutions in torchvision's state."""
_HEADS = "lpips_alexnet_heads.safetensors"
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
_AT_ONCE = 64
"""Frames."""


class Lpips:
    """The measure with one set of weights."""

    def __init__(self, backbone: dict[str, Tensor]) -> None:
        """Takes AlexNet's weights by torchvision's names; those of its classifier may be there and are not used.

        Raises:
            RuntimeError: a weight is missing or has another shape.
        """
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._layers = _alexnet()
        self._layers.load_state_dict({name.removeprefix(_PREFIX): value for name, value in backbone.items() if name.startswith(_PREFIX)})
        self._layers.to(self._device).eval().requires_grad_(False)
        self._heads = [head.to(self._device) for head in _heads()]

    def distance(self, output: Pixels, target: Pixels) -> float:
        """Returns LPIPS averaged over frames: 0 for equal frames, larger the less alike. Both (frames, height, width, 3), at least 31 pixels wide and high.

        Raises:
            ValueError: the shapes differ, or are no clips.
        """
        if output.shape != target.shape or output.ndim != 4 or not len(output):
            raise ValueError(f"an output of shape {output.shape} and a target of shape {target.shape}: two equal (frames, height, width, 3) are expected")
        total = 0.0
        for start in range(0, len(output), _AT_ONCE):
            pair = [self._features(frames[start : start + _AT_ONCE]) for frames in (output, target)]
            for one, other, head in zip(*pair, self._heads, strict=True):
                total += float(((one - other).square() * head).sum(dim=1).mean(dim=(1, 2)).sum())
        return total / len(output)

    @torch.inference_mode()
    def _features(self, frames: Pixels) -> list[Tensor]:
        """Returns what follows each convolution, every place's channels of length one."""
        hidden = torch.from_numpy(frames).to(self._device).permute(0, 3, 1, 2).float() / 127.5 - 1
        hidden = (hidden - hidden.new_tensor(_SHIFT)[:, None, None]) / hidden.new_tensor(_SCALE)[:, None, None]
        found = []
        for layer in self._layers:
            hidden = layer(hidden)
            if isinstance(layer, nn.ReLU):
                found.append(hidden / torch.sqrt(1e-8 + hidden.square().sum(dim=1, keepdim=True)))
        return found


def load_lpips(weights: Path | None) -> Lpips | None:
    """Returns LPIPS with AlexNet's weights from a file; None where no file is named, and then LPIPS is not reported.

    Args:
        weights: a safetensors file with torchvision's AlexNet (`AlexNet_Weights.IMAGENET1K_V1`), names as in its state: `features.0.weight` ...

    Raises:
        DeclarationError: it is no such file.
    """
    if weights is None:
        return None
    if weights.suffix != ".safetensors" or not weights.is_file():
        raise DeclarationError(f"LPIPS weights {weights}: expected a .safetensors file with the state_dict of torchvision's AlexNet")
    try:
        return Lpips(load_file(weights))
    except (RuntimeError, SafetensorError) as error:
        raise DeclarationError(f"LPIPS weights {weights} are not those of torchvision's AlexNet: {str(error).splitlines()[-1].strip()}") from error


def _alexnet() -> nn.Sequential:
    """The convolutions of AlexNet as torchvision has them (Krizhevsky 2014, arXiv 1404.5997)."""
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 192, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(192, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1),
        nn.ReLU(),
    )


def _heads() -> list[Tensor]:
    """Returns the weights of channels behind each convolution, (1, channels, 1, 1)."""
    state = load_file(Path(__file__).parent / _HEADS)
    return [state[f"lin{number}"].view(1, -1, 1, 1) for number in range(5)]
