"""Images of a dataset that this hub built: their bytes are taken out of Parquet once, for the methods to find them by path."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.sources import published_folder
from benchmarks.sources.labelled_images import Box, LabelledImage, Part, RawImages, box_in_shares
from hub.console import progress
from hub.errors import EmohubError
from hub.files import folder_digest, write_json
from hub.paths import Project
from hub.spec.task import PublishedSource
from hub.untrusted_images import ImageError, open_image

_COLUMNS = ("id", "image", "emotion", "style", "caption", "person_box", "width", "height")
_SPLITS: tuple[Part, ...] = ("train", "validation", "test")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")
_BATCH = 256
_MARKER = "contents.json"


def read_published(source: PublishedSource, project: Project) -> tuple[RawImages, str]:
    """Returns the rows of a published configuration, with styles as domains, and its revision. Labels are the names that the Parquet files give the numbers.

    The images lie at `<work>/images/<digest of the Parquet files>/<id>.png` afterwards; a second call finds them there.

    Raises:
        DataUnavailableError: it has not been built here.
        EmohubError: its files lack a column or class names, or hold a row that is no labelled image.
    """
    folder = published_folder(source, project)
    files = {split: sorted(folder.glob(f"{split}-*.parquet")) for split in _SPLITS}
    for path in (path for paths in files.values() for path in paths):
        _refuse_missing_columns(path)
    revision = folder_digest(folder, "*.parquet")
    images = project.work / "images" / revision[:24]
    if not (images / _MARKER).is_file():
        _unpack([path for paths in files.values() for path in paths], images)
    contents: dict[str, str] = json.loads((images / _MARKER).read_text(encoding="utf-8"))
    return RawImages({split: [row for path in paths for row in _rows(path, images, contents)] for split, paths in files.items()}), revision[:16]


def _rows(path: Path, images: Path, contents: dict[str, str]) -> Iterator[LabelledImage]:
    emotions, styles = _class_names(path, "emotion"), _class_names(path, "style")
    for row in pq.read_table(path, columns=[name for name in _COLUMNS if name != "image"]).to_pylist():
        where = f"{path}: {row['id']}"
        yield LabelledImage(
            id=row["id"],
            path=images / f"{row['id']}.png",
            content=contents[row["id"]],
            labels=(_name(emotions, row["emotion"], f"{where}: emotion").lower(),),
            domain=_name(styles, row["style"], f"{where}: style"),
            caption=row["caption"] or "",
            box=_box(row, where),
        )


def _class_names(path: Path, column: str) -> tuple[str, ...]:
    """The names behind a column's numbers, from what `datasets` writes into the schema."""
    metadata = (pq.read_schema(path).metadata or {}).get(b"huggingface", b"{}")
    names = json.loads(metadata).get("info", {}).get("features", {}).get(column, {}).get("names")
    if not names:
        raise EmohubError(f"{path}: the schema does not name the classes of {column!r}; write it with datasets' ClassLabel")
    return tuple(names)


def _name(names: tuple[str, ...], number: int | None, where: str) -> str:
    if number is None or not 0 <= number < len(names):
        raise EmohubError(f"{where} is {number}, expected 0 to {len(names) - 1}")
    return names[number]


def _box(row: dict[str, Any], where: str) -> Box | None:
    pixels = row["person_box"]
    if not pixels:
        return None
    box = box_in_shares((pixels[0], pixels[1], pixels[2], pixels[3]), row["width"], row["height"]) if len(pixels) == 4 else None
    if box is None:
        raise EmohubError(f"{where}: person_box is {pixels}, expected left, top, right and bottom in pixels of {row['width']} × {row['height']}, or nothing")
    return box


def _refuse_missing_columns(path: Path) -> None:
    names = pq.read_schema(path).names
    missing = [column for column in _COLUMNS if column not in names]
    if missing:
        raise EmohubError(f"{path}: no column {missing[0]!r}; there are {', '.join(names)}")


def _unpack(files: list[Path], target: Path) -> None:
    """Writes every image beside `target`, and moves the folder there when it is complete: there is never half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        contents: dict[str, str] = {}
        with progress("unpacking images", sum(pq.read_metadata(path).num_rows for path in files)) as tick:
            for path in files:
                for batch in pq.ParquetFile(path).iter_batches(_BATCH, columns=["id", "image", "width", "height"]):
                    _write_images(batch, staged, contents, path)
                    tick(batch.num_rows)
        write_json(staged / _MARKER, contents)
        staged.chmod(0o755)
        _put_in_place(staged, target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _put_in_place(staged: Path, target: Path) -> None:
    if target.exists() and not (target / _MARKER).is_file():
        shutil.rmtree(target)
    try:
        staged.rename(target)
    except OSError:
        # Another run was quicker, and wrote the same.
        if not (target / _MARKER).is_file():
            raise


def _write_images(batch: pa.RecordBatch, folder: Path, contents: dict[str, str], where: Path) -> None:
    for row in batch.to_pylist():
        id, data = row["id"], (row["image"] or {}).get("bytes") or b""
        if id is None or not _ID.fullmatch(id):
            raise EmohubError(f"{where}: the id {id!r} cannot name a file: letters, digits, '_', '.' and '-', at most 200, the first a letter or digit")
        if id in contents:
            raise EmohubError(f"{where}: the id {id!r} stands twice")
        size = _size(data)
        if size != (row["width"], row["height"]):
            raise EmohubError(f"{where}: {id}: the image is {size or 'not readable'}, expected {row['width']} × {row['height']} pixels as its row says")
        (folder / f"{id}.png").write_bytes(data)
        contents[id] = hashlib.sha256(data).hexdigest()


def _size(data: bytes) -> tuple[int, int] | None:
    try:
        with open_image(data) as image:
            return image.size
    except ImageError:
        return None
