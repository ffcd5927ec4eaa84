"""From drawn pictures to clean rows: broken, blank, flagged and duplicated ones out, captions with measured light, gates, and how far each cue alone goes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from builders.emo8.grammar import read_grammar
from builders.emo8.probes import ProbeResult, one_hot, probe, unit_intensities
from builders.emo8.words import caption_of
from hub.curate import gates, images
from hub.curate.images import ImageFacts, examine_all, near_duplicates_across, read_drawn
from hub.curate.job import CurationJob
from hub.engine.render.parameters import ACTION_UNITS, STYLES
from hub.generate import Reject
from hub.generate.answers import Reason
from hub.generate.pictures import DRAWN
from hub.spec import ImageDatasetSpec
from hub.tables import Tables, table_of
from hub.taxonomy import Taxonomy

_TEXT, _FLOAT = pa.string(), pa.float32()
_TRUTH = [field for field in DRAWN if field.name not in ("id", "image")]
CLEAN = pa.schema(
    [(name, _TEXT) for name in ("id", "split", "emotion", "style", "caption", "scene_id", "identity_id", "place", "weather", "time", "expression", "action")]
    + [("objects", pa.list_(_TEXT)), ("own_cues", pa.list_(_TEXT)), ("brightness", _FLOAT), ("colourfulness", _FLOAT)]
    + [("width", pa.int32()), ("height", pa.int32()), *_TRUTH, ("prompt", _TEXT), ("seed", pa.int64()), ("engine", _TEXT), ("licence", _TEXT)]
)

Row = dict[str, Any]


def curate(job: CurationJob[ImageDatasetSpec]) -> Tables:
    """Returns the clean table of the one configuration; the images themselves stay in the raw shards."""
    taxonomy = Taxonomy.read(job.folder / job.spec.taxonomy)
    planned = job.raw("pictures").to_pylist()
    facts = examine_all(job.images, f"{job.spec.name}: examining", len(planned))
    truth = {str(row["id"]): row for row in read_drawn(job.images, [field.name for field in DRAWN if field.name != "image"])}
    kept = _usable(job, planned, facts, truth)
    kept = _without_duplicates(job, kept, facts)
    rows = [_clean_row(job, row, facts[row["id"]], truth[row["id"]]) for row in kept]
    seen = {row["id"]: fact for row in rows if (fact := facts[row["id"]])}
    probes = _probes(rows, seen)
    job.statistics.update(_statistics(rows, probes, taxonomy))
    job.gates.extend(_gates(job, rows, facts, seen, probes, taxonomy))
    return {job.spec.default_configuration.name: table_of(rows, CLEAN)}


def _usable(job: CurationJob[ImageDatasetSpec], planned: Sequence[Row], facts: dict[str, ImageFacts | None], truth: dict[str, Row]) -> list[Row]:
    """The rows whose image can be decoded, shows something, and was not flagged."""
    kept = []
    for row in planned:
        fact = facts.get(row["id"])
        reason: Reason | None = "broken" if fact is None else "blank" if fact.blank else "flagged" if truth[row["id"]]["moderation"] == "flagged" else None
        if reason is None:
            kept.append(row)
        else:
            job.rejects.append(Reject("curate", row["id"], reason, row["emotion"], row["prompt"], "", 0, True))
    return kept


def _without_duplicates(job: CurationJob[ImageDatasetSpec], rows: list[Row], facts: dict[str, ImageFacts | None]) -> list[Row]:
    """The rows without those of train and validation that are near-duplicates of a row in a later split."""
    order = {"train": 0, "validation": 1, "test": 2}
    gone: dict[str, str] = {}
    for first, second in near_duplicates_across(*_hashes(rows, facts), job.spec.gates.hash_distance):
        loser, winner = sorted((rows[first], rows[second]), key=lambda row: order[row["split"]])
        gone.setdefault(loser["id"], winner["id"])
    for row in rows:
        if row["id"] in gone:
            job.rejects.append(Reject("curate", row["id"], "duplicate", row["emotion"], row["prompt"], f"near-duplicate of {gone[row['id']]}", 0, True))
    return [row for row in rows if row["id"] not in gone]


def _hashes(rows: Sequence[Row], facts: dict[str, ImageFacts | None]) -> tuple[images.Hashes, Any]:
    hashes = [fact.perceptual_hash for row in rows if (fact := facts[row["id"]])]
    return np.array(hashes, dtype=np.uint64), np.array([row["split"] for row in rows])


def _clean_row(job: CurationJob[ImageDatasetSpec], row: Row, fact: ImageFacts | None, truth: Row) -> Row:
    assert fact is not None
    grammar = read_grammar(job.folder)
    caption = caption_of(grammar.styles[row["style"]], row["description"], fact.brightness, fact.colourfulness)
    measured = {"brightness": fact.brightness, "colourfulness": fact.colourfulness, "width": fact.width, "height": fact.height}
    made = {"engine": _engine_name(job), "licence": job.spec.licence}
    return {name: value for name, value in {**truth, **row, **measured, **made, "caption": caption}.items() if name in CLEAN.names}


def _engine_name(job: CurationJob[ImageDatasetSpec]) -> str:
    identity = job.manifest["engine"]
    return ":".join(str(identity[key]) for key in ("kind", "model") if key in identity)


def _probes(rows: Sequence[Row], facts: dict[str, ImageFacts]) -> dict[str, ProbeResult]:
    """What linear models reach by one cue alone, by all that is declared, and by the action units where the engine knows them."""
    features = {
        "mean_colour": np.array([facts[row["id"]].mean_colour for row in rows]),
        "style": one_hot([[row["style"]] for row in rows]),
        "place": one_hot([[row["place"]] for row in rows]),
        "objects": one_hot([row["objects"] for row in rows]),
        "action": one_hot([[row["action"]] for row in rows]),
        "expression": one_hot([[row["expression"]] for row in rows]),
    }
    features["all_declared_cues"] = np.hstack([features[name] for name in ("place", "objects", "action", "expression")])
    emotions, splits = [row["emotion"] for row in rows], [row["split"] for row in rows]
    found = {name: probe(values, emotions, splits) for name, values in features.items()}
    if all(row["face_points"] is not None for row in rows):
        faces = [bool(row["face_points"]) for row in rows]
        units = unit_intensities([row["action_units"] for row in rows], faces, list(ACTION_UNITS))
        found["action_units"] = probe(units, emotions, splits)
        if any(split == "test" and not face for split, face in zip(splits, faces, strict=True)):
            found["action_units_without_a_face"] = probe(units, emotions, splits, [not face for face in faces])
    return found


def _statistics(rows: Sequence[Row], probes: dict[str, ProbeResult], taxonomy: Taxonomy) -> dict[str, Any]:
    emotions = Counter(row["emotion"] for row in rows)
    styles = Counter(row["style"] for row in rows)
    return {
        "labels": {"images": {label: emotions[label] for label in taxonomy.labels}},
        "styles": {style: styles[style] for style in STYLES},
        "with_person": sum(bool(row["identity_id"]) for row in rows),
        "with_face": sum(bool(row["expression"]) for row in rows),
        "people": len({row["identity_id"] for row in rows} - {""}),
        "scenes": len({row["scene_id"] for row in rows}),
        "brightness": round(float(np.mean([row["brightness"] for row in rows])), 4),
        "colourfulness": round(float(np.mean([row["colourfulness"] for row in rows])), 4),
        "single_cue": {name: asdict(result) for name, result in probes.items()},
    }


def _gates(
    job: CurationJob[ImageDatasetSpec],
    rows: Sequence[Row],
    facts: dict[str, ImageFacts | None],
    seen: dict[str, ImageFacts],
    probes: dict[str, ProbeResult],
    taxonomy: Taxonomy,
) -> list[gates.Gate]:
    declared, ids = job.spec.gates, [row["id"] for row in rows]
    cells = Counter({f"{label}/{style}": 0 for label in taxonomy.labels for style in STYLES})
    cells.update(f"{row['emotion']}/{row['style']}" for row in rows)
    pairs = near_duplicates_across(*_hashes(rows, facts), declared.hash_distance)
    found = [
        images.decodable({id: facts[id] for id in ids}),
        images.not_blank(seen.items()),
        images.of_size(seen.items(), job.manifest["size"]),
        images.no_near_duplicates_across_splits(ids, pairs, declared.hash_distance),
        images.balanced(cells, declared.maximum_imbalance),
        gates.minimum_rows("images", len(rows), declared.minimum_rows if job.sizes_declared else 1),
        gates.no_empty_split("images", ("train", "validation", "test"), Counter(row["split"] for row in rows)),
        gates.groups_in_one_split(((row["scene_id"], row["split"]) for row in rows), "scenes"),
        gates.groups_in_one_split(((row["identity_id"], row["split"]) for row in rows if row["identity_id"]), "identities"),
        gates.licence_present((row["id"], row["licence"]) for row in rows),
    ]
    limits = declared.maximum_cue_accuracy.items()
    return found + [images.at_most(f"mean recall by {cue.replace('_', ' ')} alone", probes[cue].accuracy, limit) for cue, limit in limits if cue in probes]
