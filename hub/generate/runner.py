"""Puts requests to an engine, many at a time, and never asks twice what the store knows."""

import asyncio
from collections.abc import Sequence

from hub.console import Tick
from hub.engine.base import Completion, Engine, Request
from hub.errors import EmohubError, EngineError
from hub.generate.store import AnswerStore


async def answer_all(
    requests: Sequence[Request], engine: Engine, store: AnswerStore, tick: Tick, known: Sequence[Completion | None] | None = None
) -> list[Completion]:
    """Returns one answer a request, in the order of the requests.

    Answers already stored cost nothing; the others are stored as they arrive. `tick` is called for each new one. `known` is what the store holds, for
    those who have looked already.

    Raises:
        EngineError: the engine gave up. What had been answered is stored.
        EmohubError: the store cannot be written.
    """
    answers = [store.get(request) for request in requests] if known is None else list(known)
    missing = iter([(index, request) for index, (request, answer) in enumerate(zip(requests, answers, strict=True)) if answer is None])

    async def work() -> None:
        # All workers draw from one iterator: no queue, and at most `concurrency` requests in flight.
        for index, request in missing:
            completion = await engine.complete(request)
            store.put(request, completion)
            answers[index] = completion
            tick()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(engine.concurrency, answers.count(None))):
                group.create_task(work())
    except* EmohubError as problems:
        first = problems.exceptions[0]
        if not isinstance(first, EngineError):
            raise first from first.__cause__  # Of the store: its disk is full, say.
        raise EngineError(f"{first} ({len(store):,} answers are stored in {store.path.name}; run the same command to go on)") from first
    complete = [answer for answer in answers if answer is not None]
    assert len(complete) == len(requests)
    return complete
