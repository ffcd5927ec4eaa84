"""What EmojiBench holds, in numbers, and the gates over its clean rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from builders.emojibench.faces import mouth_openings, points_of, share_inside, visible_outside
from builders.emojibench.identities import PORTRAIT_STYLES
from builders.emojibench.motion import FAMILIES
from builders.emojibench.options import read_options
from builders.emojibench.tables import SPLITS
from hub.curate import gates, images
from hub.curate.gates import Gate
from hub.curate.images import ImageFacts
from hub.curate.job import CurationJob
from hub.spec import ImageDatasetSpec

Row = dict[str, Any]
_KEPT = 0.9
"""Least share of the planned rows that a configuration keeps."""
_INSIDE = 0.98
"""Least share of the landmarks of rendered clips that lie in the picture; the jaw of a tilted head may leave it."""


def statistics_of(kept: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """Returns counts and ranges for the report and the card."""
    portraits, driving = kept["portraits"], kept["driving"]
    exact = [row for row in driving if row["landmarks"] == "exact"]
    return {
        "labels": {"driving": dict(Counter(row["family"] for row in driving)), "portraits": dict(Counter(row["style"] for row in portraits))},
        "styles": dict(Counter(row["style"] for row in portraits)),
        "identities": {split: len({row["identity_id"] for row in portraits if row["split"] == split}) for split in SPLITS},
        "clips_by_role": dict(Counter(row["role"] for row in driving)),
        "clips_by_style": {style: _by_split(driving, "style", style) for style in dict.fromkeys(row["style"] for row in driving)},
        "clips_by_family": {family: _by_split(driving, "family", family) for family in dict.fromkeys(row["family"] for row in driving)},
        "motions": len({row["motion"] for row in exact}),
        "frames": sum(row["frame_count"] for row in driving),
        "frames_of_a_clip": _range([row["frame_count"] for row in driving]),
        "landmarks": {name: dict(Counter(row["landmarks"] for row in kept[name])) for name in ("portraits", "driving")},
        "sources": {name: dict(Counter(row["source"] for row in kept[name])) for name in ("portraits", "driving")},
        "detectors": sorted({row["detector"] for row in (*portraits, *driving)} - {""}),
        "photographs": [{"id": row["id"], "licence": row["licence"], "credit": row["credit"]} for row in portraits if row["source"] == "photograph"],
        "cross_pairs_with_target": sum(row["target_id"] is not None for row in kept["pairs_cross"]),
        "rendered_clips": _motion(exact),
        "by_family": {family: _motion(rows) for family in FAMILIES if (rows := [row for row in exact if row["family"] == family])},
    }


def gates_of(
    job: CurationJob[ImageDatasetSpec], kept: Mapping[str, Sequence[Row]], planned: Mapping[str, int], facts: Mapping[str, ImageFacts | None]
) -> list[Gate]:
    """Returns every gate. `planned` are the rows that generation left, `facts` those of every picture of a portrait or clip, by the picture's id."""
    declared, portraits, driving = job.spec.gates, kept["portraits"], kept["driving"]
    options = read_options(job.manifest["options"])
    everyone = [*portraits, *driving]
    seen = {id: fact for id, fact in facts.items() if fact is not None}
    rendered = [row for row in driving if row["source"] == "rendered"]
    cells = [f"{kind} {name}" for kind, names in (("style", PORTRAIT_STYLES), ("family", FAMILIES)) for name in names]
    in_test = {f"style {row['style']}" for row in driving if row["split"] == "test"} | {f"family {row['family']}" for row in driving if row["split"] == "test"}
    pairs = images.near_duplicates_across(
        np.array([seen[row["id"]].perceptual_hash for row in portraits], dtype=np.uint64),
        np.array([row["split"] for row in portraits]),
        declared.hash_distance,
    )
    found = [
        images.decodable(facts),
        images.not_blank(seen.items()),
        images.of_size(seen.items(), job.manifest["size"]),
        images.none_of("rendered clips of another number of frames", [row["id"] for row in rendered if row["frame_count"] != options.frames]),
        images.none_of("clips without a face in every frame", [row["id"] for row in driving if len(row["face_points"]) != row["frame_count"]]),
        images.none_of(
            "rendered portraits without exact landmarks", [row["id"] for row in portraits if row["source"] == "rendered" and row["landmarks"] != "exact"]
        ),
        images.none_of("rows with a visible landmark outside the picture", visible_outside(row for row in everyone if row["face_points"])),
        images.at_least("landmarks of rendered clips in the picture", share_inside(points_of(rendered), job.manifest["size"]), _INSIDE),
        images.no_near_duplicates_across_splits([row["id"] for row in portraits], pairs, declared.hash_distance),
        gates.groups_in_one_split(((row["identity_id"], row["split"]) for row in everyone), "identities"),
        images.none_of("styles and families missing from test clips", [cell for cell in cells if cell not in in_test]),
        gates.licence_present((row["id"], row["licence"]) for row in everyone),
        gates.minimum_rows("portraits", len(portraits), declared.minimum_rows if job.sizes_declared else 1),
    ]
    for name, rows in kept.items():
        configuration = next(one for one in job.spec.configurations if one.name == name)
        found.append(images.at_least(f"rows of {name} kept", len(rows) / max(1, planned[name]), _KEPT))
        found.append(gates.no_empty_split(name, configuration.splits, Counter(row["split"] for row in rows)))
    return found + [
        images.none_of(f"{name} that do not join within their split", _not_joining(kept[name], portraits, driving)) for name in ("pairs_self", "pairs_cross")
    ]


def _not_joining(pairs: Sequence[Row], portraits: Sequence[Row], driving: Sequence[Row]) -> list[str]:
    stills, clips = ({row["id"]: row["split"] for row in rows} for rows in (portraits, driving))
    return [
        row["id"]
        for row in pairs
        if stills.get(row["portrait_id"]) != row["split"]
        or clips.get(row["clip_id"]) != row["split"]
        or (row["target_id"] is not None and clips.get(row["target_id"]) != row["split"])
    ]


def _by_split(rows: Sequence[Row], column: str, value: str) -> dict[str, int]:
    counts = Counter(row["split"] for row in rows if row[column] == value)
    return {split: counts[split] for split in SPLITS}


def _motion(rows: Sequence[Row]) -> dict[str, list[float]]:
    """The range over all frames of what moves; angles in degrees."""
    rotation, gaze = (
        np.array([frame for row in rows for frame in row[name]], dtype=np.float32).reshape(-1, size) for name, size in (("rotation", 3), ("gaze", 2))
    )
    measured = {name: rotation[:, column] for column, name in enumerate(("yaw", "pitch", "roll"))}
    measured |= {"gaze_right": gaze[:, 0], "gaze_up": gaze[:, 1], "mouth_opening": mouth_openings(points_of(rows))}
    return {name: _range(values) for name, values in measured.items()}


def _range(values: Any) -> list[float]:
    """The least and the most; none where there are no values."""
    return [round(float(np.min(values)), 3), round(float(np.max(values)), 3)] if len(values) else []
