"""The floor: nothing moves."""

import numpy as np

from benchmarks.methods.portrait_baselines.untrained import UntrainedAnimator
from benchmarks.portrait_examples import Pixels, Portrait
from hub.faces import FaceTrack


class CopyReference(UntrainedAnimator):
    """Shows the portrait in every frame."""

    def animate(self, portrait: Portrait, driving: FaceTrack) -> Pixels:
        return np.repeat(portrait.image[None], len(driving), axis=0)
