"""How many requests a server bears: found by asking for more until it says no."""


class AdaptiveLimit:
    """Has room for at most `limit` requests at a time.

    The limit starts at `most`, is halved when the server says that it has too much to do, and grows by one after as many answers as it
    has room for (additive increase, multiplicative decrease). Complaints about requests that were sent before the last halving are
    echoes of the same overload and do not count again.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = most
        self.in_flight = 0
        self._halvings = 0
        self._answers = 0

    @property
    def has_room(self) -> bool:
        return self.in_flight < self.limit

    def enter(self) -> int:
        """Takes a place. Returns a number to hand to `overloaded`; every `enter` is followed by one `leave`."""
        self.in_flight += 1
        return self._halvings

    def leave(self) -> None:
        self.in_flight -= 1

    def answered(self) -> None:
        """Takes note of an answer."""
        if self.limit == self.most:
            return
        self._answers += 1
        if self._answers >= self.limit:
            self.limit += 1
            self._answers = 0

    def overloaded(self, entered: int) -> bool:
        """Takes note of a complaint about the request that got `entered`. Returns whether it was news and no echo."""
        if entered != self._halvings:
            return False
        self.limit = max(1, self.limit // 2)
        self._halvings += 1
        self._answers = 0
        return True
