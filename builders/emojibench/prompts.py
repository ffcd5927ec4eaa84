"""Portraits that a text-to-image model draws: their names, and their prompts from `prompts.yaml`."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from builders.emojibench.identities import PORTRAIT_STYLES, PortraitStyle
from hub.files import seed_from
from hub.spec import load
from hub.spec.base import Declaration

Phrases = Annotated[tuple[str, ...], Field(min_length=1)]


class StylePrompts(Declaration):
    """The phrases of one style."""

    medium: Phrases
    subject: Phrases
    look: Phrases


class PromptsSpec(Declaration):
    """All of them."""

    framing: str
    negative: str
    """What a portrait must not show, for engines that take such prompts."""
    styles: dict[PortraitStyle, StylePrompts]


@dataclass(frozen=True, slots=True)
class PromptedPortrait:
    """One portrait to be asked for; each is an identity of its own."""

    id: str
    style: PortraitStyle
    prompt: str
    seed: int


@lru_cache(maxsize=4)
def read_prompts(folder: Path) -> PromptsSpec:
    """Reads the prompts of the dataset in `folder`."""
    return load(folder / "prompts.yaml", PromptsSpec)


def prompted_portraits(count: int, prompts: PromptsSpec) -> Iterator[PromptedPortrait]:
    """Yields that many portraits, the styles in turns."""
    for number in range(count):
        style = PORTRAIT_STYLES[number % len(PORTRAIT_STYLES)]
        id = f"generated-{style}-{number // len(PORTRAIT_STYLES):04d}"
        own = prompts.styles[style]
        words = [_chosen(phrases, id, kind) for kind, phrases in (("medium", own.medium), ("subject", own.subject), ("look", own.look))]
        yield PromptedPortrait(id, style, f"{' '.join(words)}, {prompts.framing}", seed_from("emojibench portrait", id))


def _chosen(phrases: tuple[str, ...], id: str, kind: str) -> str:
    return phrases[seed_from("emojibench prompt", kind, id) % len(phrases)]
