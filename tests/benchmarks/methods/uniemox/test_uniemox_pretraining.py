"""Pretraining on a tiny real transformer: it learns, in place, the same way every time, and says what it lacks."""

from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from transformers import ViTConfig, ViTModel

from benchmarks.methods.base import parse_settings
from benchmarks.methods.uniemox import PretrainingSettings, pretrain, rounds
from benchmarks.methods.uniemox.pretraining import _groups, _warm_then_cosine
from hub.errors import DeclarationError
from hub.results import CurvePoint

SMALL: dict[str, Any] = {"decoder_width": 16, "decoder_depth": 1, "decoder_heads": 2, "mask_ratio": 0.5, "batch_size": 8, "epochs": 2}
ALONE: dict[str, Any] = {"similarity": 0, "relation": 0, "person": False}


def _encoder() -> Any:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = ViTConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, image_size=32, patch_size=8)
    return ViTModel(config, add_pooling_layer=False)


def _data(images: int = 20) -> dict[str, Any]:
    generator = np.random.default_rng(0)
    shades = np.linspace(0, 255, images)[:, None, None, None]
    pixels = np.clip(shades + generator.normal(0, 5, (images, 32, 32, 3)), 0, 255).astype(np.uint8)
    directions = np.stack([np.cos(shades[:, 0, 0, 0] / 80), np.sin(shades[:, 0, 0, 0] / 80), np.zeros(images)], axis=1).astype(np.float32)
    return {
        "images": pixels,
        "persons": pixels[:, 8:24, 8:24],
        "has_person": np.arange(images) % 3 > 0,
        "image_features": directions,
        "text_features": directions[::-1].copy(),
    }


def _run(encoder: Any, seed: int = 0, data: dict[str, Any] | None = None, ticks: list[int] | None = None, **settings: Any) -> list[CurvePoint]:
    ticks = ticks if ticks is not None else []
    chosen = PretrainingSettings(**{**SMALL, **settings})
    return pretrain(encoder, **(data or _data()), settings=chosen, seed=seed, threads=1, tick=lambda count=1: ticks.append(count))


def _weights(encoder: Any) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in encoder.parameters()])


def test_it_learns_and_the_encoder_is_changed_in_place() -> None:
    encoder = _encoder()
    before, keys = _weights(encoder), encoder.state_dict().keys()
    curve = _run(encoder, epochs=25, base_learning_rate=0.1)
    assert curve[-1].loss < 0.5 * curve[0].loss
    assert encoder.state_dict().keys() == keys and not torch.equal(_weights(encoder), before)


@pytest.mark.parametrize("weights", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_every_loss_can_be_overfitted_alone(weights: tuple[int, int, int]) -> None:
    similarity, relation, reconstruction = weights
    curve = _run(_encoder(), epochs=30, base_learning_rate=0.1, similarity=similarity, relation=relation, reconstruction=reconstruction)
    assert curve[-1].loss < 0.4 * curve[0].loss


def test_the_seed_decides_everything() -> None:
    def weights(seed: int) -> torch.Tensor:
        encoder = _encoder()
        _run(encoder, seed)
        return _weights(encoder)

    first = weights(0)
    assert torch.equal(first, weights(0)) and not torch.equal(first, weights(1))


def test_a_masked_autoencoder_needs_neither_teacher_nor_persons() -> None:
    lone = {**_data(), "persons": None, "has_person": None, "image_features": None, "text_features": None}
    one, other = _encoder(), _encoder()
    _run(one, data=lone, **ALONE)
    _run(other, **ALONE)
    assert torch.equal(_weights(one), _weights(other))


def test_ticks_rounds_and_curve_agree() -> None:
    ticks: list[int] = []
    curve = _run(_encoder(), ticks=ticks)
    assert sum(ticks) == rounds(20, PretrainingSettings(**SMALL)) == 6
    assert [point.step for point in curve] == [3, 6]


def test_the_rate_warms_up_and_cools_down() -> None:
    factors = [_warm_then_cosine(step, 100, 0.05) for step in range(100)]
    assert factors[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0]) and max(factors) == 1 and 0 < factors[-1] < 0.001
    assert factors[5:] == sorted(factors[5:], reverse=True)


def test_only_the_weights_of_linear_layers_and_convolutions_decay() -> None:
    encoder = _encoder()
    names = {id(parameter): name for name, parameter in encoder.named_parameters()}
    decayed, others = ({names[id(parameter)] for parameter in group["params"]} for group in _groups(encoder, 0.05))
    assert all((name.endswith("weight") and "norm" not in name) or name == "embeddings.position_embeddings" for name in decayed)
    assert {"embeddings.cls_token", "layernorm.weight", "layers.0.mlp.fc1.bias"} <= others


def test_what_is_missing_is_named() -> None:
    data = _data()
    for name in ("persons", "has_person", "image_features", "text_features"):
        with pytest.raises(ValueError, match=f"need {name}"):
            _run(_encoder(), data={**data, name: None})
        with pytest.raises(ValueError, match=f"{name} has 19 rows for 20 images"):
            _run(_encoder(), data={**data, name: data[name][1:]})
    with pytest.raises(ValueError, match="images are float64"):
        _run(_encoder(), data={**data, "images": data["images"] / 255})
    with pytest.raises(ValueError, match="there is no image"):
        _run(_encoder(), data={name: values[:0] for name, values in data.items()})


def test_wrong_settings_are_named() -> None:
    with pytest.raises(DeclarationError, match="no fusion 'priors'; did you mean 'prior'"):
        parse_settings(PretrainingSettings, {"fusion": "priors"})
    with pytest.raises(ValidationError, match="nothing to learn"):
        PretrainingSettings(similarity=0, relation=0, reconstruction=0)
    with pytest.raises(ValidationError, match="decoder_width is 30"):
        PretrainingSettings(decoder_width=30)
