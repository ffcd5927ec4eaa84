"""vLLM servers that this project starts and watches over, one per GPU. vLLM itself may live in an environment of its own."""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hub.console import say
from hub.engine.base import Completion, Request
from hub.engine.supervised import ServerLost, SupervisedServer, server_environment
from hub.errors import EmohubError
from hub.paths import Project
from hub.spec.engine import VllmEngineSpec


class VllmEngine:
    """Hands each request to the server with the fewest in flight, and again to another when a server is lost under it."""

    def __init__(self, spec: VllmEngineSpec, logs: Path | None = None) -> None:
        """`logs` is the folder for the servers' output; by default one in the project's work folder.

        Raises:
            EngineError: there are fewer GPUs than servers.
        """
        self.concurrency = spec.concurrency * spec.data_parallel
        self._spec = spec
        self._logs = logs or _default_logs()
        self._change = asyncio.Event()
        self._servers = [self._server(index) for index in range(spec.data_parallel)]
        self._watchdogs: list[asyncio.Task[None]] = []

    def _server(self, index: int) -> SupervisedServer:
        log = self._logs / f"vllm-{os.getpid()}-{index}.log"
        name = "the vLLM server" if self._spec.data_parallel == 1 else f"vLLM server {index}"
        return SupervisedServer(self._spec, name, server_environment(self._spec, index), log, self._change.set)

    @property
    def identity(self) -> Mapping[str, Any]:
        """Known in full once the engine was entered: the version is the one that the server reports."""
        return {
            "kind": "vllm",
            "model": self._spec.model,
            "revision": self._spec.revision,
            "arguments": list(self._spec.arguments),
            "version": self._servers[0].version,
        }

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return True

    async def complete(self, request: Request) -> Completion:
        """Answers one request, however often servers have to be restarted for it.

        Raises:
            EngineError: a server had to be given up.
        """
        while True:
            server = await self._least_busy()
            try:
                return await server.ask(request)
            except ServerLost:
                continue

    async def _least_busy(self) -> SupervisedServer:
        while True:
            for watchdog in self._watchdogs:
                if watchdog.done():
                    watchdog.result()  # It ends only by giving up.
            ready = [server for server in self._servers if server.ready]
            if ready:
                return min(ready, key=lambda server: server.in_flight)
            self._change.clear()
            await self._change.wait()

    async def __aenter__(self) -> Self:
        count = self._spec.data_parallel
        say(f"vllm: starting {count} server{'s' if count > 1 else ''} for {self._spec.model} (output in {self._logs})")
        starts = [asyncio.create_task(server.start()) for server in self._servers]
        try:
            await asyncio.gather(*starts)
        except BaseException:
            for start in starts:
                start.cancel()
            await asyncio.gather(*starts, return_exceptions=True)
            await self._stop()
            raise
        self._watchdogs = [asyncio.create_task(server.watch()) for server in self._servers]
        for watchdog in self._watchdogs:
            watchdog.add_done_callback(lambda _: self._change.set())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for watchdog in self._watchdogs:
            watchdog.cancel()
        await asyncio.gather(*self._watchdogs, return_exceptions=True)
        await self._stop()

    async def _stop(self) -> None:
        await asyncio.gather(*(server.stop() for server in self._servers))


def _default_logs() -> Path:
    try:
        return Project.find().work / "logs"
    except EmohubError:
        return Path(tempfile.gettempdir()) / "emohub-logs"
