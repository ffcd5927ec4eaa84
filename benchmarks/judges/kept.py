"""The judges of one dataset, trained once and kept: every model and seed is judged by the same ones."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.judges.identity_embedder import EmbedderSettings, IdentityEmbedder, load_embedder, train_embedder
from benchmarks.judges.landmark_detector import DetectorSettings, LandmarkDetector, load_detector, train_detector
from benchmarks.judges.training import Pixels
from hub.files import digest, folder_digest, write_json

_RECORD = "judges.json"
_DETECTOR, _EMBEDDER = DetectorSettings(), EmbedderSettings()


@dataclass(frozen=True, slots=True)
class JudgesSettings:
    """How both judges are trained."""

    detector: DetectorSettings = _DETECTOR
    embedder: EmbedderSettings = _EMBEDDER

    def with_detector_steps(self, steps: int) -> "JudgesSettings":
        """Returns these settings with another length of the landmark detector's training."""
        return replace(self, detector=replace(self.detector, training=replace(self.detector.training, steps=steps)))

    def on(self, threads: int) -> "JudgesSettings":
        """Returns these settings with another number of threads, which changes no digest."""
        detector = replace(self.detector, training=replace(self.detector.training, threads=threads))
        return JudgesSettings(detector, replace(self.embedder, training=replace(self.embedder.training, threads=threads)))


@dataclass(frozen=True, slots=True)
class Judges:
    """Both judges, and which they are."""

    landmarks: LandmarkDetector
    identity: IdentityEmbedder
    digest: str
    """Of the data, the settings and the code they come from, to be recorded beside the numbers."""


def judges(
    work: Path | None, key: str, frames: Pixels, points: npt.NDArray[np.floating], identities: Sequence[str], settings: JudgesSettings | None = None
) -> Judges:
    """Returns the judges of a dataset, from `<work>/judges/<digest>` if they were trained before.

    Args:
        work: where they are kept; None keeps nothing.
        key: a fingerprint of the training data, such as `PairSplits.training_fingerprint`.
        frames: (n, height, width, 3) uint8, of the training identities alone.
        points: (n, 70, 2 or more), exact landmarks in pixels of the frames.
        identities: (n,), who each frame shows.
        settings: how they are trained; as declared here where None.

    Raises:
        ValueError: the arrays do not go together.
    """
    settings = settings or JudgesSettings()
    name = digest([key, asdict(settings.on(1)), folder_digest(Path(__file__).parent, "*.py")])
    folder = None if work is None else work / "judges" / name[:16]
    # The record is written last: a folder without it is half of a training that was cut off.
    if folder is not None and (folder / _RECORD).is_file():
        return Judges(load_detector(folder), load_embedder(folder), name)
    made = Judges(train_detector(frames, points, settings.detector), train_embedder(frames, np.asarray(identities), settings.embedder), name)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        made.landmarks.save(folder)
        made.identity.save(folder)
        write_json(folder / _RECORD, {"digest": name, "data": key, "frames": len(frames), "settings": asdict(settings)})
    return made
