"""The page, run headless by Streamlit's own test driver against a project on disk."""

import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hub.paths import Project
from hub.results import Environment, write_record
from tests.support.app_test import open_script
from tests.support.records import fill_project, make_record, make_unavailable

testing = pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")
APP = str(Path(__file__).parents[2] / "leaderboard" / "app.py")
opened = partial(open_script, APP)
HOSTILE = "**loud** [click](http://evil.test) ![x](http://evil.test/x.png) <img src=x onerror=alert(1)> :red[x] $x$"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    return Project(tmp_path)


def words(app) -> str:  # type: ignore[no-untyped-def]
    shown = [*app.title, *app.markdown, *app.caption, *app.text, *app.info, *app.warning, *app.error, *app.code, *app.subheader]
    return "\n".join(str(element.value) for element in shown)


def standings(app: Any) -> Any:
    return next(frame.value for frame in app.dataframe if "Rank" in frame.value.columns)


def broken_files(app: Any) -> Any:
    return next(frame.value for frame in app.dataframe if "Why" in frame.value.columns)


def test_without_runs_the_page_says_what_to_do(project: Project) -> None:
    app = opened()
    assert "There are no runs yet." in words(app)
    assert "make repro" in words(app)


def test_a_filled_project_shows_the_standings_of_a_task(project: Project) -> None:
    fill_project(project.root)
    app = opened(task="goemotions")
    table = standings(app)
    assert list(table["Rank"]) == [1, 2, 3, 4]
    assert list(table["Macro-F1"]) == sorted(table["Macro-F1"], reverse=True)
    assert table["95 % interval"].str.match(r"0\.\d{3} – 0\.\d{3}").all()
    assert [metric.value for metric in app.metric] == ["1", "3 of 6", "4", "10"]


def test_the_first_task_shown_is_one_that_has_scores(project: Project) -> None:
    fill_project(project.root)
    assert opened().selectbox(key="task").value in ("emo_pillars_contextless", "emo_pillars_contextual", "goemotions")


def test_an_unavailable_task_says_which_models_and_why(project: Project) -> None:
    fill_project(project.root)
    text = words(opened(task="isear"))
    assert "Not available here" in text
    assert "no local path is given" in text
    assert "no local path is given" not in words(opened(task="isear", unavailable="no"))


def test_filters_come_from_the_address(project: Project) -> None:
    fill_project(project.root, seeds=(0,), profile="local")
    fill_project(project.root, seeds=(0, 1, 2), profile="study")
    app = opened(task="goemotions", profile="study", kind=["zero-shot"])
    table = standings(app)
    assert list(table["Kind"]) == ["zero-shot"]
    assert list(table["Rank"]) == [4], "filters leave ranks alone"
    assert list(table["Seeds"]) == [3]


def test_choices_go_into_the_address(project: Project) -> None:
    fill_project(project.root)
    app = opened()
    app.selectbox(key="task").select("goemotions").run()
    app.selectbox(key="model").select("minilm").run()
    app.toggle(key="reported").set_value(False).run()
    assert dict(app.query_params) == {"task": "goemotions", "model": "minilm", "reported": "no"}
    assert "emohub bench goemotions minilm --profile local" in words(app)


def test_an_address_that_asks_for_what_does_not_exist_opens_the_usual_view(project: Project) -> None:
    fill_project(project.root)
    app = opened(task="../../etc", profile="<b>", kind=["x"], model="none", seed="minus", unavailable="perhaps")
    assert app.selectbox(key="profile").value == "local"


def test_a_broken_record_is_listed_with_its_reason_and_harms_nothing_else(project: Project) -> None:
    fill_project(project.root)
    (project.runs / "local" / "goemotions" / "minilm" / "0.json").write_text('{"status": "complete"')
    app = opened(task="goemotions")
    assert list(standings(app)["Rank"]) == [1, 2, 3]
    broken = broken_files(app)
    assert list(broken["File"]) == ["local/goemotions/minilm/0.json"]
    assert "JSON" in broken["Why"][0]
    assert str(project.root) not in words(app) + broken.to_csv()


def test_strangers_text_is_never_markdown(project: Project) -> None:
    environment = Environment(python="3.11", platform=HOSTILE, processor="/root/secret", threads=1, packages={HOSTILE: HOSTILE})
    settings = {"encoder": "/home/someone/model", "api_key": "hunter2", HOSTILE: HOSTILE}
    record = make_record(command=HOSTILE, settings=settings, environment=environment, interval_method=HOSTILE, per_label={HOSTILE: {"f1": 0.5}})
    write_record(project.runs, record)
    write_record(project.runs, make_unavailable(model="absent", reason=HOSTILE))
    app = opened(task="goemotions")
    markdown = "\n".join(str(element.value) for element in [*app.markdown, *app.caption]) + "\n".join(table.value.to_csv() for table in app.table)
    assert "](http" not in markdown
    assert "://" not in markdown
    assert not re.search(r"(?<!\\)(<img|:red|\$x|\*\*loud)", markdown)
    everything = words(app) + markdown
    assert "hunter2" not in everything
    assert "/home/someone" not in everything


def test_without_a_readable_declaration_the_page_still_stands(project: Project) -> None:
    fill_project(project.root)
    folder = project.root / "benchmarks" / "models"
    folder.mkdir(parents=True)
    (folder / "minilm.yaml").write_text("name: [")
    app = opened(task="goemotions")
    assert "emohub validate" in words(app)
    assert len(standings(app)) == 4


def datasets_page() -> None:
    from leaderboard import dataset_page

    dataset_page.show()


def test_the_dataset_page_shows_rows_mapping_and_rejects(project: Project) -> None:
    fill_project(project.root)
    app = testing.AppTest.from_function(datasets_page, default_timeout=60).run()
    assert not app.exception, app.exception
    rows = next(frame.value for frame in app.dataframe if "train" in frame.value.columns)
    assert list(rows["all"]) == [4820, 2134, 2134]
    assert "409 (6.8%)" in app.table[0].value.to_csv()
    assert any("off label" in frame.value.to_csv() for frame in app.dataframe)


def test_the_dataset_page_without_datasets_says_what_to_do(project: Project) -> None:
    app = testing.AppTest.from_function(datasets_page, default_timeout=60).run()
    assert "make repro" in words(app)


def test_scores_by_part_of_the_test_are_shown(project: Project) -> None:
    parts = {"sea": {"macro_f1": 0.41, "test_rows": 600}, "work": {"macro_f1": 0.52, "test_rows": 590}}
    write_record(project.runs, make_record(task="emotion_domains", parts=parts))
    app = opened(task="emotion_domains")
    shown = next(frame.value for frame in app.dataframe if "Part" in frame.value.columns)
    assert list(shown["Part"]) == ["sea", "work"]
    assert list(shown["Macro-F1"]) == [0.41, 0.52]
