"""The page Datasets, run headless by Streamlit's own test driver on small published folders: what an address names is shown, and others' text stays text."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.generate import generate
from hub.paths import Project
from hub.publish.inspection.published_folder import open_published
from hub.publish.manifest import write_manifest
from hub.results.board import write_board
from hub.results.releases import ReleaseRecord, write_release
from hub.spec import Registry
from hub.tables import write_table
from tests.support.annotation import publish_pictures, publish_texts
from tests.support.app_test import open_script
from tests.support.projects import DATASET, REPOSITORY, copy_project, dataset, generation, raw_table
from tests.support.records import fill_project

testing = pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")
SCRIPT = "from leaderboard.opening import opened\nfrom leaderboard.views import datasets\n\nopened(datasets.show)()\n"
HOSTILE = "**loud** [click](http://evil.test) ![x](http://evil.test/x.png) <img src=x onerror=alert(1)> :red[x] $x$"

Opened = Callable[..., Any]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with runs, a report and the declarations of two datasets, of which nothing is built."""
    root = tmp_path / "project"
    copy_project(root, kits=2)
    (root / "builders" / "emo8").mkdir()
    for name in ("dataset.yaml", "labels.yaml"):
        shutil.copy(REPOSITORY / "builders" / "emo8" / name, root / "builders" / "emo8" / name)
    project = fill_project(root)
    write_board(project, Registry(project))
    monkeypatch.setenv("EMOHUB_ROOT", str(root))
    return project


@pytest.fixture
def opened(tmp_path: Path, project: Project) -> Opened:
    script = tmp_path / "page.py"
    script.write_text(SCRIPT, encoding="utf-8")
    return lambda **query: open_script(str(script), **query)


def words(app: Any) -> str:
    shown = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.text, *app.info, *app.warning, *app.error, *app.code, *app.expander, *app.button]
    return "\n".join(str(getattr(element, "value", None) or element.label) for element in shown)


def pictures(app: Any) -> list[Any]:
    return list(app.get("image"))


def test_a_dataset_with_a_report_alone_shows_it_and_says_how_to_get_the_rest(opened: Opened) -> None:
    text = words(opened())
    assert "Synthetic, authored" in text
    assert 'load_dataset("data/published/emo_pillars", "context-less", split="test")' in text
    assert f"dvc repro build@{DATASET}" in text
    assert "dvc repro build" in words(opened(view="rows"))


def test_a_dataset_without_a_report_is_shown_from_its_declaration(opened: Opened) -> None:
    text = words(opened(dataset="emo8"))
    assert "There is no report of emo8" in text
    assert "cc\\-by\\-4\\.0" in text
    for view in ("statistics", "quality", "versions", "rows"):
        assert "There is no report of emo8" in words(opened(dataset="emo8", view=view))


def test_statistics_and_gates_come_from_the_report(opened: Opened) -> None:
    assert "Class balance" in words(opened(view="statistics"))
    frames = [frame.value for frame in opened(view="quality").dataframe]
    assert any("Measured" in frame.columns for frame in frames)


def test_failed_gates_come_first(project: Project, opened: Opened) -> None:
    path = project.root / "results" / "datasets" / "local" / f"{DATASET}.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    report["gates"] = [{"name": f"gate {number}", "passed": number != 2, "measured": "1", "required": "2"} for number in range(4)]
    path.write_text(json.dumps(report), encoding="utf-8")
    app = opened(view="quality")
    assert "1 of 4 do not hold: gate 2" in words(app).replace("\\", "")
    table = next(frame.value for frame in app.dataframe if "Gate" in frame.value.columns)
    assert table["Gate"].iloc[0] == "gate 2" and table.iloc[0, 0] == "FAILS"


def test_rows_are_shown_with_labels_and_intensities(project: Project, opened: Opened) -> None:
    publish_texts(project.published(DATASET))
    app = opened(view="rows", configuration="rewritten")
    text = words(app)
    assert "Utterance 0\\, rewritten" in text and "What happened before 0" in text
    assert "anger 0.90" in text
    assert "Rows 1 to 20 of 120" in text


def test_filters_and_page_come_from_the_address(project: Project, opened: Opened) -> None:
    publish_texts(project.published(DATASET))
    place = {"view": "rows", "configuration": "rewritten"}
    assert "Rows 21 to 40 of 120" in words(opened(**place, page="2"))
    filtered = words(opened(**place, label="joy", search="Utterance 2,"))
    assert "Rows 1 to 1 of 1, of 120 rows in all" in filtered
    assert "None of the 120 rows fits" in words(opened(**place, search="zebra"))
    chosen = words(opened(**place, where="character", value="Speaker 2"))
    assert "Rows 1 to 17 of 17" in chosen


def test_an_address_that_names_nothing_shows_the_usual_view(project: Project, opened: Opened) -> None:
    publish_texts(project.published(DATASET))
    app = opened(view="../etc", dataset="../../etc/passwd", configuration="<b>", split="nowhere", label="$x$", page="9999", profile="none")
    assert app.title[0].value == "Datasets"
    assert not app.error
    assert "Rows 1 to 20 of 120" in words(opened(view="rows", configuration="<b>", split="nowhere", page="9999", where="secret", label="none"))


def test_a_choice_goes_into_the_address_by_its_name(project: Project, opened: Opened) -> None:
    publish_texts(project.published(DATASET))
    app = opened(view="rows", row="anger/000")
    app.button_group(key="address-configuration").set_value("rewritten").run()
    assert app.query_params["configuration"] == "rewritten"
    assert "Rows 1 to 20 of 120" in words(app), "the row of the other configuration is forgotten"


def test_a_click_on_a_row_opens_it_and_all_rows_come_back(project: Project, opened: Opened) -> None:
    publish_texts(project.published(DATASET))
    app = opened(view="rows", configuration="rewritten", page="2")
    next(button for button in app.button if button.label == "joy\\/020").click().run()
    assert app.query_params["row"] == "joy/020" and app.subheader[0].value == "joy\\/020"
    next(button for button in app.button if button.label == "All rows").click().run()
    assert "row" not in app.query_params
    assert "Rows 21 to 40 of 120" in words(app)


def test_one_row_is_told_from_plot_to_utterance(project: Project, opened: Opened) -> None:
    generate(project, dataset(project), generation())
    publish_texts(project.published(DATASET))
    row = raw_table(project, "utterances").to_pylist()[0]
    path = project.published(DATASET) / "plain" / "test-00000-of-00001.parquet"
    table = pq.read_table(path)
    for name in ("id", "plot_id", "character_id", "utterance"):
        table = table.set_column(table.schema.get_field_index(name), name, pa.array([row[name], *table.column(name).to_pylist()[1:]]))
    pq.write_table(table, path)
    app = opened(view="rows", row=row["id"])
    text = words(app).replace("\\", "")
    plot = next(one for one in raw_table(project, "plots").to_pylist() if one["id"] == row["plot_id"])
    assert plot["text"][:60] in text
    assert "1. Finding characters" in text and "3. Judging emotions" in text
    assert "actors.v1.j2" in text and str(row["seed"]) in text
    assert "The store holds the answer to exactly this prompt and seed" in text
    assert row["utterance"] in "\n".join(code.value for code in app.code)
    shutil.rmtree(project.work / "stores")
    assert "the answers are not on this machine" in words(opened(view="rows", row=row["id"])).replace("\\", "")


def test_a_row_that_is_not_there_is_said(project: Project, opened: Opened) -> None:
    publish_texts(project.published(DATASET))
    text = words(opened(view="rows", row=HOSTILE))
    assert "There is no row" in text
    assert HOSTILE not in text


def test_pictures_are_shown_with_their_labels(project: Project, opened: Opened) -> None:
    publish_pictures(project.published("emo8"))
    app = opened(dataset="emo8", view="rows")
    assert len(pictures(app)) == 12
    assert "anger" in words(app) and "cartoon" in words(app)
    assert len(pictures(opened(dataset="emo8", view="rows", row="picture-003"))) == 1


def test_a_broken_picture_is_said_and_the_others_are_shown(project: Project, opened: Opened) -> None:
    root = publish_pictures(project.published("emo8"))
    path = root / "pictures" / "test-00000-of-00001.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[1]["image"]["bytes"] = b"<svg onload=alert(1)>"
    rows[2]["image"] = None
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)
    app = opened(dataset="emo8", view="rows")
    assert len(pictures(app)) == 10
    assert "a picture is damaged" in words(app).replace("\\", "")


@pytest.mark.parametrize("damage", ["card", "parquet"])
def test_a_broken_folder_is_one_sentence(project: Project, opened: Opened, damage: str) -> None:
    root = publish_texts(project.published(DATASET))
    path = {"card": root / "README.md", "parquet": root / "plain" / "test-00000-of-00001.parquet"}[damage]
    path.write_bytes(b"<script>" * 100)
    app = opened(view="rows")
    assert len(app.error) == 1
    assert str(project.root) not in app.error[0].value
    assert not opened(view="statistics").error


def test_hostile_rows_stay_text(project: Project, opened: Opened) -> None:
    root = publish_texts(project.published(DATASET))
    path = root / "rewritten" / "test-00000-of-00001.parquet"
    table = pq.read_table(path)
    for name in ("id", "utterance", "context"):
        table = table.set_column(table.schema.get_field_index(name), name, pa.array([HOSTILE] * table.num_rows))
    pq.write_table(table, path)
    for query in ({}, {"row": HOSTILE}):
        text = words(opened(view="rows", configuration="rewritten", **query))
        assert "loud" in text
        unescaped = re.sub(r"\\.", "", text)
        for live in ("**loud**", "](", "<", ":red[", "$"):
            assert live not in unescaped, live


def test_only_the_card_that_was_built_here_is_rendered(project: Project, opened: Opened) -> None:
    root = publish_texts(project.published(DATASET))
    card = root / "README.md"
    front = card.read_text(encoding="utf-8").rpartition("---\n")[0] + "---\n"
    card.write_text(front + f"\n# Feelings\n\n## What it is\n\n{HOSTILE} :material/home: costs $5 or $6\n", encoding="utf-8")
    text = words(opened())
    assert "is not the one that was built here" in text
    assert any(HOSTILE in element.value for element in opened().text), "as plain text"
    (root / "MANIFEST.json").unlink()
    write_manifest(root, "dataset", "feelings", "1.0.0")
    rendered = next(element.value for element in opened().markdown if "What it is" in element.value)
    assert "##### What it is" in rendered and "# Feelings" not in rendered.replace("##### ", "")
    for live in ("![x]", "<img", "http://evil.test", "$x$", " :red[", " :material/"):
        assert live not in rendered, live
    assert open_published(root).configurations


def test_versions_are_listed_and_compared(project: Project, opened: Opened) -> None:
    assert "Nothing of it has been published" in words(opened(view="versions"))
    for number in (1, 2):
        record = {
            "profile": "local",
            "dataset": DATASET,
            "version": f"0.{number}.0",
            "tag": f"v0.{number}.0",
            "repository": "somebody/emo",
            "revision": f"{number}" * 40,
        }
        write_release(project, ReleaseRecord.model_validate({**record, "fingerprint": "b" * 64, "rows": {"plain": {"test": number}}, "bytes": 10}))
    app = opened(view="versions")
    table = next(frame.value for frame in app.dataframe if "Version" in frame.value.columns)
    assert list(table["Version"]) == ["v0.2.0", "v0.1.0"]
    assert "cannot be compared" in words(app)
    assert 'load_dataset("somebody/emo", "context-less", split="test", revision="v0.2.0")' in words(opened())


def test_a_broken_release_record_and_report_are_named(project: Project, opened: Opened) -> None:
    for folder, place in (("releases", "local/x.json"), ("datasets", "local/y.json")):
        path = project.root / "results" / folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"dataset": "' + "<script>" * 10 + '"}', encoding="utf-8")
    warnings = "\n".join(element.value for element in opened(view="versions").warning)
    assert "x\\.json" in warnings and "y\\.json" in warnings
    assert "<script>" not in warnings


def test_a_pair_shows_the_pictures_it_names(project: Project, opened: Opened) -> None:
    root = publish_pictures(project.published("emo8"))
    front = json.loads((root / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    names = ("id", "portrait_id", "clip_id", "target_id")
    front["configs"].append({"config_name": "pairs", "data_files": [{"split": "test", "path": "pairs/test-*.parquet"}]})
    front["dataset_info"].append({"config_name": "pairs", "features": [{"name": name, "dtype": "string"} for name in names]})
    (root / "README.md").write_text(f"---\n{json.dumps(front)}\n---\n\nPairs.\n", encoding="utf-8")
    pair = {"id": "pair-1", "portrait_id": "picture-001", "clip_id": "picture-002", "target_id": None}
    write_table(root / "pairs" / "test-00000-of-00001.parquet", pa.Table.from_pylist([pair], schema=pa.schema([(name, pa.string()) for name in names])))
    app = opened(dataset="emo8", view="rows", configuration="pairs")
    assert len(pictures(app)) == 2
    text = words(app)
    assert "Portrait" in text and "nobody knows what it would look like" in text
    assert "No run's pictures of these pairs are on this machine" in text
