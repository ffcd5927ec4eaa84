"""The same method over a Stable Diffusion in diffusers' folders, here a tiny random one of that shape."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, MotionAdapter, UNet2DConditionModel
from transformers import CLIPVisionConfig, CLIPVisionModel

from benchmarks.methods.animation import AnimationSetting
from benchmarks.methods.follow_your_emoji.animator import FollowYourEmoji
from hub.errors import DataUnavailableError
from tests.support.tiny_animation import SIZE, load_animator, make_settings, rendered_pair


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("stable-diffusion")
    blocks = (16, 32)
    UNet2DConditionModel(
        sample_size=8,
        block_out_channels=blocks,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=24,
        attention_head_dim=8,
        norm_num_groups=8,
    ).save_pretrained(folder / "unet")
    kinds: dict[str, Any] = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    AutoencoderKL(block_out_channels=(8, 8, 8, 8), norm_num_groups=8, **kinds).save_pretrained(folder / "vae")
    config = CLIPVisionConfig(hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=32, patch_size=16)
    CLIPVisionModel(config).save_pretrained(folder / "image_encoder")
    MotionAdapter(
        block_out_channels=blocks, motion_layers_per_block=1, motion_num_attention_heads=2, motion_norm_num_groups=8, motion_max_seq_length=8
    ).save_pretrained(folder / "motion")
    return folder


def settings(weights: Path, **changes: Any) -> dict[str, Any]:
    made = make_settings(motion={"folder": str(weights / "motion"), "maximum_frames": 8}, generation={"guidance": 2.0})
    made["network"] = {
        "codec": {"kind": "vae", "folder": str(weights / "vae")},
        "unet": {"kind": "pretrained", "folder": str(weights)},
        "image_encoder": {"kind": "pretrained", "folder": str(weights / "image_encoder")},
        "landmark_channels": [4, 4, 8, 8],
        **dict.fromkeys(("coordinates", "reference_landmarks", "reference_in_input"), False),
        "portrait_prior": None,
        **changes,
    }
    made["motion"].pop("heads")
    return made


def test_it_trains_both_stages_and_animates(weights: Path, tmp_path: Path) -> None:
    pair = rendered_pair(0)
    model = FollowYourEmoji(settings(weights), AnimationSetting(seed=0, threads=1, size=SIZE))
    encoder = {name: value.clone() for name, value in model._network.image_encoder.state_dict().items()}
    model.fit([pair], [], lambda count=1: None)
    frames = model.animate(pair.portrait, pair.driving.face)
    assert frames.shape == (4, SIZE, SIZE, 3)
    # The image encoder is taken as it is.
    assert all(torch.equal(value, encoder[name]) for name, value in model._network.image_encoder.state_dict().items())
    model.save(tmp_path)
    again = load_animator(tmp_path)
    assert np.array_equal(again.animate(pair.portrait, pair.driving.face), frames)


def test_the_denoiser_begins_as_the_given_one(weights: Path) -> None:
    model = FollowYourEmoji(settings(weights), AnimationSetting(seed=0, threads=1, size=SIZE))
    given = UNet2DConditionModel.from_pretrained(weights / "unet", use_safetensors=True).state_dict()
    assert model._network.reference_net is not None
    for network in (model._network.unet, model._network.reference_net):
        assert all(torch.equal(value, given[name]) for name, value in network.state_dict().items())


def test_motion_modules_begin_as_the_given_ones(weights: Path) -> None:
    model = FollowYourEmoji(settings(weights), AnimationSetting(seed=0, threads=1, size=SIZE))
    model._add_motion()
    given = MotionAdapter.from_pretrained(weights / "motion", use_safetensors=True).state_dict()
    ours = {name: value for name, value in model._network.unet.state_dict().items() if "motion_modules" in name}
    assert len(ours) == len(given)
    assert all(torch.equal(value, given[name]) for name, value in ours.items())


def test_weights_that_are_not_here_say_so(weights: Path) -> None:
    wanted = settings(weights, unet={"kind": "pretrained", "folder": "someone/stable-diffusion"})
    with pytest.raises(DataUnavailableError, match="'someone/stable-diffusion' are not on this machine"):
        FollowYourEmoji(wanted, AnimationSetting(seed=0, threads=1, size=SIZE))


def test_files_that_could_hold_code_are_not_loaded(weights: Path, tmp_path: Path) -> None:
    UNet2DConditionModel.from_pretrained(weights / "unet").save_pretrained(tmp_path / "unet", safe_serialization=False)
    with pytest.raises(DataUnavailableError, match="cannot be loaded"):
        FollowYourEmoji(settings(weights, unet={"kind": "pretrained", "folder": str(tmp_path)}), AnimationSetting(seed=0, threads=1, size=SIZE))


def test_an_autoencoder_of_other_latents_is_refused(weights: Path, tmp_path: Path) -> None:
    kinds: dict[str, Any] = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
    AutoencoderKL(block_out_channels=(8, 8, 8, 8), norm_num_groups=8, latent_channels=8, **kinds).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="takes latents of 4 channels, the codec has 8"):
        FollowYourEmoji(settings(weights, codec={"kind": "vae", "folder": str(tmp_path)}), AnimationSetting(seed=0, threads=1, size=SIZE))
