"""`benchmarks/claims/<name>.yaml`: what a paper claims, as comparisons that run records can decide."""

from typing import Literal

from pydantic import Field, model_validator

from hub.spec.base import Citation, Declaration, Name


class ComparisonSpec(Declaration):
    """One pair of models on one task by one metric."""

    task: Name
    model: Name
    """The model the paper argues for."""
    baseline: Name
    metric: Name
    higher_is_better: bool = True
    expected: Literal["better", "not_worse"] = "better"
    """better: the whole interval of the difference lies on the model's side. not_worse: it stays within `margin` of the baseline."""
    margin: float = Field(0.0, ge=0, lt=1)
    """For not_worse: the loss that counts as none, as a share of the baseline's score."""

    @model_validator(mode="after")
    def _compares_two(self) -> "ComparisonSpec":
        if self.model == self.baseline:
            raise ValueError("'model' and 'baseline' are the same")
        if (self.expected == "not_worse") != (self.margin > 0):
            raise ValueError("'not_worse' needs a 'margin' above 0, and 'better' takes none")
        return self


class ClaimSpec(Declaration):
    """A headline claim. It is supported when every comparison is, contradicted when one is, and else not separable."""

    name: Name
    title: str
    statement: str
    """In our words."""
    citation: Citation
    minimum_seeds: int = Field(5, ge=2)
    """The fewest seeds that both models must share for a verdict."""
    comparisons: tuple[ComparisonSpec, ...] = Field(min_length=1)
    notes: str = ""
    """What differs from the paper's setting."""
