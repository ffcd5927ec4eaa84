"""How many requests a server bears: found by asking for more until it says no."""

import asyncio
from collections import deque


class AdaptiveLimit:
    """Admits at most `limit` requests at a time, in the order of arrival.

    The limit starts at `most`, is halved when the server says that it has too much to do, and grows by one after as many answers as it
    admits at once (additive increase, multiplicative decrease). Complaints about requests that were sent before the last halving are
    echoes of the same overload and do not count again. Belongs to one event loop.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = most
        self.in_flight = 0
        self._halvings = 0
        self._answers = 0
        self._opens_at = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> int:
        """Waits for a place. Returns a number to hand to `overloaded`; every `enter` is followed by one `leave`."""
        if self._waiting or not self._has_room():
            await self._queue()
        else:
            self.in_flight += 1
        return self._halvings

    def leave(self) -> None:
        self.in_flight -= 1
        self._admit()

    def answered(self) -> None:
        """Takes note of an answer."""
        if self.limit == self.most:
            return
        self._answers += 1
        if self._answers >= self.limit:
            self.limit += 1
            self._answers = 0
            self._admit()

    def overloaded(self, entered: int, pause: float = 0.0) -> None:
        """Takes note of a complaint about the request that got `entered`. Nobody is admitted for `pause` seconds."""
        if entered == self._halvings:
            self.limit = max(1, self.limit // 2)
            self._halvings += 1
            self._answers = 0
        if pause > 0:
            loop = asyncio.get_running_loop()
            self._opens_at = max(self._opens_at, loop.time() + pause)
            loop.call_at(self._opens_at, self._admit)

    def _has_room(self) -> bool:
        return self.in_flight < self.limit and (not self._opens_at or asyncio.get_running_loop().time() >= self._opens_at)

    async def _queue(self) -> None:
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.leave()  # It had been admitted just before it gave up.
            raise

    def _admit(self) -> None:
        while self._waiting and self._has_room():
            place = self._waiting.popleft()
            if not place.done():
                self.in_flight += 1
                place.set_result(None)
