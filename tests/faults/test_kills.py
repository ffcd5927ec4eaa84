"""More than a hundred kill -9 at random moments, in every command that makes something: what was done stays done, and the end is the same, byte for byte."""

from collections import Counter
from collections.abc import Callable

import pytest

from hub.paths import Project
from tests.support.campaign import Campaign, Kept, but_for_times, finished_files
from tests.support.fault_project import COMMAND, IMAGES, MODEL, SLOW_COMMAND, TASK, TEXT, asked, stored
from tests.support.killable import Killable

pytestmark = pytest.mark.slow
Tally = Callable[..., None]


def _finish(what: str, campaign: Campaign, tally: Tally) -> None:
    campaign.run()
    tally(f"kill -9: {what}", campaign.tried, campaign.crashed, campaign.lost, campaign.repeated, "same bytes, no litter, no orphans")
    assert (campaign.crashed, campaign.lost, campaign.repeated) == (0, 0, 0)


def test_generating_texts_asks_no_stored_answer_again(processes: Killable, project: Project, tally: Tally) -> None:
    def questions(project: Project) -> Counter[str]:
        return Counter(asked(project).read_text(encoding="utf-8").splitlines() if asked(project).exists() else ())

    def kept(project: Project) -> Kept:
        times, answers = questions(project), stored(project)
        assert set(answers.values()) <= {1}
        return {question: times[question] for question in answers}

    made = (f"data/raw/{TEXT}", f".emohub/stores/{TEXT}")
    _finish("generate, texts", Campaign(processes, project, (SLOW_COMMAND, "0.002", "generate", TEXT), made, kept, but_for_times), tally)


def test_generating_images_draws_no_stored_batch_again(processes: Killable, project: Project, tally: Tally) -> None:
    made = (f"data/raw/{IMAGES}", f".emohub/stores/{IMAGES}")
    kept = finished_files(f"stores/{IMAGES}/*.parquet.sha256")
    _finish("generate, images", Campaign(processes, project, (COMMAND, "generate", IMAGES), made, kept), tally)


def test_curating_ends_the_same(processes: Killable, project: Project, tally: Tally) -> None:
    _finish("curate", Campaign(processes, project, (COMMAND, "curate", TEXT), (f"data/clean/{TEXT}", "results/datasets")), tally)


def test_building_ends_the_same(processes: Killable, project: Project, tally: Tally) -> None:
    _finish("build", Campaign(processes, project, (COMMAND, "build", TEXT), (f"data/published/{TEXT}",)), tally)


def test_publishing_ends_the_same(processes: Killable, project: Project, tally: Tally) -> None:
    call = (COMMAND, "publish", TEXT, "--version", "v0.1.0")
    _finish("publish to a folder", Campaign(processes, project, call, ("data/releases", "results/releases")), tally)


def test_a_bench_trains_no_finished_seed_again(processes: Killable, project: Project, tally: Tally) -> None:
    made = ("results/runs", "results/predictions", ".emohub/bench", ".emohub/checkpoints")
    kept = finished_files("bench/*/record.json.sha256", "checkpoints/*/fit.json.sha256")
    _finish("bench", Campaign(processes, project, (COMMAND, "bench", TASK, MODEL), made, kept, but_for_times), tally)
