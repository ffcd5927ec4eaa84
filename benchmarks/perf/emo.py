"""Time and memory of the EMO loss beside cross-entropy's, one forward and backward pass from hidden states, all in one run.

    python -m benchmarks.perf.emo [--quick] [--device cuda --dtype bfloat16 --vocabulary 152064 --width 4096]

Ways are timed in interleaved rounds; a ratio is the median over rounds of the ratio within a round, so that a busy machine hits both sides. Extra memory
is what a fresh process grows by at its highest (on CUDA: what the allocator holds), from the tensors given to the loss and its gradients counted in.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import LinearCrossEntropyOptions
from torch.nn import functional as F

from benchmarks.methods.emo import emo_loss, linear_emo_loss

_MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the tensors: tokens, classes, width of hidden states and embeddings."""

    tokens: int
    vocabulary: int
    width: int
    device: str
    dtype: torch.dtype


@dataclass(frozen=True, slots=True)
class Inputs:
    """hidden (N, h) and weight (V, h) want gradients; embeddings (V, h); labels (N,) uniform, and drawn by Zipf's law as words are."""

    hidden: Tensor
    weight: Tensor
    embeddings: Tensor
    labels: Tensor
    zipf_labels: Tensor


Loss = Callable[[Inputs], Tensor]


def make_inputs(sizes: Sizes) -> Inputs:
    torch.manual_seed(0)
    options = {"device": sizes.device, "dtype": sizes.dtype}
    hidden = torch.randn(sizes.tokens, sizes.width, **options)  # type: ignore[call-overload]
    weight, embeddings = (torch.randn(sizes.vocabulary, sizes.width, **options).mul_(0.05) for _ in range(2))  # type: ignore[call-overload]
    labels = torch.randint(sizes.vocabulary, (sizes.tokens,), device=sizes.device)
    zipf = torch.multinomial(1 / torch.arange(1, sizes.vocabulary + 1), sizes.tokens, replacement=True).to(sizes.device)
    return Inputs(hidden.requires_grad_(), weight.requires_grad_(), embeddings, labels, zipf)


def linear_cross_entropy(options: LinearCrossEntropyOptions | None) -> Loss:
    return lambda inputs: F.linear_cross_entropy(inputs.hidden, inputs.weight, inputs.labels, options=options)


def original(inputs: Inputs) -> Tensor:
    """The package EMOLoss on logits. It shifts, so it is given one position more."""
    from emo import EMOLoss

    logits = F.pad(F.linear(inputs.hidden, inputs.weight), (0, 0, 0, 1)).unsqueeze(0)
    loss: Tensor = EMOLoss(logits, F.pad(inputs.labels, (1, 0)).unsqueeze(0), inputs.embeddings, mode=1)
    return loss


WAYS: dict[str, Loss] = {
    "linear_cross_entropy": linear_cross_entropy(None),
    "linear_cross_entropy, its own chunks": linear_cross_entropy(LinearCrossEntropyOptions()),
    "linear_cross_entropy, chunks of 256": linear_cross_entropy(LinearCrossEntropyOptions(batch_chunk_size=256)),
    "cross_entropy of logits": lambda inputs: F.cross_entropy(F.linear(inputs.hidden, inputs.weight).float(), inputs.labels),
    "linear_emo_loss": lambda inputs: linear_emo_loss(inputs.hidden, inputs.weight, inputs.labels, inputs.embeddings),
    "linear_emo_loss, labels by Zipf": lambda inputs: linear_emo_loss(inputs.hidden, inputs.weight, inputs.zipf_labels, inputs.embeddings),
    "emo_loss of logits": lambda inputs: emo_loss(F.linear(inputs.hidden, inputs.weight), inputs.labels, inputs.embeddings),
    "EMOLoss 0.0.3 of logits": original,
}
YARDSTICKS = ("linear_cross_entropy", "linear_cross_entropy, chunks of 256")
EAGER = "cross_entropy of logits"


def ways() -> dict[str, Loss]:
    """Returns the ways that can be run here."""
    return {name: way for name, way in WAYS.items() if way is not original or find_spec("emo") is not None}


def step(way: Loss, inputs: Inputs) -> float:
    """Returns the seconds of one forward and backward pass."""
    inputs.hidden.grad = inputs.weight.grad = None
    _finish(inputs)
    start = time.perf_counter()
    way(inputs).backward()  # type: ignore[no-untyped-call]
    _finish(inputs)
    return time.perf_counter() - start


def extra_memory(name: str, sizes: Sizes) -> float:
    """Returns the extra memory of one pass in MB; only right in a fresh process."""
    step(WAYS[name], make_inputs(Sizes(8, 64, 8, sizes.device, sizes.dtype)))
    inputs = make_inputs(sizes)
    if inputs.hidden.is_cuda:
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        step(WAYS[name], inputs)
        return (torch.cuda.max_memory_allocated() - before) / _MEGABYTE
    before = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    step(WAYS[name], inputs)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before) / _MEGABYTE


def extra_memories(arguments: list[str]) -> dict[str, float]:
    """Returns the extra memory of every way in MB, each measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.perf.emo", *arguments, "--memory-of"]
    return {name: float(subprocess.run([*command, name], check=True, capture_output=True, text=True).stdout) for name in ways()}


def rounds_of(sizes: Sizes, rounds: int) -> dict[str, list[float]]:
    """Returns the seconds of every way in every round; one round more is run first and dropped."""
    inputs = make_inputs(sizes)
    seconds: dict[str, list[float]] = {name: [] for name in ways()}
    for number in range(rounds + 1):
        for name, way in ways().items():
            taken = step(way, inputs)
            if number:
                seconds[name].append(taken)
    return seconds


def report(sizes: Sizes, seconds: dict[str, list[float]], memory: dict[str, float]) -> str:
    threads = torch.get_num_threads()
    lines = [f"N={sizes.tokens} V={sizes.vocabulary} d={sizes.width} {sizes.dtype} on {sizes.device}, torch {torch.__version__}, {threads} threads"]
    lines.append(f"{'':38}{'seconds':>9}{'× lce':>8}{'× lce 256':>11}{'extra MB':>10}{'× eager':>9}")
    for name, taken in seconds.items():
        against = [statistics.median(mine / theirs for mine, theirs in zip(taken, seconds[yard], strict=True)) for yard in YARDSTICKS]
        share = memory[name] / memory[EAGER]
        lines.append(f"{name:38}{statistics.median(taken):9.2f}{against[0]:8.2f}{against[1]:11.2f}{memory[name]:10.0f}{share:9.2f}")
    return "\n".join(lines)


def _finish(inputs: Inputs) -> None:
    if inputs.hidden.is_cuda:
        torch.cuda.synchronize()


def main() -> None:
    parser = argparse.ArgumentParser(description="Time and memory of the EMO loss beside cross-entropy's.")
    parser.add_argument("--quick", action="store_true", help="small sizes and one round: shows that everything runs, measures nothing")
    parser.add_argument("--tokens", type=int, default=2048)
    parser.add_argument("--vocabulary", type=int, default=32000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument("--memory-of", choices=tuple(WAYS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    dtype = getattr(torch, given.dtype)
    sizes = Sizes(256, 2000, 64, given.device, dtype) if given.quick else Sizes(given.tokens, given.vocabulary, given.width, given.device, dtype)
    if given.memory_of:
        print(extra_memory(given.memory_of, sizes))
        return
    memory = extra_memories(sys.argv[1:])
    print(report(sizes, rounds_of(sizes, 1 if given.quick else given.rounds), memory))


if __name__ == "__main__":
    main()
