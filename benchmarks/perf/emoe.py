"""What masking costs: a training step of BERT base with and without experts, and one feed-forward layer under every backend, in one run.

    python -m benchmarks.perf.emoe [--rounds 7] [--threads 2] [--quick]

A step is forward, backward and AdamW on 8 rows of 128 tokens, random weights of the size of bert-base-uncased, 64 experts, 16 chosen. Dense and converted
steps alternate on one and the same model, so that memory lies alike; a ratio is the median of the rounds' ratios, on the clock and of the processor's time,
which a busy machine stretches less. Memory is what autograd keeps for the backward pass, every storage counted once, parameters left out. `--quick` takes
a tiny model, only to see that it runs.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor
from transformers import BertConfig, BertModel

from benchmarks.methods import emoe
from benchmarks.methods.emoe.conversion import Record

DENSE = "dense"


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock and of the processor."""

    wall: float
    cpu: float


Rounds = dict[str, list[Spent]]
"""What every round took, by variant."""


@dataclass(frozen=True)
class Sizes:
    """What is measured: a BERT, a batch and the experts."""

    config: BertConfig
    rows: int
    tokens: int
    num_experts: int
    top_k: int


FULL = Sizes(BertConfig(), 8, 128, 64, 16)
QUICK = Sizes(BertConfig(vocab_size=100, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64), 2, 8, 8, 2)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    sizes = QUICK if options.quick else FULL
    print(f"training step, {options.threads} threads, {options.rounds} rounds")
    model, records = _variants(sizes)
    _report(measure_steps(model, records, sizes, options.rounds))
    print("kept for the backward pass")
    kept = {name: measure_memory(model, record, sizes) for name, record in records.items()}
    for name, amount in kept.items():
        print(f"  {name:22} {amount / 1e6:10.1f} MB  ratio {amount / kept[DENSE]:.3f}")
    print("one feed-forward layer, forward and backward")
    _report(measure_backends(sizes, options.rounds))


def measure_steps(model: BertModel, records: dict[str, Record | None], sizes: Sizes, rounds: int) -> Rounds:
    """Returns what a training step takes."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5)
    ids = torch.randint(sizes.config.vocab_size, (sizes.rows, sizes.tokens))

    def step(record: Record | None) -> Spent:
        with _converted(model, record):
            began = _now()
            model(ids).last_hidden_state.square().mean().backward()
            optimizer.step()
            optimizer.zero_grad()
            return _since(began)

    return _alternate({name: partial(step, record) for name, record in records.items()}, rounds)


def measure_memory(model: BertModel, record: Record | None, sizes: Sizes) -> int:
    """Returns the bytes that a forward pass keeps for its backward pass."""
    ids = torch.randint(sizes.config.vocab_size, (sizes.rows, sizes.tokens))
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    # The graph is held until the count is done, so no address is used twice.
    with _converted(model, record), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = model(ids).last_hidden_state.square().mean()
    del output
    return sum(kept.values())


def measure_backends(sizes: Sizes, rounds: int) -> Rounds:
    """Returns what forward and backward of one feed-forward layer take, by backend."""
    hidden = torch.randn(1, sizes.rows * sizes.tokens, sizes.config.hidden_size)
    model = BertModel(sizes.config).encoder.layer[:1]
    layer: Any = model[0]
    records: dict[str, Record | None] = {DENSE: None}
    for backend in ("masked", "grouped", "loop"):
        emoe.convert(model, num_experts=sizes.num_experts, top_k=sizes.top_k, layers=[0], backend=backend, partition="random")
        records[backend] = emoe.record(model)
        emoe.merge(model)

    def run(record: Record | None) -> Spent:
        inputs = hidden.clone().requires_grad_()
        with _converted(model, record):
            began = _now()
            layer.feed_forward_chunk(inputs).square().mean().backward()
            return _since(began)

    return _alternate({name: partial(run, record) for name, record in records.items()}, rounds)


def _variants(sizes: Sizes) -> tuple[BertModel, dict[str, Record | None]]:
    torch.manual_seed(0)
    model = BertModel(sizes.config).train()
    records: dict[str, Record | None] = {DENSE: None}
    choices: dict[str, Literal["paper"] | range] = {"EMoE, paper's layers": "paper", "EMoE, every layer": range(sizes.config.num_hidden_layers)}
    for name, layers in choices.items():
        emoe.convert(model, num_experts=sizes.num_experts, top_k=sizes.top_k, layers=layers)
        records[name] = emoe.record(model)
        emoe.merge(model)
    return model, records


@contextmanager
def _converted(model: torch.nn.Module, record: Record | None) -> Iterator[None]:
    if record is None:
        yield
        return
    emoe.restore(model, record)
    yield
    emoe.merge(model)


def _alternate(variants: dict[str, Callable[[], Spent]], rounds: int) -> Rounds:
    """Runs every variant once a round, in an order that turns, after one round that does not count."""
    names = list(variants)
    for name in names:
        variants[name]()
    seconds: Rounds = {name: [] for name in names}
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            seconds[name].append(variants[name]())
    return seconds


def _now() -> Spent:
    return Spent(time.perf_counter(), time.process_time())


def _since(began: Spent) -> Spent:
    now = _now()
    return Spent(now.wall - began.wall, now.cpu - began.cpu)


def _report(rounds: Rounds) -> None:
    for name, spent in rounds.items():
        wall = [mine.wall / dense.wall for mine, dense in zip(spent, rounds[DENSE], strict=True)]
        cpu = statistics.median(mine.cpu / dense.cpu for mine, dense in zip(spent, rounds[DENSE], strict=True))
        seconds = statistics.median(mine.wall for mine in spent)
        print(f"  {name:22} {seconds:9.4f} s  ratio {statistics.median(wall):.3f} (rounds {min(wall):.3f} to {max(wall):.3f}), CPU {cpu:.3f}", flush=True)


if __name__ == "__main__":
    main()
