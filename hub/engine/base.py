"""One question, one answer: the protocol that every engine implements."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from hub.files import digest
from hub.spec.engine import Sampling

FinishReason = Literal["stop", "length", "refusal", "rejected", "other"]
"""`stop`: complete. `length`: cut off at the token limit. `refusal`: the engine declined. `rejected`: the server refused this very request (too long a
prompt, say) and would again. `other`: anything else a server names."""


_HALVES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """One question to an engine.

    `id` names it in stores, logs and lineage; `inputs` are the values its prompt was rendered from; `schema` is the JSON Schema that the
    answer must meet. Everything that changes the answer is in `key`.
    """

    id: str
    step: str
    messages: tuple[Message, ...]
    inputs: Mapping[str, str]
    schema: Mapping[str, Any]
    max_tokens: int
    sampling: Sampling
    seed: int
    key: str = field(init=False)

    def __post_init__(self) -> None:
        content = [[message.role, message.content] for message in self.messages]
        object.__setattr__(self, "key", digest([self.id, content, self.seed]))


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer. `latency` is in seconds; token counts are None where the engine does not count."""

    text: str
    finish_reason: FinishReason
    prompt_tokens: int | None
    completion_tokens: int | None
    seed: int
    latency: float

    def __post_init__(self) -> None:
        # A server's JSON can spell half a surrogate pair, which neither a store nor a table can hold.
        if not self.text.isascii():
            object.__setattr__(self, "text", _HALVES.sub("\N{REPLACEMENT CHARACTER}", self.text))


class Engine(Protocol):
    """Answers requests. Entered before the first one and left after the last; both may start and stop a server."""

    concurrency: int
    """How many requests are worth having in flight."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """What of the engine changes an answer: its kind, model, revision and versions. Part of every store's fingerprint."""
        ...

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        """Whether the engine has anything to say to these inputs. A language model always has."""
        ...

    async def complete(self, request: Request) -> Completion:
        """Answers one request.

        Raises:
            EngineError: the engine cannot go on; nothing is wrong with the request itself.
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...
