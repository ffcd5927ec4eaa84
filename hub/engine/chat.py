"""The OpenAI chat completions protocol as pure functions: a request as a body, a body as an answer, a server's complaint as a sentence."""

import contextlib
import email.utils
import json
import re
import time
from collections.abc import Mapping
from typing import Any, Literal

from hub.engine.base import Completion, FinishReason, Message, Request
from hub.spec.engine import Sampling

Structured = Literal["json_schema", "json_object", "none"]

_FINISH_REASONS: Mapping[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "content_filter": "refusal",
}
_BROKEN_OFF = frozenset({"abort", "error"})
"""What vLLM says of a request that it dropped: no answer at all."""


TRIAL = Request("trial", "trial", (Message("user", "Say yes."),), {}, {}, 1, Sampling(temperature=0.0, top_p=1.0, repetition_penalty=1.0), 0)
"""The plainest of requests, of one token: a server that is well answers it."""


class Unanswered(Exception):
    """One exchange brought no usable answer; another may. `retry_after` is in seconds; `unreachable` says that nothing could even be sent, `broken` that the
    server says of itself that it failed."""

    def __init__(self, message: str, *, overloaded: bool = False, retry_after: float = 0.0, unreachable: bool = False, broken: bool = False) -> None:
        super().__init__(message)
        self.overloaded = overloaded
        self.retry_after = retry_after
        self.unreachable = unreachable
        self.broken = broken


def body_of(request: Request, model: str, structured: Structured) -> bytes:
    """Returns the JSON body that puts a request to a model."""
    sampling = request.sampling
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "max_tokens": request.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": request.seed,
    }
    if sampling.repetition_penalty != 1:
        body["repetition_penalty"] = sampling.repetition_penalty
    if structured == "json_schema":
        name = re.sub(r"[^A-Za-z0-9_-]", "_", request.step)[:64] or "answer"
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": name, "schema": request.schema}}
    elif structured == "json_object":
        body["response_format"] = {"type": "json_object"}
    return json.dumps(body).encode()


def completion_of(raw: bytes, seed: int, latency: float) -> Completion:
    """Reads the body of an answer with status 200.

    Raises:
        Unanswered: it is not what the protocol promises.
    """
    try:
        value = json.loads(raw)
        choice = value["choices"][0]
        message = choice["message"]
        content = message.get("content")
        refusal = message.get("refusal")
        named = choice.get("finish_reason")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise Unanswered(f"answered with something else than a chat completion: {complaint(raw)!r}") from None
    reason = _FINISH_REASONS.get(named, "other") if isinstance(named, str) else "other"
    if refusal:
        reason, content = "refusal", content or str(refusal)
    if isinstance(named, str) and named in _BROKEN_OFF:
        raise Unanswered(f"broke the answer off (finish reason {named!r})")
    if content is None and reason in ("length", "refusal"):
        content = ""  # A reasoning model that was cut off before it began to answer, or a filter.
    if not isinstance(content, str):
        raise Unanswered(f"answered with a message without text: {complaint(raw)!r}")
    usage = value.get("usage")
    counts = usage if isinstance(usage, dict) else {}
    return Completion(
        text=content,
        finish_reason=reason,
        prompt_tokens=_count(counts.get("prompt_tokens")),
        completion_tokens=_count(counts.get("completion_tokens")),
        seed=seed,
        latency=latency,
    )


def complaint(raw: bytes, most: int = 300) -> str:
    """Returns what a server has to say in an error's body, in one line of at most `most` characters."""
    text = raw[:100_000].decode("utf-8", "replace")
    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(text)
        while isinstance(value, dict):
            value = next((value[key] for key in ("error", "message", "detail") if value.get(key)), None)
        text = value if isinstance(value, str) else text
    line = " ".join(text.encode("utf-8", "replace").decode().split())  # Half a surrogate pair could not even be printed.
    return line if len(line) <= most else f"{line[: most - 1]}…"


def seconds_of(retry_after: str | None) -> float:
    """Returns a Retry-After header as seconds from now; 0 when there is none or it cannot be read."""
    if not retry_after:
        return 0.0
    with contextlib.suppress(ValueError):
        seconds = float(retry_after)
        return seconds if 0 <= seconds < float("inf") else 0.0
    with contextlib.suppress(ValueError, OverflowError):
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    return 0.0


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None
