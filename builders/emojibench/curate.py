"""From raw tables to clean ones: what is broken, blank, flagged, faceless or doubled goes with all that joins to it; statistics and gates on the rest."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from builders.emojibench.faces import KnownFace, face_columns, known_faces
from builders.emojibench.measures import gates_of, statistics_of
from builders.emojibench.tables import DRIVING, PAIRS_CROSS, PAIRS_SELF, PORTRAITS, SPLITS, frame_id
from hub.curate.images import ImageFacts, examine_all, near_duplicates_across, read_drawn
from hub.curate.job import CurationJob
from hub.generate import Reject
from hub.generate.answers import Reason
from hub.spec import ImageDatasetSpec
from hub.tables import Tables, table_of

Row = dict[str, Any]


def curate(job: CurationJob[ImageDatasetSpec]) -> Tables:
    """Returns the clean tables of the four configurations; the pictures stay in the raw shards."""
    raw = {name: job.raw(name).to_pylist() for name in ("portraits", "driving", "pairs_self", "pairs_cross")}
    frames = {row["id"]: [frame_id(row["id"], number) for number in range(row["frame_count"])] for row in raw["driving"]}
    facts = examine_all(job.images, f"{job.spec.name}: examining", len(raw["portraits"]) + sum(map(len, frames.values())))
    moderation = {str(row["id"]): str(row["moderation"]) for row in read_drawn(job.images, ["id", "moderation"])}
    faces = known_faces(job.images, job.raw("detected").to_pylist())

    portraits = _sound(job, raw["portraits"], lambda row: [row["id"]], facts, moderation)
    driving = _with_faces(job, _sound(job, raw["driving"], lambda row: frames[row["id"]], facts, moderation), frames, faces)
    portraits, driving = _without_duplicates(job, portraits, driving, facts)
    kept = {"portraits": [_portrait(row, facts, faces, moderation) for row in portraits]}
    kept["driving"] = [_clip(row, frames[row["id"]], facts, faces) for row in driving]
    for name in ("pairs_self", "pairs_cross"):
        kept[name] = _joined(job, raw[name], portraits, driving)

    job.statistics.update(statistics_of(kept))
    planned = {name: len(rows) for name, rows in raw.items()}
    shown = {id: facts[id] for id in (*(row["id"] for row in portraits), *(id for row in driving for id in frames[row["id"]]))}
    job.gates.extend(gates_of(job, kept, planned, shown))
    schemas = {"portraits": PORTRAITS, "driving": DRIVING, "pairs_self": PAIRS_SELF, "pairs_cross": PAIRS_CROSS}
    return {name: table_of(({column: row.get(column) for column in schema.names} for row in kept[name]), schema) for name, schema in schemas.items()}


def _sound(
    job: CurationJob[ImageDatasetSpec],
    rows: Iterable[Row],
    pictures: Callable[[Row], list[str]],
    facts: dict[str, ImageFacts | None],
    moderation: dict[str, str],
) -> list[Row]:
    """The rows of which every picture can be decoded, shows something, and was not flagged."""
    kept = []
    for row in rows:
        problems = [(problem, id) for id in pictures(row) if (problem := _problem(facts.get(id), moderation.get(id, "none")))]
        if problems:
            _reject(job, row, *problems[0])
        else:
            kept.append(row)
    return kept


def _problem(fact: ImageFacts | None, moderation: str) -> Reason | None:
    return "broken" if fact is None else "blank" if fact.blank else "flagged" if moderation == "flagged" else None


def _with_faces(job: CurationJob[ImageDatasetSpec], clips: Iterable[Row], frames: dict[str, list[str]], faces: dict[str, KnownFace]) -> list[Row]:
    """The clips with a known face in every frame: without landmarks they drive nothing."""
    kept = []
    for row in clips:
        faceless = [number for number, id in enumerate(frames[row["id"]]) if id not in faces]
        if faceless:
            _reject(job, row, "unlabelled", f"no face in the frames {', '.join(map(str, faceless))}")
        else:
            kept.append(row)
    return kept


def _without_duplicates(
    job: CurationJob[ImageDatasetSpec], portraits: list[Row], driving: list[Row], facts: dict[str, ImageFacts | None]
) -> tuple[list[Row], list[Row]]:
    """The portraits and clips without the identities whose portrait is a near-duplicate of one in a later split."""
    gone: dict[str, str] = {}
    hashes = np.array([fact.perceptual_hash for row in portraits if (fact := facts[row["id"]])], dtype=np.uint64)
    splits = np.array([row["split"] for row in portraits])
    for first, second in near_duplicates_across(hashes, splits, job.spec.gates.hash_distance):
        loser, winner = sorted((portraits[first], portraits[second]), key=lambda row: SPLITS.index(row["split"]))
        gone.setdefault(loser["identity_id"], winner["id"])
    for row in (*portraits, *driving):
        if row["identity_id"] in gone:
            _reject(job, row, "duplicate", f"the portrait of {row['identity_id']} is a near-duplicate of {gone[row['identity_id']]}")
    return [row for row in portraits if row["identity_id"] not in gone], [row for row in driving if row["identity_id"] not in gone]


def _joined(job: CurationJob[ImageDatasetSpec], pairs: Sequence[Row], portraits: Sequence[Row], driving: Sequence[Row]) -> list[Row]:
    """The pairs of which all parts are kept."""
    stills, clips = {row["id"] for row in portraits}, {row["id"] for row in driving}
    kept = []
    for row in pairs:
        if row["portrait_id"] in stills and row["clip_id"] in clips and (row["target_id"] is None or row["target_id"] in clips):
            kept.append(row)
        else:
            _reject(job, {"style": "", **row}, "broken", "a part of the pair was taken out")
    return kept


def _portrait(row: Row, facts: dict[str, ImageFacts | None], faces: dict[str, KnownFace], moderation: dict[str, str]) -> Row:
    return {**row, **face_columns([faces.get(row["id"])]), **_size(facts[row["id"]]), "moderation": moderation[row["id"]]}


def _clip(row: Row, frames: list[str], facts: dict[str, ImageFacts | None], faces: dict[str, KnownFace]) -> Row:
    return {**row, **face_columns([faces.get(id) for id in frames]), **_size(facts[frames[0]])}


def _size(fact: ImageFacts | None) -> Row:
    assert fact is not None
    return {"width": fact.width, "height": fact.height}


def _reject(job: CurationJob[ImageDatasetSpec], row: Row, reason: Reason, detail: str) -> None:
    job.rejects.append(Reject("curate", row["id"], reason, row["style"], row.get("prompt") or "", detail, 0, True))
