"""The server: routes, faults, and a record of what was asked."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from yarl import URL

from tests.support.loopback_hub.content import Content
from tests.support.loopback_hub.faults import Fault, Faults
from tests.support.loopback_hub.guard import Guard
from tests.support.loopback_hub.repositories import Repositories
from tests.support.loopback_hub.storage import MAIN, Commit, Refused, Repository, Storage

UNKNOWN = "unknown"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: never what its token was."""

    method: str
    path: str
    route: str
    authorized: bool
    """Whether there was an `Authorization` header."""
    headers: Mapping[str, str]
    """`Range`, where it was sent."""


class LoopbackHub:
    """A Hub on 127.0.0.1, in a thread of its own."""

    def __init__(self, token: str | None = None) -> None:
        self.storage = Storage()
        self.faults = Faults()
        self.asked: list[Asked] = []
        self.token = token
        guard = Guard(self.storage, token)
        self._content = Content(self.storage, guard)
        self._repositories = Repositories(self.storage, guard)
        self._names: dict[Any, str] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loopback-hub", daemon=True)
        self.endpoint = ""

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(30)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    def check(self) -> None:
        """Raises: AssertionError: a client asked for something that no Hub route of ours answers."""
        unknown = [f"{one.method} {one.path}" for one in self.asked if one.route == UNKNOWN]
        assert not unknown, f"unknown to the loopback Hub: {', '.join(unknown)}"

    def create(self, repository: str, kind: str = "dataset", private: bool = False) -> Repository:
        return self.storage.create(kind, repository, private)

    def repository(self, repository: str, kind: str = "dataset") -> Repository:
        """Returns what is there: `branches`, `tags`, `commits`, `log(revision)`. KeyError when there is none."""
        return self.storage.repositories[kind, repository]

    def files(self, repository: str, revision: str = MAIN, kind: str = "dataset") -> dict[str, bytes]:
        """Returns the contents of a revision's files by path, without the `.gitattributes` that every repository begins with."""
        files = self.repository(repository, kind).resolve(revision).files
        return {path: self.storage.blobs[file.sha256] for path, file in files.items() if path != ".gitattributes"}

    def commit_behind(
        self, repository: str, files: Mapping[str, bytes | None], kind: str = "dataset", branch: str = MAIN, title: str = "Another writer"
    ) -> Commit:
        """Commits as somebody else would: contents by path, None for one that is deleted."""
        changes = [self.storage.change(path, content) for path, content in files.items()]
        return self.repository(repository, kind).commit(branch, changes, title)

    def fail(self, route: str, **settings: Any) -> None:
        """Makes requests of a route fail: the settings are `Fault`'s."""
        self.faults.waiting.append(Fault(route, **settings))

    @property
    def routes(self) -> list[str]:
        """The routes' names in the order they were asked for."""
        return [one.route for one in self.asked]

    def forget(self) -> None:
        """Empties the record of requests, and takes back the faults that did not happen."""
        self.asked.clear()
        self.faults.waiting.clear()

    def page_by(self, entries: int) -> None:
        """Lists trees in pages of so many entries."""
        self._repositories.per_page = entries

    async def _start(self) -> None:
        application = web.Application(client_max_size=2**30, middlewares=[self._serve])
        for name, method, path, handler in [*self._repositories.routes(), *self._content.routes()]:
            resource = application.router.add_route(method, path, handler)
            self._names[resource] = name
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        for _ in range(2):  # the second address holds the large files
            await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        ports = [address[1] for address in self._runner.addresses]
        self.endpoint = f"http://127.0.0.1:{ports[0]}"
        self._content.blob_address = URL(f"http://127.0.0.1:{ports[1]}")

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        route = self._names.get(request.match_info.route, UNKNOWN)
        shown = {name: request.headers[name] for name in ("Range",) if name in request.headers}
        self.asked.append(Asked(request.method, request.path, route, "Authorization" in request.headers, shown))
        fault = self.faults.take(route)
        if fault is not None:
            return await self._fail(request, handler, fault)
        return await self._answer(request, handler)

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.route not in self._names:
            return web.json_response({"error": f"{request.method} {request.path} is not part of the loopback Hub."}, status=501)
        try:
            return await handler(request)
        except Refused as error:
            return _refusal(error.status, error.message, error.code, {"X-Repo-Commit": error.commit} if error.commit else {})

    async def _fail(self, request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
        await asyncio.sleep(fault.slow)
        if fault.before is not None:
            fault.before()
        if fault.cut_half and request.method == "GET":
            self._content.halved.add(id(request))
            try:
                return await self._answer(request, handler)
            finally:
                self._content.halved.discard(id(request))
        if fault.cut_half:
            await request.content.read(max((request.content_length or 2) // 2, 1))
            return _hang_up(request)
        if not (fault.cut or fault.status) or fault.after_effect:
            answer = await self._answer(request, handler)
            if not (fault.cut or fault.status):
                return answer
        elif request.can_read_body:
            await request.read()
        if fault.cut:
            return _hang_up(request)
        assert fault.status is not None
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
        return _refusal(fault.status, "The loopback Hub was told to fail.", fault.error_code, headers)


def _refusal(status: int, message: str, code: str | None, headers: Sequence[tuple[str, str]] | Mapping[str, str]) -> web.Response:
    told = dict(headers) | {"X-Error-Message": message.encode("ascii", "backslashreplace").decode()} | ({"X-Error-Code": code} if code else {})
    return web.json_response({"error": message}, status=status, headers=told)


def _hang_up(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@contextlib.contextmanager
def loopback_hub(token: str | None = None) -> Iterator[LoopbackHub]:
    """A Hub for the length of a block; at its end the test fails if a client asked for an unknown route."""
    hub = LoopbackHub(token)
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()
    hub.check()
