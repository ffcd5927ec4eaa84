"""The pixel classifier: from scratch, pretrained, taught by a small CLIP, with experts; whatever it shares is trained once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.image_examples import ImageExamples
from benchmarks.methods.base import FirstStage
from benchmarks.methods.uniemox import PretrainingSettings
from benchmarks.methods.vision.pixel_encoder import PixelEncoderClassifier
from benchmarks.methods.vision.pixel_network import LoadedEncoder, make_encoder
from benchmarks.methods.vision.pixel_pretraining import texts
from hub.errors import DataUnavailableError, DeclarationError, EmohubError
from tests.benchmarks.methods.vision.captioned import ENCODER, MAE, PRETRAINING, TEACHER, accuracy, captioned_shapes, no_tick, setting

EMOE = {"kind": "emoe", "num_experts": 8, "top_k": 2}


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> ImageExamples:
    return captioned_shapes(tmp_path_factory.mktemp("shapes"), images=6)


def _settings(epochs: int = 2, **settings: Any) -> dict[str, Any]:
    return {"encoder": ENCODER, "fine_tuning": {"epochs": epochs, "batch_size": 16, "base_learning_rate": 0.02, "warmup_epochs": 1}, **settings}


def _fitted(examples: ImageExamples, seed: int = 0, work: Path | None = None, **settings: Any) -> PixelEncoderClassifier:
    classifier = PixelEncoderClassifier(_settings(**settings), setting(seed, work))
    classifier.fit(examples, examples.take([]), no_tick)
    return classifier


def test_shapes_are_learnt_far_above_chance(shapes: ImageExamples) -> None:
    found = _fitted(shapes, epochs=25).predict(shapes)
    assert accuracy(found, shapes) > 0.8
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("settings", [{}, {"pretraining": MAE}, {"pretraining": PRETRAINING, "teacher": TEACHER}], ids=["scratch", "mae", "uniemox"])
def test_the_seed_decides_everything(shapes: ImageExamples, settings: dict[str, Any]) -> None:
    found = _fitted(shapes, **settings).predict(shapes)
    assert np.array_equal(found, _fitted(shapes, **settings).predict(shapes))
    assert not np.array_equal(found, _fitted(shapes, seed=1, **settings).predict(shapes))


@pytest.mark.parametrize("pretraining", [MAE, PRETRAINING], ids=["mae", "uniemox"])
def test_pretraining_changes_the_start_and_what_was_kept_of_it_gives_the_same_model(shapes: ImageExamples, tmp_path: Path, pretraining: dict[str, Any]) -> None:
    teacher = {} if pretraining is MAE else {"teacher": TEACHER}
    unkept = _fitted(shapes, pretraining=pretraining, **teacher).predict(shapes)
    first = _fitted(shapes, work=tmp_path, pretraining=pretraining, **teacher).predict(shapes)
    second = _fitted(shapes, work=tmp_path, pretraining=pretraining, **teacher).predict(shapes)
    assert np.array_equal(unkept, first) and np.array_equal(first, second)
    assert not np.array_equal(first, _fitted(shapes).predict(shapes))


def test_models_share_one_teacher_and_one_pretraining_where_they_may(shapes: ImageExamples, tmp_path: Path) -> None:
    _fitted(shapes, work=tmp_path, pretraining=PRETRAINING, teacher=TEACHER)
    _fitted(shapes, work=tmp_path, pretraining=PRETRAINING, teacher=TEACHER, experts=EMOE)
    _fitted(shapes, work=tmp_path, pretraining={**PRETRAINING, "reconstruction": 0}, teacher=TEACHER)
    _fitted(shapes, work=tmp_path, pretraining=MAE)
    assert len(list((tmp_path / "teachers").iterdir())) == 1
    assert len(list((tmp_path / "pretrained").iterdir())) == 3
    _fitted(shapes, seed=1, work=tmp_path, pretraining=MAE)
    _fitted(shapes.take(range(30)), work=tmp_path, pretraining=MAE)
    assert len(list((tmp_path / "pretrained").iterdir())) == 5


@pytest.mark.parametrize("settings", [{}, {"pretraining": MAE}, {"pretraining": PRETRAINING, "teacher": TEACHER}], ids=["scratch", "mae", "uniemox"])
def test_ticks_and_rounds_agree_whether_or_not_the_pretraining_is_kept(shapes: ImageExamples, tmp_path: Path, settings: dict[str, Any]) -> None:
    for _ in range(2):
        classifier, ticks = PixelEncoderClassifier(_settings(**settings), setting(work=tmp_path)), []
        expected = classifier.rounds(shapes)
        curve = classifier.fit(shapes, shapes, lambda count=1, ticks=ticks: ticks.append(count))
        assert sum(ticks) == expected
        assert [point.step for point in curve] == [4, 8]


def test_a_first_stage_pretrains_on_other_images_with_other_classes(shapes: ImageExamples, tmp_path: Path) -> None:
    other = shapes.take(range(0, len(shapes), 2))
    stage = FirstStage(replace(other, labels=np.eye(5, dtype=bool)[np.arange(len(other)) % 5]), ("one", "two", "three", "four", "five"))
    told = {"pretraining": {**PRETRAINING, "label_in_text": True}, "teacher": TEACHER}
    classifier, ticks = PixelEncoderClassifier(_settings(**told), replace(setting(work=tmp_path), first_stage=stage)), []
    expected = classifier.rounds(shapes)
    classifier.fit(shapes, shapes.take([]), lambda count=1: ticks.append(count))
    assert sum(ticks) == expected
    staged = _fitted(other, work=tmp_path, **told).predict(shapes)
    assert len(list((tmp_path / "teachers").iterdir())) == 2
    assert not np.array_equal(classifier.predict(shapes), staged)


def test_what_a_kept_pretraining_took_is_part_of_the_cost(shapes: ImageExamples, tmp_path: Path) -> None:
    settings = {"pretraining": PRETRAINING, "teacher": TEACHER}
    first, second = (_fitted(shapes, work=tmp_path, **settings).borrowed_seconds for _ in range(2))
    assert first == 0.0 < second


def test_a_second_training_goes_on_and_does_not_pretrain_again(shapes: ImageExamples) -> None:
    classifier = PixelEncoderClassifier(_settings(pretraining=MAE), setting())
    before = classifier.rounds(shapes)
    first = classifier.fit(shapes, shapes.take([]), no_tick)
    second = classifier.fit(shapes, shapes.take([]), no_tick)
    assert classifier.rounds(shapes) < before
    assert second[0].loss < first[0].loss


def test_the_state_that_did_best_on_validation_is_kept(shapes: ImageExamples) -> None:
    # A rate that soon destroys what was learnt, so that the last state is not the best.
    settings = {**_settings(), "fine_tuning": {"epochs": 12, "batch_size": 16, "base_learning_rate": 3.0, "warmup_epochs": 11}}
    classifier = PixelEncoderClassifier(settings, setting())
    seen = [point.validation for point in classifier.fit(shapes, shapes, no_tick)]
    assert accuracy(classifier.predict(shapes), shapes) == pytest.approx(max(value for value in seen if value is not None), abs=1e-6)
    assert max(value for value in seen if value is not None) > (seen[-1] or 0)


def test_with_all_experts_chosen_it_is_bitwise_the_dense_classifier(shapes: ImageExamples) -> None:
    twin = _fitted(shapes, pretraining=MAE, experts={**EMOE, "top_k": 8})
    dense = _fitted(shapes, pretraining=MAE)
    assert np.array_equal(twin.predict(shapes), dense.predict(shapes))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"pooling": "first"},
        {"pretraining": MAE, "experts": EMOE},
        {"pretraining": MAE, "experts": {**EMOE, "gate": "learned"}},
        {"experts": {"kind": "gmoe", "num_experts": 3, "top_k": 2}},
        {"noise": 0.1},
    ],
    ids=["dense", "first", "emoe", "learned", "gmoe", "noise"],
)
def test_what_was_saved_predicts_the_same(shapes: ImageExamples, tmp_path: Path, settings: dict[str, Any]) -> None:
    classifier = _fitted(shapes, **settings)
    classifier.save(tmp_path)
    other = PixelEncoderClassifier(_settings(**settings), setting(seed=1))
    other.load(tmp_path)
    assert np.array_equal(classifier.predict(shapes), other.predict(shapes))
    assert other.parameters == classifier.parameters
    assert {path.suffix for path in tmp_path.iterdir()} == {".safetensors", ".json"}


def test_images_of_several_classes_get_probabilities_of_their_own(shapes: ImageExamples, tmp_path: Path) -> None:
    labels = shapes.labels.copy()
    labels[:, 0] |= labels[:, 1]
    several = replace(shapes, labels=labels)
    classifier = PixelEncoderClassifier(_settings(epochs=25), setting())
    curve = classifier.fit(several, several, no_tick)
    found = classifier.predict(several)
    assert max(point.validation or 0 for point in curve) > 0.8
    assert (((found > 0.5) == labels).mean() > 0.8) and found.sum(axis=1).max() > 1.2
    classifier.save(tmp_path)
    other = PixelEncoderClassifier(_settings(), setting())
    other.load(tmp_path)
    assert np.array_equal(found, other.predict(several))


def test_predicting_nothing_gives_nothing(shapes: ImageExamples) -> None:
    assert _fitted(shapes).predict(shapes.take([])).shape == (0, 3)


def test_the_weights_of_a_masked_autoencoder_become_a_plain_transformer(tmp_path: Path) -> None:
    from transformers import ViTMAEConfig, ViTMAEModel

    config = ViTMAEConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, image_size=32, patch_size=8, mask_ratio=0.0)
    masked = ViTMAEModel(config).eval()
    masked.save_pretrained(tmp_path)
    encoder = make_encoder(LoadedEncoder(name=str(tmp_path)), 0, network=False).eval()
    images = torch.rand(2, 3, 32, 32)
    in_order = torch.arange(16).float().expand(2, -1)
    expected = masked(pixel_values=images, noise=in_order).last_hidden_state
    torch.testing.assert_close(encoder(pixel_values=images).last_hidden_state, expected)


def test_the_label_is_in_the_teacher_s_text_only_if_asked_for(shapes: ImageExamples) -> None:
    first = shapes.take([0])
    plain, labelled = (texts(first, PretrainingSettings(label_in_text=asked), ("joy", "fear", "awe")) for asked in (False, True))
    assert "joy" not in plain[0] and "joy" in labelled[0]
    with pytest.raises(EmohubError, match="names of the classes"):
        texts(first, PretrainingSettings(label_in_text=True), ())


def test_what_cannot_be_is_said(shapes: ImageExamples) -> None:
    with pytest.raises(DeclarationError, match="needs a 'teacher'"):
        PixelEncoderClassifier(_settings(pretraining=PRETRAINING), setting())
    with pytest.raises(DeclarationError, match="nothing learns from 'teacher'"):
        PixelEncoderClassifier(_settings(pretraining=MAE, teacher=TEACHER), setting())
    with pytest.raises(DeclarationError, match="no multiple of patch_size"):
        PixelEncoderClassifier(_settings(encoder={"image_size": 30}), setting())
    with pytest.raises(DataUnavailableError, match="someone/vit"):
        PixelEncoderClassifier(_settings(encoder={"name": "someone/vit"}), setting())
    with pytest.raises(EmohubError, match="call fit or load"):
        PixelEncoderClassifier(_settings(), setting()).predict(shapes)
    with pytest.raises(EmohubError, match="54 of 54 training images have no caption"):
        _fitted(replace(shapes, captions=("",) * len(shapes)), pretraining=PRETRAINING, teacher=TEACHER)
