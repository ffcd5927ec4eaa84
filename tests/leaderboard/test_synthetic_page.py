"""The page Synthetic data, run headless against a project on disk."""

from pathlib import Path

import pytest

from hub.results import write_record
from hub.results.board import write_board
from hub.results.store import read_results
from hub.spec import Registry
from leaderboard.charts.sizes import SizeCurve, SizeMark, size_curves
from tests.support.one_page import open_page, words
from tests.support.records import make_record
from tests.support.size_records import declared_project, fill_sizes

pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill_sizes(tmp_path_factory.mktemp("sizes")).root


@pytest.fixture
def shown(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that a test only looks at."""
    monkeypatch.setenv("EMOHUB_ROOT", str(filled))
    return filled


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for a project that a test writes itself."""
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    return tmp_path


def test_the_curves_stand_on_the_page_with_every_point_in_a_table(shown: Path) -> None:
    app = open_page("synthetic")
    said = words(app)
    assert "Train on one kind, test on real" in said and "Real rows, with and without synthetic ones first" in said
    table = next(frame.value for frame in app.dataframe if "Synthetic rows" in frame.value.columns)
    assert sorted(table["Synthetic rows"]) == [0, 0, 580, 2900, 2936, 5800, 5800, 5800]


def test_the_page_says_how_the_rows_were_made(shown: Path) -> None:
    said = words(open_page("synthetic"))
    assert "the pipeline asked no language model" in said and "nothing on this page is the paper's result" in said


def test_the_gain_of_synthetic_rows_has_an_interval_and_a_verdict(shown: Path) -> None:
    line = next(line for line in words(open_page("synthetic")).splitlines() if line.startswith("- 4,341 real rows with"))
    assert "5,800 synthetic ones first" in line and "+0.040 [" in line and "separab" in line


def test_contextual_is_compared_with_as_many_context_less_rows_and_both_numbers_are_given(shown: Path) -> None:
    said = words(open_page("synthetic"))
    assert "with 2,936 rows" in said and "with 2,900 rows" in said


def test_what_is_missing_comes_with_the_commands_that_make_it(shown: Path) -> None:
    said = words(open_page("synthetic"))
    assert "export EMOHUB_DATA_GOEMOTIONS=PATH" in said
    assert "emohub bench goemotions_tenth emo_pillars_contextless_third --profile local" in said
    assert "emohub bench goemotions_tenth minilm --profile local" not in said


def test_other_real_rows_can_be_chosen_in_the_address(shown: Path) -> None:
    app = open_page("synthetic", task="isear")
    assert app.selectbox[0].value == "isear"
    assert "Nothing was measured on ISEAR" in words(app)


def test_an_address_that_names_no_task_or_profile_shows_the_usual_view(shown: Path) -> None:
    assert open_page("synthetic", task="<b>", profile="none").selectbox[0].value == "goemotions"


def test_reported_numbers_are_kept_apart_from_the_curves(shown: Path) -> None:
    app = open_page("synthetic")
    table = next(frame.value for frame in app.dataframe if "Confidence" in frame.value.columns)
    assert set(table["Confidence"]) <= {"reported", "second-hand"} and len(table)
    assert "Not measured here" in words(app)


def test_a_record_that_does_not_say_its_rows_is_left_out_and_named(root: Path) -> None:
    project = fill_sizes(root)
    for record in read_results(project).records:
        if record.model == "emo_pillars_contextual":
            write_record(project.runs, record.model_copy(update={"data": record.data.model_copy(update={"pretrain_rows": None})}))
    write_board(project, Registry(project))
    said = words(open_page("synthetic"))
    assert "Left out: emo_pillars_contextual on goemotions_tenth does not say how many synthetic rows" in said


def test_a_project_without_such_runs_says_so(root: Path) -> None:
    project = declared_project(root)
    write_record(project.runs, make_record(task="emo8", model="vit", main_metric="macro_f1"))
    write_board(project, Registry(project))
    assert "Nothing was measured on" in words(open_page("synthetic"))


def test_a_curve_keeps_its_look_and_its_points_on_a_logarithmic_axis() -> None:
    marks = (SizeMark(100, 0.1, 0.08, 0.12, "a"), SizeMark(10_000, 0.4, None, None, "b"))
    drawn = size_curves([SizeCurve("real", marks, 0), SizeCurve("made", marks[:1], 1)], "macro_f1", "Rows").to_dict()
    x = drawn["layer"][0]["encoding"]["x"]
    assert x["scale"]["type"] == "log" and x["axis"]["values"][:3] == [100, 200, 500]
    rows = next(iter(drawn["datasets"].values()))
    assert [row["rows"] for row in rows] == [100, 10_000, 100]
    # Moved aside a little, so that two intervals at the same number of rows stay apart.
    assert rows[0]["place"] == 100 and rows[2]["place"] == pytest.approx(103.5)
