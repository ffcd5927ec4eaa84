"""A small OpenAI chat completions server on loopback, for tests: it answers honestly unless told to fail.

In a test: `async with OpenAIServer() as server:`, with faults scheduled through `server.faults`. As a program of its own:
`python openai_server.py --port 8000 --model tiny`; then `POST /control` with `{"fault": "hang", "times": -1}` schedules a fault.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

Answer = Callable[[Mapping[str, Any]], str]


def echo(body: Mapping[str, Any]) -> str:
    """The default answer: JSON with the last message and the seed."""
    return json.dumps({"echo": body["messages"][-1]["content"], "seed": body["seed"]})


@dataclass
class Fault:
    """What to do instead of answering. `status` with `headers` and `body`, or one of the named ways to fail."""

    kind: str = "status"
    """`status`; `hang` never answers; `cut` closes the connection; `die` kills the process; `slow` answers after `seconds`."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 0.0
    times: int = 1
    """How many requests fail so; -1 is all of them."""


@dataclass
class OpenAIServer:
    """Counts what it sees, answers with `answer`, and fails as `faults` say: the first fault is used up first."""

    model: str = "tiny"
    answer: Answer = echo
    key: str | None = None
    delay: float = 0.0
    capacity: int | None = None
    """More requests in flight than this are turned away with 429."""
    retry_after: str | None = None
    port: int = 0
    faults: deque[Fault] = field(default_factory=deque)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    """How often each last message was asked."""
    statuses: Counter[int] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0
    keep_bodies: bool = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def fail(self, *faults: Fault) -> None:
        self.faults.extend(faults)

    def application(self) -> web.Application:
        application = web.Application(client_max_size=64 * 2**20)
        application.router.add_post("/v1/chat/completions", self._complete)
        application.router.add_get("/v1/models", self._models)
        application.router.add_get("/health", self._health)
        application.router.add_get("/version", self._version)
        application.router.add_get("/seen", self._seen)
        application.router.add_post("/control", self._control)
        return application

    async def __aenter__(self) -> Self:
        self._released = asyncio.Event()
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        listener = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self.port = listener.getsockname()[1]
        await web.SockSite(self._runner, listener).start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._released.set()
        await self._runner.cleanup()

    async def _complete(self, http: web.Request) -> web.StreamResponse:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            response = await self._respond(http)
        finally:
            self.in_flight -= 1
        self.statuses[response.status] += 1
        return response

    async def _respond(self, http: web.Request) -> web.StreamResponse:
        body = await http.json()
        self.asked[body["messages"][-1]["content"]] += 1
        if self.keep_bodies:
            self.bodies.append(body)
            self.headers.append(dict(http.headers))
        if self.key and http.headers.get("Authorization") != f"Bearer {self.key}":
            return _error(401, f"Incorrect API key provided: {http.headers.get('Authorization', '')}")
        if body["model"] != self.model:
            return _error(404, f"The model {body['model']} does not exist.")
        if self.capacity is not None and self.in_flight > self.capacity:
            headers = {"Retry-After": self.retry_after} if self.retry_after else {}
            return _error(429, "Too many requests", headers)
        text = self.answer(body)  # Before the faults, so that it may schedule one for this very request.
        if self.faults:
            failed = await self._fail(http, self.faults[0])
            if failed is not None:
                return failed
        if self.delay:
            await asyncio.sleep(self.delay)
        return web.json_response(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 0,
                "model": self.model,
                "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 7, "completion_tokens": len(text), "total_tokens": 7 + len(text)},
            }
        )

    async def _fail(self, http: web.Request, fault: Fault) -> web.StreamResponse | None:
        fault.times -= 1
        if fault.times == 0:
            self.faults.popleft()
        match fault.kind:
            case "hang":
                await self._released.wait()
            case "slow":
                await asyncio.sleep(fault.seconds)
                return None
            case "cut":
                assert http.transport
                http.transport.close()
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
        headers = {"Content-Type": "application/json", **fault.headers}
        return web.Response(status=fault.status, text=None, body=fault.body.encode(), headers=headers)

    async def _models(self, http: web.Request) -> web.StreamResponse:
        return web.json_response({"object": "list", "data": [{"id": self.model, "object": "model"}]})

    async def _health(self, http: web.Request) -> web.StreamResponse:
        return web.Response(text="")

    async def _version(self, http: web.Request) -> web.StreamResponse:
        return web.json_response({"version": "0.0-stand-in"})

    async def _seen(self, http: web.Request) -> web.StreamResponse:
        about = {"pid": os.getpid(), "requests": sum(self.asked.values()), "most_in_flight": self.most_in_flight}
        return web.json_response({**about, "environment": dict(os.environ), "arguments": sys.argv})

    async def _control(self, http: web.Request) -> web.StreamResponse:
        given = await http.json()
        if given.get("fault") == "none":
            self.faults.clear()
        else:
            self.fail(Fault(kind=given["fault"], times=given.get("times", 1), status=given.get("status", 200)))
        return web.Response(text="")


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"error": {"message": message, "type": "error", "code": status}}, status=status, headers=headers)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--exit-at-once", type=int, help="print a message and exit with this code")
    parser.add_argument("--die-on", help="kill the process when this is asked")
    parser.add_argument("--die-once", type=Path, help="a file to write when --die-on or --hang-on strikes, so that it strikes only once")
    parser.add_argument("--hang-on", help="stop answering anything when this is asked; /health goes on")
    parser.add_argument("--child", action="store_true", help="start a child process of its own, as vLLM does")
    parser.add_argument("--pids", type=Path, help="a file to write all process ids to")
    parser.add_argument("--delay", type=float, default=0.0)
    arguments, _ = parser.parse_known_args()
    if arguments.exit_at_once is not None:
        print("RuntimeError: no kernel image for this device", file=sys.stderr)
        sys.exit(arguments.exit_at_once)
    asyncio.run(_serve(arguments))


async def _serve(arguments: argparse.Namespace) -> None:
    pids = [os.getpid()]
    if arguments.child:
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(600)")
        pids.append(child.pid)
    if arguments.pids:
        with arguments.pids.open("a") as file:
            file.write("".join(f"{pid}\n" for pid in pids))
    async with OpenAIServer(arguments.model, port=arguments.port, keep_bodies=False, delay=arguments.delay) as server:

        def answer(body: Mapping[str, Any]) -> str:
            asked = body["messages"][-1]["content"]
            fresh = arguments.die_once is None or not arguments.die_once.exists()
            if fresh and asked in (arguments.die_on, arguments.hang_on):
                if arguments.die_once:
                    arguments.die_once.touch()
                if asked == arguments.die_on:
                    os.kill(os.getpid(), signal.SIGKILL)
                server.fail(Fault("hang", times=-1))
            return echo(body)

        server.answer = answer
        print(f"listening on {server.port}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    main()
