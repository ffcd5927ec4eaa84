"""The limit that finds out how much a server bears."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from hub.engine.concurrency import AdaptiveLimit


async def test_is_halved_once_by_all_the_complaints_of_one_overload() -> None:
    limit = AdaptiveLimit(32)
    entered = [await limit.enter() for _ in range(32)]
    for number in entered:
        limit.overloaded(number)
        limit.leave()
    assert limit.limit == 16


async def test_grows_by_one_after_as_many_answers_as_it_admits() -> None:
    limit = AdaptiveLimit(8)
    limit.overloaded(await limit.enter())
    limit.leave()
    assert limit.limit == 4
    for _ in range(4):
        limit.answered()
    assert limit.limit == 5
    for _ in range(5 + 6 + 7 + 100):
        limit.answered()
    assert limit.limit == 8


async def test_admits_in_the_order_of_arrival() -> None:
    limit, admitted = AdaptiveLimit(1), list[int]()

    async def visit(name: int) -> None:
        await limit.enter()
        admitted.append(name)
        await asyncio.sleep(0)
        limit.leave()

    await asyncio.gather(*(visit(name) for name in range(5)))
    assert admitted == [0, 1, 2, 3, 4]


async def test_admits_nobody_while_it_pauses() -> None:
    limit = AdaptiveLimit(4)
    limit.overloaded(await limit.enter(), pause=0.05)
    limit.leave()
    loop = asyncio.get_running_loop()
    asked_at = loop.time()
    await limit.enter()
    assert loop.time() - asked_at >= 0.049


async def test_a_cancelled_visitor_leaves_no_gap() -> None:
    limit = AdaptiveLimit(1)
    await limit.enter()
    second = asyncio.create_task(limit.enter())
    third = asyncio.create_task(limit.enter())
    await asyncio.sleep(0)
    limit.leave()  # The second is admitted, and gives up before it learns of that.
    second.cancel()
    await asyncio.wait_for(third, 1)
    assert limit.in_flight == 1


class _Model:
    """Does what it is told with a real limit, and checks after every step what must always hold."""

    def __init__(self, most: int) -> None:
        self.limit = AdaptiveLimit(most)
        self.admitted: list[int] = []
        self.waiting: list[asyncio.Task[int]] = []

    async def step(self, action: str) -> None:
        if action == "enter":
            self.waiting.append(asyncio.create_task(self.limit.enter()))
        elif action == "cancel" and self.waiting:
            self.waiting.pop().cancel()
        elif self.admitted:
            entered = self.admitted.pop(0)
            if action == "overloaded":
                self.limit.overloaded(entered)
            self.limit.leave()
            if action == "answered":
                self.limit.answered()
        for _ in range(3):
            await asyncio.sleep(0)
        self.admitted += [task.result() for task in self.waiting if task.done()]
        self.waiting = [task for task in self.waiting if not task.done()]
        self.check()

    def check(self) -> None:
        assert 1 <= self.limit.limit <= self.limit.most
        assert self.limit.in_flight == len(self.admitted) <= self.limit.most
        assert not self.waiting or self.limit.in_flight >= self.limit.limit, "somebody waits although there is room"


@given(st.integers(1, 9), st.lists(st.sampled_from(["enter", "enter", "answered", "overloaded", "failed", "cancel"]), max_size=60))
def test_never_admits_too_many_and_never_leaves_anybody_waiting(most: int, actions: list[str]) -> None:
    async def play() -> None:
        model = _Model(most)
        for action in actions:
            before, admitted = model.limit.limit, len(model.admitted)
            await model.step(action)
            assert len(model.admitted) <= max(admitted, before, model.limit.limit)
        while model.admitted or model.waiting:
            await model.step("answered")
        assert model.limit.in_flight == 0

    asyncio.run(play())


@given(st.integers(1, 40), st.integers(0, 10))
def test_recovers_fully_once_the_server_does(most: int, overloads: int) -> None:
    async def play() -> None:
        limit = AdaptiveLimit(most)
        for _ in range(overloads):
            limit.overloaded(await limit.enter())
            limit.leave()
        assert limit.limit == max(1, most >> overloads)
        for _ in range(most * most):
            limit.answered()
        assert limit.limit == most

    asyncio.run(play())
