"""What a conversion to experts is described by, and how that is written down."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Selector = Literal["top", "bottom", "not_top", "random"]
Gate = Literal["avg_k", "learned"]
Backend = Literal["masked", "grouped", "loop"]
Partition = Literal["clusters", "random"]


@dataclass(frozen=True)
class Fidelity:
    """What the released code does beside what the paper describes. All of it is off by default; `PAPER` turns it on.

    Each of these makes a comparison with plain fine-tuning harder to read: the dense baseline has no such dropout, and dropped tokens make an output
    depend on the rest of the batch.
    """

    gate_noise: float = 0.0
    """Training adds normal noise of this standard deviation, in units of 1 / num_experts, to the gate's scores."""
    expert_dropout: float = 0.0
    """Dropout on the neurons: before the activation in language models, behind it in vision transformers."""
    capacity_factor: float | None = None
    """An expert takes top_k * int(capacity_factor * ceil(tokens / num_experts)) tokens of a batch, those with the highest best score first; the rest do
    without it, in evaluation too."""
    auxiliary_loss: float = 0.0
    """Weight of the load and importance loss, which `auxiliary_loss(model)` returns for the trainer to add."""

    def __post_init__(self) -> None:
        if self.gate_noise < 0 or self.auxiliary_loss < 0 or not 0 <= self.expert_dropout < 1:
            raise ValueError(f"{self}: gate_noise and auxiliary_loss must not be negative, and expert_dropout must lie in [0, 1)")
        if self.capacity_factor is not None and self.capacity_factor <= 0:
            raise ValueError(f"{self}: capacity_factor must be above 0, or None for experts that take every token")


PAPER = Fidelity(gate_noise=1.0, expert_dropout=0.1, capacity_factor=1.5, auxiliary_loss=0.01)
"""The released code's settings for BERT and GPT-2."""


@dataclass(frozen=True)
class ExpertSettings:
    """How neurons become experts and tokens choose among them; `convert` says what each means."""

    num_experts: int
    top_k: int
    selector: Selector = "top"
    gate: Gate = "avg_k"
    gate_bias: bool = False
    backend: Backend = "masked"
    partition: Partition = "clusters"
    seed: int = 0
    fidelity: Fidelity = field(default_factory=Fidelity)

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("selector", self.selector, get_args(Selector)),
            ("gate", self.gate, get_args(Gate)),
            ("backend", self.backend, get_args(Backend)),
            ("partition", self.partition, get_args(Partition)),
        ):
            if value not in allowed:
                raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(map(repr, allowed))}")
        if self.num_experts < 1 or not 1 <= self.top_k <= self.num_experts:
            raise ValueError(f"top_k is {self.top_k} of {self.num_experts} experts; it must lie between 1 and the number of experts")
        if self.selector == "not_top" and self.top_k == self.num_experts:
            raise ValueError(f"selector 'not_top' with top_k = num_experts = {self.num_experts} would leave no expert; take a smaller top_k")

    def to_dict(self) -> dict[str, Any]:
        """Returns what JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ExpertSettings":
        """Reads what `to_dict` gave."""
        return cls(**{**values, "fidelity": Fidelity(**values["fidelity"])})
