"""A command that is struck at one random moment after another, now and then left to its end, and begun afresh; what it leaves is compared with a calm run."""

import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGINT, SIGKILL, Signals

from hub.paths import Project
from hub.results import read_record
from tests.support.fault_project import content, names
from tests.support.killable import Ending, Killable, living

SEED = 20_260_801
HINT = "run the same command to go on"
_WAIT = 120.0

Kept = dict[str, int]
"""What a command has done and need not do again: a mark by name, which changes when it is done again."""


@dataclass
class Campaign:
    """One command, and what came of the strikes."""

    processes: Killable
    project: Project
    """In which the command ran already."""
    call: tuple[str, ...]
    """The function, and its arguments after the project."""
    made: tuple[str, ...]
    """Folders that are the command's work."""
    kept: Callable[[Project], Kept] = lambda project: {}
    compared: Callable[[Path], object] = content
    number: Signals = SIGKILL
    """SIGKILL goes to the process alone, SIGINT to its whole group, as from a terminal, and only once it is at work."""
    strikes: int = 17
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    tried: int = 0
    crashed: int = 0
    lost: int = 0
    repeated: int = 0
    worst: str = ""
    """What the last one that crashed said."""

    def run(self) -> None:
        """Strikes so often, and checks after every few strikes that a calm run ends as ever, with nothing left over."""
        self._begin_afresh()
        whole = self._succeed(self.project)
        expected, everything = self._outcome(self.project), names(self.project)
        self._begin_afresh()
        while self.tried < self.strikes:
            for _ in range(self.chance.randint(2, 6)):
                self._strike(whole)
            self._succeed(self.project)
            assert self._outcome(self.project) == expected
            left, missing = names(self.project) - everything, everything - names(self.project)
            assert (left, missing) == (set(), set())
            self._begin_afresh()

    def _succeed(self, project: Project) -> Ending:
        function, *rest = self.call
        ending = self.processes.run(function, str(project.root), *rest)
        assert ending.code == 0, ending.said
        return ending

    def _strike(self, whole: Ending) -> None:
        before = self.kept(self.project)
        ending = self._struck(whole)
        _wait_until_all_have_left(ending.group)
        after = self.kept(self.project)
        self.lost += len(before.keys() - after.keys())
        self.repeated += sum(after[name] != mark for name, mark in before.items() if name in after)
        self.tried += ending.code != 0
        if not self._is_as_it_should_be(ending):
            self.crashed += 1
            self.worst = f"exit {ending.code}: {ending.said}"

    def _struck(self, whole: Ending) -> Ending:
        """Strikes at a random moment of the clock, or before a random change of what lies on the disk."""
        function, *rest = self.call
        call = (function, str(self.project.root), *rest)
        if self.number == SIGKILL and self.chance.random() < 0.5:
            assert whole.changes is not None
            return self.processes.kill_before_change(self.chance.randint(1, whole.changes), *call)
        pause, since = self.chance.uniform(0, whole.seconds), time.monotonic()

        def has_come() -> bool:
            nonlocal since
            if self.number == SIGINT and not any((self.project.work / "locks").glob("*.owner")):
                since = time.monotonic()
            return time.monotonic() - since >= pause

        return self.processes.signal_at(has_come, self.number, *call)

    def _is_as_it_should_be(self, ending: Ending) -> bool:
        if self.number == SIGKILL:
            return ending.code in (0, -SIGKILL)
        return "Traceback" not in ending.said and (ending.code == 0 or (ending.code == 130 and HINT in ending.said))

    def _outcome(self, project: Project) -> list[object]:
        return [self.compared(project.root / folder) for folder in self.made]

    def _begin_afresh(self) -> None:
        for folder in self.made:
            shutil.rmtree(self.project.root / folder, ignore_errors=True)


def finished_files(*patterns: str) -> Callable[[Project], Kept]:
    """What lies in finished files of the work folder is done: one that is written again has another time."""
    return lambda project: {path.relative_to(project.root).as_posix(): path.stat().st_mtime_ns for pattern in patterns for path in project.work.glob(pattern)}


def but_for_times(folder: Path) -> object:
    """What a command left in a folder, without how long it took: records without their times, and nothing of the work folder."""
    if ".emohub" in folder.parts:
        return None
    if folder.name != "runs":
        return content(folder)
    passing = {"finished", "cost", "environment"}
    return [read_record(path).model_dump(mode="json", exclude=passing) for path in sorted(folder.rglob("*.json"))]


def _wait_until_all_have_left(group: int) -> None:
    limit = time.monotonic() + _WAIT
    while left := living(group):
        assert time.monotonic() < limit, f"{left} outlived the process that they worked for"
        time.sleep(0.01)
