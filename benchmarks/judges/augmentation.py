"""Changes to pictures that a judge must see through: place, colours, and the blur, noise and blocks of generated or compressed pictures."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_BLOCK = 8
_GREY = (0.299, 0.587, 0.114)

MIRRORED = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),
    *(64, 63, 62, 61, 60, 67, 66, 65),
    *(69, 68),
)
"""Which point of FACE_70 each point becomes when a picture is mirrored: left and right are the picture's."""


@dataclass(frozen=True, slots=True)
class AugmentationSettings:
    """The largest changes; each picture draws its own between none and these."""

    shift: float = 0.08
    """In shares of the picture."""
    scale: float = 0.2
    """As a share of the size, up or down."""
    rotation: float = 20.0
    """Degrees."""
    mirror: bool = True
    colour: float = 0.25
    """Of brightness, contrast, saturation and each channel's gain."""
    blur: float = 1.6
    """Standard deviation of the Gaussian that the blurriest pictures are filtered with, in pixels."""
    noise: float = 0.04
    """Standard deviation, pictures in 0..1."""
    blocks: float = 0.15
    """The coarsest step that the cosine coefficients of 8 x 8 blocks are rounded to, pictures in 0..1."""
    degraded: float = 0.5
    """The share of pictures that are blurred; as many, drawn apart, get noise, and as many blocks."""


def augment(pictures: Tensor, points: Tensor | None, settings: AugmentationSettings, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
    """Returns changed pictures, and where their points are then.

    Args:
        pictures: (n, 3, s, s), 0 to 1, s a multiple of 8.
        points: (n, 70, 2), x and y in shares of the picture, pixel edges at whole numbers; None where they are not asked for.
        settings: how much is changed.
        generator: on the CPU; equal states give equal changes.
    """
    moved, moved_points = _moved(pictures, points, settings, generator)
    return _degraded(_coloured(moved, settings, generator), settings, generator).clamp(0, 1), moved_points


def _uniform(count: int, low: float, high: float, generator: torch.Generator, like: Tensor) -> Tensor:
    return (torch.rand(count, generator=generator) * (high - low) + low).to(like)


def _moved(pictures: Tensor, points: Tensor | None, settings: AugmentationSettings, generator: torch.Generator) -> tuple[Tensor, Tensor | None]:
    """Rotates, scales, shifts and mirrors. The matrix leads from output to input places, as `grid_sample` wants it, in coordinates from -1 to 1."""
    count = len(pictures)
    angle = _uniform(count, -1, 1, generator, pictures) * math.radians(settings.rotation)
    zoom = 1 / (1 + _uniform(count, -1, 1, generator, pictures) * settings.scale)
    shift = torch.stack([_uniform(count, -1, 1, generator, pictures) for _ in range(2)], dim=1) * 2 * settings.shift
    flipped = _uniform(count, 0, 1, generator, pictures) < (0.5 if settings.mirror else 0.0)
    sign = torch.where(flipped, -1.0, 1.0)
    cosine, sine = zoom * torch.cos(angle), zoom * torch.sin(angle)
    matrix = torch.stack([torch.stack([sign * cosine, sign * -sine], dim=1), torch.stack([sine, cosine], dim=1)], dim=1)
    grid = nn.functional.affine_grid(torch.cat([matrix, shift[:, :, None]], dim=2), list(pictures.shape), align_corners=False)
    moved = nn.functional.grid_sample(pictures, grid, mode="bilinear", padding_mode="border", align_corners=False)
    if points is None:
        return moved, None
    places = torch.linalg.solve(matrix, (points * 2 - 1 - shift[:, None]).transpose(1, 2)).transpose(1, 2) / 2 + 0.5
    return moved, torch.where(flipped[:, None, None], places[:, list(MIRRORED)], places)


def _coloured(pictures: Tensor, settings: AugmentationSettings, generator: torch.Generator) -> Tensor:
    """Changes brightness, contrast, saturation and the channels' gains, which together are one linear map of colours a picture."""
    count = len(pictures)
    brightness, contrast, saturation = (_uniform(count, -1, 1, generator, pictures)[:, None, None] * settings.colour for _ in range(3))
    gains = _uniform(count * 3, -1, 1, generator, pictures).view(count, 3, 1) * settings.colour / 2
    grey = pictures.new_tensor(_GREY).expand(3, 3)
    colours = (1 + gains) * (grey + (1 + saturation) * (torch.eye(3).to(pictures) - grey))
    middle = (colours @ pictures.mean(dim=(2, 3))[:, :, None]).mean(dim=1, keepdim=True)
    offset = brightness / 2 - contrast * middle
    return torch.baddbmm(offset, (1 + contrast) * colours, pictures.flatten(2)).view(pictures.shape)


def _degraded(pictures: Tensor, settings: AugmentationSettings, generator: torch.Generator) -> Tensor:
    count = len(pictures)

    def strengths() -> Tensor:
        chosen = _uniform(count, 0, 1, generator, pictures) < settings.degraded
        return _uniform(count, 0, 1, generator, pictures) * chosen

    pictures = blurred(pictures, strengths() * settings.blur)
    pictures = pictures + strengths()[:, None, None, None] * settings.noise * torch.randn(pictures.shape, generator=generator).to(pictures)
    return blocky(pictures, strengths() * settings.blocks)


def blurred(pictures: Tensor, deviations: Tensor) -> Tensor:
    """Returns pictures after Gaussian filters, renormalised at the edges.

    Args:
        pictures: (n, 3, s, s).
        deviations: (n,), the filters' standard deviations in pixels; 0 leaves a picture as it is.
    """
    # A filter along one axis of s pixels is an s x s matrix, and small matrices are multiplied faster than depthwise convolutions run on a CPU.
    places = torch.arange(pictures.shape[-1]).to(pictures)
    distance = (places[:, None] - places[None, :]) / deviations[:, None, None].clamp_min(1e-3)
    # Weights that do not matter are cut off: multiplying by denormal numbers is many times slower.
    lines = nn.functional.threshold(torch.softmax(-0.5 * distance**2, dim=-1), 1e-5, 0).repeat_interleave(3, dim=0)
    return (lines @ pictures.flatten(0, 1) @ lines.transpose(-1, -2)).view(pictures.shape)


def blocky(pictures: Tensor, steps: Tensor) -> Tensor:
    """Returns pictures whose blocks of 8 x 8 have their cosine coefficients rounded, as JPEG does to each channel; higher frequencies are rounded more.

    Args:
        pictures: (n, 3, s, s), s a multiple of 8.
        steps: (n,), what the highest frequency is rounded to; 0 leaves a picture as it is.
    """
    count, channels, height, width = pictures.shape
    cosines = _cosines().to(pictures)
    blocks = pictures.view(count, channels, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK).transpose(3, 4)
    frequency = torch.arange(_BLOCK).to(pictures)
    coarseness = (1 + frequency[:, None] + frequency[None, :]) / (2 * _BLOCK - 1)
    step = (steps[:, None, None, None, None, None] * coarseness).clamp_min(1e-6)
    rounded = torch.round(cosines @ blocks @ cosines.T / step) * step
    return (cosines.T @ rounded @ cosines).transpose(3, 4).reshape(pictures.shape)


def _cosines() -> Tensor:
    """Returns the orthonormal cosine transform of 8 numbers."""
    place = torch.arange(_BLOCK, dtype=torch.float64)
    matrix = torch.cos(math.pi * (2 * place[None, :] + 1) * place[:, None] / (2 * _BLOCK)) * math.sqrt(2 / _BLOCK)
    matrix[0] /= math.sqrt(2)
    return matrix
