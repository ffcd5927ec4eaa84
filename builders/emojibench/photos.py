"""Real photographs in the public domain that come with science packages, and the landmarks recorded of them. Nothing is downloaded and no package is run."""

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hub.errors import EmohubError
from hub.faces import FACE_70, FaceTrack
from hub.faces.video import crop_to_square, read_video, resize_frames
from hub.files import file_digest

RECORD = Path(__file__).with_name("photo_landmarks.json")
"""Written by `python -m builders.emojibench.record_photos`."""
INSTALL = {"skimage": "scikit-image", "matplotlib": "matplotlib"}
"""What the packages are called when they are installed."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One photograph, cut to a square portrait."""

    id: str
    image: npt.NDArray[np.uint8]
    """(size, size, 3) RGB."""
    face: FaceTrack | None
    """One frame of FACE_70; None where the detector finds no face."""
    detector: str
    """What found the face, with its version."""
    licence: str
    source: str
    """Who took it and which file of which package it is."""


def package_file(package: str, file: str) -> Path:
    """Returns the path of a file in an installed package, which is not imported.

    Raises:
        EmohubError: the package or the file is not there.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EmohubError(f"the package {INSTALL[package]!r}, whose {file} is one of the photographs, is not installed: `pip install {INSTALL[package]}`")
    path = Path(spec.origin).parent / file
    if not path.is_file():
        raise EmohubError(f"{path}: the installed {INSTALL[package]} comes without this photograph: install its ordinary wheel")
    return path


def read_photos(size: int) -> list[Photo]:
    """Returns the photographs at `size` pixels with the landmarks recorded of them.

    Raises:
        EmohubError: a package is missing, or its photograph is another one than was recorded.
    """
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    return [_photo(entry, record["detector"], record["size"], size) for entry in record["photos"]]


def _photo(entry: dict[str, Any], detector: str, recorded_size: int, size: int) -> Photo:
    path = package_file(entry["package"], entry["file"])
    if file_digest(path) != entry["sha256"]:
        package = INSTALL[entry["package"]]
        raise EmohubError(f"{path}: is not the photograph whose landmarks were recorded (another sha256): install {package} {entry['package_version']}")
    left, top, right, bottom = entry["box"]
    image = resize_frames(crop_to_square(read_video(path).frames, (left, top, right, bottom)), size)[0]
    face = _face(entry["face"], recorded_size).resized(size, size) if entry["face"] else None
    return Photo(entry["id"], image, face, detector, entry["licence"], f"{entry['credit']} ({INSTALL[entry['package']]}, {entry['file']})")


def _face(entry: dict[str, Any], size: int) -> FaceTrack:
    points, rotation = (np.array([entry[name]], dtype=np.float32) for name in ("points", "rotation"))
    return FaceTrack(FACE_70, points, np.array([entry["visible"]], dtype=bool), rotation, size, size)
