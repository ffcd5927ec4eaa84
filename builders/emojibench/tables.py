"""The columns of EmojiBench's tables: raw, as generation leaves them, and clean, as they are published."""

from typing import Literal

import pyarrow as pa

from hub.engine.render.parameters import ACTION_UNITS

Source = Literal["rendered", "generated", "photograph", "video"]
"""Where a picture comes from: the renderer, a text-to-image model, a science package's photograph, a frame of a user's recording."""
Landmarks = Literal["exact", "detected", "none"]
"""Whether the renderer knew them, a detector found them, or nobody knows them."""
SPLITS = ("train", "validation", "test")
UNITS: tuple[int, ...] = tuple(ACTION_UNITS)
"""The columns of `action_units`, in this order."""

_TEXT = pa.string()
_FLOATS = pa.list_(pa.float32())
_MATRIX = pa.list_(_FLOATS)
"""By frame."""
_PAIR = [(name, _TEXT) for name in ("id", "split", "portrait_id", "clip_id")]
_WHO = [(name, _TEXT) for name in ("id", "split", "style", "identity_id", "source")]
_MOTION = [("family", _TEXT), ("motion", _TEXT), ("motion_seed", pa.int64()), ("role", _TEXT), ("frame_count", pa.int32()), ("fps", pa.float32())]
_FACE = [
    ("landmarks", _TEXT),
    ("detector", _TEXT),
    ("face_points", pa.list_(_MATRIX)),
    ("face_visible", pa.list_(pa.list_(pa.bool_()))),
    ("rotation", _MATRIX),
    ("gaze", _MATRIX),
    ("action_units", _MATRIX),
]
_LINEAGE = [("prompt", _TEXT), ("engine", _TEXT), ("seed", pa.int64()), ("licence", _TEXT), ("credit", _TEXT)]
_SIZE = [("width", pa.int32()), ("height", pa.int32())]

RAW_PORTRAITS = pa.schema([*_WHO, ("gaze", _MATRIX), *_LINEAGE])
RAW_DRIVING = pa.schema([*_WHO, *_MOTION, ("gaze", _MATRIX), *_LINEAGE])
RAW_PAIRS = pa.schema([*_PAIR, ("target_id", _TEXT)])
DETECTED = pa.schema([("id", _TEXT), ("detector", _TEXT), ("face_points", _FLOATS), ("face_visible", pa.list_(pa.bool_())), ("rotation", _FLOATS)])
"""The face that a detector found in a picture; `face_points` is (70, 3) flattened."""

PORTRAITS = pa.schema([*_WHO, *_FACE, *_SIZE, ("moderation", _TEXT), *_LINEAGE])
"""One picture each; arrays by frame have one frame, and none where nothing is known."""
DRIVING = pa.schema([*_WHO, *_MOTION, *_FACE, *_SIZE, *_LINEAGE])
PAIRS_SELF = pa.schema(_PAIR)
PAIRS_CROSS = RAW_PAIRS


def frame_id(clip: str, number: int) -> str:
    """Returns the id under which a clip's frame is drawn and kept."""
    return f"{clip}-f{number:03d}"
