"""Images decoded once: all of a split at one small size, kept in memory and in the work folder."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.image_examples import Boxes, ImageExamples
from hub.console import progress
from hub.files import digest, replacing

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
    if work is None:
        return _decode(examples, size, boxes, what)
    file = work / "pixels" / f"{digest([examples.contents, boxes.tobytes().hex(), size])[:24]}.npy"
    if not file.is_file():
        decoded = _decode(examples, size, boxes, what)
        with replacing(file) as temporary, temporary.open("wb") as opened:
            np.save(opened, decoded, allow_pickle=False)
        return decoded
    kept: Pixels = np.load(file, allow_pickle=False)
    return kept


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
    with Image.open(path) as image:
        width, height = image.size
        corners = (float(box[0]) * width, float(box[1]) * height, float(box[2]) * width, float(box[3]) * height)
        return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR, box=corners), dtype=np.uint8)
