"""What the `board` stage writes."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from hub.errors import DeclarationError
from hub.paths import Project
from hub.results import write_record
from hub.results.board import print_results, print_summary, write_board
from hub.results.board.reading import read_overview, read_task_board
from hub.spec import Registry
from tests.support.records import TASKS, fill_project, make_metrics, make_record
from tests.support.text_project import write_model, write_yaml

REPOSITORY = Path(__file__).parents[3]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_files_follow_from_the_records_alone(tmp_path: Path) -> None:
    project = fill_project(tmp_path, seeds=(0, 1))
    write_board(project, Registry(project))
    first = contents(project.board)
    write_board(project, Registry(project))
    assert contents(project.board) == first
    files = {"overview.json", "runs.json", "claims.json", "metrics.json", "scores.csv", "main_scores.csv", "curves.csv"}
    assert set(first) == files | {f"tasks/local/{task}.json" for task in TASKS}


def test_tables_of_what_is_gone_are_removed(tmp_path: Path) -> None:
    project = fill_project(tmp_path)
    fill_project(tmp_path, profile="study")
    write_board(project, Registry(project))
    shutil.rmtree(project.runs / "study")
    shutil.rmtree(project.runs / "local" / "goemotions")
    write_board(project, Registry(project))
    assert {path.relative_to(project.board).as_posix() for path in project.board.glob("tasks/*/*")} == {
        f"tasks/local/{task}.json" for task in TASKS if task != "goemotions"
    }
    assert not (project.board / "tasks" / "study").exists()


def test_metrics_are_nested_by_profile_task_and_model(tmp_path: Path) -> None:
    project = fill_project(tmp_path)
    write_record(project.runs, make_record(metrics=make_metrics(0.5)))
    write_board(project, Registry(project))
    metrics = json.loads((project.board / "metrics.json").read_text())
    assert metrics["local"]["goemotions"]["minilm"] == 0.5
    assert "isear" not in metrics["local"], "an unavailable task has no number"


def test_scores_and_curves_are_tidy(tmp_path: Path) -> None:
    project = fill_project(tmp_path)
    write_board(project, Registry(project))
    with (project.board / "scores.csv").open() as file:
        scores = list(csv.DictReader(file))
    assert list(scores[0]) == ["profile", "task", "model", "metric", "value", "low", "high"]
    assert {score["metric"] for score in scores} == {"macro_f1", "micro_f1", "brier_score", "expected_calibration_error"}
    with (project.board / "curves.csv").open() as file:
        curves = list(csv.DictReader(file))
    assert list(curves[0]) == ["run", "profile", "task", "model", "seed", "step", "loss"]
    assert {curve["model"] for curve in curves} == {"minilm", "emo_pillars", "emo_pillars_zero_shot"}


def test_a_broken_record_is_listed_and_the_rest_is_there(tmp_path: Path) -> None:
    project = fill_project(tmp_path)
    (project.runs / "local" / "goemotions" / "minilm" / "0.json").write_text("{")
    write_board(project, Registry(project))
    assert [broken.place for broken in read_overview(project).broken] == ["local/goemotions/minilm/0.json"]
    assert {row.model for row in read_task_board(project, "local", "goemotions").rows} == {"tfidf_logreg", "emo_pillars", "emo_pillars_zero_shot"}


def test_an_empty_project_gives_empty_tables(tmp_path: Path) -> None:
    project = fill_project(tmp_path / "filled")
    empty = type(project)(tmp_path)
    assert write_board(empty, Registry(empty)) == ()
    assert (empty.board / "scores.csv").read_text() == "profile,task,model,metric,value,low,high\n"
    assert json.loads((empty.board / "metrics.json").read_text()) == {}


def test_the_command_line_prints_one_task_and_names_what_it_could_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = fill_project(tmp_path)
    tasks = tmp_path / "benchmarks" / "tasks"
    shutil.copytree(REPOSITORY / "benchmarks" / "tasks", tasks)
    (project.runs / "local" / "goemotions" / "minilm" / "0.json").write_text("{")
    print_results(project, Registry(project), task="goemotions")
    shown = capsys.readouterr()
    assert "goemotions · local" in shown.out
    assert "isear" not in shown.out
    assert "not read: local/goemotions/minilm/0.json" in shown.err


def test_an_unknown_task_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="goemotion'"):
        print_results(fill_project(tmp_path), Registry(Project(tmp_path)), task="goemotion")


def test_the_summary_says_what_was_built_and_who_leads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = fill_project(tmp_path)
    shutil.copytree(REPOSITORY / "profiles", tmp_path / "profiles")
    print_summary(project, Registry(project), "local")
    shown = capsys.readouterr().out
    assert "Built emo_pillars 0.1.0: context-less 4,820" in shown
    assert "goemotions · local" in shown
    assert "reported elsewhere" not in shown
    assert "make board" in shown


def test_main_scores_are_one_bar_a_line_of_the_board(tmp_path: Path) -> None:
    project = fill_project(tmp_path)
    rows = write_board(project, Registry(project))
    with (project.board / "main_scores.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == sum(row.status == "measured" for row in rows)
    assert all(0 <= float(line["score"]) <= 1 for line in lines)


def test_a_model_of_another_profile_is_listed_with_the_way_to_run_it(tmp_path: Path) -> None:
    project = fill_project(tmp_path)
    declared = {"type": "text_classification", "main_metric": "macro_f1", "source": {"kind": "published", "dataset": "d", "configuration": "c"}}
    write_yaml(
        tmp_path / "benchmarks/tasks/goemotions.yaml",
        {"name": "goemotions", "title": "T", "summary": "S", "taxonomy": "l.yaml", "decision": {"kind": "highest_probability"}, **declared},
    )
    write_model(tmp_path, "large", "a.b:C", runs_in=["paper"])
    write_model(tmp_path, "minilm", "a.b:C", runs_in=["paper"])
    rows = {row.model: row for row in write_board(project, Registry(project)) if row.task == "goemotions"}
    assert rows["large"].status == "unavailable"
    assert rows["large"].reason == "declared for the profile paper only: make repro PROFILE=paper"
    assert rows["minilm"].status == "measured", "what was measured all the same is shown as that"
