"""Two-stage training: single frames first, then clips with all but the motion modules frozen. Runs under accelerate, on one device or several."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from benchmarks.methods.distributed import mean_over_processes, share_of
from benchmarks.methods.follow_your_emoji.batches import Batch, Batches
from benchmarks.methods.follow_your_emoji.checkpoints import load_checkpoint, remove_checkpoint, save_checkpoint, trainable_state
from benchmarks.methods.follow_your_emoji.losses import facial_fine_grained_loss
from benchmarks.methods.follow_your_emoji.material import Material
from benchmarks.methods.follow_your_emoji.network import AnimationNetwork
from benchmarks.methods.follow_your_emoji.noise import add_noise, velocity
from benchmarks.methods.follow_your_emoji.preconditioning import velocity_deviation
from benchmarks.methods.follow_your_emoji.settings import TrainingSettings
from benchmarks.processes import processes
from hub.console import Tick
from hub.errors import EmohubError
from hub.results import CurvePoint

_CURVE_POINTS = 20
_LOWEST_RATE = 0.05
_WATCHED = 4
"""Validation batches; the same ones every time."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a training."""

    steps: int
    learning_rate: float
    draw: Callable[[Batches, int], Batch]


def image_stage(settings: TrainingSettings) -> Stage:
    """Everything learns, from single frames."""
    return Stage(settings.image_steps, settings.learning_rate, lambda batches, step: batches.of_frames(step))


def motion_stage(settings: TrainingSettings) -> Stage:
    """The motion modules learn, from clips."""
    return Stage(settings.motion_steps, settings.motion_learning_rate, lambda batches, step: batches.of_clips(step))


class TrainingStep(nn.Module):
    """From a batch to its loss, in one forward pass, which is what several GPUs need."""

    def __init__(self, network: AnimationNetwork, weights: tuple[float, float]) -> None:
        super().__init__()
        self.network = network
        self._face, self._expression = weights

    def forward(self, batch: Batch) -> torch.Tensor:
        """Returns the facial fine-grained loss of v, over the frames that are not known beforehand."""
        network = self.network
        clean = network.codec.encode(batch.frames.flatten(0, 1))
        noise = _noise(clean, batch)
        timestep, known = batch.timestep.flatten(), batch.known.flatten()[:, None, None, None]
        noisy = torch.where(known, clean, add_noise(clean, noise, timestep)).view(*batch.timestep.shape, *clean.shape[1:])
        reference = None if batch.unconditional else network.reference(batch.portraits, batch.portrait_landmarks)
        shared = batch.timestep[:, 0] if network.motion is not None else batch.timestep
        predicted = network(noisy, shared, batch.landmarks, reference).flatten(0, 1).float()
        scale = torch.ones(())
        if network.settings.portrait_prior is not None:
            # Errors count in units of what is to be learnt, as in Karras et al. 2022, or the noisiest time steps would count least.
            scale = velocity_deviation(network.deviation(reference), timestep, clean)
        return facial_fine_grained_loss(
            predicted / scale,
            velocity(clean, noise, timestep) / scale,
            batch.face_masks,
            batch.expression_masks,
            self._face,
            self._expression,
            (~batch.known.flatten()).float(),
        )


def train_stage(
    network: AnimationNetwork,
    stage: Stage,
    settings: TrainingSettings,
    weights: tuple[float, float],
    material: Material,
    watched: Material | None,
    seed: int,
    work: Path | None,
    tick: Tick,
) -> list[CurvePoint]:
    """Trains the network in place, and returns its curve.

    Args:
        network: the parameters that require a gradient are trained; it is moved to the training's device, and stays there.
        weights: of the face and of the expression in the facial fine-grained loss.
        watched: validation pictures, whose loss stands in the curve; nothing is chosen by it.
        work: a folder for checkpoints, from which an interrupted training goes on; empty when the training is done. None keeps none.
        tick: called once a step; for the steps that a checkpoint holds at once.
    """
    from accelerate import Accelerator, DistributedDataParallelKwargs
    from accelerate.state import AcceleratorState

    # accelerate remembers the precision of the first training in a process, whoever's it was, and refuses another one.
    AcceleratorState._reset_state()
    # A batch without the portrait leaves all of what reads it unused.
    unused = DistributedDataParallelKwargs(find_unused_parameters=True)
    # Without a GPU it would take several processes for one each, were it not told that the CPU is wanted.
    on_cpu = not torch.cuda.is_available()
    accelerator = Accelerator(cpu=on_cpu, mixed_precision=settings.mixed_precision, gradient_accumulation_steps=1, kwargs_handlers=[unused])
    if accelerator.num_processes != processes().count:
        raise EmohubError(f"accelerate sees {accelerator.num_processes} processes where {processes().count} train together: start them as `emohub bench` does")
    network.codec.to(accelerator.device)
    step_module = TrainingStep(network, weights).train()
    parameters = list(trainable_state(network).values())
    optimizer = torch.optim.AdamW(parameters, lr=stage.learning_rate, weight_decay=settings.weight_decay)
    prepared, optimizer = accelerator.prepare(step_module, optimizer)
    batches = Batches(material, settings, seed, accelerator.device)
    watching = Batches(watched, settings, seed, accelerator.device) if watched is not None else None
    first, curve = load_checkpoint(work, network, optimizer, accelerator.device)
    if first:
        tick(first)
    every = max(1, stage.steps // _CURVE_POINTS)
    losses: list[float] = []
    for step in range(first, stage.steps):
        for group in optimizer.param_groups:
            group["lr"] = stage.learning_rate * rate_factor(step, stage.steps, settings.warmup)
        batch, weight = _own_share(stage.draw(batches, step))
        with accelerator.autocast():
            loss = prepared(batch) * weight
        optimizer.zero_grad()
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(parameters, settings.gradient_norm)
        optimizer.step()
        losses.append(mean_over_processes(loss))
        tick()
        done = step + 1
        if done % every == 0 or done == stage.steps:
            watch = _watch(step_module, stage, watching) if watching and (done % (every * 5) == 0 or done == stage.steps) else None
            curve.append(CurvePoint(step=done, loss=round(sum(losses) / len(losses), 6), validation=watch))
            losses = []
        if work is not None and accelerator.is_main_process and done % settings.checkpoint_every == 0 and done < stage.steps:
            save_checkpoint(work, network, optimizer, done, curve)
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        remove_checkpoint(work)
    accelerator.free_memory()
    AcceleratorState._reset_state()
    network.eval()
    return curve


def rate_factor(step: int, steps: int, warmup: int) -> float:
    """Returns the learning rate's factor: up over the warm-up, then half a cosine down to a twentieth."""
    warmup = min(warmup, max(1, steps // 4))
    if step < warmup:
        return (step + 1) / warmup
    share = (step - warmup) / max(1, steps - warmup)
    return _LOWEST_RATE + (1 - _LOWEST_RATE) * 0.5 * (1 + math.cos(math.pi * share))


@torch.no_grad()
def _watch(module: TrainingStep, stage: Stage, batches: Batches) -> float:
    module.eval()
    losses = [float(module(stage.draw(batches, step))) for step in range(_WATCHED)]
    module.train()
    return round(sum(losses) / len(losses), 6)


def _own_share(batch: Batch) -> tuple[Batch, float]:
    """Returns this process's clips of a batch, and what their loss, a mean over frames that are to be learnt, counts among those of all processes."""
    share, weight = share_of(batch.drawn)
    own = batch.only(share)
    learnt, of_all = int((~own.known).sum()), int((~batch.known).sum())
    return own, learnt * processes().count / of_all if weight and of_all else 0.0


def _noise(like: torch.Tensor, batch: Batch) -> torch.Tensor:
    """(clips · frames, channels, height, width), as `like`."""
    frames = batch.known.shape[1]
    # Drawn on the CPU, so that every device has the same, and for all clips, so that every share has what it would have in the whole.
    drawn = torch.randn((batch.drawn * frames, *like.shape[1:]), generator=torch.Generator().manual_seed(batch.noise_seed))
    return drawn.view(batch.drawn, frames, *like.shape[1:])[batch.share].flatten(0, 1).to(like)
