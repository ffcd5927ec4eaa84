"""What fine-tuning is made of: rates, targets, and what a state is chosen by."""

from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.methods.vision.fine_tuning import FineTuningSettings, fine_tune, parameter_groups, several_classes, smoothed, validation_score
from benchmarks.methods.vision.pixel_network import EncoderShape, PixelNetwork, make_encoder
from benchmarks.methods.vision.pixel_schedule import warm_cosine

SHAPE = EncoderShape.model_validate({"image_size": 16, "patch_size": 8, "width": 16, "depth": 3, "heads": 2})


@pytest.fixture
def network() -> PixelNetwork:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return PixelNetwork(make_encoder(SHAPE, 0, network=False), 4, "mean")


def _settings(**settings: Any) -> FineTuningSettings:
    return FineTuningSettings.model_validate(settings)


def test_the_rate_warms_up_and_falls_to_its_lowest() -> None:
    factors = [warm_cosine(step, 100, 10, lowest=0.2) for step in range(101)]
    assert factors[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert max(factors) == factors[10] == 1
    assert factors[55] == pytest.approx(0.6) and factors[100] == pytest.approx(0.2)


def test_the_rate_grows_with_the_batch() -> None:
    assert _settings(base_learning_rate=0.001, batch_size=512).learning_rate == pytest.approx(0.002)


def test_every_parameter_is_trained_once_and_only_matrices_decay(network: PixelNetwork) -> None:
    groups = parameter_groups(network, _settings(weight_decay=0.05))
    assert [group["weight_decay"] for group in groups].count(0.05) == 1
    trained = [parameter for group in groups for parameter in group["params"]]
    assert len(trained) == len({id(parameter) for parameter in trained}) == len(list(network.parameters()))
    decaying = next(group["params"] for group in groups if group["weight_decay"])
    assert all(parameter.ndim > 1 for parameter in decaying)
    assert all(parameter is not network.encoder.embeddings.cls_token for parameter in decaying)


def test_with_layer_decay_the_embeddings_learn_slowest_and_the_head_fastest(network: PixelNetwork) -> None:
    groups = parameter_groups(network, _settings(layer_decay=0.5, base_learning_rate=0.016, batch_size=256))
    rates = {id(parameter): group["lr"] for group in groups for parameter in group["params"]}
    encoder = network.encoder
    found = [network.head.weight, *(layer.layernorm_before.weight for layer in reversed(encoder.layers)), encoder.embeddings.cls_token]
    assert [rates[id(parameter)] for parameter in found] == pytest.approx([0.016, 0.008, 0.004, 0.002, 0.001])


def test_smoothing_spreads_a_share_evenly() -> None:
    np.testing.assert_allclose(smoothed(np.array([[True, False, False, False]]), 0.1, several=False), [[0.925, 0.025, 0.025, 0.025]])
    np.testing.assert_allclose(smoothed(np.array([[True, False, True]]), 0.1, several=True), [[0.95, 0.05, 0.95]])


def test_several_classes_are_told_by_the_labels() -> None:
    assert not several_classes(np.eye(3, dtype=bool))
    assert several_classes(np.array([[True, True], [True, False]]))
    assert several_classes(np.array([[True, False], [False, False]]))


def test_a_state_is_chosen_by_accuracy_or_by_mean_average_precision() -> None:
    found = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.6, 0.4, 0.0]], dtype=np.float32)
    one = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 0]], dtype=bool)
    assert validation_score(found, one, several=False) == pytest.approx(2 / 3)
    # By hand: the first class's only row comes first; the second's two rows come first and second; the third never occurs and does not count.
    assert validation_score(found, one, several=True) == pytest.approx(1.0)
    assert validation_score(found[:0], one[:0], several=False) is None


def test_the_pooled_vector_is_the_normalised_mean_of_the_patches(network: PixelNetwork) -> None:
    images = torch.rand(2, 3, 16, 16)
    plain = make_encoder(SHAPE, 0, network=False).eval()
    hidden = plain(pixel_values=images, output_hidden_states=True).hidden_states[-1]
    expected = network.head(plain.layernorm(hidden[:, 1:].mean(dim=1)))
    torch.testing.assert_close(network.eval()(images), expected)


@pytest.mark.parametrize("settings", [{}, {"augmentation": {"mixup": 0.8, "cutmix": 1.0}}, {"label_smoothing": 0.1, "drop_path": 0.1, "clip": 1.0}])
@pytest.mark.parametrize("several", [False, True])
def test_every_recipe_lowers_its_loss(network: PixelNetwork, settings: dict[str, Any], several: bool) -> None:
    generator = np.random.default_rng(0)
    labels = np.eye(4, dtype=bool)[np.arange(32) % 4]
    pixels = (labels.argmax(axis=1)[:, None, None, None] * 60 + generator.integers(0, 40, (32, 16, 16, 3))).astype(np.uint8)
    labels[:, 3] |= several
    recipe = _settings(epochs=15, batch_size=16, base_learning_rate=0.03, warmup_epochs=1, **settings)
    curve = fine_tune(network, pixels, labels, lambda: None, recipe, 0, lambda: torch.zeros(()), lambda count=1: None)
    assert [point.step for point in curve] == list(range(2, 32, 2))
    assert curve[-1].loss < 0.95 * curve[0].loss and curve[-1].validation is None
