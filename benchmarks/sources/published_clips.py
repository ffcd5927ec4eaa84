"""Portraits, driving clips and their pairs from a dataset that this hub built: four configurations whose ids join."""

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from benchmarks.examples import sample_by_id
from benchmarks.portrait_examples import Clip, Pair, PairSplits, Pixels, Portrait
from benchmarks.sources import published_folder
from hub.console import progress
from hub.errors import EmohubError
from hub.faces import FACE_70, FaceTrack
from hub.files import digest, folder_digest, replacing
from hub.paths import Project
from hub.spec import PortraitAnimationTask
from hub.spec.task import PublishedSource
from hub.untrusted_images import ImageError, open_image

SPLITS = ("train", "validation", "test")
_FACE = ("face_points", "face_visible", "rotation", "width", "height")
_COLUMNS = {
    "portraits": ("id", "image", "style", "identity_id", *_FACE),
    "driving": ("id", "frames", "style", "identity_id", "family", "frame_count", *_FACE),
    "pairs_self": ("id", "portrait_id", "clip_id"),
    "pairs_cross": ("id", "portrait_id", "clip_id", "target_id"),
}
_PICTURES = {"portraits": "image", "driving": "frames"}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,199}")
_LARGEST = 4096
_MOST_FRAMES = 10_000
_BATCH = 16

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of one configuration by id, without pictures, and where each came from."""

    rows: dict[str, Row]
    splits: dict[str, str]


def read_pairs(task: PortraitAnimationTask, project: Project) -> PairSplits:
    """Returns the pairs of a task: training and validation ones of the same person, tested ones as the task says.

    Pictures are brought to the task's size by area averaging, and landmarks with them. Decoded frames are kept in the work folder.

    Raises:
        DataUnavailableError: the dataset has not been built here.
        EmohubError: its files lack a column, or hold rows that do not join, pictures of another size than their row says or faces of another shape.
    """
    if not isinstance(task.source, PublishedSource):
        raise EmohubError(f"benchmarks/tasks/{task.name}.yaml: 'source.kind' must be published: portrait animation reads datasets that this hub builds")
    tested = f"pairs_{task.reenactment}"
    if task.source.configuration != tested:
        raise EmohubError(f"benchmarks/tasks/{task.name}.yaml: 'source.configuration' must be {tested} where 'reenactment' is {task.reenactment}")
    folders = {name: published_folder(task.source.model_copy(update={"configuration": name}), project) for name in {*_PICTURES, "pairs_self", tested}}
    revision = folder_digest(project.published(task.source.dataset), "*/*.parquet")
    tables = {name: _read(name, folder) for name, folder in folders.items()}
    _refuse_shared_identities(tables)
    kept = project.work / "pixels" / "clips" / revision[:24]
    portraits = _portraits(tables["portraits"], _pictures("portraits", folders["portraits"], tables["portraits"], task, kept), task.size)
    clips = _clips(tables["driving"], _pictures("driving", folders["driving"], tables["driving"], task, kept), task.size)
    pairs = {split: _pairs(tables[tested if split == "test" else "pairs_self"], tables, portraits, clips, split) for split in SPLITS}
    empty = [split for split, found in pairs.items() if not found]
    if empty:
        raise EmohubError(f"the data of {task.name!r} was read, but holds no pairs for {', '.join(empty)}; is it complete?")
    return PairSplits(
        pairs["train"], pairs["validation"], sample_pairs(pairs["test"], task.test_pairs), source="published", revision=revision[:16], size=task.size
    )


def sample_pairs(pairs: tuple[Pair, ...], count: int | None) -> tuple[Pair, ...]:
    """Returns at most `count` pairs, as evenly over the portraits' styles as there are pairs; which ones depends on their ids alone."""
    if count is None or count >= len(pairs):
        return pairs
    by_style: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_style.setdefault(pair.portrait.style, []).append(pair)
    chosen: set[str] = set()
    left = count
    # The smallest style first: what it cannot give, the others do.
    for turn, (_, found) in enumerate(sorted(by_style.items(), key=lambda item: (len(item[1]), item[0]))):
        taken = [found[position].id for position in sample_by_id([pair.id for pair in found], left // (len(by_style) - turn))]
        chosen.update(taken)
        left -= len(taken)
    return tuple(pair for pair in pairs if pair.id in chosen)


def _read(configuration: str, folder: Path) -> _Table:
    columns = [name for name in _COLUMNS[configuration] if name != _PICTURES.get(configuration)]
    rows: dict[str, Row] = {}
    splits: dict[str, str] = {}
    for path, split in _files(folder):
        schema = pq.read_schema(path)
        missing = [name for name in _COLUMNS[configuration] if name not in schema.names]
        if missing:
            raise EmohubError(f"{path}: no column {missing[0]!r}; there are {', '.join(schema.names)}")
        for row in _plain(pq.read_table(path, columns=columns)).to_pylist():
            id = row["id"]
            if not isinstance(id, str) or not _ID.fullmatch(id) or id in rows:
                raise EmohubError(
                    f"{path}: the id {id!r} stands twice, or is none: letters, digits, '_', '.', '/' and '-', at most 200, the first a letter or digit"
                )
            empty = [name for name in ("style", "identity_id", "family", "portrait_id", "clip_id") if name in columns and not row[name]]
            if empty:
                raise EmohubError(f"{path}: {id}: {empty[0]} is empty")
            rows[id] = row
            splits[id] = split
    return _Table(rows, splits)


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    for split in SPLITS:
        for path in sorted(folder.glob(f"{split}-*.parquet")):
            yield path, split


def _plain(table: pa.Table) -> pa.Table:
    """The table with nested lists for the array types of `datasets`, which pyarrow knows only where that package has been imported."""
    for number, field in enumerate(table.schema):
        if isinstance(field.type, pa.ExtensionType):
            table = table.set_column(number, field.name, pa.chunked_array([chunk.storage for chunk in table.column(number).chunks], field.type.storage_type))
    return table


def _refuse_shared_identities(tables: Mapping[str, _Table]) -> None:
    seen: dict[str, str] = {}
    for name in _PICTURES:
        for id, row in tables[name].rows.items():
            split = seen.setdefault(row["identity_id"], tables[name].splits[id])
            if split != tables[name].splits[id]:
                raise EmohubError(
                    f"{name}: {id}: the identity {row['identity_id']!r} is in {split} and in {tables[name].splits[id]}; splits must not share any"
                )


def _pictures(configuration: str, folder: Path, table: _Table, task: PortraitAnimationTask, kept: Path) -> dict[str, Pixels]:
    """Every row's pictures, (frames, size, size, 3): decoded once, and one file for all afterwards, in the order of the rows."""
    counts = {id: _frame_count(row, task) for id, row in table.rows.items()}
    file = kept / f"{configuration}-{digest([task.size, task.maximum_frames])[:12]}.npy"
    if not file.is_file():
        decoded = np.empty((sum(counts.values()), task.size, task.size, 3), dtype=np.uint8)
        _decode(configuration, folder, table, task, decoded)
        with replacing(file) as temporary, temporary.open("wb") as opened:
            np.save(opened, decoded, allow_pickle=False)
    pixels: Pixels = np.load(file, allow_pickle=False)
    if pixels.shape != (sum(counts.values()), task.size, task.size, 3):
        raise EmohubError(f"{file}: it holds {pixels.shape}, which is not what its rows say; delete it and run again")
    ends = list(accumulate(counts.values()))
    return {id: pixels[end - count : end] for (id, count), end in zip(counts.items(), ends, strict=True)}


def _frame_count(row: Row, task: PortraitAnimationTask) -> int:
    """How many of a row's frames are used; a portrait has one, with or without a face."""
    frames = row.get("frame_count", 1)
    sizes = (row["width"], row["height"])
    if frames is None or not 1 <= frames <= _MOST_FRAMES or not all(size is not None and 1 <= size <= _LARGEST for size in sizes):
        raise EmohubError(f"{row['id']}: {frames} frames of {sizes[0]} × {sizes[1]} pixels; expected 1 to {_MOST_FRAMES} of at most {_LARGEST}")
    return min(int(frames), task.maximum_frames or int(frames))


def _decode(configuration: str, folder: Path, table: _Table, task: PortraitAnimationTask, decoded: Pixels) -> None:
    at, column = 0, _PICTURES[configuration]
    with progress(f"decoding {configuration} at {task.size} pixels", len(table.rows)) as tick, ThreadPoolExecutor() as pool:
        for path, _ in _files(folder):
            for batch in pq.ParquetFile(path).iter_batches(_BATCH, columns=["id", column]):
                for row in batch.to_pylist():
                    known, held = table.rows[row["id"]], row[column]
                    encoded = held if isinstance(held, list) else [held]
                    if len(encoded) != known.get("frame_count", 1):
                        raise EmohubError(f"{path}: {row['id']}: {len(encoded)} frames, expected {known.get('frame_count', 1)} as its row says")
                    wanted = encoded[: _frame_count(known, task)]
                    read = partial(_picture, expected=(known["width"], known["height"]), size=task.size, where=f"{path}: {row['id']}")
                    for pixels in pool.map(read, wanted):
                        decoded[at] = pixels
                        at += 1
                    tick()


def _picture(held: Mapping[str, Any] | None, expected: tuple[int, int], size: int, where: str) -> Pixels:
    try:
        with open_image((held or {}).get("bytes") or b"") as image:
            found = image.size
            # Before anything is decoded: a few bytes can claim to be an enormous picture.
            if found == expected:
                whole = image.convert("RGB")
                return np.asarray(whole if found == (size, size) else whole.resize((size, size), Image.Resampling.BOX), dtype=np.uint8)
    except ImageError as error:
        raise EmohubError(f"{where}: a picture is not readable, expected PNG of {expected[0]} × {expected[1]} pixels") from error
    raise EmohubError(f"{where}: a picture is {found[0]} × {found[1]} pixels, expected {expected[0]} × {expected[1]} as its row says")


def _portraits(table: _Table, pictures: Mapping[str, Pixels], size: int) -> dict[str, Portrait]:
    return {
        id: Portrait(id, row["identity_id"], row["style"], pictures[id][0], _track(row, 1, size) if row["face_points"] else None)
        for id, row in table.rows.items()
    }


def _clips(table: _Table, pictures: Mapping[str, Pixels], size: int) -> dict[str, Clip]:
    return {id: Clip(id, row["identity_id"], row["style"], row["family"], pictures[id], _track(row, len(pictures[id]), size)) for id, row in table.rows.items()}


def _track(row: Row, frames: int, size: int) -> FaceTrack:
    expected = row.get("frame_count", 1)
    try:
        points, rotation = (np.array(row[name], dtype=np.float32) for name in ("face_points", "rotation"))
        made = FaceTrack(FACE_70, points, np.array(row["face_visible"], dtype=np.bool_), rotation, row["width"], row["height"])
    except (ValueError, TypeError) as error:
        raise EmohubError(f"{row['id']}: its face does not hold what it should: {error}") from error
    if len(made) != expected:
        raise EmohubError(f"{row['id']}: it has landmarks for {len(made)} frames, expected {expected}")
    return made.frames(slice(frames)).resized(size, size)


def _pairs(table: _Table, tables: Mapping[str, _Table], portraits: Mapping[str, Portrait], clips: Mapping[str, Clip], split: str) -> tuple[Pair, ...]:
    return tuple(_pair(row, tables, portraits, clips, split) for id, row in sorted(table.rows.items()) if table.splits[id] == split)


def _pair(row: Row, tables: Mapping[str, _Table], portraits: Mapping[str, Portrait], clips: Mapping[str, Clip], split: str) -> Pair:
    """Pairs without a column for the target are of the same person: the clip is the target."""
    target = row.get("target_id", row["clip_id"])
    for name, id in (("portraits", row["portrait_id"]), ("driving", row["clip_id"]), ("driving", target)):
        if id is not None and tables[name].splits.get(id) != split:
            raise EmohubError(
                f"the pair {row['id']!r} of {split} names {id!r} of {name}, which {'is in another split' if id in tables[name].rows else 'does not exist'}"
            )
    pair = Pair(row["id"], portraits[row["portrait_id"]], clips[row["clip_id"]], clips[target] if target else None)
    if pair.target is not None and (pair.target.identity != pair.portrait.identity or len(pair.target.frames) != len(pair.driving.frames)):
        raise EmohubError(f"the pair {row['id']!r}: the target {target!r} is of another identity than its portrait, or of another length than its driver")
    return pair
