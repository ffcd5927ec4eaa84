"""What is seen of commands that run: real processes, a real `dvc repro`, and a real kill -9."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub import console, live_state
from hub.live_state import process_start, working
from hub.paths import Project
from hub.results.running.live import Live, read_live

REPOSITORY = Path(__file__).parents[3]
_WORKS = """
import sys, time
from hub.console import progress
with progress("training", 10, done=2) as tick:
    tick(3)
    print("ready", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    monkeypatch.setattr(live_state, "SECONDS_BETWEEN_WRITES", 0.0)
    return Project(tmp_path)


def files(project: Project) -> list[Path]:
    return sorted((project.work / "live").glob("*"))


@pytest.fixture
def worker(project: Project) -> Iterator["subprocess.Popen[str]"]:
    """A command that is in the middle of its work."""
    variables = os.environ | {"PYTHONPATH": str(REPOSITORY), "DVC_STAGE": "bench@toy-spy"}
    command = [sys.executable, "-c", _WORKS]
    with subprocess.Popen(command, cwd=project.root, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as one:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
        yield one
        one.kill()


def wait_for(found: Callable[[], Any], seconds: float = 20) -> Any:
    limit = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < limit, "it did not come"
        time.sleep(0.02)
    return value


def test_nothing_runs_in_a_quiet_project(project: Project) -> None:
    assert read_live(project) == Live() and read_live(project).idle


def test_another_process_sees_title_counts_and_an_estimate(project: Project, worker: "subprocess.Popen[str]") -> None:
    (running,) = read_live(project).processes
    assert (running.process, running.stage) == (worker.pid, "bench@toy-spy")
    (bar,) = running.bars
    # The count may be one second old.
    assert bar.title == "training" and bar.total == 10 and bar.done in (2, 5) and bar.elapsed >= 0


def test_the_file_goes_when_the_work_ends(project: Project, worker: "subprocess.Popen[str]") -> None:
    assert len(files(project)) == 1
    worker.communicate("\n")
    assert worker.returncode == 0 and files(project) == [] and read_live(project).idle


def test_after_kill_9_the_file_is_known_for_dead_and_cleaned_away(project: Project, worker: "subprocess.Popen[str]") -> None:
    os.kill(worker.pid, signal.SIGKILL)
    # Not waited for: a zombie is dead as well.
    wait_for(lambda: read_live(project).idle)
    assert files(project) == []


def test_a_number_that_was_given_again_is_not_taken_for_the_dead_process(project: Project, worker: "subprocess.Popen[str]") -> None:
    (path,) = files(project)
    state = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**state, "process_start": "1"}), encoding="utf-8")
    assert read_live(project).idle and files(project) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": -1}', '{"pid": 1, "works": "many"}', "{" + " " * 200_000 + "}"])
def test_a_strangers_file_harms_nobody(project: Project, worker: "subprocess.Popen[str]", content: str) -> None:
    (project.work / "live" / "1.json").write_text(content, encoding="utf-8")
    assert [running.process for running in read_live(project).processes] == [worker.pid]


def test_parts_stand_under_the_whole_and_quiet_changes_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "QUIET", True)
    with working("target × spy", 3) as whole:
        whole.done = 1
        with console.progress("training", 4) as tick:
            tick()
            (running,) = read_live(project).processes
            assert [(bar.title, bar.done, bar.total) for bar in running.bars] == [("target × spy", 1, 3), ("training", 1, 4)]
            assert running.bars[1].left is not None
    assert files(project) == []


def test_an_error_takes_the_file_away_too(project: Project) -> None:
    with pytest.raises(ZeroDivisionError), console.progress("training", 4):
        assert len(files(project)) == 1
        raise ZeroDivisionError
    assert files(project) == []


def test_it_is_written_once_a_second_at_most(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_state, "SECONDS_BETWEEN_WRITES", 1.0)
    written: list[int] = []
    replace = live_state._replace
    monkeypatch.setattr(live_state, "_replace", lambda path, value: (written.append(1), replace(path, value)))
    with console.progress("training", 10_000) as tick:
        for _ in range(10_000):
            tick()
    assert len(written) <= 3


def test_outside_a_project_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMOHUB_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    with console.progress("training", 2) as tick:
        tick()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_stops_nobody(project: Project) -> None:
    project.work.write_text("a file where a folder should be", encoding="utf-8")
    with console.progress("training", 2) as tick:
        tick(2)


def test_a_process_that_is_gone_has_no_mark() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert process_start(process.pid) is None and process_start(os.getpid())


_STAGES = """
stages:
  first:
    cmd: mkdir -p data/raw/toy && echo 1 > data/raw/toy/a
    outs: [data/raw/toy]
  second:
    cmd: touch began && while [ ! -f go ]; do sleep 0.05; done && mkdir -p data/clean/toy && echo 2 > data/clean/toy/a
    deps: [data/raw/toy]
    outs: [data/clean/toy]
"""


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A `dvc repro` that waits in its second stage, in a project whose stages write where ours do."""
    folder = tmp_path_factory.mktemp("pipeline")
    (folder / "dvc.yaml").write_text(_STAGES, encoding="utf-8")
    (folder / "graph.yaml").write_text("# Written.\ndatasets:\n- toy\nbench:\n  toy-spy:\n    task: toy\n    model: spy\n    method: x.py\n", encoding="utf-8")
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("EMOHUB_", "GIT_"))} | {"DVC_NO_ANALYTICS": "1"}
    dvc = str(Path(sys.executable).with_name("dvc"))
    subprocess.run([dvc, "init", "--no-scm", "--quiet"], cwd=folder, env=variables, check=True)
    with subprocess.Popen([dvc, "repro"], cwd=folder, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wait_for(lambda: (folder / "began").is_file(), 60)
        yield folder
        (folder / "go").touch()
        process.wait(30)


def test_a_dvc_repro_is_seen_by_its_own_lock(pipeline: Path) -> None:
    found = read_live(Project(pipeline)).pipeline
    assert found is not None
    assert (found.stages, found.number, found.total) == (("curate@toy",), None, 7)
    assert found.finished == ("generate@toy",)
    assert found.elapsed is not None and 0 < found.elapsed < 60


def test_emohub_repro_tells_which_of_how_many(pipeline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (pipeline / "profiles").mkdir()
    monkeypatch.setenv("EMOHUB_ROOT", str(pipeline))
    with working("curate@toy", 6, 2, kind="pipeline"):
        found = read_live(Project(pipeline))
    assert found.pipeline is not None and (found.pipeline.number, found.pipeline.total, found.pipeline.stages) == (2, 6, ("curate@toy",))
    assert found.processes == ()


def test_a_lock_that_a_killed_dvc_left_is_passed_over(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    lock = tmp_path / ".dvc" / "tmp" / "rwlock"
    lock.parent.mkdir(parents=True)
    for content in (json.dumps({"write": {f"{tmp_path}/data/raw/toy": {"pid": process.pid, "cmd": "dvc repro"}}}), "{broken", '{"write": 3}'):
        lock.write_text(content, encoding="utf-8")
        assert read_live(Project(tmp_path)).idle
    # This process is not DVC, whoever says so.
    lock.write_text(json.dumps({"write": {f"{tmp_path}/data/raw/toy": {"pid": os.getpid(), "cmd": "dvc repro"}}}), encoding="utf-8")
    assert read_live(Project(tmp_path)).idle
