"""Little coloured shapes with captions and persons, and the smallest settings that learn them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.examples import Probabilities
from benchmarks.image_examples import ImageExamples
from benchmarks.methods.base import Setting
from tests.support.shapes import SHAPES, shape_examples

ENCODER: dict[str, Any] = {"image_size": 32, "patch_size": 8, "width": 32, "depth": 2, "heads": 2}
PRETRAINING: dict[str, Any] = {"epochs": 2, "batch_size": 32, "mask_ratio": 0.5, "decoder_width": 32, "decoder_depth": 1, "decoder_heads": 2}
MAE: dict[str, Any] = {**PRETRAINING, "similarity": 0, "relation": 0, "person": False}
TEACHER: dict[str, Any] = {
    "kind": "small",
    "image_size": 32,
    "patch_size": 8,
    "vision_width": 32,
    "vision_depth": 1,
    "text_width": 32,
    "text_depth": 1,
    "embedding": 32,
    "context": 16,
    "epochs": 3,
    "batch_size": 32,
}


def captioned_shapes(root: Path, images: int = 12) -> ImageExamples:
    """Returns that many images of every shape on every ground. Captions name both; two of three have a person's box."""
    plain = shape_examples(root, images)
    captions = tuple(f"a {identity.split('/')[1]} on {domain}" for identity, domain in zip(plain.ids, plain.domains, strict=True))
    boxes = np.tile(np.array([0.1, 0.1, 0.8, 0.8], dtype=np.float32), (len(plain), 1))
    boxes[::3] = np.nan
    return replace(plain, captions=captions, boxes=boxes)


def setting(seed: int = 0, work: Path | None = None, names: tuple[str, ...] = SHAPES) -> Setting:
    """Returns the setting of a run over the shapes, on one thread and without the network."""
    return Setting(classes=len(names), seed=seed, threads=1, network=False, class_names=names, work=work)


def no_tick(count: int = 1) -> None:
    """Counts nothing."""


def accuracy(found: Probabilities, examples: ImageExamples) -> float:
    """Returns the share of rows whose most probable class is theirs."""
    return float((found.argmax(axis=1) == examples.labels.argmax(axis=1)).mean())
