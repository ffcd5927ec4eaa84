"""The network: transformers' MAE where there is no teacher, the encoder's own pass where nothing is hidden, and only what the losses ask for."""

import copy
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import ViTConfig, ViTMAEConfig, ViTMAEForPreTraining, ViTModel
from transformers.models.vit_mae.modeling_vit_mae import build_2d_sinusoidal_position_embedding

from benchmarks.methods import emoe
from benchmarks.methods.uniemox import FUSIONS, PretrainingSettings, UniEmoX
from benchmarks.methods.uniemox.network import Outputs

SIZES: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "image_size": 32, "patch_size": 8}
DECODER: dict[str, Any] = {"decoder_width": 8, "decoder_depth": 2, "decoder_heads": 2}


def _encoder(seed: int = 0) -> Any:
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    return ViTModel(ViTConfig(**SIZES), add_pooling_layer=False)


def _network(teacher_width: int | None = 5, **settings: Any) -> UniEmoX:
    encoder = _encoder()
    return UniEmoX(encoder, teacher_width, PretrainingSettings(**{**DECODER, "mask_ratio": 0.75, **settings}))


def _inputs(images: int = 3) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    torch.manual_seed(2)
    pixels = torch.randn(2, images, 3, 32, 32)
    return pixels[0], pixels[1], torch.tensor([True, False, True])[:images], torch.rand(images, 16), torch.rand(images, 16)


def _mae() -> Any:
    torch.manual_seed(3)
    decoder = {"decoder_hidden_size": 8, "decoder_num_hidden_layers": 2, "decoder_num_attention_heads": 2, "decoder_intermediate_size": 32}
    mae = ViTMAEForPreTraining(ViTMAEConfig(**SIZES, **decoder, mask_ratio=0.75)).eval()
    # A new model of transformers leaves the decoder's positions 0.
    mae.decoder.decoder_pos_embed.data.copy_(build_2d_sinusoidal_position_embedding(4, 4, 8, cls_token=True).roll(4, dims=1))
    return mae


def _copy_into(network: UniEmoX, mae: Any) -> None:
    """Gives the network transformers' weights; the decoder's fixed positions are its own."""
    network.encoder.load_state_dict(mae.vit.state_dict())
    assert network.decoder is not None
    network.to_decoder.load_state_dict(mae.decoder.decoder_embed.state_dict())
    network.decoder.layers.load_state_dict(mae.decoder.decoder_layers.state_dict())
    network.decoder.norm.load_state_dict(mae.decoder.decoder_norm.state_dict())
    network.decoder.to_pixels.load_state_dict(mae.decoder.decoder_pred.state_dict())
    with torch.no_grad():
        network.decoder.mask_token.copy_(mae.decoder.mask_token)


@pytest.mark.parametrize("normalise", [False, True])
def test_without_a_teacher_it_is_the_masked_autoencoder_of_transformers(normalise: bool) -> None:
    mae = _mae()
    mae.config.norm_pix_loss = normalise
    network = _network(None, similarity=0, relation=0, person=False, normalise_pixels=normalise).eval()
    _copy_into(network, mae)
    inputs = _inputs()
    outputs, oracle = network(*inputs), mae(inputs[0], noise=inputs[3])
    assert torch.equal(outputs.mask, oracle.mask.bool())
    torch.testing.assert_close(outputs.prediction, oracle.logits, rtol=0, atol=1e-5)
    torch.testing.assert_close(network.loss(outputs, None, None), oracle.loss, rtol=0, atol=1e-5)
    assert outputs.fused is None and network.fusion is None


def test_with_nothing_hidden_the_tokens_are_the_encoders_own() -> None:
    network, scene = _network().eval(), _inputs()[0]
    everything = torch.arange(16).expand(3, -1)
    torch.testing.assert_close(network.encode(scene, everything), network.encoder(pixel_values=scene).last_hidden_state, rtol=0, atol=1e-5)


def test_hidden_patches_are_not_seen() -> None:
    network, (scene, person, has_person, scene_noise, person_noise) = _network().eval(), _inputs()
    plain = network(scene, person, has_person, scene_noise, person_noise)
    hidden = plain.mask.view(3, 1, 4, 4).repeat_interleave(8, dim=2).repeat_interleave(8, dim=3)
    changed = network(torch.where(hidden, 9.0, scene), person, has_person, scene_noise, person_noise)
    assert torch.equal(plain.fused, changed.fused) and torch.equal(plain.prediction, changed.prediction)
    assert plain.mask.sum(dim=1).tolist() == [12, 12, 12]


def test_who_is_not_there_changes_nothing_and_learns_nothing() -> None:
    network, (scene, person, has_person, *noises) = _network(), _inputs()
    plain = network(scene, person, has_person, *noises).fused
    unseen = torch.where(has_person[:, None, None, None], person, torch.nan).requires_grad_()
    assert torch.equal(plain, network(scene, unseen, has_person, *noises).fused)
    network(scene, person.requires_grad_(), has_person, *noises).fused.square().sum().backward()
    assert person.grad is not None
    assert person.grad.flatten(1).any(dim=1).tolist() == has_person.tolist()


def test_without_a_person_branch_nobody_is_looked_at() -> None:
    network, (scene, person, has_person, *noises) = _network(person=False), _inputs()
    outputs = network(scene, person * torch.nan, has_person, *noises)
    assert torch.equal(outputs.fused, network(scene, person, ~has_person, *noises).fused)


def test_a_weight_of_0_leaves_its_branch_out() -> None:
    inputs, (features, texts) = _inputs(), torch.randn(2, 3, 5)
    without_decoder = _network(reconstruction=0)
    assert without_decoder.decoder is None and without_decoder(*inputs).prediction is None
    whole = _network()
    outputs: Outputs = whole(*inputs)

    def weighed(**weights: float) -> float:
        whole.settings = PretrainingSettings(**DECODER, **{"similarity": 0, "relation": 0, "reconstruction": 0, **weights})
        return float(whole.loss(outputs, features, texts).item())

    parts = [weighed(similarity=1), weighed(relation=1), weighed(reconstruction=1)]
    assert len(set(parts)) == 3 and min(parts) > 0
    assert weighed(similarity=1, relation=1, reconstruction=1) == pytest.approx(sum(parts), abs=1e-5)
    assert weighed(similarity=0.5, relation=2) == pytest.approx(0.5 * parts[0] + 2 * parts[1], abs=1e-5)


def test_what_a_loss_needs_is_not_passed_over_in_silence() -> None:
    network = _network()
    with pytest.raises(ValueError, match="need text_features"):
        network.loss(network(*_inputs()), torch.randn(3, 5), None)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_it_runs_in_bfloat16_and_the_losses_are_in_float32(fusion: str) -> None:
    network, (features, texts) = _network(fusion=fusion), torch.randn(2, 3, 5)
    with torch.autocast("cpu", torch.bfloat16):
        outputs = network(*_inputs())
    loss = network.loss(outputs, features, texts)
    loss.backward()
    assert outputs.prediction.dtype == torch.bfloat16 and loss.dtype == torch.float32
    assert loss.item() == pytest.approx(network.loss(network(*_inputs()), features, texts).item(), abs=0.05)


def test_every_parameter_learns() -> None:
    network, (features, texts) = _network(), torch.randn(2, 3, 5)
    network.loss(network(*_inputs()), features, texts).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), name


def test_a_converted_encoder_trains_and_merges_back() -> None:
    network, inputs = _network(), _inputs()
    before = copy.deepcopy(network.encoder.state_dict())
    emoe.convert(network.encoder, num_experts=4, top_k=4, layers=[1])
    torch.testing.assert_close(network.eval()(*inputs).fused, _network().eval()(*inputs).fused.new_tensor(network(*inputs).fused.tolist()))
    assert network.encoder.state_dict().keys() == before.keys()
    network.loss(network(*inputs), *torch.randn(2, 3, 5)).backward()
    emoe.merge(network.encoder)


def test_a_missing_teacher_is_named() -> None:
    with pytest.raises(ValueError, match="need a teacher's features"):
        _network(None)
