"""What the length of a clip costs: memory and seconds a frame for 16, 64 and 256 frames at once, in overlapping windows and by key frames, in one run.

    python -m benchmarks.perf.long_clips [--steps 4] [--threads 2] [--quick]

The network is a stand-in of random weights: two convolutions with attention over the frames between them, on latents of 4 x 32 x 32, so that sampling alone is
measured. Every case runs in a process of its own, and finished frames are dropped as they come. Memory is the most that was resident beyond what was before
the clip was begun, after a clip of one frame for warming up. Seconds are on the clock and of the processor, which a busy machine stretches less. Ratios are to
the same strategy's 16 frames, which are one window. `--quick` takes small sizes, only to see that it runs.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from benchmarks.methods.follow_your_emoji.denoiser import Reference
from benchmarks.methods.follow_your_emoji.long_clips import ClipSettings, Strategy, generate
from benchmarks.methods.follow_your_emoji.sampling import SamplingSettings
from benchmarks.runners.memory import peak_memory
from hub.processes import worker_pool

AT_ONCE = "at once"
STRATEGIES: dict[str, Strategy] = {AT_ONCE: "windows", "windows": "windows", "progressive": "progressive"}


@dataclass(frozen=True)
class Case:
    """One clip to be sampled."""

    strategy: str
    frames: int
    window: int
    side: int
    """Of the latents; the picture is eight times as large."""
    width: int
    """Channels of the network."""
    steps: int
    threads: int

    @property
    def settings(self) -> ClipSettings:
        window = self.frames if self.strategy == AT_ONCE else self.window
        return ClipSettings(SamplingSettings(self.steps, 1.0), window, STRATEGIES[self.strategy], overlap=window // 4, stride=window // 2)


@dataclass(frozen=True)
class Spent:
    megabytes: float
    wall: float
    """Seconds a frame."""
    cpu: float


class StandIn(nn.Module):
    """Sees every frame and, at each place, all frames of the window."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(4 + 3, width, 3, padding=1)
        self.between = nn.Linear(width, 3 * width)
        self.leave = nn.Conv2d(width, 4, 3, padding=1)

    def predict(self, noisy: torch.Tensor, timestep: int, landmarks: torch.Tensor, reference: Reference | None) -> torch.Tensor:
        small = functional.interpolate(landmarks, noisy.shape[-2:])
        hidden = functional.silu(self.enter(torch.cat([noisy, small], dim=1)))
        places = hidden.flatten(2).permute(2, 0, 1)
        query, key, value = self.between(places).chunk(3, dim=-1)
        seen = functional.scaled_dot_product_attention(query, key, value).permute(1, 2, 0).reshape(hidden.shape)
        out: torch.Tensor = self.leave(hidden + seen)
        return out


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    lengths, window, side, width = ((4, 8), 4, 4, 4) if options.quick else ((16, 64, 256), 16, 32, 64)
    print(f"windows of {window} frames, {options.steps} steps, {options.threads} threads", flush=True)
    for strategy in STRATEGIES:
        report([Case(strategy, frames, window, side, width, options.steps, options.threads) for frames in lengths])


def report(cases: Sequence[Case]) -> None:
    """Prints what the cases took, as ratios to the first."""
    spent = [measure_apart(case) for case in cases]
    for case, one in zip(cases, spent, strict=True):
        memory, wall, cpu = one.megabytes / spent[0].megabytes, one.wall / spent[0].wall, one.cpu / spent[0].cpu
        print(
            f"  {case.strategy:12} {case.frames:4} frames {one.megabytes:8.1f} MB ratio {memory:6.2f}, "
            f"{1000 * one.wall:7.1f} ms a frame ratio {wall:5.2f}, CPU {cpu:5.2f}",
            flush=True,
        )


def measure_apart(case: Case) -> Spent:
    """Measures in a new process, whose memory nothing has stretched."""
    with worker_pool(1) as processes:
        return processes.submit(measure, case).result()


def measure(case: Case) -> Spent:
    """Returns what sampling one clip takes in this process."""
    torch.set_num_threads(case.threads)
    torch.manual_seed(0)
    network = StandIn(case.width).eval()
    _sample(network, case, 1)
    with peak_memory() as before:
        pass
    began, worked = time.perf_counter(), time.process_time()
    with peak_memory() as during:
        _sample(network, case, case.frames)
    wall, cpu = time.perf_counter() - began, time.process_time() - worked
    # A page at least, so that ratios exist.
    return Spent(max(during.megabytes - before.megabytes, 0.004), wall / case.frames, cpu / case.frames)


def _sample(network: StandIn, case: Case, frames: int) -> None:
    def landmarks(numbers: Sequence[int]) -> torch.Tensor:
        return torch.zeros(len(numbers), 3, 8 * case.side, 8 * case.side)

    for _ in generate(network, landmarks, frames, None, (4, case.side, case.side), case.settings, seed=0):
        pass


if __name__ == "__main__":
    main()
