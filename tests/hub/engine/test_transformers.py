"""A real model with random weights answers in this process: in valid JSON, whatever company its questions are in."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from builders.emo_pillars.steps import ActorsAnswer, ContextAnswer, LabelsAnswer, RewritingAnswer, UtterancesAnswer
from hub.engine.base import Completion, Message, Request
from hub.engine.decoding import SeededChance
from hub.engine.transformers import TransformersEngine
from hub.errors import EngineError
from hub.generate import generate
from hub.paths import Project
from hub.spec.engine import Sampling, TransformersEngineSpec
from tests.support.projects import DATASET, dataset, generation, limit_answers, raw_digests, raw_table
from tests.support.recorder import HelpedRecorder
from tests.support.tiny_model import make_terse_model, make_tiny_model

ANSWERS: tuple[type[BaseModel], ...] = (ActorsAnswer, UtterancesAnswer, LabelsAnswer, ContextAnswer, RewritingAnswer)
"""The answers of the six steps; telling and cleaning contexts share one."""
SHORT: Mapping[str, Any] = {"type": "object", "properties": {"mood": {"enum": ["up", "down"]}, "score": {"type": "integer", "minimum": 0, "maximum": 5}},
                            "required": ["mood", "score"], "additionalProperties": False}  # fmt: skip


@pytest.fixture(scope="module")
def babbler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that writes anything and hardly ever comes to an end."""
    return make_tiny_model(tmp_path_factory.mktemp("babbler"))


@pytest.fixture(scope="module")
def terse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that comes to an end now and then."""
    return make_terse_model(tmp_path_factory.mktemp("terse"))


def spec(model: Path | str, **changes: Any) -> TransformersEngineSpec:
    return TransformersEngineSpec(kind="transformers", model=str(model), device="cpu", **changes)


def ask(number: int, schema: Mapping[str, Any], max_tokens: int = 60, text: str | None = None, seed: int | None = None, **sampling: float) -> Request:
    message = Message("user", text or "Tell me. " * (number + 1))
    return Request(f"r{number}", "s", (message,), {}, schema, max_tokens, Sampling(**sampling), number if seed is None else seed)


def answer(engine: TransformersEngineSpec, requests: Sequence[Request]) -> list[Completion]:
    """All the answers, asked for at the same time."""

    async def run() -> list[Completion]:
        async with TransformersEngine(engine) as running:
            return list(await asyncio.gather(*(running.complete(request) for request in requests)))

    return asyncio.run(run())


class TestAnswers:
    @pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.__name__)
    @pytest.mark.parametrize("temperature", [0.0, 1.0])
    def test_an_answer_meets_the_schema_or_was_cut_off(self, terse: Path, kind: type[BaseModel], temperature: float) -> None:
        requests = [ask(number, kind.model_json_schema(), 250, temperature=temperature) for number in range(12)]

        answers = answer(spec(terse, batch_size=6), requests)

        for one in answers:
            assert one.completion_tokens is not None
            if one.finish_reason == "stop":
                value = json.loads(one.text)
                jsonschema.validate(value, kind.model_json_schema())
                kind.model_validate(value)
            else:
                assert (one.finish_reason, one.completion_tokens) == ("length", 250)
        if temperature:
            assert any(one.finish_reason == "stop" for one in answers)

    def test_a_short_answer_always_comes_to_its_end(self, babbler: Path) -> None:
        answers = answer(spec(babbler), [ask(number, SHORT, 40, temperature=2.0) for number in range(24)])

        assert all(one.finish_reason == "stop" for one in answers)
        for one in answers:
            jsonschema.validate(json.loads(one.text), SHORT)
        assert len({one.text for one in answers}) > 3

    def test_an_answer_beyond_the_limit_is_cut_off_and_says_so(self, babbler: Path) -> None:
        (one,) = answer(spec(babbler), [ask(0, ContextAnswer.model_json_schema(), 20)])
        assert (one.finish_reason, one.completion_tokens) == ("length", 20)
        assert one.text.startswith('{"context": "')

    def test_tokens_are_counted_as_the_tokenizer_counts(self, babbler: Path) -> None:
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(babbler)
        (one,) = answer(spec(babbler), [ask(0, SHORT, 40, text="Hello there")])

        assert one.prompt_tokens == len(tokenizer("<s>[user] Hello there [assistant] ", add_special_tokens=False)["input_ids"])
        assert one.completion_tokens is not None and len(one.text) / 8 < one.completion_tokens <= len(one.text) + 1

    def test_without_a_chat_template_the_turns_are_joined_plainly(self, tmp_path: Path) -> None:
        from transformers import AutoTokenizer

        model = make_tiny_model(tmp_path / "plain", chat_template=None)
        (one,) = answer(spec(model), [ask(0, SHORT, 40, text="Hello there")])

        assert one.finish_reason == "stop"
        assert one.prompt_tokens == len(AutoTokenizer.from_pretrained(model)("Hello there\n\n")["input_ids"])


class TestBatches:
    def test_company_does_not_change_a_greedy_answer(self, babbler: Path) -> None:
        requests = [ask(number, ContextAnswer.model_json_schema(), 30, repetition_penalty=1.03) for number in range(6)]

        alone = answer(spec(babbler, batch_size=1), requests)
        together = answer(spec(babbler, batch_size=6), requests)
        reversed_order = answer(spec(babbler, batch_size=4), requests[::-1])[::-1]

        assert [one.text for one in alone] == [one.text for one in together] == [one.text for one in reversed_order]
        assert len({one.text for one in alone}) == 6

    def test_company_does_not_change_a_drawn_answer(self, babbler: Path) -> None:
        requests = [ask(number, ContextAnswer.model_json_schema(), 30, temperature=0.8, top_p=0.95) for number in range(6)]

        alone = answer(spec(babbler, batch_size=1), requests)
        together = answer(spec(babbler, batch_size=6), requests)

        assert [one.text for one in alone] == [one.text for one in together]

    def test_the_seed_decides_a_drawn_answer_and_leaves_a_greedy_one_alone(self, babbler: Path) -> None:
        schema = ContextAnswer.model_json_schema()
        drawn = answer(spec(babbler), [ask(0, schema, 20, seed=seed, temperature=1.0) for seed in (1, 2, 1)])
        greedy = answer(spec(babbler), [ask(0, schema, 20, seed=seed) for seed in (1, 2)])

        assert drawn[0].text == drawn[2].text != drawn[1].text
        assert greedy[0].text == greedy[1].text

    def test_questions_of_different_kinds_are_all_answered(self, babbler: Path) -> None:
        requests = [ask(number, kind.model_json_schema(), 20 + number % 2, temperature=number % 3 / 2) for number, kind in enumerate(ANSWERS * 3)]

        answers = answer(spec(babbler, batch_size=4), requests)

        firsts = [next(iter(kind.model_json_schema()["properties"])) for kind in ANSWERS * 3]
        assert all(one.text.startswith('{"' + first) for one, first in zip(answers, firsts, strict=True))

    def test_an_asker_who_goes_away_does_not_hold_up_the_others(self, babbler: Path) -> None:
        async def run() -> Completion:
            async with TransformersEngine(spec(babbler, batch_size=1)) as engine:
                gone = asyncio.create_task(engine.complete(ask(0, SHORT)))
                waiting = asyncio.create_task(engine.complete(ask(1, SHORT)))
                await asyncio.sleep(0)
                gone.cancel()
                return await waiting

        assert asyncio.run(run()).finish_reason == "stop"

    def test_leaving_ends_the_batch_at_the_next_token(self, babbler: Path) -> None:
        from hub.engine.checkpoint import load_checkpoint

        checkpoint = load_checkpoint(spec(babbler))
        prompts = [checkpoint.encode([Message("user", text)]) for text in ("Tell me.", "Tell me more.")]

        answers = checkpoint.decode(prompts, ContextAnswer.model_json_schema(), Sampling(), 3000, [0, 1], stopped=lambda: True)

        assert [one.tokens for one in answers] == [1, 1]

    def test_leaving_while_answers_are_awaited_leaves_nothing_behind(self, babbler: Path) -> None:
        async def run() -> int:
            async with TransformersEngine(spec(babbler)) as engine:
                asking = [asyncio.create_task(engine.complete(ask(number, ContextAnswer.model_json_schema(), 3000))) for number in range(20)]
                await asyncio.sleep(0.05)
                for task in asking:
                    task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
            return len(asyncio.all_tasks())

        assert asyncio.run(run()) == 1
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]


class TestSampling:
    def test_draws_follow_the_model(self, babbler: Path) -> None:
        """The oracle is the softmax of the model's own scores over the two allowed tokens."""
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        schema = {"type": "string", "enum": ["A", "B"]}
        tokenizer, model = AutoTokenizer.from_pretrained(babbler), AutoModelForCausalLM.from_pretrained(babbler, dtype=torch.float32)
        prompt = tokenizer("<s>[user] Choose [assistant] " + '"', add_special_tokens=False, return_tensors="pt")
        scores = model(**prompt).logits[0, -1]
        temperature = 2.0
        wanted = torch.softmax(torch.stack([scores[tokenizer.convert_tokens_to_ids(letter)] for letter in "AB"]) / temperature, 0)[0].item()

        draws = [ask(seed, schema, 6, text="Choose", seed=seed, temperature=temperature) for seed in range(400)]
        counts = Counter(one.text for one in answer(spec(babbler, batch_size=100), draws))

        assert set(counts) <= {'"A"', '"B"'}
        assert abs(counts['"A"'] / 400 - wanted) < 4 * (0.25 / 400) ** 0.5

    def test_draws_are_as_frequent_as_their_probabilities_and_never_of_a_forbidden_token(self) -> None:
        import torch

        count, allowed = 4000, [0, 7, 20, 49]
        scores = torch.full((count, 50), float("-inf"))
        scores[:, allowed] = torch.tensor([0.0, 1.0, 2.0, -1.0])
        drawn = Counter(SeededChance(range(count))(torch.zeros((count, 1)), scores).argmax(dim=1).tolist())  # type: ignore[arg-type]

        assert set(drawn) == set(allowed)
        for token, wanted in zip(allowed, torch.softmax(scores[0, allowed], 0).tolist(), strict=True):
            assert abs(drawn[token] / count - wanted) < 4 * (wanted * (1 - wanted) / count) ** 0.5

    def test_a_repetition_penalty_makes_an_answer_repeat_itself_less(self, tmp_path: Path) -> None:
        model = make_tiny_model(tmp_path / "loop", favour={"q": 1.5, '"': -50.0})
        schema = ContextAnswer.model_json_schema()

        plain, penalised = answer(spec(model), [ask(0, schema, 40), ask(0, schema, 40, repetition_penalty=5.0)])

        assert plain.text.count("q") > penalised.text.count("q") > 0


class TestFailures:
    def test_a_prompt_beyond_the_models_positions_is_rejected_alone(self, tmp_path: Path) -> None:
        model = make_tiny_model(tmp_path / "short", positions=128)

        long, short = answer(spec(model), [ask(0, SHORT, 40, text="word " * 500), ask(1, SHORT, 40, text="word")])

        assert long.finish_reason == "rejected" and "beyond the model's 128" in long.text
        assert short.finish_reason == "stop"

    @pytest.mark.parametrize("model", ["/nowhere/model", "./nowhere", "~/nowhere/model"])
    def test_a_missing_folder_is_one_clear_error(self, model: str) -> None:
        with pytest.raises(EngineError, match="there is no model folder .*mend engine.model in the profile"):
            answer(spec(model), [])

    @pytest.mark.parametrize(("missing", "message"), [("model.safetensors", r"holds no \*.safetensors"), ("config.json", "holds no config.json")])
    def test_a_folder_without_weights_or_configuration_is_one_clear_error(self, tmp_path: Path, missing: str, message: str) -> None:
        model = make_tiny_model(tmp_path / "part")
        (model / missing).rename(model / "pytorch_model.bin")
        with pytest.raises(EngineError, match=message):
            answer(spec(model), [])

    @pytest.mark.parametrize("broken", ["model.safetensors", "tokenizer.json", "config.json"])
    def test_a_broken_file_is_one_clear_error(self, tmp_path: Path, broken: str) -> None:
        model = make_tiny_model(tmp_path / "broken")
        (model / broken).write_bytes(b"\x00\x01garbage")
        with pytest.raises(EngineError, match="cannot be loaded"):
            answer(spec(model), [])

    def test_a_model_that_needs_code_of_its_own_is_refused(self, tmp_path: Path) -> None:
        model = make_tiny_model(tmp_path / "code")
        config = json.loads((model / "config.json").read_text(encoding="utf-8"))
        config |= {"model_type": "sly", "auto_map": {"AutoConfig": "sly.Config", "AutoModelForCausalLM": "sly.Model"}}
        (model / "config.json").write_text(json.dumps(config), encoding="utf-8")
        (model / "sly.py").write_text(f"import pathlib; pathlib.Path({str(tmp_path / 'ran')!r}).touch()", encoding="utf-8")

        with pytest.raises(EngineError, match="cannot be loaded"):
            answer(spec(model), [])
        assert not (tmp_path / "ran").exists()

    def test_a_device_that_is_not_there_is_one_clear_error(self, babbler: Path) -> None:
        with pytest.raises(EngineError, match="set engine.device to auto or cpu"):
            answer(TransformersEngineSpec(kind="transformers", model=str(babbler), device="xpu:7"), [])

    def test_a_schema_that_cannot_be_enforced_is_one_clear_error(self, babbler: Path) -> None:
        with pytest.raises(EngineError, match="cannot be enforced token by token"):
            answer(spec(babbler), [ask(0, {"title": "Odd", "type": "object", "$ref": "#/nowhere"})])


class TestIdentity:
    def test_names_the_model_by_its_contents(self, tmp_path: Path) -> None:
        one, same, other = (make_tiny_model(tmp_path / place / "tiny", seed=seed) for place, seed in (("a", 0), ("b", 0), ("c", 1)))

        def identity(model: Path) -> Mapping[str, Any]:
            async def run() -> Mapping[str, Any]:
                async with TransformersEngine(spec(model)) as engine:
                    return engine.identity

            return asyncio.run(run())

        assert identity(one) == identity(same)
        assert identity(one)["model"] != identity(other)["model"]
        assert identity(one)["model"].startswith("tiny@")
        assert set(identity(one)) == {"kind", "model", "revision", "dtype", "drawing", "transformers", "llguidance"}
        assert str(tmp_path) not in json.dumps(dict(identity(one)))


def test_the_whole_chain_runs_in_strict_json_and_accounts_for_every_answer(small_project: Project, terse: Path) -> None:
    things = ("hat", "dog", "way", "job", "key", "cat", "map", "bag")
    stories = [{"id": f"s{number}", "text": f"Anna lost her {thing}. Ben found it. They laughed."} for number, thing in enumerate(things)]
    stories.append({"id": "long", "text": "Anna waited. " * 2500})
    (small_project.root / "stories.jsonl").write_text("\n".join(map(json.dumps, stories)), encoding="utf-8")
    limit_answers(small_project, 200)
    declared = spec(terse, batch_size=8)
    settings = generation(
        engine=declared.model_dump(),
        sampling={"temperature": 1.0},
        attempts=2,
        narratives={"kind": "jsonl", "path": "stories.jsonl", "licence": "cc0-1.0"},
        maximum_characters=40_000,
    )

    def run() -> HelpedRecorder:
        recorder = HelpedRecorder(TransformersEngine(declared))
        generate(small_project, dataset(small_project), settings, recorder)
        return recorder

    recorder = run()

    finished = recorder.finished()
    assert len(finished) > 30
    for request, value in finished:
        jsonschema.validate(value, request.schema)
    assert {one.finish_reason for _, one in recorder.answers} == {"stop", "length", "rejected"}
    manifest = json.loads((small_project.raw(DATASET) / "manifest.json").read_text(encoding="utf-8"))
    rejects = raw_table(small_project, "rejects").to_pylist()
    steps = {step["step"]: step for step in manifest["steps"]}
    assert list(steps) == ["actors", "utterances", "labels", "context", "cleaning", "rewriting"]
    assert all(step["requests"] for step in steps.values()), "a step had nothing to do"
    assert sum(step["requests"] for step in steps.values()) == len(recorder.answers)
    assert steps["actors"]["prompt_tokens"] > 100 and steps["actors"]["completion_tokens"] > 10
    assert [(row["reason"], row["attempt"]) for row in rejects if row["id"] == "long"] == [("rejected", 0)]
    assert any(not row["final"] for row in rejects), "nothing was asked again"
    for name in ("labels", "context", "cleaning", "rewriting"):
        refused = {(row["id"], row["attempt"]) for row in rejects if row["step"] == name and row["reason"] != "off_label"}
        assert steps[name]["rows"] + len(refused) == steps[name]["requests"]
    assert steps["labels"]["rows"] == raw_table(small_project, "utterances").num_rows
    assert steps["rewriting"]["rows"] == raw_table(small_project, "contextual").num_rows
    assert Counter(row["reason"] for row in rejects) == sum((Counter(step["rejects"]) for step in steps.values()), Counter())

    before = raw_digests(small_project)
    assert run().answers == []
    assert raw_digests(small_project) == before
