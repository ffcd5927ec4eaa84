"""Two runs of one command at once: the second one is told who is first, and works once the first is gone, however that went."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.paths import Project
from tests.support.fault_project import COMMAND, EVERYTHING, HEAVY, IMAGES, SLOW_COMMAND, TEXT, stored, variables
from tests.support.killable import Ending, Killable, killable

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def others(calm: Project) -> Iterator[Killable]:
    """Starts the second run while the first one stands still."""
    with killable(["tests.support.fault_project", *HEAVY], variables(calm)) as started:
        yield started


@pytest.mark.parametrize("arguments", EVERYTHING, ids=lambda arguments: " ".join(arguments[:2]))
def test_the_second_run_is_told_of_the_first_and_works_when_that_is_killed(
    arguments: tuple[str, ...], processes: Killable, others: Killable, project: Project, tally: Callable[..., None]
) -> None:
    call = (SLOW_COMMAND, str(project.root), "0.01", *arguments) if arguments == ("generate", TEXT) else (COMMAND, str(project.root), *arguments)
    shutil.rmtree(project.work / "stores")
    refused: list[Ending] = []
    first: list[int] = []

    def has_refused_the_second() -> bool:
        owner = _stopped_owner(project)
        if owner is not None:
            first.append(owner)
            refused.append(others.run(*call))
        return owner is not None

    for _ in range(20):  # The first run may end before it can be stopped.
        if processes.kill_at(has_refused_the_second, *call):
            break
    (second,) = refused
    again = others.run(*call)

    assert second.code == 2 and "Traceback" not in second.said, second.said
    (sentence,) = [line for line in second.said.splitlines() if line.startswith("error: ")]
    assert str(first[0]) in sentence and "since" in sentence and "wait" in sentence
    assert again.code == 0, again.said
    assert set(stored(project).values()) <= {1}
    assert not list((project.work / "locks").glob("*.owner"))
    tally("two runs at once", 1, remark="the second names the first, and works after its kill -9")


def test_an_owner_that_is_written_down_but_holds_nothing_hinders_nobody(processes: Killable, project: Project, tally: Callable[..., None]) -> None:
    """Whatever the record says: that of a process number given again, of another host, of nothing that can be read."""
    record = project.lock("generate", IMAGES)
    record = record.with_name(f"{record.name}.owner")
    living = {"process": os.getpid(), "host": os.uname().nodename, "process_start": "1", "since": "2001-01-01T00:00:00+00:00", "doing": "x", "command": "x"}
    contents = [json.dumps(living), json.dumps({**living, "host": "elsewhere"}), "{", ""]
    for content in contents:
        record.write_text(content, encoding="utf-8")
        ending = processes.run(COMMAND, str(project.root), "generate", IMAGES)
        assert ending.code == 0, ending.said
        assert not record.exists()
    tally("stale lock records", len(contents), remark="broken safely")


def _stopped_owner(project: Project) -> int | None:
    """Stops the process that holds the command's lock, if there is one, and makes sure that it holds it still."""
    for record in (project.work / "locks").glob("*.owner"):
        owner = _read_owner(record)
        if owner is not None:
            os.kill(owner, signal.SIGSTOP)
            if _read_owner(record) == owner:
                return owner
            os.kill(owner, signal.SIGCONT)
    return None


def _read_owner(record: Path) -> int | None:
    try:
        return int(json.loads(record.read_text(encoding="utf-8"))["process"])
    except (OSError, ValueError):
        return None
