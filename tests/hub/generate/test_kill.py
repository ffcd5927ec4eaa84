"""A generation that is killed outright, again and again, ends as if nothing had happened."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from hub.paths import Project
from tests.support.projects import DATASET, REPOSITORY, copy_project, raw_digests

IN_FLIGHT = 4
KILLS = 10
SEED = 20_260_817
pytestmark = pytest.mark.slow


class Generation:
    """Runs of the same generation, in a process of its own each, with one log of every question to the engine."""

    def __init__(self, folder: Path, kits: int) -> None:
        self.project: Project = copy_project(folder / "project", kits)
        self._log = folder / "asked.tsv"
        self._log.touch()

    def start(self, delay: float) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "tests.support.generate_slowly", str(self.project.root), str(self._log), str(delay)]
        return subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.DEVNULL)

    def finish(self) -> None:
        assert self.start(delay=0).wait(timeout=300) == 0

    @property
    def asked(self) -> list[str]:
        return self._log.read_text(encoding="utf-8").splitlines()

    def kill_after(self, questions: int, pause: float) -> None:
        """Kills a run once it has asked `questions` more, or when it ends."""
        size, process = len(self.asked), self.start(delay=0.002)
        while process.poll() is None and len(self.asked) < size + questions:
            time.sleep(0.002)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def kill_while_writing(self) -> None:
        """Kills a run as soon as the first of its files appears."""
        process = self.start(delay=0)
        while process.poll() is None and not any(self.project.raw(DATASET).glob("*")):
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    generation = Generation(tmp_path_factory.mktemp("undisturbed"), kits=6)
    generation.finish()
    return generation


def test_killed_at_random_moments_it_gives_the_same_bytes_and_asks_only_the_lost_questions_again(undisturbed: Generation, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    generation = Generation(tmp_path, kits=6)
    steps = len(undisturbed.asked) // (KILLS + 1)
    for _ in range(KILLS):
        generation.kill_after(chance.randint(0, 2 * steps - 1), pause=chance.uniform(0, 0.02))
    generation.finish()

    assert raw_digests(generation.project) == raw_digests(undisturbed.project)
    assert set(generation.asked) == set(undisturbed.asked)
    assert len(generation.asked) <= len(undisturbed.asked) + KILLS * IN_FLIGHT


def test_killed_while_it_writes_its_files_it_gives_the_same_bytes_and_asks_nothing_again(undisturbed: Generation, tmp_path: Path) -> None:
    generation = Generation(tmp_path, kits=6)
    generation.kill_while_writing()
    asked = len(generation.asked)
    generation.finish()

    assert raw_digests(generation.project) == raw_digests(undisturbed.project)
    assert len(generation.asked) == asked == len(undisturbed.asked)


def test_an_undisturbed_run_asks_every_question_once(undisturbed: Generation) -> None:
    assert set(Counter(undisturbed.asked).values()) == {1}
    assert {line.partition("\t")[0] for line in undisturbed.asked} == {"actors", "utterances", "labels", "context", "cleaning", "rewriting"}


def test_a_finished_generation_is_repeated_without_a_question(undisturbed: Generation) -> None:
    before, asked = raw_digests(undisturbed.project), len(undisturbed.asked)
    undisturbed.finish()

    assert raw_digests(undisturbed.project) == before
    assert len(undisturbed.asked) == asked
