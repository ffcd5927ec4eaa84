"""Where the work of a profile runs: in this process, in several on this machine, on a Slurm cluster or on a Ray cluster."""

from typing import Literal, Self

from pydantic import Field, model_validator

from hub.spec.base import Declaration


class SlurmSpec(Declaration):
    """What a rank asks Slurm for. The command that spreads runs where `sbatch` does, on a file system that the nodes share."""

    partition: str = Field(min_length=1)
    time: str = Field(default="24:00:00", pattern=r"^(\d+-)?\d+(:\d\d){0,2}$")
    """The longest a rank may take, in Slurm's own form: hours:minutes:seconds."""
    cpus_per_task: int = Field(default=1, ge=1)
    gpus_per_task: int = Field(default=0, ge=0)
    memory_gb_per_cpu: int = Field(default=2, ge=1)
    qos: str | None = None
    environment_command: str | None = None
    """A line of shell that makes the environment, such as `module load cuda`; the one this command runs in is used all the same."""
    arguments: dict[str, str] = {}
    """Further options of sbatch, without their dashes."""


class RaySpec(Declaration):
    """What a rank asks Ray for. All nodes share the project's file system."""

    address: str = "auto"
    """Of the cluster, as for `ray.init`: `auto` finds the one this machine belongs to."""
    cpus_per_task: int = Field(default=1, ge=1)
    gpus_per_task: int = Field(default=0, ge=0)
    memory_gb_per_cpu: float = Field(default=2.0, gt=0)


class ScaleSpec(Declaration):
    """How generation and benchmarks are spread. It changes where things run and nothing of what comes out."""

    executor: Literal["local", "slurm", "ray"] = "local"
    tasks: int = Field(default=1, ge=1, le=10_000)
    """Into how many shares the items are cut; a share is one rank's work. With one, on this machine, nothing is spread."""
    workers: int | None = Field(default=None, ge=1, le=10_000)
    """How many ranks run at a time; all when not given."""
    slurm: SlurmSpec | None = None
    ray: RaySpec = RaySpec()

    @model_validator(mode="after")
    def _names_a_partition(self) -> Self:
        if self.executor == "slurm" and self.slurm is None:
            raise ValueError("'executor: slurm' needs 'slurm' with at least a partition")
        return self

    @property
    def spread(self) -> bool:
        return self.executor != "local" or self.tasks > 1
