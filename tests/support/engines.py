"""Engines that answer from the story kits, slowly or badly. They are real engines: only their manners differ."""

import asyncio
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from builders.emo_pillars.authored import StoryKits
from hub.engine.authored import AuthoredEngine
from hub.engine.base import Completion, Request
from hub.paths import Project

Spoil = Callable[[Request, Completion], Completion]


class KitEngine:
    """Answers from a project's kits, several requests at a time. `spoil` may change an answer; `asked` lists what was asked."""

    def __init__(self, project: Project, spoil: Spoil = lambda request, completion: completion, concurrency: int = 4) -> None:
        self._authored = AuthoredEngine(StoryKits(project.root / "builders" / "emo_pillars"))
        self._spoil = spoil
        self.concurrency = concurrency
        self.asked: list[Request] = []

    @property
    def identity(self) -> Mapping[str, Any]:
        return {**self._authored.identity, "kind": "kits"}

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return self._authored.can_answer(step, inputs)

    async def complete(self, request: Request) -> Completion:
        self.asked.append(request)
        return self._spoil(request, await self._authored.complete(request))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


class LoggedEngine(KitEngine):
    """Takes its time, and notes every question in a file that outlives the process."""

    def __init__(self, project: Project, log: Path, delay: float, concurrency: int = 4) -> None:
        super().__init__(project, concurrency=concurrency)
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._delay = delay

    async def complete(self, request: Request) -> Completion:
        os.write(self._log, f"{request.step}\t{request.id}\n".encode())
        await asyncio.sleep(random.uniform(0, 2 * self._delay))
        return await super().complete(request)


def with_text(text: str) -> Spoil:
    """Makes an engine say always the same."""
    return lambda request, completion: replace(completion, text=text)
