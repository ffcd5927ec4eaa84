"""A child that is killed as the system does when memory runs out: one sentence, and the next run goes on."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.paths import Project
from tests.support.fault_project import COMMAND, IMAGES, content, names
from tests.support.killable import Killable, living

pytestmark = pytest.mark.slow


def test_a_drawing_process_that_is_killed_is_one_sentence_and_the_next_run_goes_on(
    processes: Killable, calm: Project, project: Project, tally: Callable[..., None]
) -> None:
    store = project.work / "stores" / IMAGES
    for path in store.iterdir():
        path.unlink()
    leader: list[int] = []

    def kill_a_child() -> bool:
        leader[:] = leader or [int(path.name) for path in Path("/proc").glob("[0-9]*") if _is_at_work(path, project)]
        children = [process for process in living(leader[0]) if "spawn_main" in _command(process)] if leader else []
        if children and any(store.glob("*.parquet")):
            os.kill(children[0], signal.SIGKILL)
        return False

    ending = processes.signal_at(kill_a_child, signal.SIGKILL, COMMAND, str(project.root), "generate", IMAGES)
    drawn = {path: path.stat().st_ino for path in store.glob("*.parquet")}
    assert ending.code == 2 and "Traceback" not in ending.said, ending.said
    assert "ended from outside" in ending.said and "run the same command to go on" in ending.said
    again = processes.run(COMMAND, str(project.root), "generate", IMAGES)
    assert again.code == 0, again.said
    repeated = sum(path.stat().st_ino != mark for path, mark in drawn.items())
    assert content(project.raw(IMAGES)) == content(calm.raw(IMAGES)) and names(project) == names(calm)
    tally("killed for memory: a drawing process", 1, repeated=repeated, remark="one sentence, the next run goes on")
    assert drawn and repeated == 0


def test_a_loading_process_that_is_killed_is_one_sentence(processes: Killable, tmp_path: Path, tally: Callable[..., None]) -> None:
    ending = processes.run("tests.support.kill_a_loader:main", str(tmp_path))
    assert ending.code == 2 and "Traceback" not in ending.said, ending.said
    assert "ended from outside" in ending.said and "run the same command to go on" in ending.said
    tally("killed for memory: a loading process", 1, remark="one sentence")


def _is_at_work(path: Path, project: Project) -> bool:
    record = project.lock("generate", IMAGES)
    try:
        return f'"process": {path.name},' in record.with_name(f"{record.name}.owner").read_text(encoding="utf-8")
    except OSError:
        return False


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""
