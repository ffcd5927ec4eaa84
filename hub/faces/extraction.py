"""Landmarks of a video or picture of any length, into a file."""

import itertools
from pathlib import Path

from hub.console import progress
from hub.errors import EmohubError
from hub.faces.detection import detector_spec, start_detector
from hub.faces.track_file import write_track
from hub.faces.video import stream_frames


def extract_landmarks(path: Path, out: Path, python: Path | None = None, task_file: Path | None = None) -> str:
    """Finds the face in every frame of a picture, video, gif or folder of pictures, writes the track, and returns a sentence on what was found.

    Args:
        python: the interpreter that has MediaPipe; see `detector_spec`.

    Raises:
        EmohubError: the video or the detector does not work, or there is no face in any frame; then nothing is written.
    """
    if out.suffix != ".parquet":
        raise EmohubError(f"{out}: landmarks are written as .parquet; name the file so")
    with stream_frames(path) as stream:
        first = next(stream.frames)
        height, width = first.shape[:2]
        spec = detector_spec(python, task_file)
        with start_detector(spec, width, height) as detector, progress(f"landmarks of {path.name}", stream.count) as tick:
            track = detector.track(itertools.chain([first], stream.frames), tick)
    frames, missing = len(track), len(track.missing)
    if missing == frames:
        raise EmohubError(f"{path}: no face was found in any of its {frames:,} frames; MediaPipe finds people's faces that fill a good part of the picture")
    write_track(out, track, f"{path.name}, {detector.name}")
    return f"{out}: a face in {frames - missing:,} of {frames:,} frames, none in {missing:,}"
