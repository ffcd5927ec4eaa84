"""The whole Emo Pillars chain through supervised servers of the real vLLM on a CPU: its plumbing, its JSON, its accounting, and its faults.

Opt-in: `make test-vllm`. The model's weights are random, so nothing here speaks of quality. A server needs a minute or more until it answers.
"""

import json
import os
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from tests.support.projects import DATASET, raw_digests, raw_table
from tests.support.vllm_chain import LONGEST, OVERFLOWING, VllmChain, address_of, await_that, core_of, make_chain, make_model, members, memory_of, traces_of

INTERPRETER = os.environ.get("EMOHUB_VLLM_PYTHON", "")
STEPS = ["actors", "utterances", "labels", "context", "cleaning", "rewriting"]
Measured = Callable[[str], None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3000),
    pytest.mark.skipif(not INTERPRETER, reason="EMOHUB_VLLM_PYTHON names no interpreter that has vLLM (make test-vllm)"),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("model") / "tiny")


class Undisturbed:
    """One run that nothing happens to, and what it took."""

    def __init__(self, root: Path, model: Path) -> None:
        self.chain = make_chain(root, model, INTERPRETER)
        started = time.monotonic()
        process = self.chain.start()
        await_that(lambda: len(self.chain.stored()) > 100, process)
        self.memory = memory_of(self.chain.groups()[0])
        self.traces = traces_of(self.chain.groups()[0])
        self.chain.finish(process)
        self.seconds = time.monotonic() - started
        self.digests = raw_digests(self.chain.project)
        self.asked = self.chain.asked()


@pytest.fixture(scope="module")
def undisturbed(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("undisturbed") / "project", model)


def assert_the_same_in_the_end(chain: VllmChain, undisturbed: Undisturbed) -> None:
    assert raw_digests(chain.project) == undisturbed.digests
    assert chain.stored() == undisturbed.chain.stored()
    assert chain.groups() == []


class TestUndisturbed:
    def test_the_chain_ends_with_rows_and_accounts_for_every_answer(self, undisturbed: Undisturbed, measured: Measured) -> None:
        project = undisturbed.chain.project
        manifest = json.loads((project.raw(DATASET) / "manifest.json").read_text(encoding="utf-8"))
        rejects = raw_table(project, "rejects").to_pylist()
        steps = {step["step"]: step for step in manifest["steps"]}
        assert list(steps) == STEPS
        assert all(step["requests"] > 0 for step in steps.values())
        # Random words are hardly ever what the last two steps take: a part of the context they were given, and a rewriting of it.
        assert all(steps[name]["rows"] > 0 for name in STEPS[:4])
        assert manifest["engine"]["version"].startswith("0.")
        assert str(project.root.parent) not in json.dumps(manifest)
        assert Counter(row["reason"] for row in rejects) == sum((Counter(step["rejects"]) for step in steps.values()), Counter())
        rejected = {seed for store in undisturbed.chain.stores() for seed, reason, _ in store.answers if reason == "rejected"}
        assert sorted(undisturbed.asked) == sorted(undisturbed.chain.stored() - rejected)  # Each once; the engine never sees what is rejected.
        assert not any(path.exists() for path in undisturbed.traces) and len(undisturbed.traces) >= 2
        tokens = sum(step["completion_tokens"] for step in steps.values())
        rows = ", ".join(f"{name} {step['rows']}" for name, step in steps.items())
        measured(f"{len(undisturbed.asked)} requests, {tokens:,} tokens written, {undisturbed.seconds:.0f} s with the start; rows: {rows}")
        measured(f"one server holds {undisturbed.memory:.1f} GiB")

    def test_every_finished_answer_is_strict_json_and_meets_its_schema(self, undisturbed: Undisturbed, measured: Measured) -> None:
        finished: Counter[str] = Counter()
        strict: Counter[str] = Counter()
        for store in undisturbed.chain.stores():
            for _, reason, text in store.answers:
                if reason == "stop":
                    finished[store.step] += 1
                    strict[store.step] += _is_strict(text, store.schema)
        told = ", ".join(f"{step} {strict[step]}/{finished[step]}" for step in STEPS)
        measured(f"strict JSON that meets its schema: {strict.total()} of {finished.total()} ({told})")
        assert strict == finished and set(finished) == set(STEPS)

    def test_a_prompt_that_is_too_long_is_rejected_and_counted_once(self, undisturbed: Undisturbed) -> None:
        rejects = [row for row in raw_table(undisturbed.chain.project, "rejects").to_pylist() if row["id"] == "long"]
        assert [(row["step"], row["reason"], row["attempt"], row["final"]) for row in rejects] == [("actors", "rejected", 0, True)]
        assert str(LONGEST) in rejects[0]["text"]

    def test_answers_that_reach_the_longest_context_count_as_truncated(self, undisturbed: Undisturbed, measured: Measured) -> None:
        rejects = [row for row in raw_table(undisturbed.chain.project, "rejects").to_pylist() if row["id"].startswith("full")]
        reasons = Counter((row["step"], row["reason"]) for row in rejects)
        assert set(reasons) <= {("actors", "truncated"), ("actors", "empty")}  # There is room for an empty list.
        assert reasons["actors", "truncated"] >= OVERFLOWING
        texts = [text for store in undisturbed.chain.stores() if store.step == "actors" for _, reason, text in store.answers if reason == "length"]
        assert len(texts) >= OVERFLOWING and not any(_is_strict(text, {}) for text in texts)
        measured(f"{reasons['actors', 'truncated']} answers ended at the context's end, all counted as truncated")

    def test_the_same_command_again_asks_nothing_and_starts_no_server(self, undisturbed: Undisturbed, measured: Measured) -> None:
        logs, said = undisturbed.chain.log_sizes(), len(undisturbed.chain.said)
        started = time.monotonic()
        undisturbed.chain.finish()
        measured(f"{time.monotonic() - started:.1f} s")
        assert undisturbed.chain.log_sizes() == logs
        assert "starting" not in undisturbed.chain.said[said:]
        assert raw_digests(undisturbed.chain.project) == undisturbed.digests


class TestFaults:
    def test_an_engine_that_is_killed_and_one_that_only_seems_alive(self, undisturbed: Undisturbed, model: Path, tmp_path: Path, measured: Measured) -> None:
        chain = make_chain(tmp_path / "project", model, INTERPRETER, silence=30)
        process = chain.start()
        await_that(lambda: len(chain.stored()) >= 80, process)
        (first,) = chain.groups()
        traces, known, logs = traces_of(first), chain.stored(), chain.log_sizes()
        os.kill(core_of(first), signal.SIGKILL)
        killed = time.monotonic()
        await_that(lambda: len(chain.stored()) > len(known) + 100, process)
        recovered = time.monotonic() - killed
        assert members(first) == [] and not any(path.exists() for path in traces)

        (second,) = chain.groups()
        core = core_of(second)
        os.kill(core, signal.SIGSTOP)
        with urllib.request.urlopen(f"{address_of(second)}/health", timeout=60) as health:
            assert health.status == 200
        stopped, known_later = time.monotonic(), chain.stored()
        await_that(lambda: "finished no answer for 30s" in chain.said, process)
        noticed = time.monotonic() - stopped
        chain.finish(process)

        assert_the_same_in_the_end(chain, undisturbed)
        again = Counter(chain.asked(logs))
        assert not known & set(again)
        assert chain.said.count(": restart ") == 2
        repeated = sum(count > 1 for count in Counter(chain.asked()).values())
        measured(f"killed with {len(known)} answers stored, the next 100 were there after {recovered:.0f} s; 0 of those asked again; same bytes in the end")
        measured(
            f"stopped with {len(known_later)} answers stored while /health said 200: noticed after {noticed:.0f} s; {repeated} requests reached a server twice"
        )

    def test_a_run_that_is_killed_takes_its_server_with_it_and_goes_on_later(
        self, undisturbed: Undisturbed, model: Path, tmp_path: Path, measured: Measured
    ) -> None:
        chain = make_chain(tmp_path / "project", model, INTERPRETER)
        process = chain.start()
        await_that(lambda: len(chain.stored()) >= 200, process)
        (group,) = chain.groups()
        traces = traces_of(group)
        process.kill()
        process.wait()
        killed = time.monotonic()
        await_that(lambda: not members(group), seconds=30)
        gone = time.monotonic() - killed
        assert not any(path.exists() for path in traces)
        known, logs = chain.stored(), chain.log_sizes()
        chain.finish()

        assert_the_same_in_the_end(chain, undisturbed)
        again = chain.asked(logs)
        assert not known & set(again) and len(again) == len(set(again))
        assert len(known) + len(again) == len(undisturbed.chain.stored())
        measured(f"killed with {len(known)} answers stored; its server was gone after {gone:.1f} s; the rerun asked the other {len(again)}")

    def test_of_two_servers_behind_one_queue_one_is_killed(self, undisturbed: Undisturbed, model: Path, tmp_path: Path, measured: Measured) -> None:
        chain = make_chain(tmp_path / "project", model, INTERPRETER, servers=2)
        process = chain.start()
        await_that(lambda: len(chain.stored()) >= 100, process)
        first, second = chain.groups()
        known, logs = chain.stored(), chain.log_sizes()
        shares = [len(chain.asked({other: size for other, size in logs.items() if other != log})) for log in logs]
        os.kill(core_of(first), signal.SIGKILL)
        killed = time.monotonic()
        await_that(lambda: len(chain.stored()) >= len(known) + 100, process)
        meanwhile = time.monotonic() - killed
        assert members(second)
        chain.finish(process)

        assert_the_same_in_the_end(chain, undisturbed)
        assert not known & set(chain.asked(logs))
        assert min(shares) > 20
        measured(f"asked before the kill: {' and '.join(map(str, shares))}; the next 100 answers came within {meanwhile:.0f} s; same bytes in the end")


def _is_strict(text: str, schema: object) -> bool:
    try:
        jsonschema.validate(json.loads(text), schema)  # type: ignore[arg-type]
    except (ValueError, jsonschema.ValidationError):
        return False
    return True
