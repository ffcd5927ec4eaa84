"""The vLLM engine with real child processes, real kills and a stand-in for the server; and, where there is one, the real vLLM."""

import asyncio
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.engine import Completion, Message, Request, open_engine
from hub.engine.process import last_words
from hub.engine.supervised import server_command, server_environment
from hub.engine.vllm import VllmEngine
from hub.errors import EngineError
from hub.spec.engine import Sampling, VllmEngineSpec
from tests.support import openai_server

STAND_IN = (sys.executable, str(Path(openai_server.__file__)), "--port", "{port}", "--model", "{model}")


def spec(*arguments: str | Path, **settings: Any) -> VllmEngineSpec:
    settings = {"command": STAND_IN, "start_timeout": 60.0, "concurrency": 8, **settings}
    return VllmEngineSpec(kind="vllm", model="tiny", arguments=tuple(str(argument) for argument in arguments), **settings)


def request(text: str) -> Request:
    return Request(text, "echo", (Message("user", text),), {}, {}, 32, Sampling(), 3)


async def ask(engine: VllmEngine, *texts: str) -> list[Completion]:
    return await asyncio.wait_for(asyncio.gather(*(engine.complete(request(text)) for text in texts)), 60)


def echoes(completions: list[Completion]) -> list[str]:
    return [json.loads(completion.text)["echo"] for completion in completions]


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and only waits to be noticed does not."""
    try:
        return not re.search(r"\) [ZX] ", Path(f"/proc/{pid}/stat").read_text())
    except FileNotFoundError:
        return False


def pids_in(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def await_end(pids: list[int], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still alive: {[pid for pid in pids if alive(pid)]}"
        time.sleep(0.05)


def address_of(engine: VllmEngine, server: int = 0) -> str:
    url = engine._servers[server].url
    assert url
    return url.removesuffix("/v1")


async def seen(engine: VllmEngine, server: int = 0) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(address_of(engine, server) + "/seen") as response:
        found: dict[str, Any] = await response.json()
        return found


class TestRunning:
    async def test_starts_a_server_asks_it_and_leaves_nothing_behind(self, tmp_path: Path) -> None:
        async with VllmEngine(spec("--child", "--pids", tmp_path / "pids"), tmp_path) as engine:
            assert echoes(await ask(engine, "a", "b")) == ["a", "b"]
            pids = pids_in(tmp_path / "pids")
            assert len(pids) == 2 and all(alive(pid) for pid in pids)
        await_end(pids)

    async def test_the_identity_holds_what_changes_an_answer_and_the_version_that_the_server_reports(self, tmp_path: Path) -> None:
        async with VllmEngine(spec("--delay", "0", revision="abc", max_model_len=512), tmp_path) as engine:
            assert engine.identity == {
                "kind": "vllm",
                "model": "tiny",
                "revision": "abc",
                "command": list(STAND_IN),
                "arguments": ["--delay", "0"],
                "max_model_len": 512,
                "version": "0.0-stand-in",
            }

    async def test_is_what_a_profile_opens(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
        async with open_engine(spec(), lambda: None) as engine:
            assert engine.concurrency == 8
            assert (await engine.complete(request("a"))).finish_reason == "stop"
        assert list((tmp_path / ".emohub" / "logs").glob("vllm-*.log"))

    async def test_several_servers_share_the_work_each_on_a_gpu_of_its_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "6,3")
        async with VllmEngine(spec("--delay", "0.02", data_parallel=2, environment={"EXTRA": "yes"}), tmp_path) as engine:
            assert engine.concurrency == 16
            texts = [str(number) for number in range(16)]
            assert echoes(await ask(engine, *texts)) == texts
            first, second = await seen(engine, 0), await seen(engine, 1)
        assert first["requests"] == second["requests"] == 8 + 1  # And the trial.
        assert (first["environment"]["CUDA_VISIBLE_DEVICES"], second["environment"]["CUDA_VISIBLE_DEVICES"]) == ("6", "3")
        assert first["environment"]["EXTRA"] == "yes"


class TestStartingNoServer:
    """An interpreter with a package `vllm` that has a version and, where a server is asked for, is the stand-in."""

    @pytest.fixture
    def interpreter(self, tmp_path: Path) -> str:
        package = tmp_path / "packages" / "vllm"
        entry = package / "entrypoints" / "openai"
        entry.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "_version.py").write_text("__version__ = '0.0-stand-in'")
        (entry / "api_server.py").write_text(f"import runpy; runpy.run_path({openai_server.__file__!r}, run_name='__main__')")
        wrapper = tmp_path / "python"
        wrapper.write_text(f'#!/bin/sh\nPYTHONPATH={package.parent} exec {sys.executable} "$@"\n')
        wrapper.chmod(0o755)
        return str(wrapper)

    async def test_until_something_is_asked(self, tmp_path: Path, interpreter: str) -> None:
        async with VllmEngine(spec("--pids", tmp_path / "pids", command=(), interpreter=interpreter), tmp_path) as engine:
            before = engine.identity
            assert before["version"] == "0.0-stand-in"
            await asyncio.sleep(0.3)
            assert not pids_in(tmp_path / "pids")
            assert echoes(await ask(engine, "a", "b")) == ["a", "b"]
            assert engine.identity == before
        assert len(pids_in(tmp_path / "pids")) == 1
        await_end(pids_in(tmp_path / "pids"))

    async def test_a_server_that_does_not_come_up_is_told_to_whoever_asks(self, tmp_path: Path, interpreter: str) -> None:
        async with VllmEngine(spec("--exit-at-once", "3", command=(), interpreter=interpreter), tmp_path) as engine:
            answers = await asyncio.gather(*(engine.complete(request(text)) for text in "ab"), return_exceptions=True)
        assert all(isinstance(answer, EngineError) and "ended with code 3" in str(answer) for answer in answers)

    async def test_leaving_while_one_starts_ends_it(self, tmp_path: Path, interpreter: str) -> None:
        async with VllmEngine(spec("--pids", tmp_path / "pids", command=(), interpreter=interpreter), tmp_path) as engine:
            asking = asyncio.create_task(engine.complete(request("a")))
            while not pids_in(tmp_path / "pids"):
                await asyncio.sleep(0.005)
        await_end(pids_in(tmp_path / "pids"))
        with pytest.raises(asyncio.CancelledError):
            await asking


class TestStarting:
    async def test_a_process_that_ends_is_reported_with_its_last_words(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match=r"(?s)ended with code 3 before it answered .*RuntimeError: no kernel image for this device"):
            async with VllmEngine(spec("--exit-at-once", "3"), tmp_path):
                pass

    async def test_a_command_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match=r"(?s)ended with code 127 .*cannot start no-such-python: No such file"):
            async with VllmEngine(spec(command=("no-such-python",)), tmp_path):
                pass

    @pytest.mark.parametrize(("interpreter", "problem"), [("no-such-python", "cannot be run: .*No such file"), (sys.executable, "has no vLLM")])
    async def test_an_interpreter_without_vllm_is_found_out_at_once(self, tmp_path: Path, interpreter: str, problem: str) -> None:
        with pytest.raises(EngineError, match=f"engine.interpreter '.*' {problem}"):
            async with VllmEngine(spec(command=(), interpreter=interpreter), tmp_path):
                pass

    async def test_a_server_that_never_answers_is_killed(self, tmp_path: Path) -> None:
        script = f"import os, time; open({str(tmp_path / 'pids')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
        with pytest.raises(EngineError, match=r"answered nothing within 1s \(engine\.start_timeout\)"):
            async with VllmEngine(spec(command=(sys.executable, "-c", script), start_timeout=1.0), tmp_path):
                pass
        await_end(pids_in(tmp_path / "pids"))

    async def test_when_one_of_two_fails_the_other_goes_too(self, tmp_path: Path) -> None:
        script = f"""
            import os, runpy, sys
            if os.environ["CUDA_VISIBLE_DEVICES"] == "1":
                sys.exit("out of memory")
            sys.argv[1:] = ["--port", sys.argv[1], "--pids", {str(tmp_path / "pids")!r}]
            runpy.run_path({str(openai_server.__file__)!r}, run_name="__main__")
        """
        command = (sys.executable, "-c", textwrap.dedent(script), "{port}")
        with pytest.raises(EngineError, match=r"(?s)vLLM server 1 ended with code 1 .*out of memory"):
            async with VllmEngine(spec(command=command, data_parallel=2), tmp_path):
                pass
        await_end(pids_in(tmp_path / "pids"))

    def test_what_matters_is_found_far_above_the_end_of_the_log(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        log.write_text("\n".join(["(Worker) \x1b[31mRuntimeError: no memory\x1b[0m", "RuntimeError: no memory", *["going down"] * 500, "bye"]))
        words = last_words(log, lines=2)
        assert words.split("\n") == ["    RuntimeError: no memory", "    ...", "    going down", "    bye"]


class TestWatching:
    async def test_a_killed_server_is_restarted_and_nothing_is_lost(self, tmp_path: Path) -> None:
        arguments = ("--die-on", "poison", "--die-once", tmp_path / "died", "--delay", "0.05", "--child", "--pids", tmp_path / "pids")
        async with VllmEngine(spec(*arguments), tmp_path) as engine:
            texts = ["a", "b", "poison", "c", "d"]
            assert echoes(await ask(engine, *texts)) == texts
            await_end(pids_in(tmp_path / "pids")[:2])
            assert all(alive(pid) for pid in pids_in(tmp_path / "pids")[2:])

    async def test_a_silent_server_is_restarted_although_its_health_is_fine(self, tmp_path: Path) -> None:
        arguments = ("--hang-on", "poison", "--die-once", tmp_path / "hung", "--pids", tmp_path / "pids")
        async with VllmEngine(spec(*arguments, silence_timeout=0.5), tmp_path) as engine:
            assert echoes(await ask(engine, "a")) == ["a"]
            hung = asyncio.create_task(engine.complete(request("poison")))
            while not (tmp_path / "hung").exists():
                await asyncio.sleep(0.01)
            async with aiohttp.ClientSession() as session, session.get(address_of(engine) + "/health") as health:
                assert health.status == 200
            assert echoes([await asyncio.wait_for(hung, 60)]) == ["poison"]
        first, second = pids_in(tmp_path / "pids")
        assert first != second
        await_end([first, second])

    async def test_an_idle_server_is_left_alone(self, tmp_path: Path) -> None:
        async with VllmEngine(spec("--pids", tmp_path / "pids", silence_timeout=0.1), tmp_path) as engine:
            await asyncio.sleep(0.5)
            assert echoes(await ask(engine, "a")) == ["a"]
        assert len(pids_in(tmp_path / "pids")) == 1

    async def test_the_other_server_carries_on_meanwhile(self, tmp_path: Path) -> None:
        arguments = ("--die-on", "poison", "--die-once", tmp_path / "died", "--pids", tmp_path / "pids")
        async with VllmEngine(spec(*arguments, data_parallel=2), tmp_path) as engine:
            texts = ["a", "poison", *(str(number) for number in range(30))]
            assert echoes(await ask(engine, *texts)) == texts

    async def test_gives_up_after_the_declared_restarts(self, tmp_path: Path) -> None:
        async with VllmEngine(spec("--die-on", "poison", "--pids", tmp_path / "pids", restarts=1), tmp_path) as engine:
            with pytest.raises(EngineError, match=r"(?s)was killed by SIGKILL, and its 1 restarts .* are used up.*listening on"):
                await ask(engine, "a", "poison")
            with pytest.raises(EngineError, match=r"1 restarts .* are used up"):
                await ask(engine, "a")
        assert len(pids_in(tmp_path / "pids")) == 2


class TestLeavingNothingBehind:
    async def test_when_the_run_fails(self, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError):
            async with VllmEngine(spec("--child", "--pids", tmp_path / "pids"), tmp_path):
                raise RuntimeError("something else went wrong")
        await_end(pids_in(tmp_path / "pids"))

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    def test_when_the_run_is_killed(self, tmp_path: Path, number: signal.Signals) -> None:
        program = f"""
            import asyncio
            from pathlib import Path
            from hub.engine.vllm import VllmEngine
            from tests.hub.engine.test_vllm import spec

            async def main():
                async with VllmEngine(spec("--child", "--pids", Path({str(tmp_path / "pids")!r})), Path({str(tmp_path)!r})):
                    print("up", flush=True)
                    await asyncio.sleep(600)

            asyncio.run(main())
        """
        root = Path(__file__).parents[3]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
        try:
            assert parent.stdout and parent.stdout.readline() == b"up\n"
            pids = pids_in(tmp_path / "pids")
            assert len(pids) == 2 and all(alive(pid) for pid in pids)
            parent.send_signal(number)
            await_end(pids)
        finally:
            parent.kill()
            parent.wait()


class TestCommandLine:
    def test_is_made_from_the_declaration(self) -> None:
        declared = VllmEngineSpec(
            kind="vllm", model="org/model", revision="abc", interpreter="/envs/vllm/bin/python", max_model_len=4096, arguments=("--dtype", "float32")
        )
        command = server_command(declared, 8123)
        assert command[:3] == ["/envs/vllm/bin/python", "-m", "vllm.entrypoints.openai.api_server"]
        pairs = dict(itertools.pairwise(command))
        assert (pairs["--model"], pairs["--port"], pairs["--revision"]) == ("org/model", "8123", "abc")
        assert (pairs["--max-model-len"], pairs["--dtype"], pairs["--host"]) == ("4096", "float32", "127.0.0.1")
        assert json.loads(pairs["--structured-outputs-config"]) == {"backend": "guidance", "disable_any_whitespace": True}

    def test_can_be_replaced(self) -> None:
        declared = VllmEngineSpec(kind="vllm", model="m", command=("serve", '{"a": 1}', "{model}:{port}"), arguments=("--x",))
        assert server_command(declared, 1) == ["serve", '{"a": 1}', "m:1", "--x"]

    def test_each_server_gets_one_of_the_gpus_that_are_ours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        declared = VllmEngineSpec(kind="vllm", model="m", data_parallel=2)
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        assert [server_environment(declared, index)["CUDA_VISIBLE_DEVICES"] for index in range(2)] == ["0", "1"]
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
        with pytest.raises(EngineError, match="names only 1: 5"):
            server_environment(declared, 0)
        assert server_environment(VllmEngineSpec(kind="vllm", model="m"), 0)["CUDA_VISIBLE_DEVICES"] == "5"
