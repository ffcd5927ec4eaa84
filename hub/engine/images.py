"""One picture asked for, one drawn: the protocol that every image engine implements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

if TYPE_CHECKING:
    from hub.engine.render import Picture, Truth

Moderation = Literal["none", "passed", "flagged"]
"""What the pipeline's safety checker said; `none` when there was none."""


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """One picture to be drawn. Which of `prompt` and `picture` is used is the engine's matter; both mean the same."""

    id: str
    prompt: str
    negative_prompt: str
    picture: "Picture | None"
    """The renderer's parameters."""
    size: int
    """Width and height in pixels."""
    seed: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """One picture."""

    id: str
    png: bytes
    truth: "Truth | None"
    """What is known exactly; only the renderer knows."""
    moderation: Moderation


class ImageEngine(Protocol):
    """Draws pictures, one batch at a time."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """What of the engine changes a pixel: its kind, model, revision, settings and versions. Part of every store's fingerprint."""
        ...

    def draw(self, batch: Sequence[ImageRequest]) -> list[Drawn]:
        """Draws every picture of a batch, in order.

        Raises:
            EngineError: the engine cannot go on.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...
