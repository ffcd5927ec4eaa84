"""A step asks one kind of question and accounts for every part of the answer."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from hub.engine.base import Completion, FinishReason
from hub.generate import Problem, Step
from hub.generate.answers import listed_lines
from hub.spec.dataset import StepSpec
from hub.spec.engine import Sampling


class ColoursAnswer(BaseModel):
    colours: list[str]


class ColoursStep(Step[str, str, ColoursAnswer]):
    """Asks for the colours of a thing; black is no colour."""

    name: ClassVar[str] = "colours"
    answer = ColoursAnswer

    def identify(self, item: str) -> str:
        return item

    def inputs(self, item: str) -> dict[str, str]:
        return {"thing": item}

    def read(self, item: str, answer: ColoursAnswer, seed: int, finish_reason: str) -> Iterable[str | Problem]:
        for colour in answer.colours:
            yield Problem("off_label", label=colour) if colour == "black" else f"{item}: {colour}"

    def lenient(self, text: str) -> Mapping[str, Any] | None:
        lines = listed_lines(text)
        return {"colours": lines} if lines else None


@pytest.fixture(scope="module")
def step(tmp_path_factory: pytest.TempPathFactory) -> ColoursStep:
    folder = tmp_path_factory.mktemp("colours")
    (folder / "colours.v1.j2").write_text("Which colours has {{ thing }}?", encoding="utf-8")
    spec = StepSpec(name="colours", title="asking", prompt="colours.v1.j2", max_tokens=20, prompt_tokens=5, answer_tokens=5)
    return ColoursStep(spec, folder)


def parse(step: ColoursStep, text: str, finish_reason: FinishReason = "stop") -> tuple[list[str], list[str]]:
    rows, rejects = step.parse("a flag", Completion(text, finish_reason, None, None, 0, 0.0), 0)
    assert all(reject.id == "a flag" and reject.step == "colours" for reject in rejects)
    return rows, [reject.reason for reject in rejects]


@pytest.mark.parametrize(
    ("text", "rows", "rejects"),
    [
        ('{"colours": ["red", "white"]}', ["a flag: red", "a flag: white"], []),
        ('```json\n{"colours": ["red"]}\n```', ["a flag: red"], []),
        ("1. red\n2. white", ["a flag: red", "a flag: white"], []),
        ('{"colours": ["red", "black"]}', ["a flag: red"], ["off_label"]),
        ('{"colours": []}', [], ["empty"]),
        ("{}", [], ["malformed"]),
        ('{"colours": "red"}', [], ["malformed"]),
        ('{"colours": ["red", "wh', [], ["malformed"]),
        ('- {"colours": ["red", "wh', [], ["malformed"]),
        ("red and white", [], ["malformed"]),
        ("", [], ["empty"]),
        ("I cannot help with that.", [], ["refused"]),
    ],
)
def test_every_answer_is_rows_or_rejects(step: ColoursStep, text: str, rows: list[str], rejects: list[str]) -> None:
    assert parse(step, text) == (rows, rejects)


def test_a_cut_off_answer_is_not_repaired(step: ColoursStep) -> None:
    assert parse(step, '{"colours": ["red"]}', "length") == ([], ["truncated"])


@given(text=st.text(), finish_reason=st.sampled_from(["stop", "length", "refusal", "rejected", "other"]))
def test_no_answer_vanishes(step: ColoursStep, text: str, finish_reason: FinishReason) -> None:
    rows, rejects = parse(step, text, finish_reason)
    assert rows or rejects


def test_a_reject_keeps_the_text_but_not_a_book(step: ColoursStep) -> None:
    _, (reject,) = step.parse("a flag", Completion("x" * 10_000, "stop", None, None, 0, 0.0), 2)
    assert (reject.text, reject.attempt, reject.final) == ("x" * 500, 2, True)


def test_the_seed_follows_from_step_item_and_attempt_alone(step: ColoursStep) -> None:
    ask = step.request("a flag", Sampling(), 0)
    assert ask == step.request("a flag", Sampling(), 0)
    assert len({ask.seed, step.request("a flag", Sampling(), 1).seed, step.request("a bird", Sampling(), 0).seed}) == 3


@pytest.mark.parametrize("change", [{"temperature": 0.5}, {"top_p": 0.9}, {"repetition_penalty": 1.1}])
def test_another_sampling_is_another_fingerprint(step: ColoursStep, change: dict[str, float]) -> None:
    engine = {"kind": "kits"}
    assert step.fingerprint(engine, Sampling()) != step.fingerprint(engine, Sampling(**change))


def test_another_prompt_is_another_fingerprint(step: ColoursStep, tmp_path: Path) -> None:
    (tmp_path / "colours.v1.j2").write_text("What colour is {{ thing }}?", encoding="utf-8")
    assert ColoursStep(step.spec, tmp_path).fingerprint({}, Sampling()) != step.fingerprint({}, Sampling())
