"""What a person hands to be animated: a picture and its landmarks, a driving video or landmarks alone, made square and of the model's size."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.methods.follow_your_emoji.drawing import draw_landmarks
from benchmarks.portrait_examples import Pixels, Portrait
from hub.console import progress, say
from hub.errors import EmohubError
from hub.faces import FaceTrack
from hub.faces.detection import DetectorSpec, start_detector
from hub.faces.geometry import cropped
from hub.faces.mediapipe_478 import to_face_70
from hub.faces.track_file import read_track
from hub.faces.video import DEFAULT_RATE, PICTURE_ENDINGS, crop_to_square, read_video, resize_frames, stream_frames

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""
_LISTED = 8
"""Frames that an error names."""


@dataclass(frozen=True, slots=True)
class Driving:
    """Whose motion it is to be."""

    face: FaceTrack
    """FACE_70, square, a face in every frame."""
    fps: float
    video: Path | None
    """None where there are landmarks alone."""
    box: Box
    """The part of the video's frames that `face` is of."""

    def pictures(self, size: int) -> Iterator[Pixels]:
        """Yields the driver's frames, (size, size, 3), or drawings of the landmarks where there is no video; one is held at a time."""
        if self.video is None:
            for frame in range(len(self.face)):
                yield draw_landmarks(self.face.frames([frame]), size)[0]
            return
        with stream_frames(self.video) as stream:
            for picture in stream.frames:
                yield resize_frames(crop_to_square(picture[None], self.box), size)[0]


def read_portrait(path: Path, landmarks: Path | None, unaligned: bool, size: int, detector: DetectorSpec) -> Portrait:
    """Reads a picture and brings it to `size` pixels square, cut around the face.

    The face comes from the landmark file, else a detector looks for it. With `unaligned` there need be none, and the portrait has none.

    Raises:
        EmohubError: the picture or the landmarks cannot be read or do not fit each other, or there is no face.
    """
    if path.suffix.lower() not in PICTURE_ENDINGS:
        raise EmohubError(f"{path}: a portrait is one picture, expected one of {', '.join(PICTURE_ENDINGS)}")
    image = read_video(path).frames
    height, width = image.shape[1:3]
    face = None
    if landmarks is not None:
        face = _portrait_landmarks(path, landmarks, width, height)
    elif not unaligned:
        with start_detector(detector, width, height) as running:
            face = running.track(image)
        if face.missing:
            raise EmohubError(
                f"{path}: no face was found in the portrait: give its landmarks with --portrait-landmarks, or take the driver's as they are with --unaligned"
            )
    box = _square_around(face, width, height)
    _say_if_cut(path, box, width, height, "around the face" if face else "in the middle")
    aligned = None if face is None or unaligned else to_face_70(_cut(face, box)).resized(size, size)
    return Portrait(path.stem, path.stem, "photo", resize_frames(crop_to_square(image, box), size)[0], aligned)


def read_driving(path: Path, landmarks: Path | None, detector: DetectorSpec) -> Driving:
    """Reads a driving video, gif or folder of pictures with its landmarks, from a file or found by a detector, or a landmark file alone.

    Raises:
        EmohubError: they cannot be read or do not fit each other, or a frame has no face.
    """
    if path.suffix.lower() == ".parquet":
        if landmarks is not None:
            raise EmohubError(f"{path}: holds landmarks itself: leave out --driving-landmarks, or name the video with --driving")
        found, rate, video = read_track(path).track, DEFAULT_RATE, None
    elif landmarks is None:
        found, rate, video = *_detected(path, detector), path
    else:
        found, rate, video = *_driving_landmarks(path, landmarks), path
    if found.missing:
        listed = ", ".join(str(frame) for frame in found.missing[:_LISTED]) + (", …" if len(found.missing) > _LISTED else "")
        where = f"no face in {len(found.missing):,} of {len(found):,} driving frames (numbers {listed}, counted from 0)"
        raise EmohubError(f"{landmarks or path}: {where}: cut them out, or give landmarks of another kind with --driving-landmarks")
    box = _square_around(found, found.width, found.height)
    _say_if_cut(path, box, found.width, found.height, "around the face")
    return Driving(to_face_70(_cut(found, box)), rate, video, box)


def _portrait_landmarks(path: Path, landmarks: Path, width: int, height: int) -> FaceTrack:
    track = read_track(landmarks).track
    if len(track) != 1:
        raise EmohubError(f"{landmarks}: has landmarks of {len(track):,} frames, expected those of the one picture {path}")
    _check_size(path, landmarks, track, width, height)
    if track.missing:
        raise EmohubError(f"{landmarks}: no face was found in the portrait {path}: take the driver's landmarks as they are with --unaligned")
    return track


def _driving_landmarks(path: Path, landmarks: Path) -> tuple[FaceTrack, float]:
    track = read_track(landmarks).track
    with stream_frames(path) as stream:
        first = next(stream.frames)
        _check_size(path, landmarks, track, first.shape[1], first.shape[0])
        count, rate = 1 + sum(1 for _ in stream.frames), stream.fps
    if count != len(track):
        raise EmohubError(f"{landmarks}: has landmarks of {len(track):,} frames, but {path} has {count:,}: make them from this video with `emohub landmarks`")
    return track, rate


def _detected(path: Path, detector: DetectorSpec) -> tuple[FaceTrack, float]:
    with stream_frames(path) as stream:
        first = next(stream.frames)
        with start_detector(detector, first.shape[1], first.shape[0]) as running, progress(f"landmarks of {path.name}", stream.count) as tick:
            return running.track(itertools.chain([first], stream.frames), tick), stream.fps


def _check_size(path: Path, landmarks: Path, track: FaceTrack, width: int, height: int) -> None:
    if (track.width, track.height) != (width, height):
        sizes = f"are of {track.width}x{track.height} pixels, but {path} is {width}x{height}"
        raise EmohubError(f"{landmarks}: the landmarks {sizes}: make them from this file with `emohub landmarks`")


def _square_around(face: FaceTrack | None, width: int, height: int) -> Box:
    """Returns the largest square inside a picture, as close to having the face in its middle as it can, or in the picture's middle without one."""
    side = min(width, height)
    x, y = width / 2, height / 2
    if face is not None:
        x, y = (float(middle) for middle in ((face.points.min(axis=1) + face.points.max(axis=1)) / 2).mean(axis=0)[:2])
    left, top = (round(min(max(middle - side / 2, 0), most - side)) for middle, most in ((x, width), (y, height)))
    return left, top, left + side, top + side


def _cut(track: FaceTrack, box: Box) -> FaceTrack:
    left, top, right, bottom = box
    return cropped(track, left, top, right - left, bottom - top)


def _say_if_cut(path: Path, box: Box, width: int, height: int, where: str) -> None:
    side = box[2] - box[0]
    if (width, height) != (side, side):
        say(f"{path}: {width}x{height} is not square: cut to {side}x{side} {where}")
