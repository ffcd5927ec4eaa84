"""Images from paths to batches: decoded when they are used, and augmented as DomainBed does (Gulrajani and Lopez-Paz 2021, its `datasets.py`)."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from hub.errors import EmohubError

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's red, green and blue, between 0 and 1."""

Item = tuple[int, int]
"""The number of an image, and the seed of its augmentation."""


def plain(size: int) -> Any:
    """Returns the transform of validation and test: the whole image squeezed to `size` × `size`, normalised."""
    return v2.Compose([v2.Resize((size, size)), *_to_normalised()])


def augmented(size: int) -> Any:
    """Returns the transform of training: a random crop of 70 to 100 % of the area, flip, colour jitter of 0.3, one in ten in grey, normalised."""
    random = [v2.RandomResizedCrop(size, scale=(0.7, 1.0)), v2.RandomHorizontalFlip(), v2.ColorJitter(0.3, 0.3, 0.3, 0.3), v2.RandomGrayscale(0.1)]
    return v2.Compose([*random, *_to_normalised()])


def batches(paths: Sequence[Path], groups: Iterable[Sequence[Item]], transform: Any, processes: int) -> Iterator[Tensor]:
    """Yields one (images, 3, size, size) tensor a group, in order.

    An image's augmentation depends on its seed alone, so `processes`, how many decode beside this one, changes nothing but the speed.

    Raises:
        EmohubError: one of these processes was ended from outside.
    """
    # A generator of its own, or the loader would draw from the one that the rest of the training uses.
    loader = DataLoader(_Images(paths, transform), batch_sampler=_Groups(groups), num_workers=processes, generator=torch.Generator())
    try:
        yield from loader
    except RuntimeError as error:
        if not str(error).startswith("DataLoader worker"):
            raise
        raise EmohubError("a process that loads images was ended from outside, perhaps for want of memory; run the same command to go on") from error


def _to_normalised() -> list[Any]:
    return [v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, DEVIATION)]


class _Images(Dataset[Tensor]):
    def __init__(self, paths: Sequence[Path], transform: Any) -> None:
        self._paths = paths
        self._transform = transform

    def __getitem__(self, item: Item) -> Tensor:
        number, seed = item
        with Image.open(self._paths[number]) as image:
            decoded = image.convert("RGB")
        with torch.random.fork_rng(devices=[]):
            # The transforms draw from the generator of the CPU; that of a GPU, which dropout needs, is left alone.
            torch.default_generator.manual_seed(seed)
            transformed: Tensor = self._transform(decoded)
        return transformed


class _Groups(torch.utils.data.Sampler[list[Item]]):
    def __init__(self, groups: Iterable[Sequence[Item]]) -> None:
        self._groups = groups

    def __iter__(self) -> Iterator[list[Item]]:
        return (list(group) for group in self._groups)
