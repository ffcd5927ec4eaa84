"""A user's recordings as driving clips: read, brought to the dataset's rate, cut square around the face, with landmarks by a detector."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hub.console import progress
from hub.errors import EmohubError
from hub.faces import FaceTrack
from hub.faces.detection import DetectorSpec, start_detector
from hub.faces.geometry import cropped
from hub.faces.mediapipe_478 import to_face_70
from hub.faces.video import VIDEO_ENDINGS, crop_to_square, resize_frames, stream_frames

Pixels = npt.NDArray[np.uint8]
ENDINGS = (*VIDEO_ENDINGS, ".gif")
_SQUARE = 1.9
"""Side of the square cut around a face, in heights of the box of its landmarks over all frames; renders are framed about so."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One file as a driving clip."""

    id: str
    identity_id: str
    frames: Pixels
    """(frames, size, size, 3), sRGB."""
    face: FaceTrack
    """FACE_70; NaN in frames where no face was found."""
    detector: str
    file: str


def read_recordings(folder: Path, size: int, frames: int, fps: float, detector: DetectorSpec) -> list[Recording]:
    """Reads every recording of a folder, in the order of their names.

    Args:
        folder: holds video files; other files are left alone.
        size: width and height of the frames returned, in pixels.
        frames: the most frames taken of each, from its beginning.
        fps: frames a second of the clips; nearest frames are taken.
        detector: finds the faces.

    Raises:
        EmohubError: there is no such folder or no video in it, two files would have one name, a file cannot be read, or faces cannot be looked for.
    """
    if not folder.is_dir():
        raise EmohubError(f"{folder}: there is no such folder; 'videos' in the options of emojibench names one with video files")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    if not files:
        raise EmohubError(f"{folder}: holds no video ({', '.join(ENDINGS)})")
    names = [_name(path) for path in files]
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise EmohubError(f"{folder}: several files would be called {doubled[0]!r}; give them names that differ in letters or digits")
    found = []
    with progress("emojibench: reading videos", len(files)) as tick:
        for path, name in zip(files, names, strict=True):
            found.append(_read(path, name, size, frames, fps, detector))
            tick()
    return found


def identity_name(path: Path) -> str:
    """Returns whose recording a file is: `anna__smile.mp4` is anna's; a file without two underscores is its own person's."""
    return f"video-{_slug(path.stem.partition('__')[0])}"


def sampled(rate: float, fps: float, most: int) -> list[int]:
    """Returns the numbers of the frames, `rate` a second, that are nearest to the times 0, 1/fps, 2/fps …, none twice, at most `most`."""
    return sorted({int(number) for number in np.arange(most) * rate / fps + 0.5})


def square_around(face: FaceTrack) -> tuple[int, int, int]:
    """Returns left, top and side of the square cut around a face in all its frames, inside the frames; the middle of the frame where no face was found."""
    most = min(face.width, face.height)
    seen = face.points[~np.isnan(face.points).any(axis=(1, 2)), :, :2]
    if not len(seen):
        return (face.width - most) // 2, (face.height - most) // 2, most
    low, high = seen.min(axis=(0, 1)), seen.max(axis=(0, 1))
    side = int(np.clip(round(float((high - low).max()) * _SQUARE), 1, most))
    left, top = np.round((low + high) / 2 - side / 2).astype(int)
    return int(np.clip(left, 0, face.width - side)), int(np.clip(top, 0, face.height - side)), side


def cut(frames: Pixels, face: FaceTrack, size: int) -> tuple[Pixels, FaceTrack]:
    """Cuts frames square around the face and brings them and the landmarks to `size`."""
    left, top, side = square_around(face)
    resized = resize_frames(crop_to_square(frames, (left, top, left + side, top + side)), size)
    return resized, cropped(face, left, top, side, side).resized(size, size)


def _read(path: Path, name: str, size: int, most: int, fps: float, detector: DetectorSpec) -> Recording:
    with stream_frames(path) as stream:
        wanted = sampled(stream.fps, fps, most)
        frames = np.stack([frame for number, frame in enumerate(islice(stream.frames, wanted[-1] + 1)) if number in wanted])
    with start_detector(detector, frames.shape[2], frames.shape[1]) as running:
        face = to_face_70(running.track(frames))
        pixels, moved = cut(frames, face, size)
        return Recording(name, identity_name(path), pixels, moved, running.name, path.name)


def _name(path: Path) -> str:
    return f"video-{_slug(path.stem)}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
