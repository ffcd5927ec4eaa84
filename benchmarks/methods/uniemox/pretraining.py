"""Pretraining: an encoder is trained in place on masked images, and on a teacher's features where there is a teacher."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from benchmarks.image_pixels import Pixels
from benchmarks.methods.uniemox.augmentation import cut, draw_crops
from benchmarks.methods.uniemox.network import UniEmoX
from benchmarks.methods.uniemox.settings import PretrainingSettings
from hub.console import Tick
from hub.results import CurvePoint

Features = npt.NDArray[np.float32]
"""(images, teacher width)."""


def rounds(images: int, settings: PretrainingSettings) -> int:
    """Returns how many ticks `pretrain` makes with that many images: one a step."""
    return settings.epochs * math.ceil(images / settings.batch_size)


def pretrain(
    encoder: Any,
    images: Pixels,
    persons: Pixels | None,
    has_person: npt.NDArray[np.bool_] | None,
    image_features: Features | None,
    text_features: Features | None,
    settings: PretrainingSettings,
    seed: int,
    threads: int,
    tick: Tick,
) -> list[CurvePoint]:
    """Trains the encoder in place, on the device it is on; decoder and fusion are thrown away. Returns the mean loss of every epoch.

    Scenes are cropped at random and mirrored, persons mirrored with them. The teacher's features are those of the whole image, computed once: a frozen
    teacher that sees every crop, as the original's does, would cost more than the training.

    Args:
        encoder: a ViTModel of transformers.
        images: (rows, height, width, 3); crops of them are brought to the encoder's size, bilinear and without smoothing, so they should not be much larger.
        persons: the person of every image, of any one size; black where there is none. May be None if the settings see no person.
        has_person: (rows,). May be None if the settings see no person.
        image_features: the teacher's, (rows, width); None if similarity and relation are 0.
        text_features: the teacher's, of the same shape; None if relation is 0.
        settings: what is learnt, and how long.
        seed: of new parameters, the order, crops, flips and masks.
        threads: of the CPU.
        tick: called once a step.

    Raises:
        ValueError: something is missing that the settings need, or shapes do not fit each other.
    """
    _check(images, persons, has_person, image_features, text_features, settings)
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    device = next(encoder.parameters()).device
    network = UniEmoX(encoder, None if image_features is None else image_features.shape[1], settings).to(device).train()
    optimizer = torch.optim.AdamW(_groups(network, settings.weight_decay), lr=_peak_rate(settings), betas=settings.betas, fused=True)
    total = rounds(len(images), settings)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _warm_then_cosine(step, total, settings.warmup_share))
    data = _Batches(network, images, persons, has_person, image_features, text_features, generator, device)
    curve: list[CurvePoint] = []
    for _ in range(settings.epochs):
        losses = []
        for rows in torch.split(torch.randperm(len(images), generator=generator), settings.batch_size):
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda" and settings.mixed_precision):
                outputs = network(*data.inputs(rows))
            loss = network.loss(outputs, *data.features(rows))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            losses.append(loss.detach())
            tick()
        curve.append(CurvePoint(step=(len(curve) + 1) * len(losses), loss=round(float(torch.stack(losses).mean()), 6)))
    network.zero_grad()
    encoder.eval()
    return curve


class _Batches:
    """Draws a step's crops and noise, and puts what the network needs on its device."""

    def __init__(
        self,
        network: UniEmoX,
        images: Pixels,
        persons: Pixels | None,
        has_person: npt.NDArray[np.bool_] | None,
        image_features: Features | None,
        text_features: Features | None,
        generator: torch.Generator,
        device: torch.device,
    ) -> None:
        self._size, self._patches, self._generator, self._device = network.size, network.patches, generator, device
        self._images = torch.from_numpy(images)
        self._persons = None if persons is None or not network.settings.sees_person else torch.from_numpy(persons)
        self._has_person = torch.zeros(len(images), dtype=torch.bool) if has_person is None else torch.from_numpy(has_person)
        self._image_features, self._text_features = (
            None if features is None else torch.from_numpy(features.astype(np.float32)).to(device) for features in (image_features, text_features)
        )

    def inputs(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        crops = draw_crops(len(rows), self._generator).to(self._device)
        noises = torch.rand(2, len(rows), self._patches, generator=self._generator).to(self._device)
        scene = cut(self._images[rows].to(self._device), crops, self._size)
        person = scene if self._persons is None else cut(self._persons[rows].to(self._device), crops.whole(), self._size)
        return scene, person, self._has_person[rows].to(self._device), noises[0], noises[1]

    def features(self, rows: Tensor) -> tuple[Tensor | None, Tensor | None]:
        return (
            None if self._image_features is None else self._image_features[rows.to(self._device)],
            None if self._text_features is None else self._text_features[rows.to(self._device)],
        )


def _check(
    images: Pixels,
    persons: Pixels | None,
    has_person: npt.NDArray[np.bool_] | None,
    image_features: Features | None,
    text_features: Features | None,
    settings: PretrainingSettings,
) -> None:
    if not len(images):
        raise ValueError("pretrain: there is no image")
    needed = {
        "persons": (persons, settings.sees_person, "set person: false"),
        "has_person": (has_person, settings.sees_person, "set person: false"),
        "image_features": (image_features, settings.distils, "set similarity: 0 and relation: 0"),
        "text_features": (text_features, settings.relation > 0, "set relation: 0"),
    }
    for name, (value, wanted, otherwise) in needed.items():
        if wanted and value is None:
            raise ValueError(f"pretrain: the settings need {name}, which is None; give it, or {otherwise}")
        if value is not None and len(value) != len(images):
            raise ValueError(f"pretrain: {name} has {len(value)} rows for {len(images)} images")
    for name, pixels in (("images", images), ("persons", persons)):
        if pixels is not None and (pixels.ndim != 4 or pixels.shape[3] != 3 or pixels.dtype != np.uint8):
            raise ValueError(f"pretrain: {name} are {pixels.dtype} {pixels.shape}; they must be uint8 (rows, height, width, 3)")


def _groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """The weights of linear layers and convolutions decay; biases, norms, gates (vectors), tokens and positions (of three dimensions) do not."""
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    weights = [parameter for parameter in parameters if parameter.ndim in (2, 4)]
    others = [parameter for parameter in parameters if parameter.ndim not in (2, 4)]
    return [{"params": weights, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def _peak_rate(settings: PretrainingSettings) -> float:
    return settings.base_learning_rate * settings.batch_size / 256


def _warm_then_cosine(step: int, total: int, warmup_share: float) -> float:
    """Learning-rate factor: up over the warm-up, then down half a cosine to 0 at the end."""
    warm = max(1, round(total * warmup_share))
    return (step + 1) / warm if step < warm else 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))
