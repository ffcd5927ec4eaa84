"""UniEmoX: pretraining on masked scenes and persons with a frozen teacher of images and texts (arXiv 2409.18877; IEEE TIP 2025)."""

from benchmarks.methods.uniemox.fusion import FUSIONS
from benchmarks.methods.uniemox.losses import reconstruction_loss, relation_distillation_loss, similarity_loss
from benchmarks.methods.uniemox.network import UniEmoX
from benchmarks.methods.uniemox.pretraining import pretrain, rounds
from benchmarks.methods.uniemox.settings import PretrainingSettings
from benchmarks.methods.uniemox.text import prompt_of

__all__ = [
    "FUSIONS",
    "PretrainingSettings",
    "UniEmoX",
    "pretrain",
    "prompt_of",
    "reconstruction_loss",
    "relation_distillation_loss",
    "rounds",
    "similarity_loss",
]
