"""A project whose generation is spread over a cluster, and what its ranks did, from the outside."""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.paths import Project
from tests.support.kit_server import MODEL, KitServer
from tests.support.projects import DATASET, REPOSITORY, copy_project, raw_digests
from tests.support.text_project import write_yaml

KITS = 8
OPTIONS = {"parts": ["first"], "context_share": 0.3}
CONCURRENCY = 2
"""Requests in flight from one rank."""
SCALE = {"slurm": {"partition": "all", "memory_gb_per_cpu": 1}, "ray": {"memory_gb_per_cpu": 0.5}}
_PATIENCE = 180.0


@dataclass(frozen=True)
class Spread:
    """A project, and the environment that its commands run in."""

    project: Project
    environment: Mapping[str, str]

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [str(Path(sys.executable).with_name("emohub")), *arguments]
        own = {"EMOHUB_ROOT": str(self.project.root), "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
        return subprocess.Popen(command, cwd=self.project.root, env={**self.environment, **own}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, *arguments: str) -> str:
        """What a command says that succeeds."""
        return finish(self.start(*arguments))

    def outcomes(self) -> list[dict[str, Any]]:
        """What the ranks of the newest launch have written so far, by rank."""
        folders = sorted((self.project.work / "scale").glob("*/ranks"))
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folders[-1].glob("*.json"))] if folders else []

    def stored(self) -> set[str]:
        """The keys of all answers that are stored, in stores and in the parts of ranks that have ended. Parts in use cannot be read."""
        found: set[str] = set()
        for path in (self.project.work / "stores" / DATASET).rglob("*.sqlite"):
            with contextlib.closing(sqlite3.connect(path, timeout=0)) as database, contextlib.suppress(sqlite3.OperationalError):
                found.update(key for (key,) in database.execute("SELECT key FROM answers").fetchall())
        return found


def generating(root: Path, server: KitServer, environment: Mapping[str, str]) -> Spread:
    """A project that generates Emo Pillars by asking a server."""
    project = copy_project(root, KITS)
    engine = {"kind": "endpoint", "url": server.url, "model": MODEL, "concurrency": CONCURRENCY}
    text = {"kind": "text", "engine": engine, "narratives": {"kind": "authored"}, "options": OPTIONS}
    write_yaml(root / "params.yaml", {"profile": "tiny", "data": {}})
    write_yaml(root / "profiles" / "tiny.yaml", {**profile([0]), "datasets": {DATASET: text}})
    return Spread(project, environment)


def profile(seeds: list[int]) -> dict[str, Any]:
    """The part of a profile that all projects here share."""
    return {"name": "tiny", "title": "Tiny", "bench": {"seeds": seeds, "bootstrap_replicates": 200, "threads": 1}, "scale": SCALE}


def finish(process: "subprocess.Popen[str]") -> str:
    """Waits for a command; what it said."""
    said, _ = process.communicate(timeout=_PATIENCE)
    assert process.returncode == 0, said
    return said


def wait_until(moment: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Waits for a moment in a command's run.

    Raises:
        AssertionError: the command ended before it, or it did not come.
    """
    end = time.monotonic() + _PATIENCE
    while not moment():
        assert process.poll() is None, f"ended before its time:\n{process.communicate()[0]}"
        assert time.monotonic() < end, "the moment did not come"
        time.sleep(0.1)


def check_nothing_lost_or_repeated(spread: Spread, server: KitServer, before: Sequence[str], stored_at_kill: set[str], asked_at_kill: int) -> None:
    """Checks what a generation asked that was disturbed once: everything, and twice only what was in flight where it was disturbed.

    `before` is what the server had been asked before the generation began; `asked_at_kill` how much it had been asked in all when the disturbance came.
    """
    asked = server.asked()
    own = Counter(asked[len(before) :])
    assert len(own) == server.questions
    assert spread.stored() == set(own)
    assert not stored_at_kill & set(asked[asked_at_kill:]), "a stored answer was asked for again"
    repeated = sum(own.values()) - len(own)
    assert repeated <= CONCURRENCY * 2, f"{repeated} questions were asked twice"


def same_tables(spread: Spread, reference: Mapping[str, str]) -> None:
    """Checks that the raw tables are byte for byte those of one process."""
    assert raw_digests(spread.project) == reference


def remove_tables(spread: Spread) -> None:
    shutil.rmtree(spread.project.raw(DATASET))
