"""What the page shows of a portrait animation run, and what it refuses to."""

from collections.abc import Callable
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
from hub.results.board import write_board
from hub.spec import Registry
from hub.tables import write_table
from tests.support.app_test import open_script
from tests.support.portrait_bench import write_portrait_task
from tests.support.records import make_record

pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")
PLACE = "predictions/local/own/copier/0.parquet"
RUN = "local/own/copier/0"
HOSTILE = "**loud** [click](http://evil.test) ![x](http://evil.test/x.png) <img src=x onerror=alert(1)> :red[x] $x$"
PAGE = """
from leaderboard.opening import opened
from leaderboard.views import runs
opened(runs.show)()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    write_portrait_task(tmp_path, "own", "self")
    return Project(tmp_path)


@pytest.fixture
def opened(project: Project) -> Callable[..., Any]:
    """Opens the page of the run; the board is made first."""

    def open_page(**query: str) -> Any:
        write_board(project, Registry(project))
        script = project.root / "page.py"
        script.write_text(PAGE, encoding="utf-8")
        return open_script(str(script), run=RUN, **query)

    return open_page


def words(app: Any) -> str:
    return "\n".join(str(element.value) for element in [*app.markdown, *app.caption, *app.error]).replace("\\", "")


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


def test_a_run_shows_a_moving_picture_and_a_strip_with_words_for_both(project: Project, opened: Callable[..., Any]) -> None:
    fill(
        project,
        [{"id": "one", "style": "human", "family": "talking", **pictures()}, {"id": "two", "style": "human", "family": "talking", "strip": None, "gif": None}],
    )
    app = opened()
    assert [image.url.rpartition(".")[2] for image in images(app)] == ["gif", "png"]
    assert all("driver" in image.caption for image in images(app))
    assert list(app.selectbox(key="address-pair").options) == ["human, talking (one)"]


def test_the_pair_comes_from_the_address_and_an_unknown_one_does_no_harm(project: Project, opened: Callable[..., Any]) -> None:
    fill(project, [{"id": id, "style": "human", "family": "talking", **pictures()} for id in ("one", "two")])
    assert opened(pair="two").selectbox(key="address-pair").value == "two"
    assert opened(pair="nine").selectbox(key="address-pair").value == "one"


def test_without_the_predictions_the_page_says_how_to_get_them(project: Project, opened: Callable[..., Any]) -> None:
    write_run(project, predictions=PLACE)
    app = opened()
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
def test_a_strangers_file_is_refused_with_a_reason(
    project: Project, row: dict[str, Any], changes: dict[str, Any], message: str, opened: Callable[..., Any]
) -> None:
    fill(project, [{"id": "one", "style": "human", "family": "talking", **pictures(), **row}], **changes)
    app = opened()
    assert message in words(app).replace("\\", "") and not images(app)


def test_a_file_that_is_no_table_is_refused(project: Project, opened: Callable[..., Any]) -> None:
    path = project.root / "results" / PLACE
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1 nothing")
    write_run(project, predictions=PLACE)
    assert "not a readable Parquet file" in words(opened()).replace("\\", "")


def test_strangers_names_are_never_markdown(project: Project, opened: Callable[..., Any]) -> None:
    fill(project, [{"id": HOSTILE, "style": HOSTILE, "family": HOSTILE, **pictures()}])
    app = opened()
    assert len(images(app)) == 2
    assert not any(":red" in image.caption or "://" in image.caption for image in images(app))
