"""What goes wrong on demand."""

from collections.abc import Callable
from dataclasses import dataclass, field

ANY = "*"
CUT_HALF = ("blob-upload", "commit", "blob-download", "resolve")


@dataclass
class Fault:
    """What happens to some of the requests of one route."""

    route: str
    """A route's name, or `*` for every one."""
    times: int = 1
    """How many requests it happens to."""
    skip: int = 0
    """How many requests pass before it begins."""
    status: int | None = None
    """The answer's status. None: the answer is the true one."""
    retry_after: int | None = None
    """Seconds, for the header `Retry-After`."""
    error_code: str | None = None
    """The header `X-Error-Code`."""
    cut: bool = False
    """The connection is closed without an answer."""
    cut_half: bool = False
    """The connection is closed half way: in the request's body of an upload, in the answer's body of a download."""
    after_effect: bool = False
    """What was asked for is done first; only the answer is lost (`cut`) or wrong (`status`)."""
    slow: float = 0.0
    """Seconds to wait before anything is done."""
    before: Callable[[], object] | None = None
    """Called before anything is done: another writer, say."""

    def __post_init__(self) -> None:
        if self.cut_half and self.route not in CUT_HALF:
            raise ValueError(f"{self.route} cannot be cut half way; these can: {', '.join(CUT_HALF)}")

    def fits(self, route: str) -> bool:
        return self.route in (ANY, route)


@dataclass
class Faults:
    """The faults that are still to come, first come first used."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, route: str) -> Fault | None:
        """Returns what happens to a request of this route, and counts it."""
        for fault in self.waiting:
            if not fault.fits(route):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)
            return fault
        return None
