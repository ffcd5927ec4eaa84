"""Ctrl-C, as a terminal sends it: to the command and everything it started. It ends with 130 and a hint, without a traceback, and goes on when asked again."""

import signal
from collections.abc import Callable

import pytest

from hub.paths import Project
from tests.support.campaign import Campaign, but_for_times, finished_files
from tests.support.fault_project import COMMAND, IMAGES, MODEL, SLOW_COMMAND, TASK, TEXT
from tests.support.killable import Killable

pytestmark = pytest.mark.slow


CALLS = {
    "generate, texts": ((SLOW_COMMAND, "0.002", "generate", TEXT), (f"data/raw/{TEXT}", f".emohub/stores/{TEXT}")),
    "generate, images": ((COMMAND, "generate", IMAGES), (f"data/raw/{IMAGES}", f".emohub/stores/{IMAGES}")),
    "curate": ((COMMAND, "curate", TEXT), (f"data/clean/{TEXT}",)),
    "build": ((COMMAND, "build", TEXT), (f"data/published/{TEXT}",)),
    "bench": ((COMMAND, "bench", TASK, MODEL), ("results/runs", "results/predictions", ".emohub/bench", ".emohub/checkpoints")),
}


@pytest.mark.parametrize("what", CALLS)
def test_an_interrupted_command_says_how_to_go_on_and_does(what: str, processes: Killable, project: Project, tally: Callable[..., None]) -> None:
    call, made = CALLS[what]
    kept = finished_files(f"stores/{IMAGES}/*.parquet.sha256", "bench/*/record.json.sha256")
    campaign = Campaign(processes, project, call, made, kept, but_for_times, signal.SIGINT, strikes=2)
    campaign.run()
    tally(f"Ctrl-C: {what}", campaign.tried, campaign.crashed, campaign.lost, campaign.repeated, "exit 130, hint, no traceback")
    assert (campaign.crashed, campaign.lost, campaign.repeated) == (0, 0, 0), campaign.worst
