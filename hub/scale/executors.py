"""datatrove's executors, as a profile's `scale` declares them. Run as a program, it has one of them run a launch: `python -m hub.scale.executors FOLDER`.

A process of its own, because pools and clusters leave processes behind when theirs is killed; this one is guarded.
"""

import contextlib
import logging
import os
import shlex
import socket
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from datatrove.executor import LocalPipelineExecutor, RayPipelineExecutor, SlurmPipelineExecutor
from datatrove.executor.base import PipelineExecutor

from hub.errors import EmohubError
from hub.files import write_text
from hub.results.environment import usable_cores
from hub.scale.rank import RankStep
from hub.scale.work import Launch, read_launch
from hub.spec.scale import RaySpec, SlurmSpec

_SECONDS_TO_CONNECT = 10.0
_RETRIES = 3
"""How often Ray runs a rank again whose node or worker died."""
_LONGEST_FOLDER = 60
"""Of temporary files: the sockets of a pool lie there, and the system allows their paths no more than 108 bytes."""


class _SlurmExecutor(SlurmPipelineExecutor):  # type: ignore[misc]
    def launch_merge_stats(self) -> None:
        """No job for statistics: the launcher reads what the ranks say."""


class _RayExecutor(RayPipelineExecutor):  # type: ignore[misc]
    """Ranks as plain Ray tasks, which Ray itself runs again where a node or a worker died.

    datatrove's own way waits for ever when a node dies while a rank is being started on it, and its ranks are children of Ray's workers that outlive them.
    """

    def run(self) -> None:
        import ray

        executor = ray.put(self)
        memory = int(self.mem_per_cpu_gb * self.cpus_per_task * 2**30)
        options = {"num_cpus": self.cpus_per_task, "num_gpus": self.gpus_per_task, "memory": memory, "max_retries": _RETRIES, "scheduling_strategy": "SPREAD"}
        start = ray.remote(_run_rank).options(**options).remote
        waiting: list[int] = self.get_incomplete_ranks()
        running: list[Any] = []
        while waiting or running:
            while waiting and len(running) < self.workers:
                running.append(start(executor, waiting.pop(0)))
            ended, running = ray.wait(running, num_returns=1)
            with contextlib.suppress(ray.exceptions.RayError):  # Whoever reads the outcomes sees that it has none.
                ray.get(ended)


def _run_rank(executor: RayPipelineExecutor, rank: int) -> None:
    executor._run_for_rank(rank)


def make_executor(launch: Launch) -> PipelineExecutor:
    """Returns the executor that will run a launch.

    Raises:
        EmohubError: there is no cluster.
    """
    pipeline = [RankStep(launch.work, str(launch.outcomes))]
    scale = launch.scale
    workers = min(scale.workers or scale.tasks, scale.tasks)
    shared: dict[str, Any] = {"pipeline": pipeline, "tasks": scale.tasks, "logging_dir": str(launch.folder)}
    match scale.executor:
        case "local":
            return LocalPipelineExecutor(**shared, workers=workers if scale.workers else min(workers, usable_cores()), start_method="spawn")
        case "slurm":
            assert scale.slurm is not None
            return _SlurmExecutor(**shared, workers=workers, job_name=f"emohub-{launch.work.verb}", **_slurm_options(scale.slurm, launch.work.root))
        case "ray":
            _join(scale.ray)
            return _RayExecutor(**shared, workers=workers, log_first=True, **_ray_options(scale.ray))


def _slurm_options(spec: SlurmSpec, root: str) -> dict[str, Any]:
    here = f"export PATH={shlex.quote(str(Path(sys.prefix) / 'bin'))}:$PATH PYTHONPATH={shlex.quote(root)}:$PYTHONPATH; cd {shlex.quote(root)}"
    return {
        "time": spec.time,
        "partition": spec.partition,
        "cpus_per_task": spec.cpus_per_task,
        "gpus_per_task": spec.gpus_per_task,
        "mem_per_cpu_gb": spec.memory_gb_per_cpu,
        "qos": spec.qos,
        "env_command": "; ".join(line for line in (spec.environment_command, here) if line),
        "sbatch_args": dict(spec.arguments),
    }


def _ray_options(spec: RaySpec) -> dict[str, Any]:
    return {"cpus_per_task": spec.cpus_per_task, "gpus_per_task": spec.gpus_per_task, "mem_per_cpu_gb": spec.memory_gb_per_cpu}


def _join(spec: RaySpec) -> None:
    try:
        import ray
    except ImportError as error:
        raise EmohubError("the ray executor needs Ray: pip install 'emohub[ray]'") from error
    _check_reachable(os.environ.get("RAY_ADDRESS", "") if spec.address == "auto" else spec.address)
    try:
        ray.init(address=spec.address, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, ValueError) as error:
        raise EmohubError(f"no Ray cluster answers at {spec.address!r}: start one with `ray start --head`, or mend 'scale.ray.address'") from error


def _check_reachable(address: str) -> None:
    """A plain connection, for `ray.init` tries an address that nobody answers at for many minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        try:
            socket.create_connection((host, int(port)), timeout=_SECONDS_TO_CONNECT).close()
        except OSError as error:
            raise EmohubError(f"no Ray cluster answers at {address} ({error}): start one with `ray start --head`, or mend 'scale.ray.address'") from error


def main(folder: Path) -> None:
    """Runs a launch: to its end, or, on Slurm, until its job is in the queue. What a user can mend is left in `error.txt`."""
    launch = read_launch(folder)
    if len(tempfile.gettempdir()) > _LONGEST_FOLDER:
        tempfile.tempdir = "/tmp"
    try:
        executor = make_executor(launch)
        executor.run()
        if launch.scale.executor == "slurm":
            replace(launch, job=str(executor.job_id)).write()
    except EmohubError as error:
        write_text(launch.trouble, str(error))
    except FileNotFoundError as error:
        write_text(launch.trouble, f"there is no {error.filename} on this machine: run where the cluster's commands are")
    except subprocess.CalledProcessError as error:
        write_text(launch.trouble, f"{error.cmd[0]} refused the job: mend 'scale.slurm' in profiles/{launch.work.profile}.yaml")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
