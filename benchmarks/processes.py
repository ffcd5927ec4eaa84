"""The processes that train one model together. torch is imported only where there are several: baselines have no use for it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from hub.errors import EmohubError
from hub.spec.model import Strategy

_PATIENCE = timedelta(hours=2)
"""How long a process waits for the others: they may read, or save, for a while. One that died is noticed by its launcher, at once."""


@dataclass(frozen=True, slots=True)
class Processes:
    """Which of how many this one is."""

    rank: int = 0
    count: int = 1
    strategy: Strategy = "ddp"
    launched: bool = False
    """Whether this process was started to train, be it alone."""

    @property
    def first(self) -> bool:
        """Whether this is the one that speaks and writes."""
        return self.rank == 0


_processes = Processes()


def processes() -> Processes:
    """Returns the processes that train together with this one; outside of `joined` it is alone. As torch's process group, there is one at a time."""
    return _processes


@contextmanager
def joined(strategy: Strategy) -> Iterator[Processes]:
    """Joins the processes that torchrun, accelerate or Slurm started beside this one, for the length of a block: over NCCL on GPUs, else over Gloo.

    A process does so once.

    Raises:
        EmohubError: nobody said which process this is, or it has no GPU where others have.
    """
    global _processes
    if not {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"} <= os.environ.keys():
        raise EmohubError("nothing says which of how many processes this is: start it with torchrun or accelerate launch (docs/distributed_training.md)")
    import torch
    from torch import distributed

    gpus, local = torch.cuda.device_count(), int(os.environ.get("LOCAL_RANK", "0"))
    if 0 < gpus <= local:
        raise EmohubError(f"process {local} of this machine has no GPU, for there are {gpus}: lower launch.processes")
    if gpus:
        torch.cuda.set_device(local)
    distributed.init_process_group("nccl" if gpus else "gloo", timeout=_PATIENCE)
    _processes = Processes(distributed.get_rank(), distributed.get_world_size(), strategy, launched=True)
    try:
        yield _processes
    finally:
        _processes = Processes()
    # Not after an error: the others may be in the middle of something, and their launcher ends them.
    distributed.destroy_process_group()


def agreed(value: bool) -> bool:
    """Returns what the first process says, to all of them; a file may be there for one process and not yet for another."""
    if _processes.count == 1:
        return value
    import torch
    from torch import distributed

    told = torch.tensor([int(value)], device="cuda" if torch.cuda.is_available() else "cpu")
    distributed.broadcast(told, 0)
    return bool(told.item())


def wait() -> None:
    """Goes on when all processes have come here."""
    if _processes.count > 1:
        from torch import distributed

        distributed.barrier()
