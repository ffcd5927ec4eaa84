"""Engines that answer nothing: for the one process that collects what ranks have made."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from hub.engine import Completion, Drawn, ImageRequest, Request
from hub.errors import EngineError


class _Replay:
    """Has the identity of the engine that answered, without its model."""

    def __init__(self, identity: Mapping[str, Any]) -> None:
        self.identity = identity


class ReplayEngine(_Replay):
    """Stands for a language model whose answers are all stored."""

    concurrency = 1

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return True

    async def complete(self, request: Request) -> Completion:
        raise EngineError(f"no rank answered {request.id!r} of step {request.step!r}: run the same command again, which asks only what is missing")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


class ReplayImageEngine(_Replay):
    """Stands for an image engine whose batches are all stored."""

    def draw(self, batch: Sequence[ImageRequest]) -> list[Drawn]:
        raise EngineError(f"no rank drew the batch that begins with {batch[0].id!r}: run the same command again, which draws only what is missing")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None
