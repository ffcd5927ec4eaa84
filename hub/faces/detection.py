"""Finding faces in frames with MediaPipe, which runs in an environment of its own (`make env-faces`) and is fed through pipes."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from hub.console import Tick, say
from hub.errors import EmohubError
from hub.faces.geometry import centred_depth, facing, inside, rotation_of
from hub.faces.landmarks import FaceTrack, Floats
from hub.faces.mediapipe_478 import MEDIAPIPE_478
from hub.paths import Project

Frame = npt.NDArray[np.uint8]

INTERPRETER_VARIABLE = "EMOHUB_FACES_PYTHON"
"""Names the interpreter that has MediaPipe, where it is not `.venv-faces/bin/python` in the project."""

_WORKER = Path(__file__).with_name("mediapipe_worker.py")
_NAMED = 5
"""Frames with several faces that a warning lists."""


@dataclass(frozen=True, slots=True)
class DetectorSpec:
    """Which detector looks for faces."""

    python: Path
    """The interpreter that has MediaPipe."""
    task_file: Path | None = None
    """A FaceLandmarker model; the face mesh that comes with MediaPipe 0.10.21 when not given."""


def detector_spec(python: Path | None = None, task_file: Path | None = None) -> DetectorSpec:
    """Returns the detector to use: by the interpreter given, else the one that EMOHUB_FACES_PYTHON names, else the project's `.venv-faces`.

    Raises:
        EmohubError: none is named, and this is no project.
    """
    named = os.environ.get(INTERPRETER_VARIABLE)
    if python is None:
        python = Path(named) if named else Project.find().root / ".venv-faces" / "bin" / "python"
    return DetectorSpec(python, task_file)


@dataclass(frozen=True)
class FaceDetector:
    """A detector that runs and waits for frames of one size. Made by `start_detector`."""

    name: str
    """With the version, such as 'mediapipe 0.10.21 face mesh'."""
    width: int
    height: int
    task_file: Path | None
    process: "subprocess.Popen[bytes]"
    complaints: IO[bytes]

    def track(self, frames: Iterable[Frame], tick: Tick | None = None) -> FaceTrack:
        """Finds the largest face of every frame; one frame at a time is held. Says in which frames there are several.

        Depth is MediaPipe's estimate, moved so that the head's centre is about 0 (`geometry.centred_depth`). Rotation is worked out from the points, and
        visibility takes the head for an ellipsoid (`geometry.facing`).

        Args:
            frames: (H, W, 3) RGB.

        Returns:
            A track of MEDIAPIPE_478: NaN and invisible where no face was found.

        Raises:
            EmohubError: a frame has another size, there are none, or MediaPipe stopped.
        """
        found: list[Floats] = []
        several: list[int] = []
        for number, frame in enumerate(frames):
            faces, points = self._find(frame, number)
            found.append(points)
            if faces > 1:
                several.append(number)
            if tick is not None:
                tick()
        if not found:
            raise EmohubError("there are no frames to look for a face in: give at least one")
        if several:
            listed = ", ".join(str(number) for number in several[:_NAMED]) + (", …" if len(several) > _NAMED else "")
            say(f"more than one face in {len(several):,} of {len(found):,} frames (numbers {listed}, counted from 0): the largest is kept")
        return _track(np.stack(found), self.width, self.height)

    def _find(self, frame: Frame, number: int) -> tuple[int, Floats]:
        """Returns how many faces a frame has, and the largest one's (478, 3) points with depth towards the viewer, or NaN."""
        if frame.shape != (self.height, self.width, 3) or frame.dtype != np.uint8:
            raise EmohubError(f"frame {number} is {frame.shape} of {frame.dtype}, expected {(self.height, self.width, 3)} of uint8: all frames have one size")
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(np.ascontiguousarray(frame).data)
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise self.stopped() from error
        faces = int(np.frombuffer(self._read(4), dtype="<i4")[0])
        if not faces:
            return 0, np.full((MEDIAPIPE_478.count, 3), np.nan, dtype=np.float32)
        points = np.frombuffer(self._read(MEDIAPIPE_478.count * 12), dtype="<f4").reshape(-1, 3)
        return faces, (points * np.array([1, 1, -1])).astype(np.float32)

    def _read(self, size: int) -> bytes:
        assert self.process.stdout is not None
        data = self.process.stdout.read(size)
        if len(data) != size:
            raise self.stopped()
        return data

    def stopped(self) -> EmohubError:
        """Returns the error to raise when the process has ended by itself."""
        self.process.wait()
        self.complaints.seek(0)
        lines = self.complaints.read().decode(errors="replace").strip().splitlines()
        complaint = lines[-1] if lines else f"its process ended with exit code {self.process.returncode}"
        return EmohubError(_explained(complaint, self.task_file))


def _track(points: Floats, width: int, height: int) -> FaceTrack:
    centred = centred_depth(points, MEDIAPIPE_478)
    seen = facing(centred, MEDIAPIPE_478) & inside(centred, width, height)
    return FaceTrack(MEDIAPIPE_478, centred, seen, rotation_of(centred, MEDIAPIPE_478), width, height)


def _explained(complaint: str, task_file: Path | None) -> str:
    """Returns one sentence on why MediaPipe does not work."""
    if "No module named" in complaint:
        return f"the faces environment lacks a package ({complaint}): make it anew with `make env-faces`"
    if any(word in complaint for word in ("protobuf", "google._upb", "GetPrototype", "Descriptors cannot")):
        return (
            f"MediaPipe does not work with the protobuf in the faces environment ({complaint}): make it anew with `make env-faces`, which takes protobuf 4.25"
        )
    if task_file is not None:
        return f"MediaPipe cannot look for faces with {task_file} ({complaint}): give a FaceLandmarker model, and an environment whose MediaPipe reads it"
    return f"MediaPipe cannot look for faces: {complaint}"


@contextlib.contextmanager
def start_detector(spec: DetectorSpec, width: int, height: int) -> Iterator[FaceDetector]:
    """Yields a running detector for frames of `width` x `height`; it ends with the context.

    Raises:
        EmohubError: there is no such interpreter or task file, or MediaPipe does not work there.
    """
    if not spec.python.is_file():
        raise EmohubError(f"{spec.python}: there is no such interpreter; make the environment that finds faces with `make env-faces`, or name another one")
    if spec.task_file is not None and not spec.task_file.is_file():
        raise EmohubError(f"{spec.task_file}: there is no such task file; give the path of a FaceLandmarker model (.task), or leave it out")
    command = [str(spec.python), "-I", str(_WORKER), str(width), str(height), *([str(spec.task_file.resolve())] if spec.task_file else [])]
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, env=os.environ | {"MPLBACKEND": "Agg"})
        except OSError as error:
            raise EmohubError(f"{spec.python}: cannot be run as an interpreter ({error.strerror}); make one with `make env-faces`") from error
        assert process.stdin is not None and process.stdout is not None
        try:
            line = process.stdout.readline()
            detector = FaceDetector(line.decode(errors="replace").strip(), width, height, spec.task_file, process, complaints)
            if not line:
                raise detector.stopped()
            yield detector
        finally:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            process.stdout.close()
            process.kill()
            process.wait()


def find_faces(frames: npt.NDArray[np.uint8], detector: DetectorSpec) -> FaceTrack:
    """Finds the largest face of every frame with a detector started for them; see `FaceDetector.track`.

    Args:
        frames: (N, H, W, 3) RGB, N at least 1.

    Raises:
        EmohubError: the frames are none, or MediaPipe does not work.
    """
    if frames.ndim != 4 or frames.shape[-1] != 3 or not len(frames):
        raise EmohubError(f"frames have shape {frames.shape}, expected (at least one, height, width, 3)")
    with start_detector(detector, frames.shape[2], frames.shape[1]) as running:
        return running.track(frames)
