"""The rows of Emo Pillars, from the story to the rewritten utterance; each holds the one it was derived from."""

from dataclasses import dataclass

from hub.generate import Narrative
from hub.taxonomy import How

EXPRESSIVE = 0.3
"""The least expressiveness at which a label counts (Emo Pillars, training labels; second-hand, both digests)."""


@dataclass(frozen=True, slots=True)
class Character:
    """Step 1. `id` is `<narrative>/c<number>`."""

    id: str
    narrative: Narrative
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Scene:
    """A character in one part of the story: what step 2 is asked about."""

    character: Character
    part: str

    @property
    def id(self) -> str:
        return f"{self.character.id}/{self.part}"


@dataclass(frozen=True, slots=True)
class Utterance:
    """Step 2. `id` is `<scene>/u<number>`; `requested` is the emotion it was written for."""

    id: str
    scene: Scene
    requested: str
    text: str
    seed: int
    finish_reason: str


@dataclass(frozen=True, slots=True)
class SoftLabel:
    """An emotion and how strongly it is heard, 0-1."""

    label: str
    expressiveness: float


@dataclass(frozen=True, slots=True)
class MappedLabel:
    """What the engine said, and the class it was mapped to. `label` is None when no class is near enough."""

    raw: str
    label: str | None
    how: How
    expressiveness: float


@dataclass(frozen=True, slots=True)
class Labelled:
    """Step 3. `labels` are classes, strongest first, each once; `rule` says whether neutral was answered or follows from the threshold."""

    utterance: Utterance
    answered: tuple[MappedLabel, ...]
    labels: tuple[SoftLabel, ...]
    rule: str

    @property
    def expressed(self) -> tuple[SoftLabel, ...]:
        """The labels at or above the threshold."""
        return tuple(label for label in self.labels if label.expressiveness >= EXPRESSIVE)

    @property
    def emotions(self) -> str:
        """For prompts."""
        return ", ".join(label.label for label in self.expressed)


@dataclass(frozen=True, slots=True)
class InContext:
    """Step 4. The context as first told."""

    labelled: Labelled
    context: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Step 5. The context without the emotions."""

    told: InContext
    context: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Step 6. The utterance that needs its context."""

    cleaned: Cleaned
    text: str
