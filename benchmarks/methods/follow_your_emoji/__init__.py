"""Follow-Your-Emoji (Ma et al. 2024, arXiv 2406.01900), written from the paper and from facts about its release, which has inference alone.

`extract` finds landmarks, `retarget` carries a driver's motion over to a portrait, `draw_landmarks` draws what the denoiser sees.
"""

from benchmarks.methods.follow_your_emoji.drawing import draw_landmarks
from benchmarks.methods.follow_your_emoji.losses import facial_fine_grained_loss
from benchmarks.methods.follow_your_emoji.masks import expression_mask, face_mask
from benchmarks.methods.follow_your_emoji.retargeting import retarget
from hub.faces.detection import find_faces as extract

__all__ = ["draw_landmarks", "expression_mask", "extract", "face_mask", "facial_fine_grained_loss", "retarget"]
