"""The vision classifier on a tiny real transformer: learns shapes, repeats itself, and keeps the state that did best on validation."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.examples import Probabilities
from benchmarks.image_examples import ImageExamples
from benchmarks.methods.base import Setting
from benchmarks.methods.vision.image_encoder import ImageEncoderClassifier
from hub.errors import DataUnavailableError, DeclarationError
from tests.support.shapes import shape_examples
from tests.support.tiny_vit import make_tiny_vit


@pytest.fixture(scope="module")
def vit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_vit(tmp_path_factory.mktemp("vit"))


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> ImageExamples:
    return shape_examples(tmp_path_factory.mktemp("shapes"))


def _classifier(vit: Path, seed: int = 0, **settings: Any) -> ImageEncoderClassifier:
    declared = {"encoder": str(vit), "steps": 120, "batch_per_domain": 4, "checkpoint_steps": 40, "learning_rate": 0.001}
    return ImageEncoderClassifier({**declared, **settings}, Setting(classes=3, seed=seed, threads=1, network=False))


def _accuracy(probabilities: Probabilities, examples: ImageExamples) -> float:
    return float((probabilities.argmax(axis=1) == examples.labels.argmax(axis=1)).mean())


def test_shapes_are_learnt_far_above_chance(vit: Path, shapes: ImageExamples) -> None:
    classifier = _classifier(vit)
    classifier.fit(shapes, shapes.take([]), lambda count=1: None)
    probabilities = classifier.predict(shapes)
    assert _accuracy(probabilities, shapes) > 0.8
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_the_seed_decides_everything(vit: Path, shapes: ImageExamples) -> None:
    def predicted(seed: int, **settings: Any) -> Probabilities:
        classifier = _classifier(vit, seed, steps=3, **settings)
        classifier.fit(shapes, shapes.take([]), lambda count=1: None)
        return classifier.predict(shapes)

    assert np.array_equal(predicted(0, drop_path=0.5), predicted(0, drop_path=0.5))
    assert not np.array_equal(predicted(0), predicted(1))
    assert not np.array_equal(predicted(0), predicted(0, drop_path=0.5))
    assert np.array_equal(predicted(0), predicted(0, loading_processes=1))


def test_the_state_that_did_best_on_validation_is_kept(vit: Path, shapes: ImageExamples) -> None:
    # A rate that soon destroys what was learnt, so that the last state is not the best.
    classifier = _classifier(vit, steps=25, checkpoint_steps=2, learning_rate=0.02)
    curve = classifier.fit(shapes, shapes, lambda count=1: None)
    seen = [point.validation for point in curve if point.validation is not None]
    assert len(seen) == 13 and max(seen) > seen[-1]
    assert _accuracy(classifier.predict(shapes), shapes) == pytest.approx(max(seen), abs=1e-6)


def test_every_domain_has_the_same_part_of_every_step(vit: Path, shapes: ImageExamples) -> None:
    fewer = shapes.take([row for row, domain in enumerate(shapes.domains) if domain != "paper"] + [len(shapes) - 1])
    groups = list(_classifier(vit, steps=5)._groups(fewer))
    assert len(groups) == 5
    for group in groups:
        assert [fewer.domains[number] for number, _ in group] == ["chalk"] * 4 + ["meadow"] * 4 + ["paper"] * 4
    assert len({seed for group in groups for _, seed in group}) == 60


def test_ticks_and_rounds_agree(vit: Path, shapes: ImageExamples) -> None:
    classifier, ticks = _classifier(vit, steps=3), []
    curve = classifier.fit(shapes, shapes, lambda count=1: ticks.append(count))
    assert sum(ticks) == classifier.rounds(shapes) == 3
    assert [point.step for point in curve] == [3]


def test_what_was_saved_predicts_the_same(vit: Path, shapes: ImageExamples, tmp_path: Path) -> None:
    classifier, other = _classifier(vit, steps=2), _classifier(vit, seed=1)
    classifier.fit(shapes, shapes.take([]), lambda count=1: None)
    classifier.save(tmp_path)
    other.load(tmp_path)
    assert np.array_equal(classifier.predict(shapes), other.predict(shapes))
    assert [path.suffix for path in tmp_path.iterdir()] == [".safetensors"]


def test_predicting_nothing_gives_nothing(vit: Path, shapes: ImageExamples) -> None:
    assert _classifier(vit).predict(shapes.take([])).shape == (0, 3)


def test_wrong_settings_and_missing_weights_are_named(vit: Path) -> None:
    with pytest.raises(DeclarationError, match=r"settings\.drop_paths: .*valid: .*drop_path"):
        _classifier(vit, drop_paths=0.1)
    with pytest.raises(DataUnavailableError, match="someone/vit"):
        _classifier(vit, encoder="someone/vit")
