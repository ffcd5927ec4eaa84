"""The vision classifier with experts: its dense twin, and its baselines on images."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.image_examples import ImageExamples
from benchmarks.methods.base import Setting
from benchmarks.methods.vision.expert_image_encoder import ExpertImageEncoderClassifier
from benchmarks.methods.vision.image_encoder import ImageEncoderClassifier
from hub.errors import DeclarationError
from tests.support.shapes import shape_examples
from tests.support.tiny_vit import make_tiny_vit

SETTING = Setting(classes=3, seed=0, threads=1, network=False)
EMOE = {"kind": "emoe", "num_experts": 8, "top_k": 2}


@pytest.fixture(scope="module")
def vit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_vit(tmp_path_factory.mktemp("vit"))


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> ImageExamples:
    return shape_examples(tmp_path_factory.mktemp("shapes"), images=4)


def _settings(vit: Path, **settings: Any) -> dict[str, Any]:
    return {"encoder": str(vit), "steps": 6, "batch_per_domain": 4, "checkpoint_steps": 3, "learning_rate": 0.001, "drop_path": 0.1, **settings}


def _fitted(classifier: ImageEncoderClassifier, shapes: ImageExamples) -> ImageEncoderClassifier:
    classifier.fit(shapes, shapes, lambda count=1: None)
    return classifier


def test_with_all_experts_chosen_it_is_bitwise_the_dense_classifier(vit: Path, shapes: ImageExamples) -> None:
    twin = _fitted(ExpertImageEncoderClassifier(_settings(vit, experts={**EMOE, "top_k": 8}), SETTING), shapes)
    dense = _fitted(ImageEncoderClassifier(_settings(vit), SETTING), shapes)
    assert np.array_equal(twin.predict(shapes), dense.predict(shapes))


@pytest.mark.parametrize(
    "settings",
    [{"experts": EMOE}, {"experts": {**EMOE, "gate": "learned"}}, {"experts": {"kind": "gmoe", "num_experts": 3, "top_k": 2}}],
    ids=["emoe", "learned", "gmoe"],
)
def test_every_variant_trains_and_is_kept(vit: Path, shapes: ImageExamples, tmp_path: Path, settings: dict[str, Any]) -> None:
    classifier = _fitted(ExpertImageEncoderClassifier(_settings(vit, **settings), SETTING), shapes)
    other = ExpertImageEncoderClassifier(_settings(vit, **settings), SETTING)
    assert not np.array_equal(classifier.predict(shapes), other.predict(shapes))
    classifier.save(tmp_path)
    other.load(tmp_path)
    assert np.array_equal(classifier.predict(shapes), other.predict(shapes))


def test_copied_experts_ask_for_a_balance_loss(vit: Path, shapes: ImageExamples) -> None:
    classifier = ExpertImageEncoderClassifier(_settings(vit, experts={"kind": "gmoe", "num_experts": 3, "top_k": 2}), SETTING)
    curve = _fitted(classifier, shapes) and classifier.fit(shapes, shapes, lambda count=1: None)
    assert np.isfinite([point.loss for point in curve]).all()
    assert classifier.extra_loss(classifier._network).item() == 0


def test_vision_has_no_merging_to_declare(vit: Path) -> None:
    with pytest.raises(DeclarationError, match=r"settings\.merge"):
        ExpertImageEncoderClassifier(_settings(vit, experts=EMOE, merge=True), SETTING)
