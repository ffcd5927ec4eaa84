"""`dvc plots` draws the leaderboard's charts: the templates in git are those that the code makes, and DVC can fill them."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("altair", reason="altair is not installed (pip install emohub[board])")
vl_convert = pytest.importorskip("vl_convert", reason="vl-convert-python is not installed (pip install emohub[board])")
dvc_render = pytest.importorskip("dvc_render", reason="dvc is not installed (pip install emohub[pipeline])")

from hub.results.board.dvc_files import curves_csv, main_scores_csv  # noqa: E402
from hub.results.store import read_results  # noqa: E402
from hub.results.table import leaderboard_rows  # noqa: E402
from leaderboard.export.dvc_templates import templates  # noqa: E402
from tests.support.records import fill_project  # noqa: E402

FOLDER = Path(__file__).parents[3] / ".dvc" / "plots"


def filled(template: str, text: str, x: str, y: str) -> dict[str, Any]:
    """As DVC fills it: CSV read as text, with the revision beside each line."""
    points = [{**line, "rev": "workspace"} for line in csv.DictReader(io.StringIO(text))]
    renderer = dvc_render.VegaRenderer(points, "plot", template=template, template_dir=str(FOLDER), x=x, y=y, title="A title")
    content: dict[str, Any] = json.loads(renderer.partial_html())
    return content


def test_the_templates_in_git_are_those_that_the_charts_make() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert kept == templates(), "run `python -m leaderboard.export.dvc_templates`"


def test_main_scores_are_drawn_a_panel_a_task_with_ranks_and_intervals(tmp_path: Path) -> None:
    rows = leaderboard_rows(read_results(fill_project(tmp_path)))
    spec = filled("scores", main_scores_csv(rows), "score", "run")
    assert "DVC_METRIC" not in json.dumps(spec)
    svg = vl_convert.vegalite_to_svg(spec, vl_version="5.8", allowed_base_urls=[])
    assert "A title" in svg
    assert "goemotions  ·  local  ·  Macro-F1" in svg
    assert "tfidf_logreg  ·  rank" in svg
    assert "isear" not in svg


def test_training_curves_are_drawn_a_panel_a_run(tmp_path: Path) -> None:
    spec = filled("curves", curves_csv(read_results(fill_project(tmp_path, seeds=(0, 1)))), "step", "loss")
    assert "DVC_METRIC" not in json.dumps(spec)
    svg = vl_convert.vegalite_to_svg(spec, vl_version="5.8", allowed_base_urls=[])
    assert "goemotions · minilm (local)" in svg
    assert "Training loss" in svg
