"""Faces in pictures and videos: landmark schemes, tracks of landmarks over time, how they are found, and how videos are read and written.

`hub.faces.video` is imported by its name: it needs the `images` extra.
"""

from hub.faces.detection import DetectorSpec, FaceDetector, detector_spec, find_faces, start_detector
from hub.faces.landmarks import FACE_70, FaceTrack, LandmarkScheme, SchemeName
from hub.faces.mediapipe_478 import MEDIAPIPE_478, SCHEMES, to_face_70
from hub.faces.track_file import StoredTrack, read_track, write_track

__all__ = [
    "FACE_70",
    "MEDIAPIPE_478",
    "SCHEMES",
    "DetectorSpec",
    "FaceDetector",
    "FaceTrack",
    "LandmarkScheme",
    "SchemeName",
    "StoredTrack",
    "detector_spec",
    "find_faces",
    "read_track",
    "start_detector",
    "to_face_70",
    "write_track",
]
