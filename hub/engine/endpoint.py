"""Any server that speaks the OpenAI chat completions protocol: many requests at a time, as many as it bears, each until it is answered."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from tenacity import AsyncRetrying, RetryCallState, RetryError, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter
from yarl import URL

from hub.engine.base import Completion, Request
from hub.engine.chat import Unanswered
from hub.engine.client import ChatClient
from hub.engine.concurrency import AdaptiveLimit
from hub.errors import EngineError
from hub.spec.engine import EndpointEngineSpec

_CONNECT_TIMEOUT = 5.0
_LONGEST_PAUSE = 300.0
_LONGEST_BACKOFF = 30.0


class EndpointEngine:
    """Answers through a server that somebody else runs."""

    def __init__(self, spec: EndpointEngineSpec, backoff: float = 0.5) -> None:
        """`backoff` is how long the first repetition waits, in seconds; every further one waits twice as long.

        Raises:
            EngineError: the environment variable that should hold the key is not set.
        """
        self.concurrency = spec.concurrency
        self.limit = AdaptiveLimit(spec.concurrency)
        self._spec = spec
        self._client = ChatClient(spec.url, spec.model, spec.structured, spec.timeout, spec.api_key_variable)
        self._growing = wait_exponential_jitter(initial=backoff, max=_LONGEST_BACKOFF, jitter=backoff)
        self._retrying = AsyncRetrying(
            retry=retry_if_exception_type(Unanswered),
            stop=stop_after_attempt(spec.attempts),
            wait=self._wait,
        )

    @property
    def identity(self) -> Mapping[str, Any]:
        return {"kind": "endpoint", "model": self._spec.model, "revision": self._spec.revision, "structured": self._spec.structured}

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return True

    async def complete(self, request: Request) -> Completion:
        """Answers one request, waiting for its turn and asking again where that may help.

        Raises:
            EngineError: the server cannot be used, or gave no usable answer in all attempts.
        """
        try:
            return await self._retrying(self._ask, request)
        except RetryError as error:
            last = error.last_attempt.exception()
            times = "attempt" if self._spec.attempts == 1 else "attempts"
            raise EngineError(
                f"{self._client.url} gave no usable answer to {request.id!r} in {self._spec.attempts} {times}; at last it {last}. "
                "See to the server, or raise engine.attempts or engine.timeout"
            ) from last

    async def _ask(self, request: Request) -> Completion:
        entered = await self.limit.enter()
        try:
            completion = await self._client.ask(request)
        except Unanswered as problem:
            if problem.retry_after > _LONGEST_PAUSE:
                raise EngineError(f"{self._client.url} asks to be left alone for {problem.retry_after:,.0f} s ({problem}): run again then") from problem
            if problem.overloaded:
                self.limit.overloaded(entered, problem.retry_after)
            raise
        finally:
            self.limit.leave()
        self.limit.answered()
        return completion

    def _wait(self, state: RetryCallState) -> float:
        problem = state.outcome.exception() if state.outcome else None
        asked_for = problem.retry_after if isinstance(problem, Unanswered) else 0.0
        return max(self._growing(state), asked_for)

    async def __aenter__(self) -> Self:
        await self._check_reachable()
        await self._client.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def _check_reachable(self) -> None:
        """A plain connection, so that a wrong address or a server that is not running shows within seconds."""
        address = URL(self._client.url)
        try:
            async with asyncio.timeout(min(_CONNECT_TIMEOUT, self._spec.timeout)):
                _, writer = await asyncio.open_connection(address.host, address.port)
        except (OSError, UnicodeError) as error:
            raise EngineError(f"no server answers at {self._client.url}: start it or mend engine.url") from error
        writer.close()
