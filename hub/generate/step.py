"""A step: one kind of question, asked about many items. What it asks and how it reads the answer are pure functions."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from hub.engine.base import Completion, Message, Request
from hub.files import seed_from
from hub.generate.answers import Reason, failure, json_object, meant_as_json
from hub.generate.prompt import PromptTemplate
from hub.spec.dataset import StepSpec
from hub.spec.engine import Sampling

In = TypeVar("In")
Out = TypeVar("Out")
Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Reject:
    """An answer, or a part of one, that was not used, and why. `final` is False when it was asked for again."""

    step: str
    id: str
    reason: Reason
    label: str
    text: str
    detail: str
    attempt: int
    final: bool


class Step(ABC, Generic[In, Out, Answer]):
    """Subclasses say what is asked about an item and what its answer means."""

    name: ClassVar[str]
    answer: type[Answer]

    def __init__(self, spec: StepSpec, folder: Path) -> None:
        self.spec = spec
        self.prompt = PromptTemplate(folder / spec.prompt)

    @abstractmethod
    def identify(self, item: In) -> str:
        """Returns the id of the question: stable, and unique within the step."""

    @abstractmethod
    def inputs(self, item: In) -> dict[str, str]:
        """Returns the values for the prompt."""

    @abstractmethod
    def read(self, item: In, answer: Answer, seed: int, finish_reason: str) -> Iterable[Out | "Problem"]:
        """Returns the rows that an answer holds, and the problems in it. Seed and finish reason are for the rows' lineage."""

    def lenient(self, text: str) -> Mapping[str, Any] | None:
        """Reads an answer that is not JSON, for engines that cannot be made to write it."""
        return None

    @cached_property
    def schema(self) -> dict[str, Any]:
        return self.answer.model_json_schema()

    def fingerprint(self, engine: Mapping[str, Any], sampling: Sampling) -> dict[str, Any]:
        """What names the step's store: everything but the items that changes an answer."""
        return {
            "step": self.name,
            "prompt": self.prompt.hash,
            "schema": self.schema,
            "max_tokens": self.spec.max_tokens,
            "sampling": sampling.model_dump(),
            "engine": dict(engine),
        }

    def request(self, item: In, sampling: Sampling, attempt: int) -> Request:
        inputs, id = self.inputs(item), self.identify(item)
        return Request(
            id=id,
            step=self.name,
            messages=(Message("user", self.prompt.render(inputs)),),
            inputs=inputs,
            schema=self.schema,
            max_tokens=self.spec.max_tokens,
            sampling=sampling,
            seed=seed_from(self.name, id, str(attempt)),
        )

    def parse(self, item: In, completion: Completion, attempt: int) -> tuple[list[Out], list[Reject]]:
        """Returns the rows of an answer and what of it was rejected."""

        def reject(problem: Problem) -> Reject:
            return Reject(self.name, self.identify(item), problem.reason, problem.label, problem.text[:500], problem.detail, attempt, True)

        reason = failure(completion)
        if reason:
            return [], [reject(Problem(reason, text=completion.text))]
        value: Mapping[str, Any] | None = json_object(completion.text)
        if value is None and not meant_as_json(completion.text):
            value = self.lenient(completion.text)
        if value is None:
            return [], [reject(Problem("malformed", text=completion.text, detail="neither JSON nor a list"))]
        try:
            answer = self.answer.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            return [], [reject(Problem("malformed", text=completion.text, detail=f"{place}: {first['msg']}"))]
        rows: list[Out] = []
        rejects: list[Reject] = []
        for outcome in self.read(item, answer, completion.seed, completion.finish_reason):
            if isinstance(outcome, Problem):
                rejects.append(reject(outcome))
            else:
                rows.append(outcome)
        if not rows and not rejects:
            rejects.append(reject(Problem("empty", text=completion.text, detail="an answer without content")))
        return rows, rejects


@dataclass(frozen=True, slots=True)
class Problem:
    """What a step finds wrong in an answer."""

    reason: Reason
    label: str = ""
    text: str = ""
    detail: str = ""
