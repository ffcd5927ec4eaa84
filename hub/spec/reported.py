"""`benchmarks/reported.yaml`: numbers from elsewhere, each with where it stands and how sure we are of it. Nobody here measured them."""

from pathlib import Path
from typing import Literal

from pydantic import model_validator

from hub.spec.base import Declaration, Name
from hub.spec.loader import load


class ReportedNumber(Declaration):
    """One number that others give."""

    task: Name
    model: str
    metric: Name
    value: float
    source: str
    """The paper, page or repository, with its identifier."""
    confidence: Literal["reported", "second-hand"]
    """reported: read in the source itself. second-hand: read in an account of it, or in a place that nobody reviewed."""
    comparable: bool
    """Whether data, split, metric and decision rule are those of our task, as far as is known."""
    note: str = ""
    """What differs, or what is not known."""

    @model_validator(mode="after")
    def _says_why_not(self) -> "ReportedNumber":
        if not self.comparable and not self.note:
            raise ValueError("a number that is not comparable needs a 'note' that says why")
        return self


class ReportedSpec(Declaration):
    """The whole file."""

    numbers: tuple[ReportedNumber, ...]


def reported_file(root: Path) -> Path:
    """Where a project declares its reported numbers."""
    return root / "benchmarks" / "reported.yaml"


def read_reported(root: Path) -> tuple[ReportedNumber, ...]:
    """Reads the reported numbers of the project at `root`; a project without the file has none.

    Raises:
        DeclarationError: the file is there and malformed.
    """
    path = reported_file(root)
    return load(path, ReportedSpec).numbers if path.is_file() else ()
