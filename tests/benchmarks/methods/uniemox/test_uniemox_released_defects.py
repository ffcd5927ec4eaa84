"""The released code's defects, each with the test that it would fail. The seedless splits are no part of this package."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import ViTConfig, ViTModel

from benchmarks.image_examples import ImageExamples
from benchmarks.image_pixels import person_crops
from benchmarks.methods.uniemox import FUSIONS, PretrainingSettings, UniEmoX, prompt_of, reconstruction_loss
from benchmarks.methods.uniemox.augmentation import Crops, cut
from benchmarks.methods.vision.image_loading import DEVIATION, MEAN

DECODER: dict[str, Any] = {"decoder_width": 16, "decoder_depth": 1, "decoder_heads": 2, "mask_ratio": 0.5}


def _network(**settings: Any) -> UniEmoX:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    config = ViTConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, image_size=32, patch_size=8)
    return UniEmoX(ViTModel(config, add_pooling_layer=False), 5, PretrainingSettings(**DECODER, **settings)).eval()


def _inputs(images: int) -> tuple[torch.Tensor, ...]:
    torch.manual_seed(1)
    return torch.randn(images, 3, 32, 32), torch.randn(images, 3, 32, 32), torch.ones(images, dtype=torch.bool), *torch.rand(2, images, 16)


def test_the_decoder_predicts_every_patch_and_not_the_first_token() -> None:
    outputs = _network()(*_inputs(2))
    assert outputs.prediction.shape == outputs.target.shape == (2, 16, 8 * 8 * 3)
    # Were it one prediction for all patches, they would be equal.
    assert outputs.prediction.std(dim=1).min() > 0
    with pytest.raises(ValueError, match="prediction is"):
        reconstruction_loss(outputs.prediction[:, :1], outputs.target, outputs.mask)


def test_the_person_reaches_the_encoder() -> None:
    network, (scene, person, *rest) = _network(), _inputs(2)
    plain = network(scene, person, *rest)
    moved = network(scene, person.roll(8, dims=3), *rest)
    assert (plain.fused != moved.fused).any(dim=1).all() and torch.equal(plain.prediction, moved.prediction)
    # The person's crop is not the scene again.
    assert (plain.fused != network(scene, scene, *rest).fused).any(dim=1).all()


def test_every_image_has_its_own_box_and_is_normalised_once(tmp_path: Path) -> None:
    boxes = np.array([[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1], [np.nan] * 4], dtype=np.float32)
    corners = np.zeros((8, 8, 3), dtype=np.uint8)
    corners[:4, :4], corners[4:, 4:] = (250, 0, 0), (0, 0, 250)
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path in paths:
        Image.fromarray(corners).save(path)
    examples = ImageExamples.plain(["0", "1", "2"], paths, [""] * 3, ["0", "1", "2"], np.zeros((3, 1), dtype=bool)).with_boxes(boxes)
    crops = person_crops(examples, 4, None)
    assert (crops[0] == (250, 0, 0)).all() and (crops[1] == (0, 0, 250)).all() and not crops[2].any()
    whole = Crops(torch.ones(3, 2), torch.zeros(3, 2), torch.zeros(3, dtype=torch.bool))
    red = cut(torch.from_numpy(crops), whole, 8)[0, 0]
    torch.testing.assert_close(red, torch.full((8, 8), (250 / 255 - MEAN[0]) / DEVIATION[0]))


@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_batch_of_one_works_and_so_does_a_last_batch_of_any_size(fusion: str) -> None:
    network = _network(fusion=fusion)
    for images in (1, 3):
        outputs = network(*_inputs(images))
        assert outputs.fused.shape == (images, 5)
        assert torch.isfinite(network.loss(outputs, torch.randn(images, 5), torch.randn(images, 5)))


def test_the_teacher_gets_no_gradient() -> None:
    network = _network()
    images, texts = (torch.randn(2, 5, requires_grad=True) for _ in range(2))
    network.loss(network(*_inputs(2)), images, texts).backward()
    assert images.grad is None and texts.grad is None
    assert next(network.encoder.parameters()).grad is not None


def test_no_label_is_in_a_text_unless_asked_for() -> None:
    assert not PretrainingSettings().label_in_text
    assert "fear" not in prompt_of("A man in a dark street.")
    assert "fear" in prompt_of("A man in a dark street.", "fear")
