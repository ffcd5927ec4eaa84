"""The endpoint engine against a real server on loopback that fails in every way servers do."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from hub.engine import Completion, Message, Request, open_engine
from hub.engine.endpoint import EndpointEngine
from hub.engine.process import free_port
from hub.errors import EngineError
from hub.generate.runner import answer_all
from hub.generate.store import AnswerStore
from hub.spec.engine import EndpointEngineSpec, Sampling
from tests.support.openai_server import Fault, OpenAIServer

KEY = "sk-not-a-real-key-1234567890"
SCHEMA = {"type": "object", "properties": {"echo": {"type": "string"}}}


def spec(server: OpenAIServer, **settings: Any) -> EndpointEngineSpec:
    return EndpointEngineSpec(kind="endpoint", url=server.url, **{"model": "tiny", "timeout": 5.0, **settings})


def request(text: str = "hello", seed: int = 3) -> Request:
    return Request(text, "echo", (Message("user", text),), {}, SCHEMA, 32, Sampling(), seed)


async def ask(spec: EndpointEngineSpec, requests: Iterable[Request]) -> list[Completion]:
    async with EndpointEngine(spec, backoff=0.01) as engine:
        return await asyncio.gather(*(engine.complete(request) for request in requests))


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


async def test_an_honest_server_is_asked_once_and_its_answer_comes_back(server: OpenAIServer) -> None:
    (completion,) = await ask(spec(server), [request()])
    assert json.loads(completion.text) == {"echo": "hello", "seed": 3}
    assert (completion.finish_reason, completion.prompt_tokens, completion.seed) == ("stop", 7, 3)
    assert completion.latency > 0
    assert len(server.bodies) == 1


async def test_is_what_a_profile_opens(server: OpenAIServer) -> None:
    async with open_engine(spec(server), lambda: None) as engine:
        assert engine.can_answer("echo", {})
        assert (await engine.complete(request())).finish_reason == "stop"


async def test_the_identity_says_what_answers_but_not_where(server: OpenAIServer) -> None:
    identity = EndpointEngine(spec(server, revision="q4")).identity
    assert identity == {"kind": "endpoint", "model": "tiny", "revision": "q4", "structured": "json_schema"}


class TestPassingTrouble:
    """The engine asks again, and nobody above it notices."""

    @pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
    async def test_statuses_that_pass(self, server: OpenAIServer, status: int) -> None:
        server.fail(Fault(status=status, body='{"error": {"message": "busy"}}', times=2))
        (completion,) = await ask(spec(server), [request()])
        assert completion.finish_reason == "stop"
        assert len(server.bodies) == 3

    @pytest.mark.parametrize(
        "body",
        ["<html>Bad gateway</html>", "", "{", '{"choices": []}', '{"error": "overloaded"}', '{"choices": [{"message": {"content": null}}]}'],
    )
    async def test_answers_that_are_none(self, server: OpenAIServer, body: str) -> None:
        server.fail(Fault(status=200, body=body))
        (completion,) = await ask(spec(server), [request()])
        assert completion.finish_reason == "stop"

    async def test_cut_connections(self, server: OpenAIServer) -> None:
        server.fail(Fault("cut", times=3))
        completions = await ask(spec(server), [request(str(number)) for number in range(8)])
        assert [json.loads(completion.text)["echo"] for completion in completions] == [str(number) for number in range(8)]

    async def test_a_server_that_hangs(self, server: OpenAIServer) -> None:
        server.fail(Fault("hang"))
        (completion,) = await ask(spec(server, timeout=0.3), [request()])
        assert completion.finish_reason == "stop"
        assert len(server.bodies) == 2

    async def test_a_server_that_is_slow_is_waited_for(self, server: OpenAIServer) -> None:
        server.fail(Fault("slow", seconds=0.2))
        (completion,) = await ask(spec(server), [request()])
        assert completion.latency >= 0.19
        assert len(server.bodies) == 1

    async def test_retry_after_is_honoured(self, server: OpenAIServer) -> None:
        server.fail(Fault(status=429, headers={"Retry-After": "1"}))
        loop = asyncio.get_running_loop()
        started = loop.time()
        await ask(spec(server), [request()])
        assert loop.time() - started >= 0.99

    async def test_the_seed_and_the_body_stay_the_same_when_asked_again(self, server: OpenAIServer) -> None:
        server.fail(Fault(status=503))
        await ask(spec(server), [request()])
        assert server.bodies[0] == server.bodies[1]


class TestConcurrency:
    async def test_never_exceeds_what_was_declared(self, server: OpenAIServer) -> None:
        server.delay = 0.005
        await ask(spec(server, concurrency=5), [request(str(number)) for number in range(60)])
        assert server.most_in_flight == 5

    async def test_adapts_to_a_server_that_bears_less_and_answers_everything(self, server: OpenAIServer) -> None:
        server.delay, server.capacity = 0.005, 4
        completions = await ask(spec(server, concurrency=32, attempts=20), [request(str(number)) for number in range(150)])
        assert {completion.finish_reason for completion in completions} == {"stop"}
        assert server.statuses[200] == 150
        assert server.statuses[429] < 150, "the engine kept on asking too much"

    async def test_recovers_after_a_burst(self, server: OpenAIServer) -> None:
        server.fail(Fault(status=503, times=8))
        async with EndpointEngine(spec(server, concurrency=8), backoff=0.01) as engine:
            await asyncio.gather(*(engine.complete(request(str(number))) for number in range(8)))
            limit = engine.servers[0].limit
            assert limit.limit < 8
            for _ in range(40):
                await engine.complete(request())
            assert (limit.limit, limit.in_flight) == (8, 0)


class TestRefusedRequests:
    """What is wrong with one request stops that request only."""

    @pytest.mark.parametrize("status", [400, 413, 422])
    async def test_come_back_as_rejected_with_the_servers_words(self, server: OpenAIServer, status: int) -> None:
        words = "This model's maximum context length is 2048 tokens, however you requested 9000 tokens."
        server.fail(Fault(status=status, body=json.dumps({"error": {"message": words}})))
        first, second = await ask(spec(server, concurrency=1), [request("long"), request("short")])
        assert (first.finish_reason, first.text, first.prompt_tokens) == ("rejected", words, None)
        assert second.finish_reason == "stop"
        assert server.asked == {"long": 1, "short": 1}


class TestTroubleThatStays:
    """One clear sentence, at once where asking again is useless."""

    async def test_nothing_listens(self) -> None:
        nowhere = EndpointEngineSpec(kind="endpoint", url=f"http://127.0.0.1:{free_port()}/v1", model="tiny")
        with pytest.raises(EngineError, match=r"no server answers at http://127\.0\.0\.1:\d+/v1: start it or mend engine\.url"):
            await ask(nowhere, [request()])

    async def test_a_name_that_does_not_exist(self) -> None:
        with pytest.raises(EngineError, match=r"no server answers at http://no-such-host\.invalid/v1"):
            await ask(EndpointEngineSpec(kind="endpoint", url="http://no-such-host.invalid/v1", model="tiny"), [request()])

    async def test_the_model_is_unknown(self, server: OpenAIServer) -> None:
        with pytest.raises(EngineError, match=r"has no model 'big': set engine\.model to one of tiny"):
            await ask(spec(server, model="big"), [request()])
        assert len(server.bodies) == 1

    async def test_the_path_is_wrong(self, server: OpenAIServer) -> None:
        wrong = EndpointEngineSpec(kind="endpoint", url=server.url.removesuffix("/v1"), model="tiny")
        with pytest.raises(EngineError, match=r"engine\.url should end in the version part"):
            await ask(wrong, [request()])

    async def test_the_server_points_elsewhere(self, server: OpenAIServer) -> None:
        server.fail(Fault(status=307, headers={"Location": "http://example.invalid/"}))
        with pytest.raises(EngineError, match="points elsewhere"):
            await ask(spec(server), [request()])

    async def test_a_plain_server_asked_for_encryption(self, server: OpenAIServer) -> None:
        encrypted = EndpointEngineSpec(kind="endpoint", url=server.url.replace("http:", "https:"), model="tiny")
        with pytest.raises(EngineError, match="no secure connection"):
            await ask(encrypted, [request()])

    async def test_it_never_gets_better(self, server: OpenAIServer) -> None:
        server.fail(Fault(status=500, body='{"error": {"message": "CUDA out of memory"}}', times=-1))
        with pytest.raises(EngineError, match=r"no usable answer to 'hello' in 3 attempts; at last it answered 500: CUDA out of memory"):
            await ask(spec(server, attempts=3), [request()])
        assert server.asked == {"hello": 3, "Say yes.": 1}

    async def test_it_wants_to_be_left_alone_for_an_hour(self, server: OpenAIServer) -> None:
        server.fail(Fault(status=429, headers={"Retry-After": "3600"}))
        with pytest.raises(EngineError, match=r"left alone for 3,600 s"):
            await ask(spec(server), [request()])

    async def test_an_endless_answer(self, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("hub.engine.client._LARGEST_ANSWER", 1000)
        server.answer = lambda body: "x" * 2000
        with pytest.raises(EngineError, match="more than 1,000 bytes"):
            await ask(spec(server, attempts=1), [request()])


class TestKeys:
    async def test_the_key_comes_from_the_named_variable(self, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
        server.key = KEY
        monkeypatch.setenv("MY_KEY", f"{KEY}\n")
        await ask(spec(server, api_key_variable="MY_KEY"), [request()])
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"

    @pytest.mark.parametrize("value", [None, "", "  "])
    def test_a_missing_variable_is_named(self, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
        monkeypatch.delenv("MY_KEY", raising=False)
        if value is not None:
            monkeypatch.setenv("MY_KEY", value)
        declared = EndpointEngineSpec(kind="endpoint", url="http://127.0.0.1:1/v1", model="tiny", api_key_variable="MY_KEY")
        with pytest.raises(EngineError, match="environment variable MY_KEY, which should hold the key"):
            EndpointEngine(declared)

    @pytest.mark.parametrize("url", ["http://me:secret@host/v1", "https://host/v1?key=secret", "ftp://host/v1", "host/v1"])
    def test_an_address_holds_no_key(self, url: str) -> None:
        with pytest.raises(ValidationError, match="url"):
            EndpointEngineSpec(kind="endpoint", url=url, model="tiny")

    async def test_a_server_that_asks_for_a_key_nobody_named(self, server: OpenAIServer) -> None:
        server.key = KEY
        with pytest.raises(EngineError, match=r"asks for a key .* engine\.api_key_variable"):
            await ask(spec(server), [request()])

    async def test_the_key_stands_in_no_error_no_log_and_no_store(
        self, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
    ) -> None:
        server.key = "another"  # The server repeats the wrong key in its complaint, as some do.
        monkeypatch.setenv("MY_KEY", KEY)
        caplog.set_level(logging.DEBUG)
        engine = EndpointEngine(spec(server, api_key_variable="MY_KEY"))
        with AnswerStore(tmp_path, dict(engine.identity)) as store:
            async with engine:
                with pytest.raises(EngineError, match=r"does not accept the key in the environment variable MY_KEY .*\*\*\*") as caught:
                    await answer_all([request()], engine, store, lambda count=1: None)
        assert KEY not in str(caught.value) and KEY not in repr(caught.value.__cause__)
        assert KEY not in caplog.text and KEY not in repr(engine.identity)
        assert KEY.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


async def test_what_was_answered_before_the_run_stopped_is_not_asked_again(server: OpenAIServer, tmp_path: Path) -> None:
    requests = [request(str(number)) for number in range(40)]

    async def run() -> list[Completion]:
        engine = EndpointEngine(spec(server, concurrency=4, attempts=1))
        with AnswerStore(tmp_path, dict(engine.identity)) as store:
            async with engine:
                return await answer_all(requests, engine, store, lambda count=1: None)

    server.fail(*[Fault("slow") for _ in range(20)], Fault("cut"))
    with pytest.raises(EngineError, match="answers are stored"):
        await run()
    answered_before = server.statuses[200]
    assert 16 <= answered_before < 40
    completions = await run()
    assert [json.loads(completion.text)["echo"] for completion in completions] == [request.id for request in requests]
    assert server.statuses[200] <= 40 + 4  # At most what was in flight when the run stopped, and the answer that was cut.
