"""Story kits: hand-written plots with characters, moments and lines, one YAML file each in `kits/`."""

from functools import cached_property
from pathlib import Path

from pydantic import Field, field_validator, model_validator

from hub.errors import DeclarationError
from hub.spec import load
from hub.spec.base import Declaration, Name


class Line(Declaration):
    """Something a character says. `why` and `rewritten` are there when the line has a contextual version."""

    labels: str
    """What a reader hears in it: `emotion score, emotion score`, strongest first."""
    utterance: str = Field(min_length=2)
    why: str | None = None
    rewritten: str | None = None

    @field_validator("labels")
    @classmethod
    def _labels_are_pairs(cls, text: str) -> str:
        for part in text.split(","):
            word, _, score = part.strip().rpartition(" ")
            if not word or not score.replace(".", "", 1).isdigit() or not 0 < float(score) <= 1:
                raise ValueError(f"{part.strip()!r} is not of the form 'emotion 0.7'")
        return text

    @model_validator(mode="after")
    def _why_and_rewritten_go_together(self) -> "Line":
        if (self.why is None) != (self.rewritten is None):
            raise ValueError("'why' and 'rewritten' go together")
        return self

    @cached_property
    def scored(self) -> tuple[tuple[str, float], ...]:
        """The labels as (emotion, score) pairs."""
        parted = (part.strip().rpartition(" ") for part in self.labels.split(","))
        return tuple((word, float(score)) for word, _, score in parted)

    @property
    def emotion(self) -> str:
        return self.scored[0][0]


class Moment(Declaration):
    """A character in one half of the story: what had happened by then, and what he or she says."""

    part: Name
    events: str
    lines: tuple[Line, ...]


class KitCharacter(Declaration):
    """Somebody in the story."""

    name: str
    description: str
    moments: tuple[Moment, ...]


class Kit(Declaration):
    """One story."""

    id: Name
    title: str
    setting: str
    plot: str
    characters: tuple[KitCharacter, ...] = Field(min_length=5)

    @field_validator("plot")
    @classmethod
    def _plot_has_its_length(cls, plot: str) -> str:
        words = len(plot.split())
        if not 120 <= words <= 200:
            raise ValueError(f"a plot has 120 to 200 words, this one {words}")
        return plot


def read_kits(folder: Path) -> list[Kit]:
    """Reads every kit of a folder, by id."""
    kits = [load(path, Kit) for path in sorted(folder.glob("*.yaml"))]
    for path, kit in zip(sorted(folder.glob("*.yaml")), kits, strict=True):
        if path.stem != kit.id:
            raise DeclarationError(f"{path}: 'id' is {kit.id!r}, but the file name says {path.stem!r}; make them the same")
    return kits
