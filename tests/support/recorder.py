"""An engine that hands everything on to another one and keeps what was asked and answered."""

import json
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from hub.engine.base import Completion, Engine, Request


class Recorder:
    """`answers` lists requests and completions in the order in which they were completed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.answers: list[tuple[Request, Completion]] = []
        self.concurrency = engine.concurrency

    @property
    def identity(self) -> Mapping[str, Any]:
        return self._engine.identity

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return self._engine.can_answer(step, inputs)

    async def complete(self, request: Request) -> Completion:
        completion = await self._engine.complete(request)
        self.answers.append((request, completion))
        return completion

    async def __aenter__(self) -> Self:
        await self._engine.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._engine.__aexit__(kind, error, trace)

    def finished(self) -> list[tuple[Request, Any]]:
        """The requests whose answers came to their end, with what strict JSON makes of them; a ValueError where an answer is none."""
        return [(request, _strictly(completion.text)) for request, completion in self.answers if completion.finish_reason == "stop"]


class HelpedRecorder(Recorder):
    """Gives a cleaned context the words of the context. What the engine said is recorded; but no model with random weights repeats a text, and the chain
    would never come to its last step.
    """

    async def complete(self, request: Request) -> Completion:
        completion = await super().complete(request)
        if request.step != "cleaning" or completion.finish_reason != "stop":
            return completion
        return replace(completion, text=json.dumps({"context": request.inputs["context"]}))


def _strictly(text: str) -> Any:
    def refuse(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)
