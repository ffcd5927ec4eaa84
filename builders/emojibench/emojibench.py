"""The Hugging Face builder of EmojiBench: typed features over the clean tables and the drawn pictures. It runs here only; what is published is Parquet.

Landmarks are `Array3D((None, 70, 3))` and not nested lists of fixed length: read with `with_format("numpy")` both give (frames, 70, 3) in float32, but an
unknown face is then (0, 70, 3) in float32 here and a shapeless object array there, and rows are read several times as fast.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet as pq

from builders.emojibench.tables import UNITS, frame_id
from hub.curate.images import read_drawn
from hub.spec import ImageDatasetSpec, load

_SPEC = load(Path(__file__).parent / "dataset.yaml", ImageDatasetSpec)
_TEXT = datasets.Value("string")
_WHO = {name: _TEXT for name in ("id", "style", "identity_id", "source")}
_FACE = {
    "landmarks": _TEXT,
    "detector": _TEXT,
    "face_points": datasets.Array3D((None, 70, 3), "float32"),
    "face_visible": datasets.Array2D((None, 70), "bool"),
    "rotation": datasets.Array2D((None, 3), "float32"),
    "gaze": datasets.Array2D((None, 2), "float32"),
    "action_units": datasets.Array2D((None, len(UNITS)), "float32"),
    "width": datasets.Value("int32"),
    "height": datasets.Value("int32"),
}
_LINEAGE = {"prompt": _TEXT, "engine": _TEXT, "seed": datasets.Value("int64"), "licence": _TEXT, "credit": _TEXT}
_MOTION = {
    "family": _TEXT,
    "motion": _TEXT,
    "motion_seed": datasets.Value("int64"),
    "role": _TEXT,
    "frame_count": datasets.Value("int32"),
    "fps": datasets.Value("float32"),
}
_PAIR = {name: _TEXT for name in ("id", "portrait_id", "clip_id")}

FEATURES = {
    "portraits": datasets.Features({**_WHO, "image": datasets.Image(), **_FACE, "moderation": _TEXT, **_LINEAGE}),
    "driving": datasets.Features({**_WHO, "frames": datasets.List(datasets.Image()), **_MOTION, **_FACE, **_LINEAGE}),
    "pairs_self": datasets.Features(_PAIR),
    "pairs_cross": datasets.Features({**_PAIR, "target_id": _TEXT}),
}

Row = dict[str, Any]


class EmojiBenchConfig(datasets.BuilderConfig):  # type: ignore[misc]
    """One configuration. `clean` is the folder with the clean tables, `images` the one with the shards of pictures."""

    def __init__(self, clean: str = "", images: str = "", **keywords: Any) -> None:
        super().__init__(**keywords)
        self.clean = clean
        self.images = images


class EmojiBench(datasets.GeneratorBasedBuilder):  # type: ignore[misc]
    """EmojiBench, rebuilt (arXiv 2406.01900)."""

    VERSION = datasets.Version(_SPEC.version)
    BUILDER_CONFIG_CLASS = EmojiBenchConfig
    BUILDER_CONFIGS = [EmojiBenchConfig(name=one.name, version=datasets.Version(_SPEC.version), description=one.description) for one in _SPEC.configurations]
    DEFAULT_CONFIG_NAME = _SPEC.default_configuration.name

    def _info(self) -> datasets.DatasetInfo:
        return datasets.DatasetInfo(description=_SPEC.summary, features=FEATURES[self.config.name], homepage=_SPEC.citation.url, license=_SPEC.licence)

    def _split_generators(self, dl_manager: datasets.DownloadManager) -> list[datasets.SplitGenerator]:
        path = Path(self.config.clean) / f"{self.config.name}.parquet"
        splits = next(one.splits for one in _SPEC.configurations if one.name == self.config.name)
        return [datasets.SplitGenerator(name=split, gen_kwargs={"path": path, "split": split}) for split in splits]

    def _generate_examples(self, path: Path, split: str) -> Iterator[tuple[str, Row]]:
        rows = {row["id"]: row for row in pq.read_table(path, filters=[("split", "==", split)]).to_pylist()}
        match self.config.name:
            case "portraits":
                found = _with_image(rows, Path(self.config.images))
            case "driving":
                found = _with_frames(rows, Path(self.config.images))
            case _:
                found = iter(rows.values())
        names = FEATURES[self.config.name]
        for row in found:
            yield row["id"], {name: row[name] for name in names}


def _with_image(rows: dict[str, Row], images: Path) -> Iterator[Row]:
    """The portraits in the order of the shards."""
    for drawn in read_drawn(images, ["id", "image"]):
        if row := rows.get(str(drawn["id"])):
            yield {**row, "image": _packed(drawn)}


def _with_frames(rows: dict[str, Row], images: Path) -> Iterator[Row]:
    """The clips in the order in which their last frames stand in the shards; a clip's frames stand beside each other."""
    clips = {frame_id(id, number): (id, number) for id, row in rows.items() for number in range(row["frame_count"])}
    collected: dict[str, dict[int, Row]] = {}
    for drawn in read_drawn(images, ["id", "image"]):
        if place := clips.get(str(drawn["id"])):
            id, number = place
            frames = collected.setdefault(id, {})
            frames[number] = _packed(drawn)
            if len(frames) == rows[id]["frame_count"]:
                yield {**rows[id], "frames": [frames[position] for position in range(len(frames))]}
                del collected[id]


def _packed(drawn: dict[str, object]) -> Row:
    return {"bytes": drawn["image"], "path": f"{drawn['id']}.png"}
