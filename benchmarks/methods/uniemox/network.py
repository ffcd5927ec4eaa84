"""UniEmoX: one encoder for a masked scene and the masked person in it, fused to a teacher's width, and MAE's decoder (arXiv 2409.18877)."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.methods.uniemox.decoder import PatchDecoder
from benchmarks.methods.uniemox.fusion import FUSIONS
from benchmarks.methods.uniemox.losses import reconstruction_loss, relation_distillation_loss, similarity_loss
from benchmarks.methods.uniemox.masking import patchify, random_masking
from benchmarks.methods.uniemox.settings import PretrainingSettings

_TINY = 1e-6


@dataclass(frozen=True)
class Outputs:
    """What one pass gives; a part that no loss asks for is None."""

    fused: Tensor | None
    """γ, (images, teacher width)."""
    prediction: Tensor | None
    """(images, patches, numbers a patch), of the scene alone."""
    target: Tensor | None
    """The true pixels, of the same shape."""
    mask: Tensor
    """(images, patches) bool: true where the scene was hidden."""


class UniEmoX(nn.Module):
    """Wraps a ViTModel of transformers, which stays what it was: its own parameters are trained, its own layers run, on the patches that are seen.

    Args:
        encoder: the ViTModel, of square images; with experts (`benchmarks.methods.emoe.convert`) too.
        teacher_width: of the teacher's features; None where there is no teacher.
        settings: how much each loss weighs, and the sizes.

    Raises:
        ValueError: the settings need a teacher, and there is none.
    """

    def __init__(self, encoder: Any, teacher_width: int | None, settings: PretrainingSettings) -> None:
        super().__init__()
        self.encoder = encoder
        self.settings = settings
        config = encoder.config
        self.size, self.patch = int(config.image_size), int(config.patch_size)
        self.patches = (self.size // self.patch) ** 2
        width, heads = settings.decoder_width, settings.decoder_heads
        self.to_decoder = nn.Linear(int(config.hidden_size), width)
        nn.init.xavier_uniform_(self.to_decoder.weight)
        nn.init.zeros_(self.to_decoder.bias)
        self.fusion = None
        if settings.distils:
            if teacher_width is None:
                raise ValueError("similarity and relation need a teacher's features; give image_features (and text_features), or set both weights to 0")
            self.fusion = FUSIONS[settings.fusion](width, heads, teacher_width)
        numbers = self.patch**2 * int(config.num_channels)
        self.decoder = PatchDecoder(width, settings.decoder_depth, heads, self.size // self.patch, numbers) if settings.reconstruction else None

    def forward(self, scene: Tensor, person: Tensor, has_person: Tensor, scene_noise: Tensor, person_noise: Tensor) -> Outputs:
        """Hides patches and runs what the losses ask for.

        Args:
            scene: normalised images, (images, channels, size, size).
            person: normalised crops, of the same shape; what stands in rows without a person is not looked at, and none is without a person branch.
            has_person: (images,) bool.
            scene_noise: (images, patches): the patches with the most are hidden.
            person_noise: (images, patches), the person's own.
        """
        masking = random_masking(scene_noise, self.settings.mask_ratio)
        rows = has_person.nonzero()[:, 0] if self.settings.sees_person else has_person.new_zeros(0, dtype=torch.long)
        kept, images = masking.kept, scene
        if len(rows):
            kept = torch.cat([kept, random_masking(person_noise[rows], self.settings.mask_ratio).kept])
            images = torch.cat([scene, person[rows]])
        tokens = self.to_decoder(self.encode(images, kept))
        scene_tokens, person_first = tokens[: len(scene)], tokens[len(scene) :, 0]
        return Outputs(
            fused=self._fuse(scene_tokens[:, 0], person_first, rows),
            prediction=self.decoder(scene_tokens, masking.kept) if self.decoder is not None else None,
            target=self._target(scene) if self.decoder is not None else None,
            mask=masking.mask,
        )

    def encode(self, images: Tensor, kept: Tensor) -> Tensor:
        """Returns the encoder's tokens of the patches with these numbers, (images, 1 + kept patches, width), the first token first.

        With all patches kept, in order, that is the encoder's own `last_hidden_state`.
        """
        embeddings = self.encoder.embeddings
        patches = embeddings.patch_embeddings(images) + embeddings.position_embeddings[:, 1:]
        seen = patches.gather(1, kept[:, :, None].expand(-1, -1, patches.shape[2]))
        first = (embeddings.cls_token + embeddings.position_embeddings[:, :1]).expand(len(images), -1, -1)
        hidden = embeddings.dropout(torch.cat([first.to(seen.dtype), seen], dim=1))
        for layer in self.encoder.layers:
            hidden = layer(hidden)
        tokens: Tensor = self.encoder.layernorm(hidden)
        return tokens

    def loss(self, outputs: Outputs, image_features: Tensor | None, text_features: Tensor | None) -> Tensor:
        """Returns the weighted sum of the losses whose weight is not 0, in float32.

        Args:
            outputs: of `forward`.
            image_features: the teacher's, (images, teacher width), where similarity or relation have a weight. They get no gradient.
            text_features: the teacher's, of the same shape, where relation has a weight. They get no gradient either.

        Raises:
            ValueError: something that a loss needs is None, or of another shape.
        """
        settings, total = self.settings, outputs.mask.new_zeros((), dtype=torch.float32)
        if settings.distils:
            fused, images = _given("fused", outputs.fused).float(), _given("image_features", image_features).detach()
            if settings.similarity:
                total = total + settings.similarity * similarity_loss(fused, images)
            if settings.relation:
                total = total + settings.relation * relation_distillation_loss(fused, images, _given("text_features", text_features).detach())
        if settings.reconstruction:
            prediction, target = _given("prediction", outputs.prediction).float(), _given("target", outputs.target)
            total = total + settings.reconstruction * reconstruction_loss(prediction, target, outputs.mask)
        return total

    def _fuse(self, scene: Tensor, person: Tensor, rows: Tensor) -> Tensor | None:
        if self.fusion is None:
            return None
        has_person = torch.zeros(len(scene), dtype=torch.bool, device=scene.device)
        has_person[rows] = True
        fused: Tensor = self.fusion(scene, torch.zeros_like(scene).index_copy(0, rows, person), has_person)
        return fused

    def _target(self, scene: Tensor) -> Tensor:
        pixels = patchify(scene, self.patch)
        if not self.settings.normalise_pixels:
            return pixels
        variance, mean = torch.var_mean(pixels, dim=2, keepdim=True)
        return (pixels - mean) / (variance + _TINY).sqrt()


def _given(name: str, tensor: Tensor | None) -> Tensor:
    if tensor is None:
        raise ValueError(f"the losses need {name}, which is None; give it, or set the weight of the loss to 0")
    return tensor
