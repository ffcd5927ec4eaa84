"""What a model declares to be trained in several processes is trained so, kept, and taken by whoever asks; and when it fails, that is said in a sentence."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.launch import launched
from hub.console import listening
from hub.errors import DeclarationError, EmohubError
from hub.live_state import process_start
from hub.results import Launch
from tests.support.launched_classifier import REFERENCE
from tests.support.projects import REPOSITORY
from tests.support.text_bench import READER, Bench, make_bench
from tests.support.text_project import make_run, write_model, write_profile, write_task

TWO = {"processes": 2}
PATIENCE = 120


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


@pytest.fixture
def declare(bench: Bench) -> Callable[..., Path]:
    """Declares the model `many`, trained in two processes, and returns the folder in which these leave their ids."""

    def write(does: str = "nothing", **changes: Any) -> Path:
        folder = bench.root.parent / "trained"
        write_model(bench.root, "many", REFERENCE, **{"settings": {"folder": str(folder), "does": does}, "launch": TWO, **changes})
        return folder

    return write


def _ended(process: int) -> bool:
    return process_start(process) is None


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_encoder_is_trained_in_two_processes_as_in_one_and_its_record_says_so(bench: Bench, tiny_bert: Path) -> None:
    settings = {"encoder": str(tiny_bert), "epochs": 1, "batch_size": 16, "maximum_length": 32, "learning_rate": 0.003, "probe_steps": 100}
    method = "benchmarks.methods.emo_pillars:EmoPillarsClassifier"
    write_model(bench.root, "alone", method, settings=settings, pretrain_on="pillars")
    write_model(bench.root, "many", method, settings=settings, pretrain_on="pillars", launch={**TWO, "strategy": "fsdp"})
    said: list[str] = []
    with listening(said.append):
        (many,) = bench.run("target", "many", only_seed=0)
    assert many.launch == Launch(processes=2, strategy="fsdp")
    assert any("training in 2 processes under fsdp" in line for line in said)
    assert any("first stage" in line and "/4 in" in line for line in said)
    # Both stages are kept, and the other model, for which processes do not count, takes the first.
    said.clear()
    with listening(said.append):
        (alone,) = bench.run("target", "alone", only_seed=0)
    assert any("first stage: already trained" in line for line in said)
    assert alone.curve[0].loss == pytest.approx(many.curve[0].loss, rel=0.1)
    assert many.metrics["macro_f1"].value == pytest.approx(alone.metrics["macro_f1"].value, abs=0.3)


def test_a_killed_process_is_one_sentence_and_the_same_command_trains_all_folds_in_one_launch(bench: Bench, declare: Callable[..., Path]) -> None:
    write_profile(bench.root, threads=4)
    write_task(bench.root, "crossed", {**READER, "path_of": "target"}, protocol={"kind": "cross_validation", "folds": 3, "validation_share": 0.2})
    folder = declare("die")
    with pytest.raises(EmohubError, match=r"crossed × many, seed 0: .*process 1 was killed by SIGKILL; run the same command again"):
        bench.run("crossed", "many", only_seed=0)
    died = [path for path in folder.iterdir() if path.name.isdigit()]
    _until(lambda: all(_ended(int(path.name)) for path in died))
    assert not list((bench.project.work / "checkpoints").glob("*/fit.json"))
    (record,) = bench.run("crossed", "many", only_seed=0)
    assert record.launch == Launch(processes=2, strategy="ddp")
    assert len(list((bench.project.work / "checkpoints").glob("*/fit.json"))) == 3
    # Two processes, and half of the threads for each.
    trained = [path for path in folder.iterdir() if path.name.isdigit() and path not in died]
    assert [path.read_text(encoding="utf-8") for path in trained] == ["2", "2"]


def test_what_a_process_refuses_is_said_in_its_words(bench: Bench, declare: Callable[..., Path]) -> None:
    declare("refuse")
    with pytest.raises(EmohubError, match=r"^target × many, seed 0: settings\.does: this cannot be learnt; let it do nothing$"):
        bench.run("target", "many", only_seed=0)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_the_processes_end_when_the_command_does(bench: Bench, declare: Callable[..., Path], end: signal.Signals) -> None:
    folder = declare("linger")
    environment = {**os.environ, "EMOHUB_ROOT": str(bench.root), "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", "from hub.cli import main; main()", "bench", "target", "many", "--seed", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        _until(lambda: process.poll() is not None or (folder.is_dir() and len(list(folder.iterdir())) == 2))
        trained = [int(path.name) for path in folder.iterdir()]
        process.send_signal(end)
        code = process.wait(timeout=PATIENCE)
    _until(lambda: all(_ended(one) for one in trained))
    assert code == (130 if end == signal.SIGINT else -end)


class TestWhatIsDeclared:
    def test_one_process_is_the_rule_and_a_profile_may_say_otherwise(self, bench: Bench, declare: Callable[..., Path]) -> None:
        write_profile(bench.root, "large")
        declare(launch={}, launch_in={"large": {"processes": 8, "strategy": "ddp"}})
        assert launched(make_run(bench.project, "target", "many"), 0) is None
        assert launched(make_run(bench.project, "target", "many", "large"), 0) is not None
        assert not make_run(bench.project, "target", "spy").model.launched

    @pytest.mark.parametrize(
        ("name", "launch", "mend"),
        [("many", {**TWO, "strategy": "fsdp"}, "set strategy to ddp"), ("floor", TWO, "leave 'launch' out")],
    )
    def test_a_method_that_cannot_is_refused(self, bench: Bench, declare: Callable[..., Path], name: str, launch: dict[str, Any], mend: str) -> None:
        declare(launch=launch)
        if name == "floor":
            write_model(bench.root, "floor", "benchmarks.methods.tfidf_logreg:TfidfLogisticRegression", launch=launch)
        with pytest.raises(DeclarationError, match=rf"models/{name}\.yaml: 'launch' asks for 2 processes under .*{mend}"):
            bench.run("target", name, only_seed=0)

    def test_no_process_is_too_few(self, bench: Bench, declare: Callable[..., Path]) -> None:
        declare(launch={"processes": 0})
        with pytest.raises(DeclarationError, match=r"launch\.processes"):
            make_run(bench.project, "target", "many")


class TestStartedByHand:
    def _started(self, bench: Bench, model: str, launcher: list[str]) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "EMOHUB_ROOT": str(bench.root), "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
        command = [*launcher, "-m", "benchmarks.launch_worker", "target", model, "--seed", "0"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)

    def test_what_two_nodes_trained_is_found_by_the_plain_command(self, bench: Bench, declare: Callable[..., Path]) -> None:
        from hub.engine.process import free_port

        folder = declare()
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--nnodes", "2", "--nproc-per-node", "1", "--rdzv-backend", "c10d"]
        endpoint = ["--rdzv-endpoint", f"127.0.0.1:{free_port()}", "--rdzv-id", "one", "--local-addr", "127.0.0.1"]
        environment = {**os.environ, "EMOHUB_ROOT": str(bench.root), "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
        command = [*torchrun, *endpoint, "-m", "benchmarks.launch_worker", "target", "many", "--seed", "0"]
        nodes = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        outputs = [node.communicate(timeout=PATIENCE)[0] for node in nodes]
        assert [node.returncode for node in nodes] == [0, 0]
        # One of all speaks.
        assert sorted("target × many" in output for output in outputs) == [False, True]
        (record,) = bench.run("target", "many", only_seed=0)
        assert record.launch == Launch(processes=2, strategy="ddp")
        assert len(list(folder.iterdir())) == 2

    def test_without_a_launcher_it_says_what_to_use(self, bench: Bench, declare: Callable[..., Path]) -> None:
        declare()
        done = self._started(bench, "many", [sys.executable])
        assert done.returncode == 2 and done.stderr.startswith("error: nothing says which of how many processes this is")

    def test_a_model_that_declares_one_process_is_refused(self, bench: Bench) -> None:
        done = self._started(bench, "spy", [sys.executable])
        assert done.returncode == 2 and "spy.yaml declares one process for the profile tiny: add 'launch: {processes: 2}'" in done.stderr
