"""What happens to the whole picture at the end: the style's surface, then brightness, colourfulness and warmth."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hub.engine.render.noise import cloud, tile
from hub.engine.render.parameters import Picture, Scene
from hub.engine.render.weather import light_of

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def finish(pixels: Pixels, picture: Picture) -> Pixels:
    """Returns the finished picture, (size, size, 3), from what was drawn."""
    size = len(pixels)
    random = np.random.default_rng((picture.seed, 3))
    match picture.style:
        case "cartoon":
            image = _halftone(_developed(pixels, 0.0), size)
        case "natural":
            image = _on_paper(pixels, size, random)
        case "realistic":
            image = _photographed(_developed(pixels, 0.22), picture, random)
        case "science_fiction":
            image = _bloomed(_developed(pixels, 0.0), size)
        case "advertising":
            image = _developed(pixels, 0.12)
    return _exposed(_coloured(image, picture.scene), picture.scene)


def _developed(pixels: Pixels, contrast: float) -> Floats:
    """Bytes as shares, darker below the middle and brighter above by `contrast`."""
    levels = np.linspace(0, 1, 256, dtype=np.float32)
    curve = levels + np.float32(contrast) * (levels - 0.5) * (1 - np.abs(2 * levels - 1))
    found: Floats = curve[pixels]
    return found


def _halftone(image: Floats, size: int) -> Floats:
    """Dots where it is dark, as cheap printing has them."""
    radius = np.clip((0.62 - image @ LUMA) * 1.1, 0.0, 0.62)
    dots = _dots(size) < radius
    found: Floats = image * (np.float32(1.0) - np.float32(0.17) * dots)[:, :, None]
    return found


@lru_cache(maxsize=4)
def _dots(size: int) -> Floats:
    """The distance to the nearest dot of a grid turned by 45 degrees, in shares of the grid's step."""
    step = max(3.0, size / 52)
    down, across = np.mgrid[:size, :size].astype(np.float32)
    one, two = (across + down) / (step * np.sqrt(2)), (across - down) / (step * np.sqrt(2))
    found: Floats = np.hypot(one - np.round(one), two - np.round(two)).astype(np.float32)
    return found


def _on_paper(pixels: Pixels, size: int, random: np.random.Generator) -> Floats:
    """Pigment that gathers at edges, thins in blooms and sits in the paper's grain."""
    image = _developed(pixels, 0.2)
    luma = image @ LUMA
    rim = np.zeros_like(luma)
    rim[1:] += np.abs(luma[1:] - luma[:-1])
    rim[:, 1:] += np.abs(luma[:, 1:] - luma[:, :-1])
    blooms = np.clip(cloud(size, 6, random) + 0.5 * cloud(size, 17, random) - 0.25, 0, 1.2)
    grain = 1.0 + np.float32(0.032) * cloud(size, max(24, size * 3 // 8), random)
    thin = 0.02 + np.float32(0.13) * blooms
    image *= ((1.0 - 0.5 * np.clip(rim, 0, 0.5)) * grain * (1 - thin))[:, :, None]
    image += (np.float32(0.96) * thin)[:, :, None]
    edge = _edge(size)
    image *= (1 - edge)[:, :, None]
    image += (edge * grain)[:, :, None] * np.array([0.95, 0.92, 0.85], np.float32)
    return image


@lru_cache(maxsize=4)
def _edge(size: int) -> Floats:
    """1 at the picture's ragged white edge to 0 inside."""
    place = (np.arange(size, dtype=np.float32) + 0.5) / size
    nearest = np.minimum(place, 1 - place)
    border = np.minimum(nearest[:, None], nearest[None, :]) + 0.008 * tile(size, 18)
    found: Floats = np.clip((0.022 - border) / 0.012, 0, 1).astype(np.float32)
    return found


def _photographed(image: Floats, picture: Picture, random: np.random.Generator) -> Floats:
    """Light that falls off across the picture, darker corners, warm lights over cool shadows, and a film's grain."""
    size = len(image)
    right, down = light_of(picture).direction
    place = np.linspace(-1, 1, size, dtype=np.float32)
    fall = np.float32(1.0) - np.float32(-0.12) * (place[:, None] * down + place[None, :] * right)
    image *= (_vignette(size) * fall)[:, :, None]
    toned = (image @ LUMA) - np.float32(0.5)
    image[:, :, 0] += np.float32(0.06) * toned
    image[:, :, 2] -= np.float32(0.06) * toned
    image += np.float32(0.014) * random.standard_normal((size, size), np.float32)[:, :, None]
    return image


@lru_cache(maxsize=4)
def _vignette(size: int) -> Floats:
    place = np.linspace(-1, 1, size, dtype=np.float32)
    radius = place[:, None] ** 2 + place[None, :] ** 2
    found: Floats = (1.04 - 0.38 * np.clip(radius / 2, 0, 1) ** 1.3).astype(np.float32)
    return found


def _bloomed(image: Floats, size: int) -> Floats:
    """Light that spills from what is bright, and a screen's lines."""
    quarter = size // 4 * 4
    small = image[:quarter, :quarter].reshape(quarter // 4, 4, quarter // 4, 4, 3).mean(axis=(1, 3))
    bright = np.clip(small - 0.42, 0, 1) * np.float32(1.2)
    for _ in range(2):
        bright = _smoothed(_smoothed(bright, 0), 1)
    dark = 1 - np.clip(bright, 0, 0.9)
    spill = np.repeat(np.repeat(dark, 4, axis=0), 4, axis=1)
    if quarter < size:
        spill = np.pad(spill, ((0, size - quarter), (0, size - quarter), (0, 0)), mode="edge")
    image = 1 - (1 - image) * spill
    lines = np.where(np.arange(size) % max(2, size // 85) == 0, 0.92, 1.0).astype(np.float32)
    image *= lines[:, None, None]
    return image


def _smoothed(values: Floats, axis: int, reach: int = 2) -> Floats:
    total = values.copy()
    for step in range(1, reach + 1):
        total += np.roll(values, step, axis) + np.roll(values, -step, axis)
    return total / np.float32(2 * reach + 1)


def _coloured(image: Floats, scene: Scene) -> Floats:
    """Warmth as gains of red and blue, colourfulness as the distance from grey."""
    if scene.warmth:
        image = image * np.array([1 + 0.22 * scene.warmth, 1.0 + 0.02 * scene.warmth, 1 - 0.32 * scene.warmth], np.float32)
    if scene.colourfulness:
        image = np.clip(image, 0.0, 1.0)
        factor = np.float32(1 + (0.85 if scene.colourfulness < 0 else 0.9) * scene.colourfulness)
        image = factor * image + (1 - factor) * (image @ LUMA)[:, :, None]
    return image


def _exposed(image: Floats, scene: Scene) -> Pixels:
    """Shares as bytes, brightness being an exponent."""
    levels = np.linspace(0, 1, 4096)
    curve = levels ** (2.0 ** (-0.85 * scene.brightness)) * (1 + 0.2 * min(0.0, scene.brightness))
    indices = (np.clip(image, 0.0, 1.0) * np.float32(4095) + np.float32(0.5)).astype(np.uint16)
    found: Pixels = (curve * 255 + 0.5).astype(np.uint8)[indices]
    return found
