"""EMO: language models trained by earth mover distance to the data's tokens (arXiv 2310.04691), and the losses that it is compared with."""

from benchmarks.methods.emo.integration import EMOLoss, fuse
from benchmarks.methods.emo.linear import linear_emo_loss
from benchmarks.methods.emo.losses import emo_loss, mixce_loss, mle_loss, tailr_loss

__all__ = ["EMOLoss", "emo_loss", "fuse", "linear_emo_loss", "mixce_loss", "mle_loss", "tailr_loss"]
