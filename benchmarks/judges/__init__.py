"""Who looks at generated pictures: finds their landmarks again and tells whom they show.

The two judges here are small networks, trained on the training identities' rendered frames, whose landmarks are exact. They run without a network and know
rendered faces alone: their numbers compare methods on rendered data and cannot be compared with numbers from MediaPipe or ArcFace. Anything that meets
`LandmarkJudge` or `IdentityJudge` fits in their place.
"""

from benchmarks.judges.identity_embedder import IdentityEmbedder
from benchmarks.judges.judge import IdentityJudge, LandmarkJudge
from benchmarks.judges.kept import Judges, JudgesSettings, judges
from benchmarks.judges.landmark_detector import LandmarkDetector

__all__ = ["IdentityEmbedder", "IdentityJudge", "Judges", "JudgesSettings", "LandmarkDetector", "LandmarkJudge", "judges"]
