"""Work in shares on this machine: the same bytes as one process gives, nothing asked twice, and one sentence when a share fails."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.paths import Project
from hub.results import read_results
from tests.support.fault_project import IMAGES, MODEL, TASK, TEXT, content, make_project, run, variables
from tests.support.text_project import write_yaml


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "project")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What one process makes, by dataset."""
    project = make_project(tmp_path_factory.mktemp("alone") / "project")
    for dataset in (TEXT, IMAGES):
        assert run(project, "generate", dataset).code == 0
    return {dataset: content(project.raw(dataset)) for dataset in (TEXT, IMAGES)}


def change_profile(project: Project, **changes: Any) -> None:
    path = project.root / "profiles" / "tiny.yaml"
    write_yaml(path, {**yaml.safe_load(path.read_text(encoding="utf-8")), **changes})


def change_dataset(project: Project, dataset: str, **changes: Any) -> None:
    datasets = yaml.safe_load((project.root / "profiles" / "tiny.yaml").read_text(encoding="utf-8"))["datasets"]
    change_profile(project, datasets={**datasets, dataset: {**datasets[dataset], **changes}})


def answers(project: Project) -> dict[str, tuple[str, float]]:
    """Every stored answer and its latency, by step's file and request: an answer that was given again has another latency."""
    found: dict[str, tuple[str, float]] = {}
    for path in (project.work / "stores" / TEXT).glob("*.sqlite"):
        with sqlite3.connect(path) as database:
            found |= {f"{path.name} {key}": (text, latency) for key, text, latency in database.execute("SELECT key, text, latency FROM answers")}
    return found


def test_texts_in_shares_are_those_of_one_process(project: Project, alone: dict[str, dict[str, str]]) -> None:
    result = run(project, "run", "generate", TEXT, "--tasks", "3", "--workers", "2")
    assert result.code == 0, result.said
    assert content(project.raw(TEXT)) == alone[TEXT]
    assert list((project.work / "stores" / TEXT).rglob("parts/*.sqlite")) == []


def test_another_number_of_shares_asks_nothing_again(project: Project, alone: dict[str, dict[str, str]]) -> None:
    assert run(project, "run", "generate", TEXT, "--tasks", "2").code == 0
    first = answers(project)
    for tasks in ("5", "1"):
        assert run(project, "run", "generate", TEXT, "--tasks", tasks).code == 0
    assert answers(project) == first
    assert content(project.raw(TEXT)) == alone[TEXT]


def test_pictures_in_shares_are_those_of_one_process(project: Project, alone: dict[str, dict[str, str]]) -> None:
    result = run(project, "run", "generate", IMAGES, "--tasks", "2")
    assert result.code == 0, result.said
    assert content(project.raw(IMAGES)) == alone[IMAGES]


def test_the_profile_may_spread_what_the_plain_command_does(project: Project, alone: dict[str, dict[str, str]]) -> None:
    change_profile(project, scale={"tasks": 2})
    result = run(project, "generate", TEXT)
    assert "2 shares, executor local" in result.said
    assert content(project.raw(TEXT)) == alone[TEXT]


def test_seeds_in_shares_are_trained_once_and_recorded(project: Project) -> None:
    for arguments in (["generate", TEXT], ["curate", TEXT], ["build", TEXT], ["run", "bench", TASK, "--tasks", "4", "--workers", "2"]):
        result = run(project, *arguments)
        assert result.code == 0, result.said
    records = [record for record in read_results(project).records if record.model == MODEL]
    assert [record.seed for record in records] == [0, 1, 2]
    assert {record.command for record in records} == {f"emohub bench {TASK} {MODEL} --profile tiny"}
    fits = (project.root.parent / "fitted.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(fits) == 3


def test_a_share_that_fails_is_one_sentence(project: Project) -> None:
    change_dataset(project, TEXT, engine={"kind": "endpoint", "url": "http://127.0.0.1:9/v1", "model": "none"})
    result = run(project, "run", "generate", TEXT, "--tasks", "2")
    assert result.code == 2
    assert result.is_clean, result.said
    assert f"{TEXT}: share 0 on " in result.said
    assert "no server answers at http://127.0.0.1:9/v1" in result.said
    assert "(1 other shares failed too)" in result.said


def test_a_share_that_is_killed_is_one_sentence_and_the_next_run_goes_on(project: Project) -> None:
    change_dataset(project, IMAGES, options={"images": 400, "people": 20, "animals": 10, "scenes_per_place": 10})
    with start(project, "run", "generate", IMAGES, "--tasks", "2") as process:
        while not (started := list((project.work / "scale").glob("*/ranks/00001.started"))):
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(int(yaml.safe_load(started[0].read_text(encoding="utf-8"))["process"]), signal.SIGKILL)
        _, said = process.communicate(timeout=300)
    assert process.returncode == 2, said
    assert "1 of 2 shares were ended from outside" in said
    assert "Traceback" not in said
    assert run(project, "run", "generate", IMAGES, "--tasks", "2").code == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_ranks_end_with_their_launcher(project: Project, number: signal.Signals, code: int) -> None:
    change_dataset(project, IMAGES, options={"images": 4000, "people": 20, "animals": 10, "scenes_per_place": 10})
    with start(project, "run", "generate", IMAGES, "--tasks", "2") as process:
        while len(list((project.work / "scale").glob("*/ranks/*.started"))) < 2:
            assert process.poll() is None
            time.sleep(0.01)
        assert len(at_work(project)) > 2
        process.send_signal(number)
        _, said = process.communicate(timeout=300)
    assert process.returncode == code
    assert "Traceback" not in said
    deadline = time.monotonic() + 120
    while at_work(project):
        assert time.monotonic() < deadline, at_work(project)
        time.sleep(0.1)


def start(project: Project, *arguments: str) -> "subprocess.Popen[str]":
    """Starts a command in a process group of its own, as a terminal does."""
    command = [sys.executable, "-c", "from hub.cli import main; main()", *arguments]
    return subprocess.Popen(command, cwd=project.root, env=variables(project), stderr=subprocess.PIPE, text=True, start_new_session=True)


def at_work(project: Project) -> list[int]:
    """The processes whose environment names this project."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"EMOHUB_ROOT={project.root}\0".encode() in (place / "environ").read_bytes():
                found.append(int(place.name))
    return found
