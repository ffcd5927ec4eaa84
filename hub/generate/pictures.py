"""One image dataset's generation in one profile: a fixed plan of batches, each drawn once and kept, and the raw folder that they make up."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hub.console import progress, say
from hub.durable.checksums import forget_sums, write_sums
from hub.durable.sealed import intact, seal
from hub.engine import Drawn, ImageEngine, ImageRequest, open_image_engine
from hub.engine.provenance import digital_source_type, with_provenance
from hub.errors import EmohubError
from hub.files import digest, write_json
from hub.generate.job import REJECTS
from hub.imports import load_object
from hub.paths import Project
from hub.shard import WHOLE, Shard
from hub.spec import ImageDatasetSpec, ImageGenerationSpec
from hub.tables import Tables, read_table, table_of, write_table, write_tables

_FLOATS = pa.list_(pa.float32())
DRAWN = pa.schema(
    [
        ("id", pa.string()),
        ("image", pa.binary()),
        ("batch", pa.int32()),
        ("moderation", pa.string()),
        ("person_box", _FLOATS),
        ("face_points", _FLOATS),
        ("face_visible", pa.list_(pa.bool_())),
        ("head_rotation", _FLOATS),
        ("action_units", pa.list_(pa.struct([("unit", pa.int16()), ("intensity", pa.float32())]))),
        ("object_boxes", pa.list_(pa.struct([("name", pa.string()), ("box", _FLOATS)]))),
    ]
)
"""One drawn picture. Boxes are left, top, right, bottom in pixels; `face_points` is (70, 3) flattened, and empty where no face is seen; what only the renderer
knows is null with other engines."""


@dataclass
class PictureJob:
    """What an image dataset's code works with."""

    spec: ImageDatasetSpec
    settings: ImageGenerationSpec
    folder: Path
    """The dataset's own folder."""
    engine: ImageEngine
    identity: Mapping[str, Any]
    """Of the engine, once it is ready."""
    store: Path
    images: Path
    """Where the files of drawn pictures go."""
    shard: Shard = WHOLE
    """Which of the batches are drawn here. With a part of them nothing is placed in `images`."""
    batches: int = 0
    pictures: int = 0
    further: list[Mapping[str, Any]] = field(default_factory=list)
    """Identities of other engines that drew a part."""

    def draw(self, requests: Sequence[ImageRequest], engine: ImageEngine | None = None) -> None:
        """Draws every picture into the next `images/batch-<number>.parquet`. A dataset may draw its parts in several calls.

        Batches are cut from the requests in the order of their ids. A batch that was drawn before, by this run or another, is taken from the store.
        `engine` draws instead of the job's own, and is ready to.
        """
        identity = dict(engine.identity) if engine else self.identity
        if engine and identity not in [self.identity, *self.further]:
            self.further.append(identity)
        facts = self._facts(identity)
        ordered = sorted(requests, key=lambda request: request.id)
        size = self.settings.batch_size
        batches = [ordered[start : start + size] for start in range(0, len(ordered), size)]
        files = [self.store / f"{_key(facts, batch)[:32]}.parquet" for batch in batches]
        planned = list(enumerate(zip(batches, files, strict=True), start=self.batches))
        mine = [(number, batch, file) for number, (batch, file) in planned if self.shard.holds(number)]
        missing = [(number, batch, file) for number, batch, file in mine if not intact(file)]
        pictures = sum(len(batch) for _, batch, _ in mine)
        with progress(f"{self.spec.name}: drawing", pictures, pictures - sum(len(batch) for _, batch, _ in missing)) as tick:
            for number, batch, file in missing:
                drawn = _drawn(engine or self.engine, batch)
                write_table(file, table_of((_row(facts, request, one, number) for request, one in drawn), DRAWN), rows_per_group=size)
                seal(file)
                tick(len(batch))
        if self.shard.whole:
            self.images.mkdir(parents=True, exist_ok=True)
            for number, file in enumerate(files, start=self.batches):
                _place(file, self._file(number), number, size)
        self.batches += len(batches)
        self.pictures += len(ordered)

    def keep(self, pictures: Mapping[str, bytes]) -> None:
        """Adds pictures that no engine drew, such as photographs: PNGs by id. Nothing is known of what they show, and they get no record of provenance."""
        ordered, size = sorted(pictures), self.settings.batch_size
        if not self.shard.whole:
            return
        for start in range(0, len(ordered), size):
            rows = ({"id": id, "image": pictures[id], "batch": self.batches, "moderation": "none"} for id in ordered[start : start + size])
            write_table(self._file(self.batches), table_of(rows, DRAWN), rows_per_group=size)
            self.batches += 1
        self.pictures += len(ordered)

    def _file(self, number: int) -> Path:
        return self.images / f"batch-{number:05d}.parquet"

    def _facts(self, identity: Mapping[str, Any]) -> dict[str, str]:
        """What every picture of an engine says of where it comes from."""
        kind = str(identity["kind"])
        return {
            "dataset": self.spec.name,
            "licence": self.spec.licence,
            "engine": f"{kind} {digest(dict(identity))[:16]}",
            "digitalSourceType": digital_source_type(kind),
        }


def _drawn(engine: ImageEngine, batch: Sequence[ImageRequest]) -> list[tuple[ImageRequest, Drawn]]:
    drawn = engine.draw(batch)
    assert [one.id for one in drawn] == [request.id for request in batch], "the engine must draw every picture once, in order"
    return list(zip(batch, drawn, strict=True))


def _key(facts: Mapping[str, str], batch: Sequence[ImageRequest]) -> str:
    """What names a batch in the store: everything that changes a byte of it but its number."""
    return digest([facts, [asdict(request) for request in batch]])


def _place(file: Path, target: Path, number: int, rows_per_group: int) -> None:
    """Copies a batch from the store. An earlier plan may have drawn it under another number, which is set right."""
    if pq.read_table(file, columns=["batch"])["batch"][0].as_py() == number:
        shutil.copyfile(file, target)
        return
    table = read_table(file)
    column = table.column_names.index("batch")
    write_table(target, table.set_column(column, DRAWN.field("batch"), pa.array([number] * len(table), pa.int32())), rows_per_group)


def _row(facts: Mapping[str, str], request: ImageRequest, drawn: Drawn, batch: int) -> dict[str, Any]:
    truth = drawn.truth
    face = truth.face if truth else None
    provenance = {**facts, "id": request.id, "prompt": request.prompt, "seed": request.seed}
    return {
        "id": request.id,
        "image": with_provenance(drawn.png, provenance),
        "batch": batch,
        "moderation": drawn.moderation,
        "person_box": (truth.person or []) if truth else None,
        "face_points": (np.ravel(face.points).tolist() if face else []) if truth else None,
        "face_visible": (face.visible.tolist() if face else []) if truth else None,
        "head_rotation": (face.rotation if face else []) if truth else None,
        "action_units": [{"unit": unit, "intensity": value} for unit, value in face.action_units.items()] if face else ([] if truth else None),
        "object_boxes": [{"name": name, "box": box} for name, box in truth.objects.items()] if truth else None,
    }


def generate_images(project: Project, spec: ImageDatasetSpec, settings: ImageGenerationSpec, engine: ImageEngine | None = None) -> None:
    """Runs an image dataset's code and writes `data/raw/<dataset>`: its tables, `images/`, `rejects.parquet` and `manifest.json`.

    `engine` draws instead of the one that `settings` declares: for programs that bring their own.
    """
    raw = project.raw(spec.name)
    shutil.rmtree(raw / "images", ignore_errors=True)
    with engine or open_image_engine(settings.engine) as drawing:
        job = _open_job(project, spec, settings, drawing)
        tables: Tables = load_object(spec.generate, project.root)(job)
    if not job.batches:
        raise EmohubError(f"{spec.generate} drew nothing for {spec.name}")
    forget_sums(raw)
    write_tables(raw, {**tables, "rejects": table_of((), REJECTS)})
    write_json(raw / "manifest.json", _manifest(job, tables))
    write_sums(raw)
    say(f"{spec.name}: {job.pictures:,} pictures in {job.batches:,} batches of {settings.batch_size}")


def draw_share(project: Project, spec: ImageDatasetSpec, settings: ImageGenerationSpec, shard: Shard) -> Mapping[str, Any]:
    """Draws a share of a dataset's batches into the store, for `generate_images` to find. Returns the engine's identity."""
    with open_image_engine(settings.engine) as drawing:
        job = _open_job(project, spec, settings, drawing, shard)
        load_object(spec.generate, project.root)(job)
    return job.identity


def _open_job(project: Project, spec: ImageDatasetSpec, settings: ImageGenerationSpec, engine: ImageEngine, shard: Shard = WHOLE) -> PictureJob:
    folder, store = project.root / "builders" / spec.name, project.work / "stores" / spec.name
    images = project.raw(spec.name) / "images" if shard.whole else store / "nowhere"
    return PictureJob(spec, settings, folder, engine, dict(engine.identity), store, images, shard)


def _manifest(job: PictureJob, tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    settings = job.settings.model_dump(mode="json")
    return {
        "dataset": job.spec.name,
        "version": job.spec.version,
        "engine": dict(job.identity),
        **({"further_engines": [dict(identity) for identity in job.further]} if job.further else {}),
        "size": settings["size"],
        "batch_size": settings["batch_size"],
        "batches": job.batches,
        "options": settings["options"],
        "tables": {name: table.num_rows for name, table in sorted(tables.items())},
    }
