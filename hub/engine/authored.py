"""The embedded engine: answers come from text written by hand for a dataset, through the same prompts, parsers and filters as a model's."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from hub.engine.base import Completion, Request


class Responder(Protocol):
    """A dataset's own hand-written material."""

    @property
    def revision(self) -> str:
        """A hash of the material: other text, other fingerprint."""
        ...

    def answer(self, step: str, inputs: Mapping[str, str], seed: int) -> str | None:
        """Returns the answer as JSON text, or None when there is no material for these inputs."""
        ...


class AuthoredEngine:
    """Asks a responder instead of a model. Declines (finish reason `refusal`) where nothing was written."""

    concurrency = 1

    def __init__(self, responder: Responder) -> None:
        self._responder = responder

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"kind": "authored", "material": self._responder.revision}

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return self._responder.answer(step, inputs, 0) is not None

    async def complete(self, request: Request) -> Completion:
        text = self._responder.answer(request.step, request.inputs, request.seed)
        return Completion(
            text=text or "",
            finish_reason="refusal" if text is None else "stop",
            prompt_tokens=None,
            completion_tokens=None,
            seed=request.seed,
            latency=0.0,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None
