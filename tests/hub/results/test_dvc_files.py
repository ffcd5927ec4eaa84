"""What `dvc metrics` and `dvc plots` read."""

import csv
import io
import json
from pathlib import Path

from hub.results.board.dvc_files import curves_csv, main_scores_csv, metrics, scores_csv
from hub.results.store import read_results
from hub.results.table import leaderboard_rows
from tests.support.records import fill_project


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_metrics_are_main_scores_by_profile_task_and_model(tmp_path: Path) -> None:
    rows = leaderboard_rows(read_results(fill_project(tmp_path)))
    found = metrics(rows)
    assert list(found) == ["local"]
    assert set(found["local"]) == {"emo_pillars_contextless", "emo_pillars_contextual", "goemotions"}
    assert 0 < found["local"]["goemotions"]["minilm"] < 1
    json.dumps(found, allow_nan=False)


def test_main_scores_hold_what_their_plot_draws_and_only_measured_lines(tmp_path: Path) -> None:
    rows = leaderboard_rows(read_results(fill_project(tmp_path)))
    found = lines(main_scores_csv(rows))
    assert len(found) == sum(row.status == "measured" for row in rows)
    assert list(found[0]) == ["run", "score", "low", "high", "rank", "rank_high", "kind", "model", "task", "profile", "metric"]
    for line in found:
        assert float(line["low"]) < float(line["score"]) < float(line["high"])
        assert 1 <= int(line["rank"]) <= int(line["rank_high"])
    assert len({line["run"] for line in found}) == len(found)


def test_scores_hold_every_metric(tmp_path: Path) -> None:
    rows = leaderboard_rows(read_results(fill_project(tmp_path)))
    assert {line["metric"] for line in lines(scores_csv(rows))} == {"macro_f1", "micro_f1", "brier_score", "expected_calibration_error"}


def test_curves_hold_the_training_loss_of_every_seed(tmp_path: Path) -> None:
    found = lines(curves_csv(read_results(fill_project(tmp_path, seeds=(0, 1)))))
    ours = [line for line in found if line["run"] == "goemotions · minilm (local)"]
    assert {line["seed"] for line in ours} == {"0", "1"}
    assert len(ours) == 2 * 40
    assert all(float(line["loss"]) > 0 for line in ours)


def test_the_files_are_the_same_whatever_order_records_were_read_in(tmp_path: Path) -> None:
    results = read_results(fill_project(tmp_path, seeds=(0, 1)))
    turned = type(results)(tuple(reversed(results.records)), results.broken)
    assert curves_csv(turned) == curves_csv(results)
    assert main_scores_csv(leaderboard_rows(turned)) == main_scores_csv(leaderboard_rows(results))
