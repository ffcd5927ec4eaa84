"""The errors a user can mend. The command line prints them as one sentence and exits with 2; anything else is a bug and keeps its traceback."""

import difflib
from collections.abc import Iterable


class EmohubError(Exception):
    """Something a user can mend. The message says what is wrong, where, what was expected and how to mend it."""


class DeclarationError(EmohubError):
    """A YAML declaration is malformed or names something that does not exist."""


class NarrativeError(EmohubError):
    """A narrative source cannot be read."""


class EngineError(EmohubError):
    """An engine cannot start, cannot be reached, or has stopped answering."""


class GateError(EmohubError):
    """A dataset does not meet a condition it declares."""


class DataUnavailableError(EmohubError):
    """A task's data is not on this machine. Benchmarks record this as `unavailable` and go on."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Returns ` (did you mean X?)` or the list of valid names, to end an error sentence with."""
    candidates = sorted(valid)
    close = difflib.get_close_matches(name, candidates, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"valid: {', '.join(candidates)}" if candidates else "there are none"
