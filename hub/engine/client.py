"""One exchange with a server that speaks the OpenAI chat completions protocol, over aiohttp."""

import asyncio
import os
import re
import time
from types import TracebackType
from typing import Any, Self

import aiohttp
from yarl import URL

from hub.engine.base import Completion, Request
from hub.engine.chat import Structured, Unanswered, body_of, complaint, completion_of, seconds_of
from hub.errors import EngineError

_LARGEST_ANSWER = 32 * 2**20
_CONNECT_TIMEOUT = 5.0
_REJECTED = frozenset({400, 413, 422})
_AGAIN = frozenset({408, 409, 425, 429})
_OVERLOADED = frozenset({429, 503})


class ChatClient:
    """Puts one request to one server, once. Used as a context manager, within one event loop."""

    def __init__(self, url: str, model: str, structured: Structured, timeout: float, key_variable: str | None = None) -> None:
        """`url` is the base address with its version part; `timeout` is in seconds; the key is read from the environment now.

        Raises:
            EngineError: the variable that should hold the key is not set.
        """
        self.url = url.rstrip("/")
        self._model = model
        self._structured: Structured = structured
        self._timeout = timeout
        self._key_variable = key_variable
        self._key = _read_key(key_variable)
        self._target = URL(f"{self.url}/chat/completions")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        self._session = aiohttp.ClientSession(
            headers=headers,
            connector=aiohttp.TCPConnector(limit=0),  # How many are in flight is limited elsewhere.
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=min(self._timeout, 10.0)),
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def ask(self, request: Request) -> Completion:
        """Answers a request, with finish reason `rejected` and the server's words as text where the server refuses this very request.

        Raises:
            Unanswered: no usable answer this time.
            EngineError: there will be none however often it is asked.
        """
        body = body_of(request, self._model, self._structured)
        started = time.perf_counter()
        status, raw, retry_after = await self._post(body)
        latency = time.perf_counter() - started
        if status == 200:
            try:
                return completion_of(raw, request.seed, latency)
            except Unanswered as problem:
                raise Unanswered(self._hide(str(problem))) from None
        words = self._hide(complaint(raw)) or "no explanation"
        if status in _REJECTED:
            return Completion(words, "rejected", None, None, request.seed, latency)
        if status in _AGAIN or status >= 500:
            overloaded = status in _OVERLOADED
            raise Unanswered(f"answered {status}: {words}", overloaded=overloaded, retry_after=seconds_of(retry_after), broken=not overloaded and status >= 500)
        raise await self._refusal(status, words)

    async def reach(self) -> None:
        """Opens a plain connection and closes it, so that a wrong address or a server that is not running shows within seconds.

        Raises:
            Unanswered: nothing listens there.
        """
        try:
            async with asyncio.timeout(min(_CONNECT_TIMEOUT, self._timeout)):
                _, writer = await asyncio.open_connection(self._target.host, self._target.port)
        except (OSError, UnicodeError) as error:
            raise Unanswered(f"cannot be reached ({error or type(error).__name__})", unreachable=True) from None
        writer.close()

    async def models(self) -> list[str]:
        """Returns the ids of the models that the server says it has; none when it does not say."""
        value = await self.get_json(f"{self.url}/models")
        entries = value.get("data") if isinstance(value, dict) else None
        if not isinstance(entries, list):
            return []
        return sorted(entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str))

    async def get_json(self, address: str) -> Any:
        """Returns what the server answers to a GET, or None when it has no JSON to offer."""
        assert self._session
        try:
            async with self._session.get(address, allow_redirects=False, timeout=aiohttp.ClientTimeout(total=10)) as response:
                return await response.json(content_type=None) if response.status == 200 else None
        except (aiohttp.ClientError, OSError, ValueError, RecursionError):
            return None

    async def _post(self, body: bytes) -> tuple[int, bytes, str | None]:
        assert self._session, "the client was not entered"
        try:
            async with self._session.post(self._target, data=body, allow_redirects=False) as response:
                parts, size = [], 0
                async for part in response.content.iter_any():
                    size += len(part)
                    if size > _LARGEST_ANSWER:
                        raise Unanswered(f"answered with more than {_LARGEST_ANSWER:,} bytes")
                    parts.append(part)
                return response.status, b"".join(parts), response.headers.get("Retry-After")
        except aiohttp.ClientSSLError as error:
            raise EngineError(f"{self.url}: no secure connection ({self._hide(str(error))}): mend the certificate or engine.url") from error
        except aiohttp.InvalidURL as error:
            raise EngineError(f"{self.url} is not an address: mend engine.url") from error
        except aiohttp.ConnectionTimeoutError:
            raise Unanswered("cannot be reached (it does not accept the connection)", unreachable=True) from None
        except TimeoutError:
            raise Unanswered(f"gave no answer within {self._timeout:g} s") from None
        except aiohttp.ClientConnectorError as error:
            raise Unanswered(f"cannot be reached ({self._hide(str(error)) or type(error).__name__})", unreachable=True) from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unanswered(f"broke the connection ({self._hide(str(error)) or type(error).__name__})") from None

    async def _refusal(self, status: int, words: str) -> EngineError:
        if status in (401, 403):
            if not self._key_variable:
                return EngineError(f"{self.url} asks for a key ({status}: {words}): name the environment variable that holds it in engine.api_key_variable")
            return EngineError(f"{self.url} does not accept the key in the environment variable {self._key_variable} ({status}: {words})")
        if status == 404:
            known = await self.models()
            if known and self._model not in known:
                shown = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
                return EngineError(f"{self.url} has no model {self._model!r}: set engine.model to one of {shown}")
            hint = f"engine.url should end in the version part, such as /v1, and engine.model {self._model!r} must exist there"
            return EngineError(f"{self._target} was not found (404: {words}): {hint}")
        if 300 <= status < 400:
            return EngineError(f"{self.url} points elsewhere ({status}): set engine.url to the final address")
        return EngineError(f"{self.url} answered {status}: {words}")

    def _hide(self, text: str) -> str:
        """Blots the key out, should a server repeat it."""
        return text.replace(self._key, "***") if self._key else text


def _read_key(variable: str | None) -> str | None:
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise EngineError(f"the environment variable {variable}, which should hold the key (engine.api_key_variable), is not set")
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise EngineError(f"the environment variable {variable} does not hold a key: there are spaces, line breaks or special characters in it")
    return key
