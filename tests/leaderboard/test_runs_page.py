"""The page Runs: the table with its filters, one run in full, and what strangers' records and addresses cannot do."""

import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hub import live_state
from hub.console import progress
from hub.paths import Project
from hub.results import Cost, Data, Environment, Score, write_record
from hub.results.board import write_board
from hub.results.running.run_log import log_file, logged
from hub.spec import Registry
from tests.support.app_test import open_script
from tests.support.records import fill_project, make_record, make_unavailable

pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")
PAGE = """
import streamlit as st
from leaderboard.opening import opened
from leaderboard.views import runs
opened(runs.show)()
"""
HOSTILE = "**loud** [click](http://evil.test) ![x](http://evil.test/x.png) <img src=x onerror=alert(1)> :red[x] $x$"
MINE = "local/goemotions/minilm/0"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    root = tmp_path / "project"
    (root / "profiles").mkdir(parents=True)
    monkeypatch.setenv("EMOHUB_ROOT", str(root))
    return Project(root)


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    script = tmp_path / "page.py"
    script.write_text(PAGE, encoding="utf-8")
    return partial(open_script, str(script))


def board(project: Project) -> None:
    write_board(project, Registry(project))


def fill(project: Project, **more: Any) -> None:
    fill_project(project.root, **more)
    board(project)


def words(app: Any) -> str:
    shown = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.text, *app.info, *app.warning, *app.error, *app.code]
    return "\n".join(str(element.value) for element in shown).replace("\\", "")


def table(app: Any) -> Any:
    return next(frame.value for frame in app.dataframe if "Model" in frame.value.columns)


def facts(app: Any) -> dict[str, str]:
    return {
        str(name).replace("\\", ""): str(value).replace("\\", "") for one in app.table for name, value in zip(one.value.index, one.value["Value"], strict=True)
    }


def test_all_runs_stand_in_the_table_the_latest_first(project: Project, opened: Any) -> None:
    fill(project, seeds=(0, 1))
    found = table(opened())
    assert len(found) == sum(1 for _ in project.runs.glob("*/*/*/*.json"))
    assert list(found["Finished (UTC)"]) == sorted(found["Finished (UTC)"], reverse=True)
    assert set(found["Status"]) == {"complete", "not available"}


def test_filters_and_search_come_from_the_address(project: Project, opened: Any) -> None:
    fill(project, seeds=(0, 1))
    found = table(opened(task="goemotions", model="minilm", status="complete"))
    assert list(found["Seed"]) == [1, 0] and set(found["Model"]) == {"minilm"}
    assert list(table(opened(search="isear/minilm no local path"))["Task"]) == ["isear"]
    assert "No run fits" in words(opened(search="nothing like it"))


def test_an_unknown_filter_in_the_address_is_no_filter(project: Project, opened: Any) -> None:
    fill(project)
    assert len(table(opened(task="../../etc"))) == len(table(opened()))


def test_one_run_tells_command_code_data_machine_scores_and_cost(project: Project, opened: Any) -> None:
    fill(project)
    app = opened(run=MINE)
    text, found = words(app), facts(app)
    assert "emohub bench goemotions minilm --profile local" in text and "95 % interval" in text
    assert found["Code revision"] == "51ca33700c1d" and found["Working tree"].startswith("clean")
    assert found["Data fingerprint"] == "7d3f" * 6 + "…" and found["Rows"].startswith("3,800 train")
    assert found["Processor"] == "a processor, 2 threads" and found["GPU"] == "none" and found["torch"] == "2.13.0+cpu"
    assert found["learning_rate"] == "0.0003" and found["Energy"] == "not measured"
    assert "Training curve" in text and "By label" in text


def test_energy_stands_with_its_method_and_a_changed_tree_is_named(project: Project, opened: Any) -> None:
    fill(project)
    cost = Cost(train_seconds=1, predict_seconds=1, parameters=3, energy_kilowatt_hours=0.00125, energy_method="RAPL counters of 1 processor package")
    write_record(project.runs, make_record(cost=cost, code_revision="51ca33700c1d+changes"))
    board(project)
    found = facts(opened(run=MINE))
    assert found["Energy"] == "1.2500 Wh" and found["Energy was counted by"].startswith("RAPL")
    assert "changes that are in no commit" in found["Working tree"]


def test_an_unavailable_run_says_why_and_what_to_do(project: Project, opened: Any) -> None:
    fill(project)
    text = words(opened(run="local/isear/minilm/0"))
    assert "Not available" in text and "no local path is given" in text and "emohub bench isear minilm" in text


@pytest.mark.parametrize("asked", ["../../../etc/passwd", "local/goemotions/minilm/7", "/etc/passwd", HOSTILE, "local/goemotions/minilm/0/../0", ""])
def test_an_address_that_names_no_run_is_told_so(project: Project, opened: Any, asked: str) -> None:
    fill(project)
    text = words(opened(run=asked))
    assert "There is no run" in text and "The command that makes it again" not in text


def test_the_log_of_a_run_is_shown_and_its_absence_explained(project: Project, opened: Any) -> None:
    fill(project)
    assert "restored from DVC" in words(opened(run=MINE))
    record = make_record()
    with logged(log_file(project, "local", "goemotions", "minilm", 0), project.root) as log:
        log.add(f"read {project.root}/data/x with hf_{'A' * 34} and {HOSTILE}")
        log.close(record)
    write_record(project.runs, record)
    text = words(opened(run=MINE))
    assert "read data/x with (withheld)" in text and str(project.root) not in text and "another run with the same name" not in text
    write_record(project.runs, make_record(settings={"epochs": 3}, finished="2026-11-21T00:00:00Z"))
    assert "another run with the same name" in words(opened(run=MINE))


def test_the_chain_stands_under_a_run(project: Project, opened: Any) -> None:
    fill(project)
    text = words(opened(run=MINE))
    assert "From the leaderboard back to the prompts" in text and "1. Cell of the leaderboard" in text and "2. Run record" in text


def test_a_record_that_broke_since_is_told_and_the_page_lives(project: Project, opened: Any) -> None:
    fill(project)
    (project.runs / f"{MINE}.json").write_text("{", encoding="utf-8")
    app = opened(run=MINE)
    assert "cannot be shown" in words(app) and len(table(app))


def test_strangers_texts_are_never_markdown_and_paths_and_secrets_stay_hidden(project: Project, opened: Any) -> None:
    write_record(
        project.runs,
        make_record(
            command=HOSTILE,
            data=Data(name=HOSTILE, source="local", revision=HOSTILE),
            environment=Environment(python=HOSTILE, platform=HOSTILE, processor=HOSTILE, threads=2, packages={HOSTILE: HOSTILE}),
            settings={"api_key": "sk-1234567890", "folder": "/home/ada/x", HOSTILE[:60]: HOSTILE},
            parts={HOSTILE: {"accuracy": 0.5}},
            per_label={HOSTILE: {"f1": 0.5, "support": 3.0}},
            interval_method=HOSTILE,
            code_revision=HOSTILE,
        ),
    )
    write_record(project.runs, make_unavailable(model="other", reason=HOSTILE))
    board(project)
    for run in (MINE, "local/goemotions/other/0"):
        app = opened(run=run)
        for element in [*app.markdown, *app.caption, *app.warning]:
            assert "**loud**" not in element.value and "](http" not in element.value and "<img" not in element.value.replace("\\<", "")
        assert "sk-1234567890" not in str(facts(app)) and "/home/ada" not in str(facts(app))


def test_what_runs_is_shown_while_it_runs(project: Project, opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(project)
    monkeypatch.setattr(live_state, "SECONDS_BETWEEN_WRITES", 0.0)
    assert "Running now" not in words(opened())
    with progress("training **x**", 10) as tick:
        tick(4)
        app = opened()
        assert "Running now" in words(app)
        (bar,) = app.get("progress")
        assert bar.proto.value == 40 and "4 of 10" in bar.proto.text.replace("\\", "") and "**x**" not in bar.proto.text
    assert "Running now" not in words(opened())


def test_ten_thousand_runs_are_fine(project: Project, opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from hub.results.board.reading import read_run_lines, runs_file, write_view
    from hub.results.board.views import RunLine

    write_record(project.runs, make_record(metrics={"macro_f1": Score(value=0.5)}))
    board(project)
    (line,) = read_run_lines(project)
    write_view(runs_file(project), tuple(replace(line, seed=seed, model=f"model_{seed % 40}") for seed in range(10_000)), tuple[RunLine, ...])
    app = opened()
    assert len(table(app)) == 10_000
    started = time.perf_counter()
    app.run()
    assert time.perf_counter() - started < 3, "and that with the driver's own work and one core"
    assert "model_7" in words(opened(run="local/goemotions/model_7/7")) or "cannot be shown" in words(opened(run="local/goemotions/model_7/7"))
