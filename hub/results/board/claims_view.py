"""Reads `results/board/claims.json` back. It may come from others, as run records may: validated, size-limited, and a broken one says so in a sentence."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from hub.errors import EmohubError
from hub.paths import Project
from hub.results.claims import Verdict
from hub.results.record import Name, Number, Text
from hub.results.untrusted import read_untrusted

VERDICTS: tuple[Verdict, ...] = ("supported", "not separable", "contradicted", "no evidence")
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class JudgedComparison(BaseModel):
    """One comparison of a claim. Gains are positive when the model is better, whichever way the metric points."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    task: Name
    model: Name
    baseline: Name
    metric: Name
    expected: Literal["better", "not_worse"]
    margin: Number = Field(ge=0, lt=1)
    """For not_worse: the loss that counts as none, as a share of the baseline's score."""
    verdict: Verdict
    reason: Text = ""
    """Why there is no evidence."""
    seeds: Annotated[tuple[Seed, ...], Field(max_length=10_000)] = ()
    model_score: Number | None = None
    baseline_score: Number | None = None
    gain: Number | None = None
    low: Number | None = None
    high: Number | None = None
    p_value: Number | None = None
    effect_size: Number | None = None
    variance: Text = ""
    """What the interval covers."""

    @property
    def relative(self) -> tuple[float, float, float] | None:
        """The gain and the bounds of its 95 % interval in per cent of the baseline's score: the unit in which margins are declared too."""
        if self.gain is None or self.low is None or self.high is None or not self.baseline_score:
            return None
        whole = abs(self.baseline_score) / 100
        return self.gain / whole, self.low / whole, self.high / whole


class JudgedClaim(BaseModel):
    """A claim as the runs of one profile decide it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    claim: Name
    title: Text
    statement: Text
    source: Text
    """The paper."""
    url: Text | None = None
    notes: Text = ""
    """What differs from the paper's setting."""
    profile: Name
    verdict: Verdict
    evidence: Annotated[tuple[JudgedComparison, ...], Field(max_length=1000)] = ()


class JudgedClaims(RootModel[Annotated[tuple[JudgedClaim, ...], Field(max_length=10_000)]]):
    """The whole file: every claim in every profile."""


def read_claims(project: Project) -> tuple[JudgedClaim, ...]:
    """Returns what the board holds of claims.

    Raises:
        EmohubError: there is no readable file.
    """
    try:
        return read_untrusted(project.board / "claims.json", JudgedClaims).root
    except EmohubError as error:
        raise EmohubError(f"{error}; write it again with `emohub board`") from error
