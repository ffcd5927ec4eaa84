"""Folders of little coloured shapes: the shape is the class, the ground is the domain."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.image_examples import ImageExamples
from benchmarks.sources.image_domains import read

GROUNDS = {"chalk": (100, 100, 110), "meadow": (110, 160, 90), "paper": (170, 150, 120)}
SHAPES = ("bar", "disc", "square")


def write_shapes(root: Path, images: int = 8, size: int = 40, grounds: tuple[str, ...] = tuple(GROUNDS)) -> Path:
    """Writes that many images of every shape on every ground to `<root>/<ground>/<shape>/` and returns `root`."""
    generator = np.random.default_rng(0)
    for ground in grounds:
        for shape in SHAPES:
            folder = root / ground / shape
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(images):
                suffix = ("png", "jpg")[number % 2]
                _draw(ground, shape, size, generator).save(folder / f"{number:03}.{suffix}")
    return root


def shape_examples(root: Path, images: int = 8) -> ImageExamples:
    """Writes such images and returns them as examples."""
    found = read(write_shapes(root, images)).images
    return ImageExamples.plain(
        ids=[image.id for image in found],
        paths=[image.path for image in found],
        domains=[image.domain for image in found],
        contents=[image.content for image in found],
        labels=np.array([[image.label == shape for shape in SHAPES] for image in found]),
    )


def _draw(ground: str, shape: str, size: int, generator: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (size, size), GROUNDS[ground])
    draw = ImageDraw.Draw(image)
    left, top = (int(value) for value in generator.integers(2, size // 4, 2))
    right, bottom = left + size // 2, top + size // 2
    # Light and dark besides shape, because augmentation changes colours freely.
    match shape:
        case "bar":
            draw.rectangle((left, top, left + size // 6, bottom + size // 8), fill=(15, 0, 10))
        case "disc":
            draw.ellipse((left, top, right, bottom), fill=(250, 240, 255))
        case _:
            draw.rectangle((left, top, right, bottom), fill=(250, 240, 255))
            draw.rectangle((left, top + size // 6, right, bottom - size // 6), fill=(15, 0, 10))
    return image
