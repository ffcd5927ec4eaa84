"""The one place where the Hub's client is made: which server, whose token, which way of sending, and how often a call is tried again.

How files travel. huggingface_hub sends large files through Xet where the package `hf_xet` is installed: chunks go to a storage of their own, and what an
older version already has is not sent again. Servers other than huggingface.co do not speak it: they answer the client's first question, for a write token,
with 404, and the upload ends there. So Xet stays on for huggingface.co and is switched off for every other endpoint; `HF_HUB_DISABLE_XET=1` in the
environment switches it off everywhere. The switch changes how bytes travel and nothing else: `create_commit`, the only call that we write with, first sends
the files and then makes one commit, with Xet and without. `upload_folder` is not used because with Xet it makes several commits of one folder.
"""

import os
import sys
from collections.abc import Callable, Container
from typing import TypeVar
from urllib.parse import urlsplit

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

import hub.console
from hub.console import say, shorten
from hub.errors import EmohubError

Result = TypeVar("Result")

ATTEMPTS = 6
_LONGEST_BACKOFF = 30.0
_LONGEST_PAUSE = 310.0
"""Seconds. The Hub counts requests in windows of five minutes."""
_SILENCE = 300.0
"""Seconds without a byte after which a connection counts as cut; the client itself would wait for ever."""
_OWN_SERVERS = frozenset({"huggingface.co", "hf.co"})
_TOKEN_ADVICE = "set HF_TOKEN to a token of https://huggingface.co/settings/tokens or run `hf auth login`"


class HubError(EmohubError):
    """The Hub refused or cannot be reached. `status` is its HTTP status, 404 for what does not exist or may not be seen, None without an answer."""

    def __init__(self, message: str, status: int | None) -> None:
        super().__init__(message)
        self.status = status


class Hub:
    """A Hub that is asked patiently.

    Args:
        endpoint: the server's address; `HF_ENDPOINT`, else https://huggingface.co, when not given.
        backoff: how long the first repetition waits, in seconds; every further one waits twice as long.
    """

    def __init__(self, endpoint: str | None = None, backoff: float = 1.0) -> None:
        self.endpoint = (endpoint or os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
        _switch_xet(self.endpoint)
        from huggingface_hub import HfApi, get_token
        from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

        if hub.console.QUIET or not sys.stderr.isatty():
            disable_progress_bars()
        self._token = get_token()
        self._growing = wait_exponential_jitter(initial=backoff, max=_LONGEST_BACKOFF, jitter=backoff)
        self.api = HfApi(endpoint=self.endpoint, token=self._token or False)

    def call(self, address: str, function: Callable[[], Result], also: Container[int] = ()) -> Result:
        """Returns what `function` does, tried again after 429 (as long as the server asks), 408, 5xx and cut connections.

        Args:
            address: the repository, for error sentences.
            function: a call of the client; it must bear being made twice.
            also: further HTTP statuses after which it is tried again.

        Raises:
            HubError: the server refuses, or gave no usable answer in all attempts.
            EmohubError: this machine cannot go on, say for want of space.
        """
        retrying = Retrying(
            retry=retry_if_exception(lambda error: _may_pass(error, also)),
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._wait,
            before_sleep=lambda state: self._say(address, state),
            reraise=True,
        )
        try:
            result: Result = retrying(_give_up_in_silence, function)
            return result
        except EmohubError:
            raise
        except (OSError, ValueError, RuntimeError, _transport_error()) as error:
            raise self._explained(address, error) from error

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(self._growing(state), min(_asked_pause(error), _LONGEST_PAUSE))

    def _say(self, address: str, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0.0
        say(f"{address}: {self._reason(error)}; attempt {state.attempt_number + 1} of {ATTEMPTS} in {shorten(pause)}")

    def _reason(self, error: BaseException | None) -> str:
        status = status_of(error)
        return f"the Hub answered {status}" if status else f"the connection failed ({self._hidden(str(error) or type(error).__name__)})"

    def _explained(self, address: str, error: Exception) -> EmohubError:
        """One sentence for what the client says in many, without the token."""
        from huggingface_hub.errors import HFValidationError, OfflineModeIsEnabled

        error = _root(error)
        status = status_of(error)
        where = f"{address} ({self.endpoint})"
        if isinstance(error, OfflineModeIsEnabled):
            return HubError(f"{where}: HF_HUB_OFFLINE forbids to reach the Hub: unset it", None)
        if isinstance(error, HFValidationError):
            return EmohubError(f"{address!r} is no name of a repository: write organisation/name")
        if status == 401:
            found = "does not accept the token" if self._token else "asks for a token"
            return HubError(f"{where}: the Hub {found}: {_TOKEN_ADVICE}", status)
        if status == 403:
            advice = "give it write access to this repository, and to its organisation where the repository does not exist yet"
            return HubError(f"{where}: the token's scope does not allow this ({self._words(error)}): {advice}, or name another repository", status)
        if status == 404:
            return HubError(f"{where}: not found, or the token may not see it: check the name and the version, and {_TOKEN_ADVICE}", status)
        if status == 413:
            return HubError(f"{where}: the request is larger than the server takes (413): publish fewer or smaller files", status)
        if status is not None and _may_pass(error, ()):
            return HubError(f"{where}: the Hub answered {status} {ATTEMPTS} times: run the same command again later; what it has is not sent again", status)
        if status is not None:
            return HubError(f"{where}: the Hub refuses ({status}: {self._words(error)})", status)
        if _may_pass(error, ()):
            reason = self._hidden(str(error) or type(error).__name__)
            advice = "see to the network or HF_ENDPOINT and run the same command again; what it has is not sent again"
            return HubError(f"{where}: no usable connection in {ATTEMPTS} attempts ({reason}): {advice}", None)
        if isinstance(error, OSError) and error.errno is not None:
            return EmohubError(f"{address}: {error.strerror} ({error.filename or 'this machine'}): make room or mend the permission and run the command again")
        return HubError(f"{where}: the exchange with the Hub failed ({self._hidden(str(error))})", None)

    def _words(self, error: Exception) -> str:
        words = getattr(error, "server_message", None) or str(error)
        return self._hidden(" ".join(str(words).split()))[:300]

    def _hidden(self, text: str) -> str:
        """Blots the token out, should a server or the client repeat it."""
        return text.replace(self._token, "***") if self._token else text


def status_of(error: BaseException | None) -> int | None:
    """Returns the HTTP status of the client's error; 404 too for a repository that the Hub hides behind 401."""
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

    if isinstance(error, RepositoryNotFoundError) and not isinstance(error, GatedRepoError):
        return 404
    return int(error.response.status_code) if isinstance(error, HfHubHTTPError) else None


def _switch_xet(endpoint: str) -> None:
    disabled = os.environ.get("HF_HUB_DISABLE_XET", "").upper() in {"1", "ON", "YES", "TRUE"} or urlsplit(endpoint).hostname not in _OWN_SERVERS
    from huggingface_hub import constants

    # The client asks for this at every transfer; the environment it reads only once, when it is imported.
    constants.HF_HUB_DISABLE_XET = disabled


def _give_up_in_silence(function: Callable[[], Result]) -> Result:
    from huggingface_hub import get_session

    get_session().timeout = _SILENCE
    return function()


def _transport_error() -> type[Exception]:
    import httpx2

    return httpx2.TransportError


def _root(error: BaseException) -> Exception:
    """What lies behind the client's `Error while uploading` and `cannot find it on disk`."""
    from huggingface_hub.errors import LocalEntryNotFoundError

    cause = error.__cause__
    wrapped = isinstance(error, LocalEntryNotFoundError) or type(error) is RuntimeError
    if wrapped and isinstance(cause, Exception):
        return _root(cause)
    assert isinstance(error, Exception)
    return error


def _may_pass(error: BaseException, also: Container[int]) -> bool:
    """Whether the same call may succeed later."""
    if not isinstance(error, Exception):
        return False
    from huggingface_hub.errors import LocalEntryNotFoundError, OfflineModeIsEnabled

    error = _root(error)
    status = status_of(error)
    if status is not None:
        return status in {408, 429} or status >= 500 or status in also
    return isinstance(error, (_transport_error(), LocalEntryNotFoundError)) and not isinstance(error, OfflineModeIsEnabled)


def _asked_pause(error: BaseException | None) -> float:
    """How many seconds the server asks to be left alone, by `Retry-After` or the Hub's own `RateLimit`; 0 when it does not say."""
    from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined]

    response = getattr(_root(error), "response", None) if error is not None else None
    if response is None:
        return 0.0
    said = response.headers.get("Retry-After", "").strip()
    if said.isdigit():
        return float(said)
    limit = parse_ratelimit_headers(response.headers) if response.status_code == 429 else None
    return float(limit.reset_in_seconds) if limit and limit.remaining == 0 else 0.0
