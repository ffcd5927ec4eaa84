"""The runner asks what the store does not know, many at a time, and keeps what it got."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.engine.base import Completion, Message, Request
from hub.errors import EngineError
from hub.generate.runner import answer_all
from hub.generate.store import AnswerStore
from hub.spec.engine import Sampling


class Echo:
    """Answers with the question, after as many turns of the event loop as the question says; fails at the question `fail_at`."""

    identity: Mapping[str, Any] = {"kind": "echo"}

    def __init__(self, concurrency: int = 4, fail_at: str | None = None) -> None:
        self.concurrency = concurrency
        self.asked: list[str] = []
        self.in_flight = self.most_in_flight = 0
        self._fail_at = fail_at

    def can_answer(self, step: str, inputs: Mapping[str, str]) -> bool:
        return True

    async def complete(self, request: Request) -> Completion:
        self.asked.append(request.id)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        for _ in range(request.seed):
            await asyncio.sleep(0)
        self.in_flight -= 1
        if request.id == self._fail_at:
            raise EngineError("the server went away")
        return Completion(request.messages[0].content, "stop", None, None, request.seed, 0.0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None


def requests(turns: list[int]) -> list[Request]:
    return [Request(f"r{index}", "s", (Message("user", f"say {index}"),), {}, {}, 10, Sampling(), turn) for index, turn in enumerate(turns)]


def ask(folder: Path, asked: list[Request], engine: Echo) -> tuple[list[Completion], int]:
    ticks = []
    with AnswerStore(folder, {"step": "s"}) as store:
        answers = asyncio.run(answer_all(asked, engine, store, lambda count=1: ticks.append(count)))
    return answers, sum(ticks)


@given(turns=st.lists(st.integers(0, 9), max_size=30), concurrency=st.integers(1, 8))
def test_answers_come_in_the_order_of_the_questions(tmp_path_factory: pytest.TempPathFactory, turns: list[int], concurrency: int) -> None:
    engine = Echo(concurrency)

    answers, ticks = ask(tmp_path_factory.mktemp("store"), requests(turns), engine)

    assert [answer.text for answer in answers] == [f"say {index}" for index in range(len(turns))]
    assert engine.most_in_flight <= concurrency
    assert ticks == len(engine.asked) == len(turns)


def test_keeps_as_many_in_flight_as_the_engine_wants(tmp_path: Path) -> None:
    engine = Echo(concurrency=5)
    ask(tmp_path, requests([3] * 20), engine)
    assert engine.most_in_flight == 5


def test_asks_only_what_the_store_does_not_know(tmp_path: Path) -> None:
    asked = requests([0] * 10)
    ask(tmp_path, asked[::2], Echo())
    engine = Echo()

    answers, ticks = ask(tmp_path, asked, engine)

    assert engine.asked == [request.id for request in asked[1::2]]
    assert ticks == 5 and len(answers) == 10


def test_an_engine_that_gives_up_is_one_clear_error_and_costs_only_what_was_in_flight(tmp_path: Path) -> None:
    asked = requests([0] * 20)
    failing = Echo(concurrency=3, fail_at="r12")

    with pytest.raises(EngineError, match=r"the server went away \(\d+ answers are stored in .*run the same command to go on\)"):
        ask(tmp_path, asked, failing)

    engine = Echo()
    answers, _ = ask(tmp_path, asked, engine)
    assert len(answers) == 20
    assert len(failing.asked) + len(engine.asked) <= 20 + failing.concurrency


def test_several_workers_failing_at_once_is_still_one_error(tmp_path: Path) -> None:
    class Dead(Echo):
        async def complete(self, request: Request) -> Completion:
            await asyncio.sleep(0)
            raise EngineError("no server answers")

    with pytest.raises(EngineError, match="no server answers"):
        ask(tmp_path, requests([0] * 10), Dead())


def test_no_question_needs_no_engine(tmp_path: Path) -> None:
    engine = Echo()
    assert ask(tmp_path, [], engine) == ([], 0)
    assert engine.asked == []
