"""Images decoded once: all of a split at one small size, kept in memory and in the work folder."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.image_examples import Boxes, ImageExamples
from hub.console import progress
from hub.files import digest, replacing, write_json
from hub.untrusted_images import open_image

Pixels = npt.NDArray[np.uint8]
"""(rows, size, size, 3): red, green, blue, 0 to 255."""

_CHUNK = 256
_WHOLE = np.array([0, 0, 1, 1], dtype=np.float32)


def whole_images(examples: ImageExamples, size: int, work: Path | None) -> Pixels:
    """Returns every image squeezed to `size` × `size`."""
    return _kept(examples, size, np.tile(_WHOLE, (len(examples), 1)), work, "images")


def person_crops(examples: ImageExamples, size: int, work: Path | None) -> Pixels:
    """Returns the box of the person in every image squeezed to `size` × `size`; black where there is none."""
    return _kept(examples, size, examples.boxes, work, "persons")


def _kept(examples: ImageExamples, size: int, boxes: Boxes, work: Path | None, what: str) -> Pixels:
    """Decodes what was not decoded before, whatever rows it stood among, and gathers all rows from what is kept.

    What one call decodes is one file, with a list of the keys of its rows beside it.
    """
    if work is None:
        return _decode(examples, size, boxes, what)
    folder = work / "pixels" / str(size)
    keys = [digest([content, box.tobytes().hex()])[:32] for content, box in zip(examples.contents, boxes, strict=True)]
    places = _places(folder)
    missing = [row for row, key in enumerate(keys) if key not in places]
    if missing:
        decoded = _decode(examples.take(missing), size, boxes[missing], what)
        _keep(folder, decoded, [keys[row] for row in missing])
        places = _places(folder)
    gathered = np.empty((len(keys), size, size, 3), dtype=np.uint8)
    for file in sorted({places[key][0] for key in keys}):
        rows = [row for row, key in enumerate(keys) if places[key][0] == file]
        gathered[rows] = np.load(file, mmap_mode="r", allow_pickle=False)[[places[keys[row]][1] for row in rows]]
    return gathered


def _places(folder: Path) -> dict[str, tuple[Path, int]]:
    """Where the pixels of every key are kept: a file and the row in it."""
    lists = {path.with_suffix(".npy"): json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    return {key: (file, row) for file, keys in lists.items() for row, key in enumerate(keys)}


def _keep(folder: Path, decoded: Pixels, keys: list[str]) -> None:
    file = folder / f"{digest(keys)[:24]}.npy"
    with replacing(file) as temporary, temporary.open("wb") as opened:
        np.save(opened, decoded, allow_pickle=False)
    # Written last: pixels without a list were interrupted and are decoded again.
    write_json(file.with_suffix(".json"), keys)


def _decode(examples: ImageExamples, size: int, boxes: Boxes, what: str) -> Pixels:
    decoded = np.zeros((len(examples), size, size, 3), dtype=np.uint8)
    with progress(f"decoding {what} at {size} pixels", len(examples)) as tick, ThreadPoolExecutor() as pool:
        for start in range(0, len(examples), _CHUNK):
            rows = range(start, min(start + _CHUNK, len(examples)))
            for row, pixels in zip(rows, pool.map(lambda row: _cropped(examples.paths[row], boxes[row], size), rows), strict=True):
                decoded[row] = pixels
                tick()
    return decoded


def _cropped(path: Path, box: npt.NDArray[np.float32], size: int) -> Pixels:
    if np.isnan(box).any():
        return np.zeros((size, size, 3), dtype=np.uint8)
    with open_image(path) as image:
        width, height = image.size
        corners = (float(box[0]) * width, float(box[1]) * height, float(box[2]) * width, float(box[3]) * height)
        return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR, box=corners), dtype=np.uint8)
