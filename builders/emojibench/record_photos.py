"""Records the landmarks of the photographs. Run by hand when a package's photograph or the detector changes; it needs `make env-faces`.

python -m builders.emojibench.record_photos
"""

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from builders.emojibench.photos import INSTALL, RECORD, package_file
from hub.faces import FaceTrack, detector_spec, start_detector, to_face_70
from hub.faces.video import Frame, crop_to_square, read_video, resize_frames
from hub.files import file_digest, write_text

Box = tuple[int, int, int, int]

SIZE = 512
"""Of the crops in which landmarks are recorded, in pixels."""
_FACE_WIDTH, _FACE_HEIGHT, _MIDDLE = 0.405, 0.35, (0.5, 0.585)
"""Where the 70 points of a rendered portrait lie: how wide, how high and round what, in shares of the picture."""


@dataclass(frozen=True, slots=True)
class _Source:
    id: str
    package: str
    file: str
    licence: str
    credit: str
    box: Box | None = None
    """Where the detector finds no face; else the crop follows the face."""


_SOURCES = (
    _Source("astronaut", "skimage", "data/astronaut.png", "public domain", "Portrait of the astronaut Eileen Collins, NASA, no copyright"),
    _Source(
        "grace_hopper", "matplotlib", "mpl-data/sample_data/grace_hopper.jpg", "public domain", "Portrait of Grace Hopper, US Navy, a work of the US government"
    ),
    _Source("chelsea", "skimage", "data/chelsea.png", "CC0-1.0", "Chelsea the cat, by Stéfan van der Walt, dedicated to the public domain", (110, 0, 410, 300)),
)


def portrait_box(face: FaceTrack) -> Box:
    """Returns the square (left, top, right, bottom) in which a face lies as in a rendered portrait, as nearly as the picture's edges allow."""
    points = to_face_70(face).points[0, :, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    side = float(np.mean((high - low) / (_FACE_WIDTH, _FACE_HEIGHT)))
    whole = min(round(side), face.width, face.height)
    corner = (low + high) / 2 - np.array(_MIDDLE) * whole
    left, top = np.clip(np.round(corner), 0, (face.width - whole, face.height - whole)).astype(int).tolist()
    return left, top, left + whole, top + whole


def _found(frames: Frame) -> tuple[FaceTrack, str]:
    with start_detector(detector_spec(), frames.shape[2], frames.shape[1]) as detector:
        return detector.track(frames), detector.name


def _recorded(source: _Source) -> tuple[dict[str, Any], str]:
    """Returns what is recorded of one photograph, and the detector's name."""
    path = package_file(source.package, source.file)
    frames = read_video(path).frames
    box = source.box or portrait_box(_found(frames)[0])
    track, detector = _found(resize_frames(crop_to_square(frames, box), SIZE))
    entry = asdict(source) | {"package_version": version(INSTALL[source.package]), "sha256": file_digest(path), "box": list(box), "face": None}
    if not track.missing:
        face = to_face_70(track)
        entry["face"] = {
            "points": [[round(value, 2) for value in point] for point in face.points[0].tolist()],
            "visible": face.visible[0].tolist(),
            "rotation": [round(value, 2) for value in face.rotation[0].tolist()],
        }
    return entry, detector


def main() -> None:
    """Records all photographs."""
    recorded = [_recorded(source) for source in _SOURCES]
    photos = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry, _ in recorded)
    write_text(RECORD, f'{{"detector": {json.dumps(recorded[0][1])}, "size": {SIZE}, "photos": [\n{photos}\n]}}\n')


if __name__ == "__main__":
    main()
