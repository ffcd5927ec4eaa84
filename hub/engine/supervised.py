"""One model server that this process starts, asks, watches and restarts."""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hub.console import say, shorten
from hub.engine.base import Completion, Request
from hub.engine.chat import TRIAL, Unanswered
from hub.engine.client import ChatClient
from hub.engine.endpoint import EndpointEngine
from hub.engine.process import GuardedProcess, free_port, last_words
from hub.errors import EngineError
from hub.spec.engine import EndpointEngineSpec, VllmEngineSpec

_PROBE_INTERVAL = 0.5
_LONGEST_PAUSE = 30.0
_ATTEMPTS = 12
"""Long enough, with their waits, for a server that is falling over to be noticed before a request of its is given up: three minutes."""


class ServerLost(Exception):
    """The server went down under a request; another, or the same one restarted, will answer it."""


class SupervisedServer:
    """Is `ready` when it has answered a trial request, and stays so while answers come."""

    def __init__(self, spec: VllmEngineSpec, name: str, environment: Mapping[str, str], log: Path, changed: Callable[[], None]) -> None:
        """`changed` is called whenever `ready` changes."""
        self.in_flight = 0
        self.ready = False
        self.version: str | None = None
        self.url: str | None = None
        """The base address of the server that runs now, or ran last."""
        self._spec = spec
        self._name = name
        self._environment = environment
        self._log = log
        self._changed = changed
        self._process: GuardedProcess | None = None
        self._endpoint: EndpointEngine | None = None
        self._lost: asyncio.Future[None] | None = None
        self._active_at = 0.0

    async def start(self) -> None:
        """Starts the process and waits until it has answered one request of one token; /health would say nothing about that.

        Raises:
            EngineError: the process ended before, or the time is up.
        """
        port = free_port()
        url = self.url = f"http://127.0.0.1:{port}/v1"
        try:
            process = self._process = await GuardedProcess.start(server_command(self._spec, port), self._environment, self._log, scratch=True)
        except OSError as error:
            raise EngineError(f"{self._name} cannot be started: {error}") from error
        try:
            async with asyncio.timeout(self._spec.start_timeout), ChatClient(url, self._spec.model, "none", self._spec.start_timeout) as client:
                await self._until_answered(process, client)
                about = await client.get_json(f"http://127.0.0.1:{port}/version")
        except TimeoutError:
            raise EngineError(self._report(f"answered nothing within {shorten(self._spec.start_timeout)} (engine.start_timeout)")) from None
        version = about.get("version") if isinstance(about, dict) else None
        self.version = str(version) if version else None
        spec = EndpointEngineSpec(
            kind="endpoint", url=url, model=self._spec.model, concurrency=self._spec.concurrency, timeout=self._spec.timeout, attempts=_ATTEMPTS
        )
        self._endpoint = await EndpointEngine(spec).__aenter__()
        self._lost = asyncio.get_running_loop().create_future()
        self.ready = True
        self._changed()

    async def ask(self, request: Request) -> Completion:
        """Answers one request.

        Raises:
            ServerLost: the server was lost before it had answered.
            EngineError: the server cannot be used.
        """
        assert self._endpoint and self._lost, "the server was not started"
        lost = self._lost
        if self.in_flight == 0:
            self._active_at = _now()
        self.in_flight += 1
        answer = asyncio.create_task(self._endpoint.complete(request))
        either: set[asyncio.Future[Any]] = {answer, lost}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise ServerLost
            completion = answer.result()
        finally:
            self.in_flight -= 1
            answer.cancel()
        if completion.finish_reason != "rejected":  # A server can reject without its engine, so that proves nothing.
            self._active_at = _now()
        return completion

    async def watch(self) -> None:
        """Restarts the server whenever its process ends or its answers stop. Runs until it is cancelled.

        Raises:
            EngineError: the server has been restarted often enough.
        """
        trouble = await self._until_trouble()
        for restart in range(1, self._spec.restarts + 1):
            await self._down()
            say(f"{self._name} {trouble}: restart {restart} of {self._spec.restarts}")
            try:
                await self.start()
            except EngineError as error:
                await self._down()
                say(str(error))
                trouble = "did not come up again"
                await asyncio.sleep(min(2.0**restart, _LONGEST_PAUSE))
            else:
                trouble = await self._until_trouble()
        await self._down()
        raise EngineError(self._report(f"{trouble}, and its {self._spec.restarts} restarts (engine.restarts) are used up"))

    async def stop(self) -> None:
        """Kills the server. Safe to call in any state."""
        await self._down()

    async def _down(self) -> None:
        self.ready = False
        if self._process:
            await self._process.stop()
        if self._lost and not self._lost.done():
            self._lost.set_result(None)
        if self._endpoint:
            await self._endpoint.__aexit__(None, None, None)
            self._endpoint = None
        self._changed()

    async def _until_answered(self, process: GuardedProcess, client: ChatClient) -> None:
        ended = asyncio.create_task(process.wait())
        try:
            while not ended.done():
                try:
                    completion = await client.ask(TRIAL)
                except Unanswered:
                    await asyncio.wait({ended}, timeout=_PROBE_INTERVAL)
                else:
                    if completion.finish_reason == "rejected":
                        raise EngineError(self._report(f"rejects a plain request: {completion.text}"))
                    return
            raise EngineError(self._report(f"{ended.result()} before it answered anything"))
        finally:
            ended.cancel()

    async def _until_trouble(self) -> str:
        """Waits until the process has ended, or requests wait and none has been answered for too long. Returns which, as half a sentence."""
        assert self._process
        patience = self._spec.silence_timeout
        ended = asyncio.create_task(self._process.wait())
        try:
            left = patience
            while left > 0:
                await asyncio.wait({ended}, timeout=left)
                if ended.done():
                    return ended.result()
                left = self._active_at + patience - _now() if self.in_flight else patience
            return f"finished no answer for {shorten(patience)} with {self.in_flight} requests waiting"
        finally:
            ended.cancel()

    def _report(self, what: str) -> str:
        return f"{self._name} {what}; from its log {self._log}:\n{last_words(self._log)}"


def server_command(spec: VllmEngineSpec, port: int) -> list[str]:
    """Returns the command line that starts one server on a port."""
    if spec.command:
        return [part.replace("{model}", spec.model).replace("{port}", str(port)) for part in spec.command] + list(spec.arguments)
    command = [spec.interpreter, "-m", "vllm.entrypoints.openai.api_server", "--host", "127.0.0.1", "--port", str(port), "--model", spec.model]
    # Without this vLLM would mix the model's own sampling defaults into ours.
    command += ["--generation-config", "vllm"]
    # xgrammar, which vLLM would pick, lets raw control characters into JSON strings.
    command += ["--structured-outputs-config", '{"backend": "guidance", "disable_any_whitespace": true}']
    command.append("--disable-uvicorn-access-log")
    if spec.revision:
        command += ["--revision", spec.revision, "--tokenizer-revision", spec.revision]
    if spec.max_model_len:
        command += ["--max-model-len", str(spec.max_model_len)]
    return command + list(spec.arguments)


def server_environment(spec: VllmEngineSpec, index: int) -> dict[str, str]:
    """Returns the environment of the server number `index`: with several servers, each sees one of the GPUs that this process may use.

    Raises:
        EngineError: CUDA_VISIBLE_DEVICES names fewer GPUs than there are servers.
    """
    environment = {**os.environ, "VLLM_NO_USAGE_STATS": "1", **spec.environment}
    if spec.data_parallel > 1:
        visible = [device for device in environment.get("CUDA_VISIBLE_DEVICES", "").split(",") if device.strip()]
        if visible and len(visible) < spec.data_parallel:
            raise EngineError(f"engine.data_parallel is {spec.data_parallel}, but CUDA_VISIBLE_DEVICES names only {len(visible)}: {','.join(visible)}")
        environment["CUDA_VISIBLE_DEVICES"] = visible[index].strip() if visible else str(index)
    return environment


def _now() -> float:
    return asyncio.get_running_loop().time()
