"""A clock that goes backward: locks, logs, what is shown of running work, and what comes out at the end take no harm."""

import json
import shutil
import time
from collections.abc import Callable

import pytest

from hub import live_state
from hub.live_state import show, working
from hub.paths import Project
from hub.results import read_results
from hub.results.running.live import read_live
from tests.support.campaign import but_for_times
from tests.support.fault_project import BACKWARD_COMMAND, COMMAND, EVERYTHING, IMAGES, TEXT, content, names, run
from tests.support.killable import Killable

MADE = (f"data/raw/{TEXT}", f"data/clean/{TEXT}", f"data/published/{TEXT}", "data/releases", "results/runs", "results/predictions", f"data/raw/{IMAGES}")
YEARS = 40_000_000.0


@pytest.mark.slow
def test_every_command_ends_as_ever_while_the_clock_runs_backward(processes: Killable, calm: Project, project: Project, tally: Callable[..., None]) -> None:
    for folder in ("data", "results", ".emohub"):
        shutil.rmtree(project.root / folder)
    for arguments in EVERYTHING:
        ending = processes.run(BACKWARD_COMMAND, str(project.root), *arguments)
        assert ending.code == 0 and "Traceback" not in ending.said, ending.said
    for folder in MADE:
        assert but_for_times(project.root / folder) == but_for_times(calm.root / folder)
    assert names(project) == names(calm)
    records = read_results(project)
    assert not records.broken and all(record.cost is not None and record.cost.train_seconds >= 0 for record in records.records)
    tally("clock runs backward", len(EVERYTHING), remark="every command, same bytes")


@pytest.mark.slow
def test_a_run_in_the_past_goes_on_where_one_in_the_present_stopped(processes: Killable, calm: Project, project: Project, tally: Callable[..., None]) -> None:
    faketime = shutil.which("faketime")
    if faketime is None:
        pytest.skip("faketime is not installed (Debian's package of that name)")
    store = project.work / "stores" / IMAGES
    for number, past in enumerate((False, True), start=1):
        damaged = min(store.glob("*.parquet"))
        damaged.write_bytes(damaged.read_bytes()[:-1])
        if past:
            result = run(project, "generate", IMAGES, through=(faketime, "-400 days"))
            assert result.code == 0 and result.is_clean, result.said
        else:
            ending = processes.run(COMMAND, str(project.root), "generate", IMAGES)
            assert ending.code == 0, ending.said
        found = [path for path in (project.work / "quarantine").iterdir() if path.suffix == ".parquet"]
        assert len(found) == number
        assert content(project.raw(IMAGES)) == content(calm.raw(IMAGES))
    tally("clock set back by 400 days", 1, remark="generate, after a run of the present")


def test_what_is_shown_of_running_work_goes_on_after_a_jump_back(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOHUB_ROOT", str(project.root))
    monkeypatch.setattr(live_state, "SECONDS_BETWEEN_WRITES", 0.0)
    with working("training", 10) as work:
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now - YEARS)
        work.done = 5
        show()
        (path,) = (project.work / "live").glob("*.json")
        assert json.loads(path.read_text(encoding="utf-8"))["works"][0]["done"] == 5
        (running,) = read_live(project).processes
        assert running.bars[0].elapsed >= 0 and (running.bars[0].left is None or running.bars[0].left >= 0)
    assert read_live(project).idle
