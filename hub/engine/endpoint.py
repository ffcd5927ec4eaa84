"""Servers that speak the OpenAI chat completions protocol: many requests at a time, as many as they bear, each until it is answered."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from tenacity import AsyncRetrying, RetryError, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from hub.console import say
from hub.engine.base import Completion, Request
from hub.engine.chat import TRIAL, Unanswered
from hub.engine.client import ChatClient
from hub.engine.concurrency import AdaptiveLimit
from hub.engine.servers import Server, Servers, Turn
from hub.engine.standing import Standing
from hub.errors import EngineError
from hub.spec.engine import EndpointEngineSpec

_LONGEST_BACKOFF = 30.0


class EndpointEngine:
    """Answers through one server or several that somebody else runs."""

    def __init__(self, spec: EndpointEngineSpec, backoff: float = 0.5) -> None:
        """`backoff` is how long the first repetition waits, in seconds, and how long a server is first left out; every further time is twice as long.

        Raises:
            EngineError: the environment variable that should hold the key is not set.
        """
        self.concurrency = spec.concurrency * len(spec.urls)
        self.servers = tuple(
            Server(
                ChatClient(url, spec.model, spec.structured, spec.timeout, spec.api_key_variable),
                AdaptiveLimit(spec.concurrency),
                Standing(backoff, spec.attempts),
            )
            for url in spec.urls
        )
        self._spec = spec
        self._choosing = Servers(self.servers)
        self._entered = AsyncExitStack()
        self._retrying = AsyncRetrying(
            retry=retry_if_exception_type(_Failed),
            stop=stop_after_attempt(spec.attempts),
            wait=wait_exponential_jitter(initial=backoff, max=_LONGEST_BACKOFF, jitter=backoff),
        )

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"kind": "endpoint", "model": self._spec.model, "revision": self._spec.revision, "structured": self._spec.structured}

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return True

    async def complete(self, request: Request) -> Completion:
        """Answers one request, waiting for its turn and asking again, of another server where there is one, where that may help.

        A request at which a server fails every time, though a plain one is answered, counts as `rejected`: it is what the server cannot bear.

        Raises:
            EngineError: no server can be used, or none gave a usable answer in all attempts.
        """
        failed_at: list[Server] = []
        try:
            return await self._retrying(self._ask, request, failed_at)
        except RetryError as error:
            last = error.last_attempt.exception()
            assert isinstance(last, _Failed)
            if last.problem.broken and await _answers_a_plain_request(failed_at[-1]):
                return Completion(str(last.problem), "rejected", None, None, request.seed, 0.0)
            times = "attempt" if self._spec.attempts == 1 else "attempts"
            gave = f"{self.servers[0].client.url} gave no usable answer" if len(self.servers) == 1 else f"no usable answer from {len(self.servers)} servers"
            raise EngineError(
                f"{gave} to {request.id!r} in {self._spec.attempts} {times}; at last {last}. See to the server, or raise engine.attempts or engine.timeout"
            ) from last

    async def _ask(self, request: Request, failed_at: list[Server]) -> Completion:
        """One attempt, at another server than the last one. `failed_at` lists where it failed."""
        while True:
            turn = await self._choosing.enter(failed_at[-1] if failed_at else None)
            try:
                if turn.trial and not await self._is_back(turn):
                    continue
                completion = await turn.server.client.ask(request)
            except Unanswered as problem:
                self._choosing.failed(turn, problem)
                failed_at.append(turn.server)
                raise _Failed("it" if len(self.servers) == 1 else turn.server.client.url, problem) from problem
            except EngineError as error:
                self._choosing.dismiss(turn, error)
            else:
                self._choosing.answered(turn)
                return completion
            finally:
                self._choosing.leave(turn)

    async def _is_back(self, turn: Turn) -> bool:
        """Whether a server that was left out can be reached again; a look, before a request risks an attempt on it.

        Raises:
            EngineError: it has come back with other models.
        """
        try:
            await turn.server.client.reach()
        except Unanswered as problem:
            self._choosing.failed(turn, problem)
            return False
        await self._check_model(turn.server)
        return True

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as entered:
            for server in self.servers:
                await entered.enter_async_context(server.client)
            await self._look_around()
            self._entered = entered.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._entered.aclose()

    async def _look_around(self) -> None:
        """Finds out before the first request which servers are there, and that they serve the model.

        Raises:
            EngineError: none is there, or one serves something else.
        """
        there = await asyncio.gather(*(self._is_there(server) for server in self.servers))
        away = [server for server, is_there in zip(self.servers, there, strict=True) if not is_there]
        if len(away) == len(self.servers):
            where = " or ".join(server.client.url for server in self.servers)
            raise EngineError(f"no server answers at {where}: start {'it' if len(away) == 1 else 'one'} or mend engine.url")
        for server in away:
            say(f"no server answers at {server.client.url}: the others begin without it")

    async def _is_there(self, server: Server) -> bool:
        try:
            await server.client.reach()
        except Unanswered as problem:
            server.standing.failed(asyncio.get_running_loop().time(), server.standing.turn, str(problem), problem.unreachable)
            return False
        await self._check_model(server)
        return True

    async def _check_model(self, server: Server) -> None:
        """Servers that share one run must serve one model. A server alone judges by itself which names it takes."""
        if len(self.servers) == 1:
            return
        known = await server.client.models()
        if known and not _among(self._spec.model, known):
            raise EngineError(
                f"{server.client.url} serves {', '.join(known[:20])} and not {self._spec.model!r}: all servers in engine.url must serve engine.model under "
                "that name (--served-model-name of vLLM, --alias of llama.cpp)"
            )


class _Failed(Exception):
    """An attempt brought no usable answer; the message says where and why."""

    def __init__(self, where: str, problem: Unanswered) -> None:
        super().__init__(f"{where} {problem}")
        self.problem = problem


async def _answers_a_plain_request(server: Server) -> bool:
    try:
        return (await server.client.ask(TRIAL)).finish_reason != "rejected"
    except (Unanswered, EngineError):
        return False


def _among(model: str, known: Sequence[str]) -> bool:
    """Whether a server has a model; Ollama lists `mistral` as `mistral:latest`."""
    return model in known or f"{model}:latest" in known
