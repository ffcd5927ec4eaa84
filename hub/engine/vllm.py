"""vLLM servers that this project starts and watches over, one per GPU. vLLM itself may live in an environment of its own.

They are started for the first request that has no stored answer: a run that finds all its answers in the store starts none.
"""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hub.console import say
from hub.engine.base import Completion, Request
from hub.engine.model_name import model_name
from hub.engine.supervised import ServerLost, SupervisedServer, server_environment
from hub.errors import EmohubError, EngineError
from hub.paths import Project
from hub.spec.engine import VllmEngineSpec

_SAY_VERSION = """
import importlib.util, pathlib, runpy, sys
found = importlib.util.find_spec("vllm")
if found is None:
    sys.exit(1)
print(runpy.run_path(str(pathlib.Path(found.origin).with_name("_version.py")))["__version__"])
"""


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
        self._starting: asyncio.Task[None] | None = None
        self._model = spec.model
        self._version: str | None = None

    def _server(self, index: int) -> SupervisedServer:
        log = self._logs / f"vllm-{os.getpid()}-{index}.log"
        name = "the vLLM server" if self._spec.data_parallel == 1 else f"vLLM server {index}"
        return SupervisedServer(self._spec, name, server_environment(self._spec, index), log, self._change.set)

    @property
    def identity(self) -> Mapping[str, Any]:
        """Known once the engine was entered. A prompt that is rejected as too long is an answer too, so the longest prompt is part of it."""
        return {
            "kind": "vllm",
            "model": self._model,
            "revision": self._spec.revision,
            "command": list(self._spec.command),
            "arguments": list(self._spec.arguments),
            "max_model_len": self._spec.max_model_len,
            "version": self._version,
        }

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return True

    async def complete(self, request: Request) -> Completion:
        """Answers one request, however often servers have to be restarted for it.

        Raises:
            EngineError: the servers cannot be started, or one had to be given up.
        """
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        await asyncio.shield(self._starting)
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
        self._model = await asyncio.to_thread(model_name, self._spec.model)
        if self._spec.command:
            self._starting = asyncio.create_task(self._start())
            await self._starting  # Only the server itself can say which version it is.
            self._version = self._servers[0].version
        else:
            self._version = await asyncio.to_thread(installed_version, self._spec.interpreter)
        return self

    async def _start(self) -> None:
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

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        tasks = [*self._watchdogs, *([self._starting] if self._starting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stop()

    async def _stop(self) -> None:
        await asyncio.gather(*(server.stop() for server in self._servers))


def installed_version(interpreter: str) -> str:
    """Returns the version of the vLLM that an interpreter would run, as its server would report it, without the seconds that importing it takes.

    Raises:
        EngineError: there is no such interpreter, or no vLLM in its environment.
    """
    try:
        found = subprocess.run([interpreter, "-c", _SAY_VERSION], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"engine.interpreter {interpreter!r} cannot be run: {error}") from error
    if found.returncode:
        raise EngineError(f"engine.interpreter {interpreter!r} has no vLLM: name one that has (`make env-vllm` makes an environment)")
    return found.stdout.strip()


def _default_logs() -> Path:
    try:
        return Project.find().work / "logs"
    except EmohubError:
        return Path(tempfile.gettempdir()) / "emohub-logs"
