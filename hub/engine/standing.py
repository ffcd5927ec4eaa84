"""Whether a server may be asked now: what its failures and pleas say about it. Times are seconds of one clock, given by whoever asks."""

LONGEST_PAUSE = 300.0
"""A server that asks to be left alone for longer is not waited for."""
_LONGEST_OUTAGE = 60.0
_LONGEST_REST = 30.0
_FAILURES = 5
"""This many in a row, with no answer between them, are an outage: single failures belong to single requests."""


class Standing:
    """One server's standing.

    A server that cannot be reached, or fails again and again, is left out for `backoff` seconds; then one request is tried on it. Each further outage
    without an answer between lasts twice as long, up to a minute. After `patience` outages in a row the server counts as gone: it is still tried, but
    nobody waits for it. A server that says it has too much to do twice without an answer between rests too, growing likewise: it would otherwise have the
    fewest requests in flight and be asked first, for ever.
    """

    def __init__(self, backoff: float, patience: int) -> None:
        self.outages = 0
        self.words = ""
        """What it did at last, as half a sentence."""
        self._backoff = backoff
        self._patience = patience
        self._failures = 0
        self._complaints = 0
        self._closings = 0
        self._out_until = 0.0
        self._rests_until = 0.0
        self._dismissed = False

    @property
    def turn(self) -> int:
        """A number to hand to `failed`: failures of requests that were sent before an outage are echoes of it."""
        return self._closings

    @property
    def on_trial(self) -> bool:
        """Whether it has not answered since its last outage."""
        return self.outages > 0

    @property
    def dismissed(self) -> bool:
        return self._dismissed

    def opens_at(self) -> float:
        return max(self._out_until, self._rests_until)

    def open(self, now: float) -> bool:
        return not self._dismissed and now >= self.opens_at()

    def gone(self, now: float) -> bool:
        """Whether it is not worth waiting for."""
        return self._dismissed or self.outages >= self._patience or self._rests_until - now > LONGEST_PAUSE

    def answered(self) -> None:
        self.outages = self._failures = self._complaints = 0
        self._out_until = 0.0

    def failed(self, now: float, turn: int, words: str, unreachable: bool = False) -> bool:
        """Takes note of a failure of the request that got `turn`. Returns whether the server is left out for it."""
        if turn != self._closings:
            return False
        self.words = words
        self._failures += 1
        if not (unreachable or self.on_trial or self._failures >= _FAILURES):
            return False
        self._out_until = now + min(self._growing(self.outages), _LONGEST_OUTAGE)
        self.outages += 1
        self._closings += 1
        self._failures = 0
        return True

    def overloaded(self, now: float, words: str) -> None:
        """Takes note of a plea for fewer requests."""
        self.words = words
        if self._complaints:
            self._rests_until = max(self._rests_until, now + min(self._growing(self._complaints - 1), _LONGEST_REST))
        self._complaints += 1

    def rest(self, now: float, seconds: float, words: str) -> None:
        """Leaves it alone for as long as it asks."""
        self.words = words
        self._rests_until = max(self._rests_until, now + seconds)

    def dismiss(self, words: str) -> None:
        """Never asks it again."""
        self.words = words
        self._dismissed = True

    def _growing(self, times: int) -> float:
        return self._backoff * 2.0 ** min(times, 20)
