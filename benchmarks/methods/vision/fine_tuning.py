"""Supervised training of a pixel network as MAE's fine-tuning does it, which UniEmoX follows; the state that does best on validation is kept."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from benchmarks.examples import Labels, Probabilities
from benchmarks.image_pixels import Pixels
from benchmarks.methods.base import MethodSettings
from benchmarks.methods.vision.pixel_augmentation import AugmentationSettings, augmented, mixed, normalised, to_tensor
from benchmarks.methods.vision.pixel_network import PixelNetwork
from benchmarks.methods.vision.pixel_schedule import warm_cosine
from hub.console import Tick
from hub.results import CurvePoint

_PREDICT_BATCH = 128


class FineTuningSettings(MethodSettings):
    """The defaults are those of UniEmoX's released code and of MAE, except for what augments."""

    epochs: int = Field(100, ge=1)
    batch_size: int = Field(128, ge=1)
    base_learning_rate: float = Field(1e-3, gt=0)
    """For a batch of 256; it grows and shrinks with the batch."""
    minimum_learning_rate: float = Field(1e-6, ge=0)
    """Where the cosine ends."""
    warmup_epochs: float = Field(5.0, ge=0)
    weight_decay: float = Field(0.05, ge=0)
    """Not of biases, scales, the class token and positions."""
    layer_decay: float = Field(1.0, gt=0, le=1)
    """Every layer learns at this share of the rate of the one above it. 1 is off: the released code declares 0.75 and does not use it."""
    drop_path: float = Field(0.0, ge=0, lt=1)
    """The share of rows for which the last layer's branches are skipped; layers before it have proportionally less (Huang et al. 2016)."""
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    clip: float = Field(0.0, ge=0)
    """Largest norm of the gradient; 0 does not clip."""
    augmentation: AugmentationSettings = AugmentationSettings.model_validate({})

    @property
    def learning_rate(self) -> float:
        return self.base_learning_rate * self.batch_size / 256

    def rounds(self, rows: int) -> int:
        """Returns the steps of a training on that many images."""
        return self.epochs * self.steps_per_epoch(rows)

    def steps_per_epoch(self, rows: int) -> int:
        return math.ceil(rows / self.batch_size)


def several_classes(labels: Labels) -> bool:
    """Returns whether rows have other than exactly one class: then every class is a yes or no of its own."""
    return bool((labels.sum(axis=1) != 1).any())


def fine_tune(
    network: PixelNetwork,
    pixels: Pixels,
    labels: Labels,
    score: Callable[[], float | None],
    settings: FineTuningSettings,
    seed: int,
    extra_loss: Callable[[], Tensor],
    tick: Tick,
) -> list[CurvePoint]:
    """Trains the network in place, on the device it is on, and leaves the state with the highest score, the first of equals; the last where there is none.

    Args:
        network: (rows, 3, size, size) to logits.
        pixels: (rows, size, size, 3), of the network's size.
        labels: (rows, classes). One class a row is learnt with cross-entropy, several with one binary cross-entropy a class.
        score: looks at validation, after every epoch; None where there are no rows.
        settings: how it is trained.
        seed: of the order and the augmentation.
        extra_loss: what the last forward pass adds to the loss.
        tick: called once a step.
    """
    torch.manual_seed(seed)
    device = next(network.parameters()).device
    several = several_classes(labels)
    targets = torch.from_numpy(smoothed(labels, settings.label_smoothing, several)).to(device)
    loss_function = nn.functional.binary_cross_entropy_with_logits if several else nn.functional.cross_entropy
    optimizer = torch.optim.AdamW(parameter_groups(network, settings), lr=settings.learning_rate, fused=True)
    schedule = _schedule(optimizer, settings, len(pixels))
    generator = np.random.default_rng(seed)
    best: tuple[float, dict[str, Tensor]] | None = None
    curve: list[CurvePoint] = []
    for epoch in range(1, settings.epochs + 1):
        network.train()
        losses: list[Tensor] = []
        for rows in np.array_split(generator.permutation(len(pixels)), settings.steps_per_epoch(len(pixels))):
            images, truth = mixed(augmented(pixels[rows], settings.augmentation, device), targets[torch.from_numpy(rows).to(device)], settings.augmentation)
            with _autocast(device):
                logits = network(images)
            loss = loss_function(logits.float(), truth) + extra_loss()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            if settings.clip:
                nn.utils.clip_grad_norm_(network.parameters(), settings.clip)
            optimizer.step()
            schedule.step()
            losses.append(loss.detach())
            tick()
        found = score()
        mean = round(float(torch.stack(losses).mean()), 6)
        curve.append(CurvePoint(step=epoch * len(losses), loss=mean, validation=None if found is None else round(found, 6)))
        if found is not None and (best is None or found > best[0]):
            best = found, {name: value.detach().cpu().clone() for name, value in network.state_dict().items()}
    if best is not None:
        network.load_state_dict(best[1])
    return curve


def probabilities(network: PixelNetwork, pixels: Pixels, several: bool) -> Probabilities:
    """Returns (rows, classes): sigmoids where an image may have several classes, else a softmax."""
    device = next(network.parameters()).device
    found = [np.zeros((0, network.head.out_features), dtype=np.float32)]
    network.eval()
    with torch.inference_mode():
        for start in range(0, len(pixels), _PREDICT_BATCH):
            with _autocast(device):
                logits = network(normalised(to_tensor(pixels[start : start + _PREDICT_BATCH], device))).float()
            found.append((torch.sigmoid(logits) if several else torch.softmax(logits, dim=1)).cpu().numpy())
    return np.concatenate(found)


def validation_score(found: Probabilities, labels: Labels, several: bool) -> float | None:
    """Returns what a state is chosen by: accuracy, or the mean average precision of the classes that occur; None without rows."""
    if not len(labels):
        return None
    if not several:
        return float((found.argmax(axis=1) == labels.argmax(axis=1)).mean())
    from sklearn.metrics import average_precision_score

    occurring = np.flatnonzero(labels.any(axis=0))
    return float(np.mean([average_precision_score(labels[:, label], found[:, label]) for label in occurring])) if len(occurring) else None


def smoothed(labels: Labels, smoothing: float, several: bool) -> Probabilities:
    """Returns the targets: `smoothing` of each row's weight is spread evenly over all classes or, of several, between yes and no."""
    even = 0.5 if several else 1 / labels.shape[1]
    return (labels * (1 - smoothing) + smoothing * even).astype(np.float32)


def parameter_groups(network: PixelNetwork, settings: FineTuningSettings) -> list[dict[str, Any]]:
    """Returns AdamW's groups: by layer, where layers learn at different rates, and by whether a parameter decays."""
    groups: dict[tuple[int, bool], dict[str, Any]] = {}
    for level, (parameters, decaying) in _levelled(network):
        scale = settings.layer_decay**level
        made = {"params": [], "lr": settings.learning_rate * scale, "weight_decay": settings.weight_decay if decaying else 0.0}
        groups.setdefault((level if settings.layer_decay < 1 else 0, decaying), made)["params"].append(parameters)
    return list(groups.values())


def _levelled(network: PixelNetwork) -> Iterator[tuple[int, tuple[nn.Parameter, bool]]]:
    """Yields every parameter with how many levels lie above it (0 for the head, one more a layer, most for the embeddings) and whether it decays."""
    depth = len(network.encoder.layers)
    for name, parameter in network.named_parameters():
        parts = name.split(".")
        level = 0
        if name.startswith("encoder.embeddings."):
            level = depth + 1
        elif name.startswith("encoder.layers."):
            level = depth - int(parts[2])
        yield level, (parameter, parameter.ndim > 1 and parts[-1] not in ("cls_token", "position_embeddings"))


def _schedule(optimizer: torch.optim.Optimizer, settings: FineTuningSettings, rows: int) -> torch.optim.lr_scheduler.LambdaLR:
    total, warm = settings.rounds(rows), round(settings.warmup_epochs * settings.steps_per_epoch(rows))
    lowest = min(1.0, settings.minimum_learning_rate / settings.learning_rate)
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_cosine(step, total, min(warm, total - 1), lowest))


def _autocast(device: torch.device) -> Any:
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")
