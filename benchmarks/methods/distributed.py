"""What a training loop needs to run in several processes: its step spread over them, its share of a batch, and one loss for all.

Every process draws the same batches and takes its own rows of them. A loss that is a mean over rows, times the weight that `share_of` gives, has the gradient
of the whole batch's mean once it is averaged over the processes, as DDP and FSDP do. In one process all of this changes nothing.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, distributed, nn

from benchmarks.processes import processes
from hub.errors import EmohubError

Step = TypeVar("Step", bound=nn.Module)


class Spread(Generic[Step]):
    """A training step, a module from a batch to its loss, over the processes. All begin with the first one's weights.

    Under FSDP it is a sharded copy of the network that learns, and `gather` brings what it learnt into the network that was given, which therefore can be
    validated and saved as in one process.

    Args:
        network: what learns, on this process's device.
        make: the step of a network.
    """

    def __init__(self, network: nn.Module, make: Callable[[Any], Step]) -> None:
        self._network = network
        self._learning = network
        if processes().count == 1:
            self.step = make(network)
            self._call: nn.Module = self.step
        elif processes().strategy == "ddp":
            self.step = make(network)
            # Pretrained networks have layers that a task has no use for, the same ones in every step, which a static graph allows.
            self._call = nn.parallel.DistributedDataParallel(self.step, static_graph=True)
        else:
            for value in network.state_dict().values():
                distributed.broadcast(value, 0)
            self._learning = copy.deepcopy(network)
            self.step = make(self._learning)
            self._call = _sharded(self.step)

    def __call__(self, *given: Any) -> Tensor:
        """Returns the loss of this process's rows."""
        loss: Tensor = self._call(*given)
        return loss

    def gather(self) -> None:
        """Brings what was learnt so far into the network that was given. All processes call it."""
        if self._learning is self._network:
            return
        from torch.distributed.tensor import DTensor

        for own, learnt in zip(self._network.state_dict().values(), self._learning.state_dict().values(), strict=True):
            own.copy_(learnt.full_tensor() if isinstance(learnt, DTensor) else learnt)


def share_of(rows: int) -> tuple[slice, float]:
    """Returns which of a batch's rows are this process's, and what the mean of their losses counts.

    Every so-many-th row: batches are often sorted by length. A process for which there is none takes the first one, which then counts 0.
    """
    rank, count = processes().rank, processes().count
    if rank >= rows:
        return slice(0, 1), 0.0
    return slice(rank, None, count), len(range(rank, rows, count)) * count / rows


def mean_over_processes(loss: Tensor) -> float:
    """Returns the whole batch's loss from the weighted losses of the shares."""
    if processes().count == 1:
        return float(loss.detach())
    summed = loss.detach().clone()
    distributed.all_reduce(summed)
    return float(summed) / processes().count


def seed_torch(seed: int) -> None:
    """Seeds torch, differently in every process, so that dropout does not repeat itself; the first process has the seed of one alone."""
    rank = processes().rank
    torch.manual_seed(seed if rank == 0 else int(np.random.SeedSequence([seed, rank]).generate_state(1)[0]))


def _sharded(step: nn.Module) -> nn.Module:
    """Shards a module in place (FSDP2), layer by layer, so that one layer's weights at a time are whole.

    Raises:
        EmohubError: a parameter is a scalar, as the temperature of learned routers is, and cannot be cut.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    scalar = next((name for name, parameter in step.named_parameters() if not parameter.ndim), None)
    if scalar is not None:
        raise EmohubError(f"launch.strategy: the parameter {scalar} is a single number, which FSDP cannot share out: set it to ddp")
    mesh = init_device_mesh("cuda" if torch.cuda.is_available() else "cpu", (processes().count,))
    for layer in _layers(step):
        fully_shard(layer, mesh=mesh)
    fully_shard(step, mesh=mesh)
    return step


def _layers(module: nn.Module) -> Iterator[nn.Module]:
    """Yields the members of the outermost lists of modules: a transformer's layers."""
    for child in module.children():
        if isinstance(child, nn.ModuleList):
            yield from child
        else:
            yield from _layers(child)
