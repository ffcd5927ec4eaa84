"""What can be measured of an image alone, and the gates over images."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from hub.console import progress
from hub.curate.gates import Gate
from hub.untrusted_images import ImageError, open_image

Hashes = npt.NDArray[np.uint64]
_BLANK = 4.0
"""Standard deviation of grey levels, of 255, below which an image shows nothing."""
_ROWS = 64


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """One image that can be decoded."""

    width: int
    height: int
    deviation: float
    """Standard deviation of grey levels, 0 to 255."""
    brightness: float
    """Mean of the brightest channel, 0 to 1."""
    colourfulness: float
    """Hasler and Suesstrunk 2003, divided by 255."""
    mean_colour: tuple[float, float, float]
    """Red, green, blue, 0 to 1."""
    perceptual_hash: int
    """64 bits of the image's lowest frequencies (imagehash's phash)."""

    @property
    def blank(self) -> bool:
        return self.deviation < _BLANK


def examine(data: bytes) -> ImageFacts | None:
    """Returns what an encoded image shows, or None if it cannot be decoded."""
    import imagehash

    try:
        with open_image(data) as opened:
            image = opened.convert("RGB")
    except ImageError:
        return None
    pixels = np.asarray(image, dtype=np.float32)
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    first, second = red - green, (red + green) / 2 - blue
    colourfulness = np.hypot(first.std(), second.std()) + 0.3 * np.hypot(first.mean(), second.mean())
    mean = pixels.mean(axis=(0, 1)) / 255
    return ImageFacts(
        width=image.width,
        height=image.height,
        deviation=float(np.asarray(image.convert("L"), dtype=np.float32).std()),
        brightness=float(pixels.max(axis=2).mean() / 255),
        colourfulness=float(colourfulness / 255),
        mean_colour=(float(mean[0]), float(mean[1]), float(mean[2])),
        perceptual_hash=int(str(imagehash.phash(image)), 16),
    )


def read_drawn(images: Path, columns: Sequence[str]) -> Iterator[dict[str, object]]:
    """Yields the rows of every shard of drawn pictures, in order, a few at a time."""
    for shard in sorted(images.glob("batch-*.parquet")):
        for batch in pq.ParquetFile(shard).iter_batches(batch_size=_ROWS, columns=list(columns)):
            yield from batch.to_pylist()


def examine_all(images: Path, title: str, count: int) -> dict[str, ImageFacts | None]:
    """Returns the facts of every drawn picture by id."""
    import PIL.Image

    PIL.Image.init()
    found: dict[str, ImageFacts | None] = {}
    with progress(title, count) as tick, ThreadPoolExecutor() as pool:
        for shard in sorted(images.glob("batch-*.parquet")):
            table = pq.read_table(shard, columns=["id", "image"])
            for id, facts in zip(table["id"].to_pylist(), pool.map(examine, table["image"].to_pylist()), strict=True):
                found[id] = facts
                tick()
    return found


def near_duplicates_across(hashes: Hashes, splits: npt.NDArray[np.str_], distance: int) -> list[tuple[int, int]]:
    """Returns the pairs of positions, the smaller first, in different splits whose hashes differ in at most `distance` bits."""
    pairs: list[tuple[int, int]] = []
    for position in range(len(hashes)):
        later = slice(position + 1, None)
        near = (np.bitwise_count(hashes[later] ^ hashes[position]) <= distance) & (splits[later] != splits[position])
        pairs += [(position, position + 1 + int(offset)) for offset in np.flatnonzero(near)]
    return pairs


def decodable(facts: Mapping[str, ImageFacts | None]) -> Gate:
    """Every image can be decoded."""
    broken = [id for id, one in facts.items() if one is None]
    return Gate("images that cannot be decoded", not broken, f"{len(broken):,}", "none", tuple(broken[:5]))


def not_blank(facts: Iterable[tuple[str, ImageFacts]]) -> Gate:
    """Every image shows something."""
    blank = [id for id, one in facts if one.blank]
    return Gate("blank images", not blank, f"{len(blank):,}", "none", tuple(blank[:5]))


def of_size(facts: Iterable[tuple[str, ImageFacts]], size: int) -> Gate:
    """Every image is a square of `size` pixels."""
    wrong = [id for id, one in facts if (one.width, one.height) != (size, size)]
    return Gate("images of another size", not wrong, f"{len(wrong):,}", f"none, all {size} × {size}", tuple(wrong[:5]))


def no_near_duplicates_across_splits(ids: Sequence[str], pairs: Sequence[tuple[int, int]], distance: int) -> Gate:
    """No two images of different splits are near-duplicates."""
    rows = tuple(f"{ids[first]} and {ids[second]}" for first, second in pairs[:5])
    return Gate("near-duplicates across splits", not pairs, f"{len(pairs):,} pairs", f"none within {distance} of 64 bits", rows)


def balanced(counts: Mapping[str, int], maximum: float) -> Gate:
    """No cell, such as a class in a style, is further than `maximum` from the mean of all, as a share of it."""
    mean = sum(counts.values()) / len(counts)
    furthest = max(counts, key=lambda cell: abs(counts[cell] - mean))
    measured = abs(counts[furthest] - mean) / mean
    return Gate("imbalance over classes and styles", measured <= maximum, f"{measured:.1%} ({furthest})", f"at most {maximum:.0%}")


def at_most(name: str, measured: float, maximum: float) -> Gate:
    """A measured share stays at or below `maximum`."""
    return Gate(name, measured <= maximum, f"{measured:.1%}", f"at most {maximum:.0%}")


def at_least(name: str, measured: float, minimum: float) -> Gate:
    """A measured share reaches a limit."""
    return Gate(name, measured >= minimum, f"{measured:.1%}", f"at least {minimum:.0%}")


def none_of(name: str, offenders: Sequence[str]) -> Gate:
    """No row has the fault that `name` tells of."""
    return Gate(name, not offenders, f"{len(offenders):,}", "none", tuple(offenders[:5]))
