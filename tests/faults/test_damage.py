"""Files that are cut short or have a wrong bit: noticed before anything comes of them, refused in one sentence or made anew, and the end is the same bytes."""

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.paths import Project
from tests.support.campaign import SEED, but_for_times
from tests.support.fault_project import COMMAND, IMAGES, MODEL, TASK, TEXT, content
from tests.support.killable import Killable

pytestmark = pytest.mark.slow
Command = tuple[str, ...]
GENERATE, CURATE, BUILD, DRAW, BENCH = ("generate", TEXT), ("curate", TEXT), ("build", TEXT), ("generate", IMAGES), ("bench", TASK, MODEL)


@dataclass(frozen=True)
class Case:
    """Files of one kind, the command that reads them, and what makes them anew if that refuses."""

    what: str
    files: str
    reader: Command
    made: str
    """By the reader: what must be the same bytes as ever, whenever it does not refuse."""
    mending: tuple[Command, ...] = ()
    """None where the reader mends by itself, and may not refuse."""
    tries: int = 4


CASES = [
    Case("answers (SQLite)", f".emohub/stores/{TEXT}/*.sqlite", GENERATE, f"data/raw/{TEXT}", tries=8),
    Case("drawn batches (Parquet)", f".emohub/stores/{IMAGES}/*.parquet", DRAW, f"data/raw/{IMAGES}"),
    Case("kept seeds (Parquet)", ".emohub/bench/*/predictions.parquet", BENCH, "results"),
    Case("kept seeds (JSON)", ".emohub/bench/*/record.json", BENCH, "results"),
    Case("trained models (JSON)", ".emohub/checkpoints/*/counts.json", BENCH, "results"),
    Case("raw tables (Parquet)", f"data/raw/{TEXT}/*.parquet", CURATE, f"data/clean/{TEXT}", (GENERATE,), 6),
    Case("raw manifest (JSON)", f"data/raw/{TEXT}/manifest.json", CURATE, f"data/clean/{TEXT}", (GENERATE,), 3),
    Case("clean tables (Parquet)", f"data/clean/{TEXT}/con*.parquet", BUILD, f"data/published/{TEXT}", (CURATE,), 6),
    Case("clean report (JSON)", f"data/clean/{TEXT}/report.json", BUILD, f"data/published/{TEXT}", (CURATE,), 3),
    Case("published tables (Parquet)", f"data/published/{TEXT}/context-less/*.parquet", BENCH, "results", (BUILD,)),
]


def _cut_short(path: Path, chance: random.Random) -> str:
    data = path.read_bytes()
    path.write_bytes(data[: chance.randrange(len(data))])
    return "cut short"


def _flip_a_bit(path: Path, chance: random.Random) -> str:
    data = bytearray(path.read_bytes())
    place = chance.randrange(len(data))
    data[place] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    return f"a bit flipped in byte {place} of {len(data)}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_damage_is_noticed_and_mended_and_nothing_comes_of_it(
    case: Case, processes: Killable, calm: Project, project: Project, tally: Callable[..., None]
) -> None:
    chance = random.Random(SEED)
    expected = but_for_times(calm.root / case.made) if case.made != "results" else _results(calm)
    crashes, wrong, refused, quarantined = [], [], 0, 0
    for number in range(case.tries):
        if case.reader == BENCH:
            _forget_what_was_finished(case, project)
        path = chance.choice(sorted(project.root.glob(case.files)))
        done = (_cut_short if number % 3 == 0 else _flip_a_bit)(path, chance)
        already = _quarantined(project)
        ending = processes.run(COMMAND, str(project.root), *case.reader)
        quarantined += len(_quarantined(project) - already)
        told = f"{path.relative_to(project.root)}, {done}: exit {ending.code}: {ending.said}"
        if ending.code not in (0, 2) or "Traceback" in ending.said or (ending.code == 2 and not case.mending):
            crashes.append(told)
        if ending.code == 2 and path.name not in ending.said:
            crashes.append(told)
        if ending.code:
            refused += ending.code == 2
            for command in (*case.mending, case.reader):
                again = processes.run(COMMAND, str(project.root), *command)
                if again.code:
                    crashes.append(f"{told}\nthen {command}: {again.said}")
        found = but_for_times(project.root / case.made) if case.made != "results" else _results(project)
        if found != expected:
            wrong.append(told)
            shutil.rmtree(project.root)
            shutil.copytree(calm.root, project.root, symlinks=True)
    outcome = f"{refused} refused in a sentence, {quarantined} in quarantine, the others harmless; the same bytes in the end"
    tally(f"damaged: {case.what}", case.tries, len(crashes), len(wrong), remark=outcome)
    assert not crashes, "\n\n".join(crashes)
    assert not wrong, "\n\n".join(wrong)


def _forget_what_was_finished(case: Case, project: Project) -> None:
    """Has the bench need what the case is about: a model of an unfinished seed, data of an unfinished model."""
    if "bench/" not in case.files:
        shutil.rmtree(project.work / "bench", ignore_errors=True)
    if "data/" in case.files:
        shutil.rmtree(project.work / "checkpoints", ignore_errors=True)


def _results(project: Project) -> object:
    return [but_for_times(project.root / "results" / folder) for folder in ("runs", "predictions")]


def _quarantined(project: Project) -> set[str]:
    place = project.work / "quarantine"
    return {name for name in content(place) if not name.endswith((".txt", ".sha256"))} if place.is_dir() else set()
