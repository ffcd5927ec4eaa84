"""Several servers behind one engine: shared out by what is in flight, done without when they fail, taken back when they return."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.console import listening
from hub.engine.base import Completion, Message, Request
from hub.engine.chat import Unanswered
from hub.engine.client import ChatClient
from hub.engine.concurrency import AdaptiveLimit
from hub.engine.endpoint import EndpointEngine
from hub.engine.process import free_port
from hub.engine.servers import Server, Servers, Turn
from hub.engine.standing import Standing
from hub.errors import EngineError
from hub.generate.runner import answer_all
from hub.generate.store import AnswerStore
from hub.spec.engine import EndpointEngineSpec, Sampling
from tests.support import openai_server
from tests.support.openai_server import Fault, OpenAIServer, echo


def spec(*servers: OpenAIServer | str, **settings: Any) -> EndpointEngineSpec:
    urls = tuple(server if isinstance(server, str) else server.url for server in servers)
    return EndpointEngineSpec(kind="endpoint", url=urls, **{"model": "tiny", "timeout": 5.0, "concurrency": 4, **settings})


def requests(count: int) -> list[Request]:
    return [Request(str(number), "echo", (Message("user", str(number)),), {}, {}, 32, Sampling(), number) for number in range(count)]


async def ask(engine: EndpointEngine, asked: Sequence[Request]) -> list[Completion]:
    return await asyncio.wait_for(asyncio.gather(*(engine.complete(request) for request in asked)), 60)


def echoes(completions: Sequence[Completion]) -> list[str]:
    return [json.loads(completion.text)["echo"] for completion in completions]


def answered(*servers: OpenAIServer) -> int:
    return sum(server.statuses[200] for server in servers)


def nowhere() -> str:
    return f"http://127.0.0.1:{free_port()}/v1"


@pytest.fixture
async def one() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@pytest.fixture
async def other() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


class TestBalance:
    def test_where_servers_are_and_how_many_is_no_part_of_the_identity(self) -> None:
        one, two = (EndpointEngine(spec(*urls)) for urls in (("http://a/v1",), ("http://b/v1", "http://c/v1")))
        assert one.identity == two.identity
        assert (one.concurrency, two.concurrency) == (4, 8)

    async def test_equal_servers_get_equal_shares(self, one: OpenAIServer, other: OpenAIServer) -> None:
        async with EndpointEngine(spec(one, other)) as engine:
            for request in requests(10):  # One at a time: whoever has had fewer is next.
                await engine.complete(request)
        assert (answered(one), answered(other)) == (5, 5)

    async def test_a_fast_server_gets_more_than_a_slow_one_and_each_as_many_at_a_time_as_declared(self, one: OpenAIServer, other: OpenAIServer) -> None:
        one.delay, other.delay = 0.005, 0.15
        async with EndpointEngine(spec(one, other)) as engine:
            completions = await ask(engine, requests(120))
        assert echoes(completions) == [str(number) for number in range(120)]
        assert answered(one) > 2 * answered(other) > 0
        assert one.most_in_flight == other.most_in_flight == 4

    async def test_one_that_bears_less_gets_less_and_everything_is_answered(self, one: OpenAIServer, other: OpenAIServer) -> None:
        one.delay = other.delay = 0.01
        one.capacity = 1
        async with EndpointEngine(spec(one, other, concurrency=8, attempts=10), backoff=0.01) as engine:
            completions = await ask(engine, requests(150))
        assert len(set(echoes(completions))) == 150
        assert answered(other) > answered(one) > 0

    async def test_one_that_never_takes_anything_is_asked_ever_more_seldom(self, one: OpenAIServer, other: OpenAIServer) -> None:
        """It has the fewest in flight all the time, since it turns everything away at once."""
        one.fail(Fault(status=429, times=-1))
        other.delay = 0.02
        async with EndpointEngine(spec(one, other, attempts=6), backoff=0.02) as engine:
            completions = await ask(engine, requests(100))
        assert len(completions) == answered(other) == 100
        assert one.statuses[429] < 20

    async def test_one_that_asks_for_a_pause_is_left_alone_while_the_other_works(self, one: OpenAIServer, other: OpenAIServer) -> None:
        one.fail(Fault(status=429, headers={"Retry-After": "60"}))
        async with EndpointEngine(spec(one, other), backoff=0.01) as engine:
            await ask(engine, requests(40))
        assert answered(other) >= 36
        assert sum(one.statuses.values()) <= 4  # What was under way when it asked.


class TestLosingServers:
    async def test_one_that_dies_midway_is_done_without(self, one: OpenAIServer, tmp_path: Path) -> None:
        one.delay = 0.01
        dying = OpenAIServer(delay=0.01)
        heard: list[str] = []
        async with dying:
            engine = EndpointEngine(spec(one, dying), backoff=0.05)
            with AnswerStore(tmp_path, dict(engine.identity)) as store, listening(heard.append):
                async with engine:
                    running = asyncio.create_task(answer_all(requests(150), engine, store, lambda count=1: None))
                    while answered(dying) < 10:
                        await asyncio.sleep(0.005)
                    await dying.__aexit__(None, None, None)
                    completions = await asyncio.wait_for(running, 60)
        assert echoes(completions) == [str(number) for number in range(150)]
        assert answered(one) + answered(dying) <= 150 + 4  # What was cut off may have been answered too.
        (line,) = [line for line in heard if "left out" in line]
        assert dying.url in line

    async def test_one_that_is_killed_as_a_process_is_done_without(self, one: OpenAIServer) -> None:
        command = [sys.executable, openai_server.__file__, "--delay", "0.02"]
        killed = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert killed.stdout
        port = int((await asyncio.wait_for(killed.stdout.readline(), 60)).split()[-1])
        one.delay = 0.02
        async with EndpointEngine(spec(f"http://127.0.0.1:{port}/v1", one), backoff=0.05) as engine:
            asking = asyncio.create_task(ask(engine, requests(100)))
            while answered(one) < 10:
                await asyncio.sleep(0.005)
            killed.kill()
            completions = await asking
        await killed.wait()
        assert echoes(completions) == [str(number) for number in range(100)]
        assert 10 < answered(one) < 100

    async def test_a_request_that_failed_at_one_server_is_put_to_another_next(self, one: OpenAIServer, other: OpenAIServer) -> None:
        one.fail(Fault(status=500, times=-1))
        async with EndpointEngine(spec(one, other, attempts=2), backoff=0.01) as engine:
            completions = await ask(engine, requests(50))
        assert len(completions) == 50

    async def test_one_that_comes_back_gets_requests_again(self, one: OpenAIServer) -> None:
        one.delay = 0.01
        heard: list[str] = []
        async with OpenAIServer() as first_life:
            port = first_life.port
            engine = await EndpointEngine(spec(one, first_life), backoff=0.05).__aenter__()
        with listening(heard.append):
            await ask(engine, requests(20))
            async with OpenAIServer(port=port) as second_life:
                while not answered(second_life):
                    await ask(engine, requests(20))
                    await asyncio.sleep(0.02)
                await engine.__aexit__(None, None, None)
        assert [line.split(" ", 1)[1][:12] for line in heard] == ["is left out ", "answers agai"]

    async def test_one_that_only_fails_is_left_out_and_tried_now_and_then_with_one_request(self, one: OpenAIServer, other: OpenAIServer) -> None:
        one.fail(Fault(status=500, body="CUDA error", times=-1))
        other.delay = 0.005
        async with EndpointEngine(spec(one, other), backoff=0.05) as engine:
            completions = await ask(engine, requests(200))
        assert len(set(echoes(completions))) == 200
        assert one.statuses[500] < 20

    async def test_one_that_hangs_is_left_out(self, one: OpenAIServer, other: OpenAIServer) -> None:
        one.fail(Fault("hang", times=-1))
        async with EndpointEngine(spec(one, other, timeout=0.5, concurrency=8), backoff=0.05) as engine:
            completions = await ask(engine, requests(60))
        assert len(set(echoes(completions))) == 60
        assert answered(other) == 60

    async def test_one_whose_key_or_address_is_wrong_is_done_without_and_said_once(self, one: OpenAIServer, other: OpenAIServer) -> None:
        heard: list[str] = []
        one.key = "wanted"
        with listening(heard.append):
            async with EndpointEngine(spec(one, other), backoff=0.01) as engine:
                assert len(await ask(engine, requests(30))) == 30
        (line,) = heard
        assert "asks for a key" in line and "goes on without it" in line

    async def test_one_that_is_away_at_the_beginning_is_said_and_may_come_later(self, one: OpenAIServer) -> None:
        port, heard = free_port(), list[str]()
        with listening(heard.append):
            async with EndpointEngine(spec(f"http://127.0.0.1:{port}/v1", one), backoff=0.02) as engine:
                await ask(engine, requests(5))
                async with OpenAIServer(port=port) as late:
                    while not answered(late):
                        await ask(engine, requests(5))
                        await asyncio.sleep(0.01)
        assert heard[0] == f"no server answers at http://127.0.0.1:{port}/v1: the others begin without it"


class TestNoServerLeft:
    async def test_nobody_is_there_at_the_beginning(self) -> None:
        with pytest.raises(EngineError, match=r"no server answers at http://\S+/v1 or http://\S+/v1: start one or mend engine\.url"):
            async with EndpointEngine(spec(nowhere(), nowhere())):
                pass

    async def test_all_die_midway(self, tmp_path: Path) -> None:
        servers = [OpenAIServer(delay=0.005), OpenAIServer(delay=0.005)]
        for server in servers:
            await server.__aenter__()
        engine = EndpointEngine(spec(*servers, attempts=3), backoff=0.02)
        with AnswerStore(tmp_path, dict(engine.identity)) as store:
            async with engine:
                running = asyncio.create_task(answer_all(requests(500), engine, store, lambda count=1: None))
                while answered(*servers) < 20:
                    await asyncio.sleep(0.005)
                for server in servers:
                    await server.__aexit__(None, None, None)
                with pytest.raises(EngineError, match="answers are stored") as caught:
                    await asyncio.wait_for(running, 60)
            assert len(store) >= 16
        assert "servers" in str(caught.value)

    async def test_the_last_one_asks_to_be_left_alone_for_an_hour(self, one: OpenAIServer, other: OpenAIServer) -> None:
        one.fail(Fault(status=429, headers={"Retry-After": "3600"}, times=-1))
        other.fail(Fault(status=503, headers={"Retry-After": "7200"}, times=-1))
        async with EndpointEngine(spec(one, other), backoff=0.01) as engine:
            with pytest.raises(EngineError, match=r"none of the 2 servers in engine\.url is left: .*left alone for 3,\d00 s.*left alone for 7,\d00 s"):
                await ask(engine, requests(10))

    async def test_the_only_one_dies_and_stays_dead(self) -> None:
        async with OpenAIServer() as server:
            engine = await EndpointEngine(spec(server, attempts=4), backoff=0.01).__aenter__()
        with pytest.raises(EngineError, match=r"stopped answering, at last it cannot be reached|no usable answer to '0' in 4 attempts"):
            await ask(engine, requests(1))
        await engine.__aexit__(None, None, None)

    async def test_a_request_that_fails_everywhere_uses_up_its_attempts(self, one: OpenAIServer, other: OpenAIServer) -> None:
        for server in (one, other):
            server.fail(Fault(status=500, body="no grammar for this", times=-1))
        async with EndpointEngine(spec(one, other, attempts=3), backoff=0.01) as engine:
            with pytest.raises(EngineError, match=r"no usable answer from 2 servers to '0' in 3 attempts; at last http://\S+ answered 500: no grammar"):
                await ask(engine, requests(1))
        assert one.asked["0"] + other.asked["0"] == 3


async def test_a_request_that_no_server_can_bear_is_rejected_and_the_run_goes_on(one: OpenAIServer, other: OpenAIServer) -> None:
    def answer(body: Mapping[str, Any]) -> str:
        if body["messages"][-1]["content"] == "3":
            raise RuntimeError("no grammar for this")
        return echo(body)

    one.answer = other.answer = answer
    async with EndpointEngine(spec(one, other, attempts=3), backoff=0.01) as engine:
        answers = await ask(engine, requests(8))
    assert [number for number, answer in enumerate(answers) if answer.finish_reason == "rejected"] == [3]
    assert answers[3].text.startswith("answered 500")


class TestModels:
    async def test_a_server_with_another_model_stops_the_run_before_the_first_request(self, one: OpenAIServer) -> None:
        async with OpenAIServer(model="big") as wrong:
            with pytest.raises(EngineError, match=rf"{wrong.url} serves big and not 'tiny': all servers in engine\.url must serve engine\.model"):
                async with EndpointEngine(spec(one, wrong)):
                    pass
        assert not one.bodies and not wrong.bodies

    async def test_a_server_that_comes_back_with_another_model_gets_nothing_more(self, one: OpenAIServer) -> None:
        heard: list[str] = []
        one.delay = 0.01
        async with OpenAIServer() as right:
            port = right.port
            engine = await EndpointEngine(spec(one, right), backoff=0.02).__aenter__()
        with listening(heard.append):
            async with OpenAIServer("big", port=port) as wrong:
                await ask(engine, requests(20))
                for _ in range(5):
                    await ask(engine, requests(20))
                    await asyncio.sleep(0.02)
            await engine.__aexit__(None, None, None)
        assert not answered(wrong)
        assert any("goes on without it" in line for line in heard)

    async def test_a_tag_that_the_server_adds_is_no_other_model(self, one: OpenAIServer) -> None:
        async with OpenAIServer(model="tiny:latest") as tagged, EndpointEngine(spec(one, tagged)) as engine:
            assert engine.can_answer("echo", {})

    async def test_a_server_that_does_not_say_what_it_has_is_taken_at_its_word(self, one: OpenAIServer) -> None:
        from aiohttp import web

        class Silent(OpenAIServer):
            async def _models(self, http: web.Request) -> web.StreamResponse:
                return web.Response(status=500)

        async with Silent() as silent, EndpointEngine(spec(one, silent)) as engine:
            await ask(engine, requests(10))
        assert answered(silent) == 5


class _Crowd:
    """Does what it is told with real servers of a choice, and checks after every step what must always hold. Nothing is sent."""

    def __init__(self, most: int, count: int) -> None:
        clients = [ChatClient(f"http://{name}/v1", "tiny", "none", 1.0) for name in "abc"[:count]]
        self.servers = Servers([Server(client, AdaptiveLimit(most), Standing(0.0, 10**6)) for client in clients])
        self.most = most
        self.turns: list[Turn] = []
        self.waiting: list[asyncio.Task[Turn]] = []

    async def step(self, action: str) -> None:
        if action == "enter":
            self.waiting.append(asyncio.create_task(self.servers.enter()))
        elif action == "cancel" and self.waiting:
            self.waiting.pop().cancel()
        elif self.turns:
            turn = self.turns.pop(0)
            if action == "answered":
                self.servers.answered(turn)
            elif action in ("overloaded", "unreachable"):
                self.servers.failed(turn, Unanswered("failed", overloaded=action == "overloaded", unreachable=action == "unreachable"))
            self.servers.leave(turn)
        for _ in range(3):
            await asyncio.sleep(0)
        self.turns += [task.result() for task in self.waiting if task.done() and not task.cancelled()]
        self.waiting = [task for task in self.waiting if not task.done()]
        self.check()

    def check(self) -> None:
        limits = [server.limit for server in self.servers.servers]
        assert sum(limit.in_flight for limit in limits) == len(self.turns)
        assert all(0 <= limit.in_flight <= self.most for limit in limits)
        for server in self.servers.servers:
            assert sum(turn.server is server and turn.trial for turn in self.turns) == server.on_trial <= 1
        if self.waiting:
            now = asyncio.get_running_loop().time()
            assert not any(server.has_room(now) for server in self.servers.servers), "somebody waits although there is room"


@given(
    st.integers(1, 5),
    st.integers(1, 3),
    st.lists(st.sampled_from(["enter", "enter", "answered", "overloaded", "unreachable", "failed", "cancel"]), max_size=60),
)
def test_turns_are_never_lost_nobody_waits_where_there_is_room_and_a_server_is_tried_with_one_request(most: int, count: int, actions: list[str]) -> None:
    async def play() -> None:
        crowd = _Crowd(most, count)
        for action in actions:
            await crowd.step(action)
        while crowd.turns or crowd.waiting:
            await crowd.step("answered")
        assert not any(server.limit.in_flight for server in crowd.servers.servers)

    asyncio.run(play())


async def test_turns_come_in_the_order_of_arrival_across_servers() -> None:
    crowd, order = _Crowd(1, 2), list[int]()

    async def visit(name: int) -> None:
        turn = await crowd.servers.enter()
        order.append(name)
        await asyncio.sleep(0)
        crowd.servers.leave(turn)

    await asyncio.gather(*(visit(name) for name in range(9)))
    assert order == list(range(9))


async def test_those_who_wait_are_admitted_when_time_alone_opens_the_door() -> None:
    server = Server(ChatClient("http://a/v1", "tiny", "none", 1.0), AdaptiveLimit(4), Standing(0.01, 6))
    servers = Servers([server])
    turn = await servers.enter()
    servers.failed(turn, Unanswered("failed", retry_after=0.05))
    servers.leave(turn)
    loop = asyncio.get_running_loop()
    asked_at = loop.time()
    await asyncio.wait_for(asyncio.gather(*(servers.enter() for _ in range(4))), 10)
    assert loop.time() - asked_at >= 0.049
