"""Rendered heads as tracks, and the interpreter that has MediaPipe, where there is one."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from hub.engine.render import Expression, Identity, Person, Picture, Rendering, Scene, render
from hub.faces import FACE_70, DetectorSpec, FaceTrack

_NAMED = os.environ.get("EMOHUB_FACES_PYTHON")
FACES_PYTHON = Path(_NAMED) if _NAMED else Path(__file__).parents[2] / ".venv-faces" / "bin" / "python"
needs_mediapipe = pytest.mark.skipif(not FACES_PYTHON.is_file(), reason="no MediaPipe: `make env-faces`, or name its interpreter in EMOHUB_FACES_PYTHON")
SOMEBODY = Identity()
MEDIAPIPE = DetectorSpec(FACES_PYTHON)


def rendered(expression: Expression, identity: Identity = SOMEBODY, size: int = 64) -> Rendering:
    """Returns a portrait."""
    return render(Picture("realistic", Scene(), Person(identity, expression, x=0.5, y=0.47, head=0.58)), size)


def true_track(drawn: Sequence[Rendering]) -> FaceTrack:
    """Returns the exact track of portraits."""
    faces = [one.truth.face for one in drawn]
    points = np.stack([face.points for face in faces if face])
    visible = np.stack([face.visible for face in faces if face])
    rotation = np.array([face.rotation for face in faces if face], dtype=np.float32)
    height, width = drawn[0].pixels.shape[:2]
    return FaceTrack(FACE_70, points, visible, rotation, width, height)
