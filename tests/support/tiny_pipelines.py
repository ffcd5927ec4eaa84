"""Text-to-image pipelines with random weights, built offline from configuration classes: real in every part but their wits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

SIZE = 32
"""Pixels a side at which these pipelines are quick."""

_LENGTH = 32
"""Tokens a prompt may have."""


def make_stable_diffusion(folder: Path, checker: float | None = None, licence: str | None = "creativeml-openrail-m") -> Path:
    """Saves a Stable Diffusion 1.5 in miniature to `folder` and returns it.

    `checker` is the threshold of its safety checker, a cosine: 2 passes every picture, -2 flags every picture; None leaves the checker out.
    """
    from diffusers import PNDMScheduler, StableDiffusionPipeline

    _seed()
    pipeline = StableDiffusionPipeline(
        vae=_autoencoder(latents=4),
        text_encoder=_clip_text(),
        tokenizer=_clip_tokenizer(),
        unet=_unet(cross_attention_dim=32),
        scheduler=PNDMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, skip_prk_steps=True),
        safety_checker=None if checker is None else _safety_checker(checker),
        feature_extractor=None if checker is None else _feature_extractor(),
        requires_safety_checker=checker is not None,
    )
    return _save(pipeline, folder, licence)


def make_stable_diffusion_xl(folder: Path, licence: str | None = "sai-nc-community") -> Path:
    """Saves an SDXL-Turbo in miniature: two text encoders, made for one step without guidance."""
    from diffusers import EulerAncestralDiscreteScheduler, StableDiffusionXLPipeline

    _seed()
    pipeline = StableDiffusionXLPipeline(
        vae=_autoencoder(latents=4),
        text_encoder=_clip_text(),
        text_encoder_2=_clip_text(projected=True),
        tokenizer=_clip_tokenizer(),
        tokenizer_2=_clip_tokenizer(),
        unet=_unet(
            cross_attention_dim=64,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=80,
            transformer_layers_per_block=1,
            use_linear_projection=True,
        ),
        scheduler=EulerAncestralDiscreteScheduler(timestep_spacing="trailing"),
        add_watermarker=False,
    )
    return _save(pipeline, folder, licence)


def make_flux(folder: Path, licence: str | None = "apache-2.0") -> Path:
    """Saves a FLUX in miniature: a transformer over packed latents, CLIP and T5 as text encoders."""
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
    from transformers import T5Config, T5EncoderModel

    _seed()
    pipeline = FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_autoencoder(latents=4, shift_factor=0.1, use_quant_conv=False, use_post_quant_conv=False),
        text_encoder=_clip_text(),
        tokenizer=_clip_tokenizer(),
        text_encoder_2=T5EncoderModel(T5Config(vocab_size=260, d_model=32, d_ff=37, d_kv=8, num_layers=2, num_heads=4)),
        tokenizer_2=_t5_tokenizer(),
        transformer=FluxTransformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            axes_dims_rope=(4, 4, 8),
            guidance_embeds=True,
        ),
    )
    return _save(pipeline, folder, licence)


def set_checker_threshold(folder: Path, pictures: Sequence[Any]) -> int:
    """Changes a saved pipeline's checker so that it flags one of these PIL pictures only, and returns which: the one most like a concept."""
    import torch
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker, cosine_distance
    from transformers import CLIPImageProcessor

    checker = StableDiffusionSafetyChecker.from_pretrained(folder / "safety_checker")
    inputs = CLIPImageProcessor.from_pretrained(folder / "feature_extractor")(list(pictures), return_tensors="pt").pixel_values
    with torch.no_grad():
        likeness = cosine_distance(checker.visual_projection(checker.vision_model(inputs)[1]), checker.concept_embeds)
        margins = likeness - likeness.topk(2, dim=0).values.mean(0)
        concept = int(margins.max(0).values.argmax())
        checker.concept_embeds_weights.fill_(2.0)
        checker.concept_embeds_weights[concept] = likeness[:, concept].topk(2).values.mean()
    checker.save_pretrained(folder / "safety_checker")
    return int(likeness[:, concept].argmax())


def _seed() -> None:
    import torch

    torch.manual_seed(0)


def _save(pipeline: Any, folder: Path, licence: str | None) -> Path:
    pipeline.save_pretrained(folder, safe_serialization=True)
    front = f"---\nlicense: {licence}\n---\n" if licence else ""
    (folder / "README.md").write_text(f"{front}# A tiny pipeline\n", encoding="utf-8")
    return folder


def _autoencoder(latents: int, **options: Any) -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D", "DownEncoderBlock2D"),
        up_block_types=("UpDecoderBlock2D", "UpDecoderBlock2D"),
        block_out_channels=(16, 32),
        norm_num_groups=8,
        latent_channels=latents,
        sample_size=SIZE,
        **options,
    )


def _unet(**options: Any) -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=SIZE // 2,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(32, 64),
        norm_num_groups=8,
        attention_head_dim=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        **options,
    )


def _clip_tokenizer() -> Any:
    from tokenizers import pre_tokenizers
    from transformers import CLIPTokenizer

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={word: number for number, word in enumerate(words)}, merges=[], model_max_length=_LENGTH)


def _clip_text(projected: bool = False) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    tokenizer = _clip_tokenizer()
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=_LENGTH,
        projection_dim=32,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(config)


def _t5_tokenizer() -> Any:
    """Words of one character, as T5's unigram model wants them with a score each."""
    from transformers import T5Tokenizer

    letters = [chr(number) for number in range(32, 127)]
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -1.0), *((letter, -2.0) for letter in letters)]
    return T5Tokenizer(vocab=vocabulary, extra_ids=0, model_max_length=_LENGTH)


def _feature_extractor() -> Any:
    from transformers import CLIPImageProcessor

    return CLIPImageProcessor(size={"shortest_edge": SIZE}, crop_size={"height": SIZE, "width": SIZE})


def _safety_checker(threshold: float) -> Any:
    """A checker that flags a picture whose likeness (a cosine) to a concept is above the threshold."""
    import torch
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig

    vision = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": SIZE, "patch_size": 8}
    checker = StableDiffusionSafetyChecker(CLIPConfig(vision_config=vision, projection_dim=16))
    with torch.no_grad():
        checker.concept_embeds.copy_(torch.randn_like(checker.concept_embeds))
        checker.concept_embeds_weights.fill_(threshold)
        checker.special_care_embeds_weights.fill_(2.0)
    return checker
