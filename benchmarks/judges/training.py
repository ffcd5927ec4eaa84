"""What the judges' trainings share: pictures as tensors, and one loop that depends on nothing but its seed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

Pixels = npt.NDArray[np.uint8]
BatchLoss = Callable[[Tensor, torch.Generator], Tensor]
"""From row numbers, (batch,), and a source of chance to the loss."""

SIDE = 64
"""Pixels that a judge sees: every picture is brought to this width and height."""
_AT_ONCE = 64
_WARM_UP = 0.1
"""The share of the steps in which the learning rate rises."""


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """One training."""

    steps: int
    batch: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    seed: int = 0
    threads: int = 1


def judge_device() -> torch.device:
    """Returns a GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def as_pictures(frames: Pixels) -> Tensor:
    """Returns (n, 3, 64, 64) pictures, 0 to 1, of (n, height, width, 3) frames: means over areas where they are larger, bilinear where smaller.

    Raises:
        ValueError: they are no uint8 RGB frames.
    """
    if frames.ndim != 4 or frames.shape[3] != 3 or frames.dtype != np.uint8:
        raise ValueError(f"frames of shape {frames.shape} and type {frames.dtype}: uint8 (frames, height, width, 3) is expected")
    pictures = torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2).float() / 255
    if frames.shape[1:3] == (SIDE, SIDE):
        return pictures
    return nn.functional.interpolate(pictures, (SIDE, SIDE), mode="bilinear", align_corners=False, antialias=True)


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Runs torch on so many threads, and puts the number back."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def small_numbers(device: torch.device) -> torch.autocast:
    """Returns a context that works in bfloat16 where the hardware does, which makes a training about twice as fast."""
    supported = device.type == "cuda" or bool(torch.cpu.get_capabilities().get("avx512_bf16", False))
    return torch.autocast(device.type, torch.bfloat16, enabled=supported)


def fit(network: nn.Module, loss: BatchLoss, rows: int, settings: TrainingSettings) -> None:
    """Trains a network by AdamW, the learning rate rising in a tenth of the steps and then falling to 0, and leaves it ready to be used.

    Args:
        network: on the device it shall be trained on.
        loss: of a batch.
        rows: how many there are to draw from.
        settings: equal ones give equal weights on one kind of machine.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True)
    network.train()
    with torch_threads(settings.threads):
        for step in range(settings.steps):
            done = step / settings.steps
            for group in optimiser.param_groups:
                group["lr"] = settings.learning_rate * min(1.0, done / _WARM_UP + 0.02) * (1 - done) ** 0.7
            value = loss(torch.randint(rows, (settings.batch,), generator=generator), generator)
            optimiser.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
    network.eval().requires_grad_(False)


@torch.inference_mode()
def outputs(network: nn.Module, frames: Pixels, device: torch.device) -> Tensor:
    """Returns a network's output for every frame, on the CPU."""
    found = [network(as_pictures(frames[start : start + _AT_ONCE]).to(device)).float().cpu() for start in range(0, len(frames), _AT_ONCE)]
    return torch.cat(found)
