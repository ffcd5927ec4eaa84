"""Which of several servers is asked next: the one with the fewest requests in flight that is up and has room."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from hub.console import say, shorten
from hub.engine.chat import Unanswered
from hub.engine.client import ChatClient
from hub.engine.concurrency import AdaptiveLimit
from hub.engine.standing import LONGEST_PAUSE, Standing
from hub.errors import EngineError


class Server:
    """One server: how it is asked, how much it bears, and whether it may be asked now."""

    def __init__(self, client: ChatClient, limit: AdaptiveLimit, standing: Standing) -> None:
        self.client = client
        self.limit = limit
        self.standing = standing
        self.sent = 0
        self.on_trial = False
        """Whether the one request that tries it after an outage is under way."""

    def has_room(self, now: float) -> bool:
        return self.standing.open(now) and self.limit.has_room and not self.on_trial


@dataclass(frozen=True)
class Turn:
    """A request's place at a server. `trial`: it is the first one after an outage."""

    server: Server
    trial: bool
    entered: int
    turn: int


@dataclass(frozen=True)
class _Waiting:
    place: asyncio.Future[Turn]
    avoiding: Server | None


class Servers:
    """Hands out turns in the order of arrival. Belongs to one event loop."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.servers = tuple(servers)
        self._waiting: deque[_Waiting] = deque()
        self._alarm: asyncio.TimerHandle | None = None

    async def enter(self, avoiding: Server | None = None) -> Turn:
        """Waits for a turn. Every turn is followed by one `leave`. A request that failed at a server gets a turn there only while no other one is up.

        Raises:
            EngineError: no server is left.
        """
        place: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(place, avoiding))
        self._admit()
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                self.leave(place.result())  # It had been admitted just before it gave up.
            raise

    def leave(self, turn: Turn) -> None:
        turn.server.limit.leave()
        if turn.trial:
            turn.server.on_trial = False
        self._admit()

    def answered(self, turn: Turn) -> None:
        """Takes note of an answer."""
        server = turn.server
        if server.standing.on_trial:
            self._tell(f"{server.client.url} answers again")
        server.standing.answered()
        server.limit.answered()
        self._admit()

    def failed(self, turn: Turn, problem: Unanswered) -> None:
        """Takes note of an exchange without an answer."""
        server, now = turn.server, _now()
        words = str(problem)
        if problem.overloaded:
            if server.limit.overloaded(turn.entered):
                server.standing.overloaded(now, words)
        elif server.standing.failed(now, turn.turn, words, problem.unreachable) and server.standing.outages == 1:
            self._tell(f"{server.client.url} is left out for a while: it {words}")
        if problem.retry_after > 0:
            server.standing.rest(now, problem.retry_after, words)
            if problem.retry_after > LONGEST_PAUSE:
                self._tell(f"{server.client.url} asks to be left alone for {shorten(problem.retry_after)}")
        self._admit()

    def dismiss(self, turn: Turn, error: EngineError) -> None:
        """Never asks a server again that cannot be used.

        Raises:
            EngineError: it was the only one.
        """
        if len(self.servers) == 1:
            raise error
        if not turn.server.standing.dismissed:
            turn.server.standing.dismiss(str(error))
            self._tell(f"{error}; the run goes on without it")
        self._admit()

    def _admit(self) -> None:
        """Gives turns to those who wait, and sees to it that it is called again when time alone makes room."""
        now = _now()
        if all(server.standing.gone(now) for server in self.servers):
            error = EngineError(_farewell(self.servers, now))
            for waiting in self._waiting:
                if not waiting.place.done():
                    waiting.place.set_exception(error)
            self._waiting.clear()
        passed_over: list[_Waiting] = []
        while self._waiting and any(server.has_room(now) for server in self.servers):
            waiting = self._waiting.popleft()
            if waiting.place.done():
                continue
            server = self._least_busy(now, waiting.avoiding)
            if server:
                waiting.place.set_result(self._take(server))
            else:
                passed_over.append(waiting)
        self._waiting.extendleft(reversed(passed_over))
        self._set_alarm(now)

    def _least_busy(self, now: float, avoiding: Server | None) -> Server | None:
        opened = [server for server in self.servers if server.standing.open(now)]
        preferred = [server for server in opened if server is not avoiding] or opened
        ready = [server for server in preferred if server.has_room(now)]
        return min(ready, key=lambda server: (server.limit.in_flight, server.sent), default=None)

    def _take(self, server: Server) -> Turn:
        trial = server.on_trial = server.standing.on_trial
        server.sent += 1
        return Turn(server, trial, server.limit.enter(), server.standing.turn)

    def _set_alarm(self, now: float) -> None:
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        closed = [server.standing.opens_at() for server in self.servers if not server.standing.open(now) and not server.standing.dismissed]
        if self._waiting and closed:
            # A timer may go off a moment early, and would then find the door still shut.
            self._alarm = asyncio.get_running_loop().call_at(min(closed) + 0.001, self._admit)

    def _tell(self, sentence: str) -> None:
        if len(self.servers) > 1:
            say(sentence)


def _farewell(servers: Sequence[Server], now: float) -> str:
    reasons = [_reason(server, now) for server in servers]
    if len(reasons) == 1:
        return reasons[0]
    return f"none of the {len(reasons)} servers in engine.url is left: " + "; ".join(reasons)


def _reason(server: Server, now: float) -> str:
    standing, url = server.standing, server.client.url
    if standing.dismissed:
        return standing.words
    if standing.opens_at() - now > LONGEST_PAUSE:
        return f"{url} asks to be left alone for {standing.opens_at() - now:,.0f} s ({standing.words}): run again then"
    return f"{url} stopped answering, at last it {standing.words}: see to the server and run again"


def _now() -> float:
    return asyncio.get_running_loop().time()
