"""Trains the small CLIP on a task's own images and captions, once for all models that ask for the same."""

from typing import Any

import numpy as np
import open_clip
import torch
from torch import Tensor, nn

from benchmarks.image_examples import ImageExamples
from benchmarks.image_pixels import Pixels, whole_images
from benchmarks.methods.base import Setting
from benchmarks.methods.clip.settings import PretrainedTeacher, SmallTeacher
from benchmarks.methods.clip.teacher import ClipTeacher, pretrained_teacher, small_model, small_teacher
from benchmarks.methods.vision.pixel_augmentation import augmented
from benchmarks.methods.vision.pixel_schedule import warm_cosine
from benchmarks.methods.vision.pixel_store import Trained, code_of, kept
from hub.console import Tick
from hub.errors import EmohubError
from hub.results import CurvePoint

_HOTTEST = float(np.log(100))
"""Bound of the logit scale's logarithm, as CLIP has it."""


def teacher_facts(settings: PretrainedTeacher | SmallTeacher, train: ImageExamples, seed: int) -> list[Any]:
    """Returns what a teacher's features depend on. A checkpoint has seen neither the data nor the seed."""
    declared = settings.model_dump(mode="json")
    return [declared] if isinstance(settings, PretrainedTeacher) else [declared, train.fingerprint, seed, code_of(f"{__name__}:make_teacher")]


def teacher_rounds(settings: PretrainedTeacher | SmallTeacher, rows: int) -> int:
    """Returns how many ticks `make_teacher` will make."""
    return settings.epochs * _batches(settings, rows) if isinstance(settings, SmallTeacher) else 0


def make_teacher(settings: PretrainedTeacher | SmallTeacher, train: ImageExamples, setting: Setting, tick: Tick) -> ClipTeacher:
    """Loads the checkpoint, or trains the small CLIP on `train` unless the work folder has it already.

    Raises:
        EmohubError: a small CLIP is asked for, and images have no captions.
    """
    torch.set_num_threads(setting.threads)
    if isinstance(settings, PretrainedTeacher):
        return pretrained_teacher(settings, setting.network)
    bare = train.captions.count("")
    if bare or len(train) < 2:
        raise EmohubError(
            f"{bare} of {len(train)} training images have no caption, so a small CLIP cannot be trained on them; use a teacher of kind 'pretrained'"
        )
    pixels = whole_images(train, settings.image_size, setting.work)
    facts = teacher_facts(settings, train, setting.seed)
    state, borrowed, trained = kept(setting.work, "teachers", facts, lambda: _train(settings, pixels, train.captions, setting.seed, tick))
    if not trained:
        tick(teacher_rounds(settings, len(train)))
    return small_teacher(settings, state, borrowed)


def _batches(settings: SmallTeacher, rows: int) -> int:
    # The last rows of an epoch wait for the next one: how hard a batch is depends on its size.
    return max(1, rows // settings.batch_size)


def _train(settings: SmallTeacher, pixels: Pixels, captions: tuple[str, ...], seed: int, tick: Tick) -> Trained:
    """Contrasts images with captions in both directions (Radford et al. 2021, figure 3)."""
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = small_model(settings).to(device).train()
    tokens = open_clip.SimpleTokenizer(context_length=settings.context)(list(captions))
    optimizer = _optimizer(model, settings)
    contrast = open_clip.ClipLoss()
    batches, size = _batches(settings, len(captions)), min(settings.batch_size, len(captions))
    total = settings.epochs * batches
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_cosine(step, total, round(total * settings.warmup_share)))
    curve: list[CurvePoint] = []
    for epoch in range(1, settings.epochs + 1):
        order = generator.permutation(len(captions))
        losses: list[float] = []
        for start in range(0, batches * size, size):
            rows = order[start : start + size]
            images: Tensor = model.encode_image(augmented(pixels[rows], settings.augmentation, device), normalize=True)
            texts: Tensor = model.encode_text(tokens[rows].to(device), normalize=True)
            loss = contrast(images, texts, model.logit_scale.exp())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            with torch.no_grad():
                model.logit_scale.clamp_(0, _HOTTEST)
            losses.append(loss.item())
            tick()
        curve.append(CurvePoint(step=epoch * batches, loss=round(float(np.mean(losses)), 6)))
    return model.state_dict(), curve, 0.0


def _optimizer(model: nn.Module, settings: SmallTeacher) -> torch.optim.Optimizer:
    plain = {"token_embedding.weight", "positional_embedding", "visual.positional_embedding"}
    named = list(model.named_parameters())
    matrices = [parameter for name, parameter in named if parameter.ndim > 1 and name not in plain]
    others = [parameter for name, parameter in named if parameter.ndim < 2 or name in plain]
    groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(0.9, 0.98), eps=1e-6, fused=True)
