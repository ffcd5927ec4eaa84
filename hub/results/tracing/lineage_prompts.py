"""The very questions and answers behind one row: the dataset's own chain is gone through again for this row alone, and the answers come from the stores.

Nothing is asked and nothing is written. A prompt is rendered by the code and template of today; that the store knows the question by its key, a hash over id,
prompt and seed, proves that it is the prompt that was asked then.
"""

import asyncio
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from hub.engine.base import Completion, Request
from hub.generate.job import GenerationJob
from hub.generate.narratives import Narrative
from hub.generate.step import In, Out, Step
from hub.generate.store import KeptAnswers
from hub.imports import load_object
from hub.paths import Project
from hub.spec import TextDatasetSpec, TextGenerationSpec
from hub.spec.engine import Sampling

_LONGEST = 40_000
"""Characters of an answer that are read."""
_MOST_STORES = 200

Match = Literal["same", "other prompt", "missing"]
"""Whether the store holds the answer to exactly this question, to the same id with another prompt or seed, or none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question on the way to a row, and what was answered."""

    step: str
    title: str
    template: str
    """The template's file name."""
    version: str
    template_sha256: str
    id: str
    """Of the question."""
    prompt: str
    match: Match
    answer: str | None = None
    finish_reason: str | None = None
    seed: int | None = None
    attempt: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """How a raw manifest says its dataset was generated."""

    engine: Mapping[str, Any]
    sampling: Sampling
    attempts: int
    options: Mapping[str, Any]


def ask_again(
    project: Project, spec: TextDatasetSpec, generation: Generation, narratives: Sequence[Narrative], ids: Collection[str]
) -> tuple[tuple[Asked, ...], tuple[str, ...]]:
    """Goes through a dataset's chain for the questions with these ids.

    Returns:
        The questions in the order of the steps, up to the first without an answer; and sentences on what could not be read.

    Raises:
        EmohubError: a declaration, a prompt file or the dataset's code is missing or broken.
    """
    # Engine and narratives of the profile play no part: answers come from the stores, and narratives from the raw table.
    settings = TextGenerationSpec.model_validate(
        {
            "kind": "text",
            "engine": {"kind": "authored"},
            "narratives": {"kind": "authored"},
            "sampling": generation.sampling.model_dump(),
            "attempts": generation.attempts,
            "options": dict(generation.options),
        },
        strict=False,
    )
    stores = project.work / "stores" / spec.name
    job = _RowJob(spec, settings, project.root / "builders" / spec.name, _NoEngine(generation.engine), stores, list(narratives), ids=frozenset(ids))
    chain = load_object(spec.generate, project.root)
    asyncio.run(chain(job))
    return tuple(job.asked), tuple(dict.fromkeys(job.notes))


@dataclass
class _NoEngine:
    """Stands where an engine would: says who it was and answers nothing."""

    identity: Mapping[str, Any]
    concurrency: int = 1

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return True

    async def complete(self, request: Request) -> Completion:
        raise AssertionError("a lineage asks nothing")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


@dataclass
class _RowJob(GenerationJob):
    """A generation of the questions with some ids, answered from the stores."""

    ids: frozenset[str] = frozenset()
    asked: list[Asked] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    async def run(self, step: Step[In, Out, Any], items: Sequence[In]) -> list[Out]:
        return [row for item in items if step.identify(item) in self.ids for row in self._retell(step, item)]

    def _retell(self, step: Step[In, Out, Any], item: In) -> list[Out]:
        """Returns the rows of the stored answer to one question, which is asked as often as it was then."""
        for attempt in range(self.settings.attempts):
            request = step.request(item, self.settings.sampling, attempt)
            found, match = self._stored(step.name, request)
            self.asked.append(_asked(step, request, attempt, found, match))
            if found is None:
                return []
            rows, _ = step.parse(item, found, attempt)
            if rows:
                return rows
        return []

    def _stored(self, step: str, request: Request) -> tuple[Completion | None, Match]:
        other: Completion | None = None
        for path in sorted(self.stores.glob("*.sqlite"))[:_MOST_STORES]:
            try:
                with KeptAnswers(path, _LONGEST) as store:
                    if store.step != step:
                        continue
                    if found := store.of(request):
                        return found, "same"
                    other = other or store.of_id(request.id)
            except (sqlite3.Error, ValueError) as error:
                self.notes.append(f"the answer store {path.name} cannot be read ({error})")
        return other, "other prompt" if other else "missing"


def _asked(step: Step[Any, Any, Any], request: Request, attempt: int, found: Completion | None, match: Match) -> Asked:
    answered = {} if found is None else {"answer": found.text, "finish_reason": str(found.finish_reason), "seed": found.seed}
    counted = {} if found is None else {"prompt_tokens": found.prompt_tokens, "completion_tokens": found.completion_tokens}
    return Asked(
        step=step.name,
        title=step.spec.title,
        template=step.prompt.path.name,
        version=step.prompt.version,
        template_sha256=step.prompt.hash,
        id=request.id,
        prompt="\n\n".join(message.content for message in request.messages),
        match=match,
        attempt=attempt,
        **answered,  # type: ignore[arg-type]
        **counted,  # type: ignore[arg-type]
    )
