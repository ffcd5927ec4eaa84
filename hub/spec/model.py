"""`benchmarks/models/<name>.yaml`: one model each."""

from typing import Any, Literal

from pydantic import Field, model_validator

from hub.errors import DeclarationError
from hub.spec.base import Citation, Declaration, ImportReference, Name
from hub.spec.task import ModelType

Strategy = Literal["ddp", "fsdp"]


class LaunchSpec(Declaration):
    """In how many processes a model is trained. How, not what: they share every batch, and what comes out is that of one process up to rounding and dropout."""

    processes: int = Field(1, ge=1, le=1024)
    """On this machine, one a GPU. Over several machines they are started by hand (docs/distributed_training.md)."""
    strategy: Strategy = "ddp"
    """`ddp`: every process has all weights. `fsdp`: each keeps its share of weights, gradients and optimizer."""


class ModelSpec(Declaration):
    """A model: the method that trains it, what it is trained on, and its settings by profile."""

    name: Name
    title: str
    summary: str
    method: ImportReference
    """The class that trains and predicts."""
    task_type: ModelType
    pretrain_on: Name | None = None
    """A task whose training data comes first: the two-stage recipe."""
    pretrain_share: float = Field(1.0, gt=0, le=1)
    """How much of the first stage's training rows is used. Which ones depends on their ids alone, and a smaller share is part of every larger one; its
    validation rows stay whole."""
    adapt: bool = True
    """Whether the model is then trained on the target's own training data. False, with `pretrain_on`, is zero-shot transfer."""
    baseline: bool = False
    """Whether it is a plain reference, there for others to be measured against."""
    deterministic: bool = False
    """Whether seeds change nothing; then only the first one is run."""
    settings: dict[str, Any] = {}
    """Passed to the method, which validates them."""
    profiles: dict[Name, dict[str, Any]] = {}
    """Settings that replace the ones above in one profile."""
    launch: LaunchSpec = LaunchSpec.model_validate({})
    launch_in: dict[Name, LaunchSpec] = {}
    """Replaces `launch` in one profile."""
    tasks: tuple[Name, ...] = Field((), description="The tasks it runs on; empty means every task of its type.")
    runs_in: tuple[Name, ...] = Field((), description="The profiles it is run in; empty means all.")
    citation: Citation | None = None

    @model_validator(mode="after")
    def _is_trained_on_something(self) -> "ModelSpec":
        if not self.adapt and self.pretrain_on is None:
            raise ValueError("'adapt: false' without 'pretrain_on' would never train")
        return self

    @model_validator(mode="after")
    def _shares_a_first_stage_it_has(self) -> "ModelSpec":
        if self.pretrain_share < 1 and (self.pretrain_on is None or self.task_type != "text_classification"):
            raise ValueError("'pretrain_share' is of the rows of 'pretrain_on', in text classification: name that task, or leave the share out")
        return self

    def settings_for(self, profile: str) -> dict[str, Any]:
        return {**self.settings, **self.profiles.get(profile, {})}

    def launch_for(self, profile: str) -> LaunchSpec:
        return self.launch_in.get(profile, self.launch)

    @property
    def launched(self) -> bool:
        """Whether any profile trains it in several processes."""
        return any(launch.processes > 1 for launch in (self.launch, *self.launch_in.values()))

    def require_launchable(self, method: Any) -> None:
        """Checks that the method's class can be trained as `launch` and `launch_in` say; it names what it can in its attribute `launches`.

        Raises:
            DeclarationError: it cannot.
        """
        able = sorted(getattr(method, "launches", ()))
        for launch in (self.launch, *self.launch_in.values()):
            if launch.processes > 1 and launch.strategy not in able:
                where = f"benchmarks/models/{self.name}.yaml: 'launch' asks for {launch.processes} processes under {launch.strategy}"
                mend = f"set strategy to {' or '.join(able)}" if able else "leave 'launch' out"
                raise DeclarationError(f"{where}, which {self.method} cannot be trained in: {mend}")
