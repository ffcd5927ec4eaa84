"""What is known of the faces in drawn, generated and recorded pictures, by picture and over a clip."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from builders.emojibench.tables import UNITS, Landmarks
from hub.curate.images import read_drawn
from hub.faces import FACE_70
from hub.faces.geometry import inside

Row = dict[str, Any]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class KnownFace:
    """The one face of a picture."""

    points: Floats
    """(70, 3), as in `FaceTrack`."""
    visible: npt.NDArray[np.bool_]
    rotation: Floats
    units: Floats | None
    """(19,): intensity by action unit in the order of `UNITS`; only the renderer knows it."""
    detector: str
    """Empty where the renderer knows the face."""

    @property
    def landmarks(self) -> Landmarks:
        return "detected" if self.detector else "exact"


def known_faces(images: Path, detected: Iterable[Row]) -> dict[str, KnownFace]:
    """Returns the face of every picture in which one is known, by the picture's id."""
    found = {row["id"]: _face(row["face_points"], row["face_visible"], row["rotation"], None, row["detector"]) for row in detected}
    for row in read_drawn(images, ["id", "face_points", "face_visible", "head_rotation", "action_units"]):
        if row["face_points"]:
            found[str(row["id"])] = _face(row["face_points"], row["face_visible"], row["head_rotation"], row["action_units"], "")
    return found


def face_columns(faces: Sequence[KnownFace | None]) -> Row:
    """Returns the columns on the faces of a picture or of a clip's frames: arrays by frame, empty unless every frame has a face."""
    known = [face for face in faces if face is not None]
    if len(known) < len(faces):
        return {"landmarks": "none", "detector": "", "face_points": [], "face_visible": [], "rotation": [], "action_units": []}
    return {
        "landmarks": known[0].landmarks,
        "detector": known[0].detector,
        "face_points": [face.points.tolist() for face in known],
        "face_visible": [face.visible.tolist() for face in known],
        "rotation": [face.rotation.tolist() for face in known],
        "action_units": [face.units.tolist() for face in known if face.units is not None],
    }


def points_of(rows: Iterable[Mapping[str, Any]]) -> Floats:
    """Returns (frames, 70, 3): the points of all frames of the rows, one after the other."""
    frames = [frame for row in rows for frame in row["face_points"]]
    return np.array(frames, dtype=np.float32).reshape(-1, FACE_70.count, 3)


def mouth_openings(points: Floats) -> Floats:
    """Returns how far the inner lips are apart by frame, over the distance between the outer eye corners; both in three dimensions."""
    top, bottom = FACE_70.inner_lips[2], FACE_70.inner_lips[6]
    left, right = FACE_70.eyes[0][0], FACE_70.eyes[1][3]
    opening: Floats = np.linalg.norm(points[:, top] - points[:, bottom], axis=1) / np.linalg.norm(points[:, left] - points[:, right], axis=1)
    return opening


def share_inside(points: Floats, size: int) -> float:
    """Returns the share of points that lie in the picture; 1 where there are none."""
    return float(inside(points, size, size).mean()) if len(points) else 1.0


def visible_outside(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Returns the ids of rows in which a point counts as visible and lies outside the picture."""
    return [row["id"] for row in rows if (np.array(row["face_visible"], dtype=bool) & ~inside(points_of([row]), row["width"], row["height"])).any()]


def _face(points: Any, visible: Any, rotation: Any, units: Any, detector: str) -> KnownFace:
    intensities = {one["unit"]: one["intensity"] for one in units} if units is not None else None
    return KnownFace(
        np.array(points, dtype=np.float32).reshape(FACE_70.count, 3),
        np.array(visible, dtype=bool),
        np.array(rotation, dtype=np.float32),
        np.array([intensities.get(unit, 0.0) for unit in UNITS], dtype=np.float32) if intensities is not None else None,
        detector,
    )
