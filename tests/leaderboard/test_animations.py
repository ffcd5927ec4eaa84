"""What the page shows of a portrait animation run, and what it refuses to."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.portrait_examples import Clip, Pair, Portrait
from benchmarks.runners.showcase import show
from hub.faces import FACE_70, FaceTrack
from hub.files import file_digest
from hub.paths import Project
from hub.results import Score, write_record
from hub.tables import write_table
from tests.leaderboard.test_app import HOSTILE, opened, words
from tests.support.portrait_bench import write_portrait_task
from tests.support.records import make_record

pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")
PLACE = "predictions/local/own/copier/0.parquet"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    write_portrait_task(tmp_path, "own", "self")
    return Project(tmp_path)


def pictures() -> dict[str, Any]:
    frames = np.random.default_rng(0).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)
    face = FaceTrack(FACE_70, np.full((3, 70, 3), 16, dtype=np.float32), np.ones((3, 70), dtype=np.bool_), np.zeros((3, 3), dtype=np.float32), 32, 32)
    clip = Clip("clip", "ada", "human", "talking", frames, face)
    shown = show(Pair("pair", Portrait("portrait", "ada", "human", frames[0], None), clip, clip), frames)
    return {"strip": shown.strip, "gif": shown.gif}


def fill(project: Project, rows: list[dict[str, Any]], **changes: Any) -> None:
    path = project.root / "results" / PLACE
    write_table(path, pa.Table.from_pylist(rows))
    write_run(project, **{"predictions": PLACE, "predictions_sha256": file_digest(path), **changes})


def write_run(project: Project, **changes: Any) -> None:
    metrics = {"ssim": Score(value=0.7, low=0.6, high=0.8), "expression_error": Score(value=0.05, low=0.04, high=0.06)}
    fields = {"task": "own", "model": "copier", "main_metric": "ssim", "metrics": metrics, "decision": None}
    write_record(project.runs, make_record(**{**fields, **changes}))


def images(app: Any) -> list[Any]:
    return [image for element in app.get("image") for image in element.proto.imgs]


def test_a_run_shows_a_moving_picture_and_a_strip_with_words_for_both(project: Project) -> None:
    fill(
        project,
        [{"id": "one", "style": "human", "family": "talking", **pictures()}, {"id": "two", "style": "human", "family": "talking", "strip": None, "gif": None}],
    )
    app = opened(task="own")
    assert [image.url.rpartition(".")[2] for image in images(app)] == ["gif", "png"]
    assert all("driver" in image.caption for image in images(app))
    assert list(app.selectbox(key="pair").options) == ["human, talking (one)"]


def test_the_pair_is_chosen_and_goes_into_the_address(project: Project) -> None:
    fill(project, [{"id": id, "style": "human", "family": "talking", **pictures()} for id in ("one", "two")])
    app = opened(task="own")
    app.selectbox(key="pair").select("two").run()
    assert app.query_params["pair"] == "two" or app.query_params["pair"] == ["two"]


def test_without_the_predictions_the_page_says_how_to_get_them(project: Project) -> None:
    write_run(project, predictions=PLACE)
    app = opened(task="own")
    assert "are not on this machine" in words(app) and not images(app)


@pytest.mark.parametrize(
    ("row", "changes", "message"),
    [
        ({"strip": b"<svg onload=alert(1)>"}, {}, "no PNG or no GIF"),
        ({"gif": b"GIF89a" + b"\xff" * 40}, {}, "pixels wide or high"),
        ({"strip": "text"}, {}, "something other than names and pictures"),
        ({}, {"predictions_sha256": "0" * 64}, "not the file that the record was made with"),
    ],
)
def test_a_strangers_file_is_refused_with_a_reason(project: Project, row: dict[str, Any], changes: dict[str, Any], message: str) -> None:
    fill(project, [{"id": "one", "style": "human", "family": "talking", **pictures(), **row}], **changes)
    app = opened(task="own")
    assert message in words(app).replace("\\", "") and not images(app)


def test_a_file_that_is_no_table_is_refused(project: Project) -> None:
    path = project.root / "results" / PLACE
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1 nothing")
    write_run(project, predictions=PLACE)
    assert "not a readable Parquet file" in words(opened(task="own")).replace("\\", "")


def test_strangers_names_are_never_markdown(project: Project) -> None:
    fill(project, [{"id": HOSTILE, "style": HOSTILE, "family": HOSTILE, **pictures()}])
    app = opened(task="own")
    assert len(images(app)) == 2
    assert not any(":red" in image.caption or "://" in image.caption for image in images(app))


def test_less_error_stands_first(project: Project) -> None:
    write_portrait_task(project.root, "others", "cross")
    for model, error in (("worse", 0.2), ("better", 0.1)):
        metrics = {"expression_error": Score(value=error, low=error, high=error)}
        write_run(project, task="others", model=model, main_metric="expression_error", metrics=metrics)
    app = opened(task="others")
    table = next(frame.value for frame in app.dataframe if "Rank" in frame.value.columns)
    assert list(table["Model"]) == ["better", "worse"] and list(table["Rank"]) == [1, 2]
