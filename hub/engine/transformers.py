"""A model run in this process with transformers. Answers are JSON by construction: a grammar rules out every other token."""

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from hub.engine.base import Completion, FinishReason, Request
from hub.files import canonical_json
from hub.spec.engine import TransformersEngineSpec

if TYPE_CHECKING:
    from hub.engine.checkpoint import Checkpoint

_BATCHES_WAITING = 2
"""While one batch is decoded, the next one gathers."""


@dataclass(frozen=True)
class _Waiting:
    """A request, its prompt as tokens, and where its answer goes."""

    request: Request
    prompt: list[int]
    answer: asyncio.Future[Completion]

    @property
    def kind(self) -> tuple[str, str, int]:
        """Only requests of one kind share a batch."""
        request = self.request
        return canonical_json(request.schema), request.sampling.model_dump_json(), request.max_tokens


class TransformersEngine:
    """Gathers the requests that wait into batches and decodes one batch at a time, in a thread of its own."""

    def __init__(self, spec: TransformersEngineSpec) -> None:
        self._spec = spec
        self.concurrency = _BATCHES_WAITING * spec.batch_size
        self._waiting: list[_Waiting] = []
        self._draining: asyncio.Task[None] | None = None
        self._checkpoint: Checkpoint | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._leaving = threading.Event()

    @property
    def identity(self) -> Mapping[str, Any]:
        checkpoint = self._loaded
        versions = {package: version(package) for package in ("transformers", "llguidance")}
        about = {"model": checkpoint.name, "revision": checkpoint.revision, "dtype": checkpoint.dtype}
        return {"kind": "transformers", **about, "drawing": "one number a token", **versions}

    @property
    def _loaded(self) -> "Checkpoint":
        if self._checkpoint is None:
            raise RuntimeError("the engine is used before it was entered")
        return self._checkpoint

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return True

    async def complete(self, request: Request) -> Completion:
        checkpoint = self._loaded
        prompt = checkpoint.encode(request.messages)
        room = checkpoint.positions
        if room is not None and len(prompt) + request.max_tokens > room:
            text = f"the prompt has {len(prompt):,} tokens; with {request.max_tokens:,} for the answer that is beyond the model's {room:,}"
            return Completion(text, "rejected", len(prompt), 0, request.seed, 0.0)
        waiting = _Waiting(request, prompt, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return await waiting.answer

    async def _drain(self) -> None:
        """Decodes batch after batch until nothing waits."""
        while self._waiting:
            await asyncio.sleep(0)  # Whoever is about to ask comes into the batch too.
            batch = self._next_batch()
            if not batch:
                continue
            try:
                completions = await asyncio.get_running_loop().run_in_executor(self._thread, self._decode, batch)
            except Exception as error:
                # Whoever waits for an answer is told; nobody would look at this task's result.
                for one in batch:
                    if not one.answer.done():
                        one.answer.set_exception(error)
                continue
            for one, completion in zip(batch, completions, strict=True):
                if not one.answer.done():
                    one.answer.set_result(completion)

    def _next_batch(self) -> list[_Waiting]:
        """Takes out the oldest request and the next ones of its kind. Requests whose asker has gone are forgotten."""
        self._waiting = [one for one in self._waiting if not one.answer.done()]
        batch = [one for one in self._waiting if one.kind == self._waiting[0].kind][: self._spec.batch_size]
        taken = {id(one) for one in batch}
        self._waiting = [one for one in self._waiting if id(one) not in taken]
        return batch

    def _decode(self, batch: Sequence[_Waiting]) -> list[Completion]:
        first = batch[0].request
        started = time.monotonic()
        prompts, seeds = [one.prompt for one in batch], [one.request.seed for one in batch]
        decoded = self._loaded.decode(prompts, first.schema, first.sampling, first.max_tokens, seeds, self._leaving.is_set)
        latency = time.monotonic() - started
        completions = []
        for one, answer in zip(batch, decoded, strict=True):
            reason: FinishReason = "stop" if answer.complete else "length"
            completions.append(Completion(answer.text, reason, len(one.prompt), answer.tokens, one.request.seed, latency))
        return completions

    async def __aenter__(self) -> Self:
        from hub.engine.checkpoint import load_checkpoint

        self._thread = ThreadPoolExecutor(1, thread_name_prefix="decode")
        try:
            self._checkpoint = await asyncio.get_running_loop().run_in_executor(self._thread, load_checkpoint, self._spec)
        except BaseException:
            self._thread.shutdown()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._leaving.set()
        if self._draining is not None and not self._draining.done():
            self._draining.cancel()
        if self._thread is not None:
            self._thread.shutdown(wait=True, cancel_futures=True)
