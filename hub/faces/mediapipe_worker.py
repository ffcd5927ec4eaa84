"""Finds faces with MediaPipe, in an interpreter of its own: it imports nothing of this project, and its packages need not fit the project's.

Usage: python mediapipe_worker.py WIDTH HEIGHT [TASK_FILE]

Standard input: frames, one after another, HEIGHT x WIDTH x 3 bytes each. Standard output: one line with the detector's name, then for every frame an int32,
the number of faces, and if there is one 478 x 3 little-endian float32: x and y in pixels, z in pixels away from the viewer, of the largest face. What goes
wrong is the last line of standard error, and the exit code is 3.
"""

import os
import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Faces = list[npt.NDArray[np.float32]]
Detector = Callable[[npt.NDArray[np.uint8]], Faces]

_MOST_FACES = 4
_POINTS = 478


def face_mesh() -> tuple[str, Detector]:
    """Returns the legacy face mesh, whose models come with MediaPipe 0.10.21 and older. Every frame is searched anew: a frame's answer depends on it alone."""
    import mediapipe

    if not hasattr(mediapipe, "solutions"):
        raise RuntimeError(f"mediapipe {mediapipe.__version__} comes without a face model: install 0.10.21 with `make env-faces`, or give a task file")
    mesh = mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=True, max_num_faces=_MOST_FACES, refine_landmarks=True)

    def detect(frame: npt.NDArray[np.uint8]) -> Faces:
        found = mesh.process(frame).multi_face_landmarks or []
        return [_points(face.landmark, frame) for face in found]

    return f"mediapipe {mediapipe.__version__} face mesh", detect


def face_landmarker(task_file: str) -> tuple[str, Detector]:
    """Returns MediaPipe's FaceLandmarker with the model in a task file."""
    import mediapipe
    from mediapipe.tasks import python as tasks

    options = tasks.vision.FaceLandmarkerOptions(base_options=tasks.BaseOptions(model_asset_path=task_file), num_faces=_MOST_FACES)
    landmarker = tasks.vision.FaceLandmarker.create_from_options(options)

    def detect(frame: npt.NDArray[np.uint8]) -> Faces:
        image = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(frame))
        return [_points(face, frame) for face in landmarker.detect(image).face_landmarks]

    return f"mediapipe {mediapipe.__version__} FaceLandmarker", detect


def _points(face: object, frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Returns (478, 3) pixels from shares of the frame; depth is in shares of its width."""
    height, width = frame.shape[:2]
    return np.array([(point.x * width, point.y * height, point.z * width) for point in face], dtype="<f4")  # type: ignore[attr-defined]


def _size(face: npt.NDArray[np.float32]) -> float:
    return float(np.prod(np.ptp(face[:, :2], axis=0)))


def main() -> None:
    """Answers frames until there are no more."""
    # Libraries print to standard output; what this program says goes where they cannot.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    width, height = int(sys.argv[1]), int(sys.argv[2])
    try:
        name, detect = face_landmarker(sys.argv[3]) if len(sys.argv) > 3 else face_mesh()
    except Exception as error:
        # Whatever an unknown installation throws is the answer.
        print(f"{type(error).__name__}: {' '.join(str(error).split())}", file=sys.stderr, flush=True)
        sys.exit(3)
    answers.write(name.encode() + b"\n")
    answers.flush()
    while len(data := sys.stdin.buffer.read(width * height * 3)) == width * height * 3:
        faces = detect(np.frombuffer(data, dtype=np.uint8).reshape(height, width, 3))
        answers.write(np.array([len(faces)], dtype="<i4").tobytes())
        if faces:
            largest = max(faces, key=_size)
            if largest.shape != (_POINTS, 3):
                print(f"ValueError: the model gives {len(largest)} points a face, not {_POINTS}: take one with irises", file=sys.stderr, flush=True)
                sys.exit(3)
            answers.write(largest.tobytes())
        answers.flush()


if __name__ == "__main__":
    main()
