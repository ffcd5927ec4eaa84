"""The endpoint engine against llama.cpp's own server, with the weights that transformers runs: another genuine engine, and a check of both."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests

from builders.emo_pillars.steps import ActorsAnswer, ContextAnswer
from hub.engine.base import Completion, Message, Request
from hub.engine.endpoint import EndpointEngine
from hub.generate import generate
from hub.paths import Project
from hub.spec.engine import EndpointEngineSpec, Sampling
from tests.support.llama_server import LlamaServer, llama_server
from tests.support.projects import DATASET, dataset, generation, limit_answers, raw_digests, raw_table
from tests.support.recorder import HelpedRecorder
from tests.support.tiny_gguf import write_gguf
from tests.support.tiny_model import make_terse_model, make_tiny_model

for _package in ("xllamacpp", "gguf"):
    pytest.importorskip(_package, reason=f"{_package} is not installed: pip install 'emohub[dev]'")

TEXTS = ("Hello there", "She said that nobody had seen the boat come in.", "  two  spaces\n\nand lines\t", "naïve café – 你好 🙂", "12345 don't, it's 3.50")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that comes to an end now and then, in both forms."""
    folder = tmp_path_factory.mktemp("llama")
    write_gguf(make_terse_model(folder / "terse", positions=16384), folder / "terse.gguf")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[LlamaServer]:
    with llama_server(folder / "terse.gguf") as server:
        yield server


def spec(*servers: LlamaServer, **settings: Any) -> EndpointEngineSpec:
    return EndpointEngineSpec(kind="endpoint", url=tuple(server.url for server in servers), **{"model": "tiny", "timeout": 60.0, "concurrency": 4, **settings})


def request(number: int, schema: Mapping[str, Any], text: str = "Tell me of Anna.", max_tokens: int = 120) -> Request:
    return Request(f"r{number}", "s", (Message("user", text),), {}, schema, max_tokens, Sampling(temperature=1.0), number)


def ask(declared: EndpointEngineSpec, requests: Sequence[Request]) -> list[Completion]:
    async def run() -> list[Completion]:
        async with EndpointEngine(declared, backoff=0.02) as engine:
            return list(await asyncio.gather(*(engine.complete(one) for one in requests)))

    return asyncio.run(run())


def post(server: LlamaServer, path: str, body: Mapping[str, Any]) -> Any:
    answer = requests.post(f"http://127.0.0.1:{server.port}{path}", json=body, timeout=60)
    answer.raise_for_status()
    return answer.json()


class TestTheSameModelInTwoForms:
    """Transformers is the oracle of the GGUF file, and so of all below."""

    @pytest.mark.parametrize("text", TEXTS)
    def test_both_tokenizers_write_the_same_tokens(self, folder: Path, server: LlamaServer, text: str) -> None:
        from transformers import AutoTokenizer

        prompt = f"<s>[user] {text} [assistant] "
        wanted = AutoTokenizer.from_pretrained(folder / "terse")(prompt, add_special_tokens=False)["input_ids"]
        assert post(server, "/tokenize", {"content": prompt, "parse_special": True})["tokens"] == wanted

    @pytest.mark.parametrize("text", TEXTS)
    def test_both_give_the_next_tokens_the_same_log_probabilities(self, folder: Path, server: LlamaServer, text: str) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        tokens = AutoTokenizer.from_pretrained(folder / "terse")(f"<s>[user] {text * 6} [assistant] ", add_special_tokens=False)["input_ids"]
        model = AutoModelForCausalLM.from_pretrained(folder / "terse", dtype=torch.float32)
        with torch.inference_mode():
            wanted = torch.log_softmax(model(torch.tensor([tokens])).logits[0, -1], 0)
        body = {"prompt": tokens, "n_predict": 1, "temperature": 0, "n_probs": 50, "cache_prompt": False}
        (first,) = post(server, "/completion", body)["completion_probabilities"]
        found = {one["id"]: one["logprob"] for one in first["top_logprobs"]}
        assert set(found) == set(wanted.topk(50).indices.tolist())
        assert max(abs(logprob - wanted[token].item()) for token, logprob in found.items()) < 1e-3


class TestAnswers:
    @pytest.mark.parametrize("kind", [ActorsAnswer, ContextAnswer], ids=lambda kind: kind.__name__)
    def test_every_finished_answer_is_strict_json_that_meets_the_schema(self, server: LlamaServer, kind: Any) -> None:
        schema = kind.model_json_schema()
        answers = ask(spec(server), [request(number, schema) for number in range(24)])
        finished = [one for one in answers if one.finish_reason == "stop"]
        assert len(finished) >= 6
        for one in finished:
            jsonschema.validate(json.loads(one.text), schema)
        assert {one.finish_reason for one in answers} <= {"stop", "length"}
        assert all(one.prompt_tokens and one.completion_tokens for one in answers)

    def test_the_same_seed_gives_the_same_answer(self, server: LlamaServer) -> None:
        asked = [request(number, ContextAnswer.model_json_schema()) for number in range(4)]
        first, second = (ask(spec(server, concurrency=1), asked) for _ in range(2))
        assert [one.text for one in first] == [one.text for one in second]
        assert len({one.text for one in first}) > 1

    def test_a_prompt_beyond_the_context_is_rejected_alone(self, server: LlamaServer) -> None:
        schema = ContextAnswer.model_json_schema()
        long, short = ask(spec(server), [request(0, schema, "word " * 20_000), request(1, schema)])
        assert long.finish_reason == "rejected" and "exceeds the available context size (16384 tokens)" in long.text
        assert short.finish_reason in ("stop", "length")

    def test_an_answer_that_the_server_cannot_read_is_rejected_with_its_words_and_the_run_goes_on(self, tmp_path: Path) -> None:
        """A model without any taste writes bytes that llama.cpp's chat parser does not take: HTTP 500, each time."""
        write_gguf(make_tiny_model(tmp_path / "babbler"), tmp_path / "babbler.gguf")
        asked = [request(number, ContextAnswer.model_json_schema(), max_tokens=60) for number in range(12)]
        with llama_server(tmp_path / "babbler.gguf") as server:
            answers = [answer for one in asked for answer in ask(spec(server, attempts=2), [one])]
        rejected = [answer for answer in answers if answer.finish_reason == "rejected"]
        assert 0 < len(rejected) < len(answers)
        assert all(answer.text.startswith("answered 500: The model produced output") for answer in rejected)


def test_a_server_killed_midway_is_done_without(folder: Path, server: LlamaServer) -> None:
    asked = [request(number, ActorsAnswer.model_json_schema()) for number in range(60)]

    async def run() -> list[Completion]:
        with llama_server(folder / "terse.gguf") as killed:
            async with EndpointEngine(spec(server, killed), backoff=0.02) as engine:
                asking = [asyncio.create_task(engine.complete(one)) for one in asked]
                while sum(task.done() for task in asking) < 10:
                    await asyncio.sleep(0.002)
                killed.process.kill()
                return list(await asyncio.gather(*asking))

    answers = asyncio.run(run())
    assert len(answers) == 60 and {one.finish_reason for one in answers} <= {"stop", "length"}


def test_the_whole_chain_runs_over_two_servers_and_accounts_for_every_answer(small_project: Project, folder: Path, server: LlamaServer) -> None:
    things = ("hat", "dog", "way", "job", "key", "cat", "map", "bag")
    stories = [{"id": f"s{number}", "text": f"Anna lost her {thing}. Ben found it. They laughed."} for number, thing in enumerate(things)]
    stories.append({"id": "long", "text": "Anna waited. " * 9000})
    (small_project.root / "stories.jsonl").write_text("\n".join(map(json.dumps, stories)), encoding="utf-8")
    limit_answers(small_project, 200)

    def run(declared: EndpointEngineSpec) -> HelpedRecorder:
        settings = generation(
            engine=declared.model_dump(),
            sampling={"temperature": 1.0},
            attempts=2,
            narratives={"kind": "jsonl", "path": "stories.jsonl", "licence": "cc0-1.0"},
            maximum_characters=200_000,
        )
        recorder = HelpedRecorder(EndpointEngine(declared))
        generate(small_project, dataset(small_project), settings, recorder)
        return recorder

    with llama_server(folder / "terse.gguf") as second:
        recorder = run(spec(server, second))

    assert len(recorder.finished()) > 50, "every one of them is strict JSON"
    manifest = json.loads((small_project.raw(DATASET) / "manifest.json").read_text(encoding="utf-8"))
    rejects = raw_table(small_project, "rejects").to_pylist()
    steps = {step["step"]: step for step in manifest["steps"]}
    assert list(steps) == ["actors", "utterances", "labels", "context", "cleaning", "rewriting"]
    assert all(step["requests"] for step in steps.values()), "a step had nothing to do"
    assert sum(step["requests"] for step in steps.values()) == len(recorder.answers)
    assert [row["reason"] for row in rejects if row["id"] == "long"] == ["rejected"]
    assert any(not row["final"] for row in rejects), "nothing was asked again"
    assert Counter(row["reason"] for row in rejects) == sum((Counter(step["rejects"]) for step in steps.values()), Counter())

    before = raw_digests(small_project)
    assert run(spec(server)).answers == [], "where the servers are changes nothing, and nothing is asked again"
    assert raw_digests(small_project) == before
