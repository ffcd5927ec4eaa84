"""The page Leaderboard, run headless by Streamlit's own test driver against a project on disk."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from hub.paths import Project
from hub.results import Cost, Score, write_record
from hub.results.board import write_board
from hub.results.board.views import Overview, Titled
from hub.results.exports import rows_to_csv
from hub.results.table import Estimate, Row
from hub.spec import Registry
from tests.support.records import fill_project, make_metrics, make_record, make_unavailable

testing = pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")
from hub.results.display import rank_text  # noqa: E402
from leaderboard.charts.scores import TieGroup, intervals, tie_groups  # noqa: E402
from leaderboard.project_data import Shown  # noqa: E402
from leaderboard.views.standings.columns import USUAL, Column, arranged, columns_of  # noqa: E402
from leaderboard.views.standings.filters import Wanted  # noqa: E402
from leaderboard.views.standings.table import exported  # noqa: E402

HOSTILE = "**loud** [click](http://evil.test) <img src=x onerror=alert(1)> $x$"


def page() -> None:
    from leaderboard.opening import opened
    from leaderboard.views import standings

    opened(standings.show)()


def opened(project: Project, **query: str | list[str]) -> Any:
    """Opens the page as a link does, with a board if there is none yet; it must not raise."""
    if not project.board.exists():
        write_board(project, Registry(project))
    app = testing.AppTest.from_function(page, default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, app.exception
    return app


def report(project: Project, **changes: Any) -> None:
    number = {"task": "goemotions", "model": "Theirs", "metric": "macro_f1", "value": 0.9, "source": "a paper", "confidence": "second-hand", "comparable": True}
    path = project.root / "benchmarks" / "reported.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"numbers": [{**number, **changes}]}))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("EMOHUB_ROOT", str(tmp_path))
    return Project(tmp_path)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Two profiles, with one seed and with three, and a number that a paper reports. Nobody writes here."""
    project = fill_project(tmp_path_factory.mktemp("project"))
    fill_project(project.root, seeds=(0, 1, 2), profile="study")
    (project.runs / "study" / "iemocap").rename(project.root / "aside")
    write_record(project.runs, make_record(task="iemocap", profile="study"))
    report(project)
    return project


@pytest.fixture
def filled(written: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("EMOHUB_ROOT", str(written.root))
    return written


def words(app: Any) -> str:
    shown = [*app.title, *app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.subheader]
    return "\n".join(str(element.value) for element in shown)


def table(app: Any) -> Any:
    return next(frame.value for frame in app.dataframe if "Rank" in frame.value.columns)


def widget(app: Any, kind: str, parameter: str) -> Any:
    return getattr(app, kind)(key=f"address-{parameter}")


def test_the_models_of_a_task_stand_in_the_order_of_their_ranks(filled: Project) -> None:
    app = opened(filled, task="goemotions")
    found = table(app)
    assert list(found["Rank"]) == sorted(found["Rank"])
    assert len(found) == 4
    assert found["95 % interval"].str.match(r"0\.\d{3} – 0\.\d{3}").all()


def test_models_that_share_a_rank_are_joined_by_a_bracket_and_named_in_words(project: Project) -> None:
    for model, score in (("best", 0.462), ("as_good", 0.46), ("last", 0.2)):
        write_record(project.runs, make_record(model=model, metrics=make_metrics(score)))
    app = opened(project)
    found = table(app)
    assert list(found["Tie"]) == ["┌", "└", ""]
    assert list(found["Rank interval"]) == ["1–2", "1–2", "3"]
    assert list(found["Tied with"]) == ["as_good", "best", "no other model"]
    assert "no test separates it from as\\_good; 2 of 3 models share rank 1" in words(app)


def test_what_was_not_measured_says_so_and_is_never_zero(filled: Project) -> None:
    found = table(opened(filled, task="goemotions", columns=["Cost", "Energy", "± seeds", "Machine"]))
    assert set(found["Cost"]) == {"not measured"} == set(found["Energy"])
    assert set(found["± seeds"]) == {"one seed"}
    assert set(found["Machine"]) == {"a processor, 2 threads"}


def test_cost_and_energy_stand_with_their_method(project: Project) -> None:
    cost = Cost(train_seconds=1.0, predict_seconds=1.0, parameters=7, us_dollars=1.5, energy_kilowatt_hours=0.25, energy_method="RAPL")
    write_record(project.runs, make_record(cost=cost))
    found = table(opened(project, task="goemotions", columns=["Cost", "Energy"]))
    assert list(found["Cost"]) == ["$1.50"]
    assert list(found["Energy"]) == ["0.25 kWh (RAPL)"]


def test_filters_hide_lines_and_leave_ranks_alone(filled: Project) -> None:
    everything = table(opened(filled, task="goemotions"))
    app = opened(filled, task="goemotions", kind=["zero-shot", "two-stage"])
    found = table(app)
    assert len(found) == 2
    ranks = dict(zip(everything["Model"], everything["Rank"], strict=True))
    assert dict(zip(found["Model"], found["Rank"], strict=True)).items() <= ranks.items()
    assert "2 of 4 measured models pass the filters" in words(app)


ROWS = (
    Row("measured", "t", "a_b", "f", kind="trained", method="m", parameters=5_000_000, machine="one", metrics={"f": Estimate(0.5)}, rank=1),
    Row("measured", "t", "c", "f", kind="two-stage", pretrained_on="first", machine="two", metrics={"f": Estimate(0.4)}, rank=2),
    Row("measured", "t", "d", "f", kind="zero-shot", pretrained_on="first", parameters=2_000_000_000, metrics={"f": Estimate(0.3)}, rank=3),
    Row("unavailable", "t", "e", "f", kind="trained", method="m"),
    Row("reported", "t", "theirs", "f", metrics={"f": Estimate(0.9)}),
)


def blank(project: Project) -> Shown:
    return Shown(project, Overview("", 0, None, (), (), {"first": Titled("The First")}, {"c": Titled("Sea")}, {}, ()))


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        (Wanted(), ["a_b", "c", "d", "e", "theirs"]),
        (Wanted(kinds=frozenset({"trained"})), ["a_b", "e", "theirs"]),
        (Wanted(methods=frozenset({"m"})), ["a_b", "e", "theirs"]),
        (Wanted(sizes=frozenset({"1 M to 10 M", "not measured"}), hidden=frozenset({"unavailable"})), ["a_b", "c", "theirs"]),
        (Wanted(sizes=frozenset({"1 G and more"}), hidden=frozenset({"unavailable", "reported"})), ["d"]),
        (Wanted(data=frozenset({"The First alone"})), ["d", "theirs"]),
        (Wanted(data=frozenset({"The First, then this task's"})), ["c", "theirs"]),
        (Wanted(machines=frozenset({"two"}), hidden=frozenset({"unavailable"})), ["c", "theirs"]),
        (Wanted(search="SEA"), ["c"]),
        (Wanted(search="b a_"), ["a_b"]),
        (Wanted(search="the"), ["theirs"]),
    ],
)
def test_each_filter_keeps_what_it_names(project: Project, wanted: Wanted, kept: list[str]) -> None:
    assert [row.model for row in wanted.apply(ROWS, blank(project))] == kept


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("title", [*USUAL, "Model", "Rank", "Method", "Machine", "Cost"])
def test_any_column_sorts_both_ways_and_what_has_no_value_stays_last(project: Project, title: str, descending: bool) -> None:
    column = columns_of(blank(project), ROWS[:3], "f")[title]
    values = [column.order(row) for row in arranged(ROWS[:3], column, descending)]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    assert known == sorted(known, key=lambda value: value.casefold() if isinstance(value, str) else value, reverse=descending)


def test_a_profile_of_its_own_has_its_own_seeds(filled: Project) -> None:
    found = table(opened(filled, task="goemotions", profile="study", search="zero"))
    assert list(found["Seeds"]) == [3]
    assert found["± seeds"].str.match(r"0\.\d{4}").all()


def test_nothing_passes_the_filters(filled: Project) -> None:
    app = opened(filled, task="goemotions", search="no such model")
    assert "No measured model passes the filters" in words(app)
    assert not [frame for frame in app.dataframe if "Rank" in frame.value.columns]


def test_reset_brings_all_back(filled: Project) -> None:
    app = opened(filled, task="goemotions", search="no such model", kind="baseline")
    app.button(key="reset").click().run()
    assert len(table(app)) == 4
    assert dict(app.query_params) == {"task": "goemotions"}


def test_the_table_is_in_the_order_that_is_asked_for(filled: Project) -> None:
    found = table(opened(filled, task="goemotions", sort="Parameters", descending="yes"))
    assert list(found["Parameters"])[-1] == "1.9 M"


def test_columns_are_chosen_and_sorting_by_one_that_is_hidden_is_by_rank(filled: Project) -> None:
    found = table(opened(filled, task="goemotions", columns=["Micro-F1", "Seeds"], sort="Score"))
    assert list(found.columns) == ["Rank", "Model", "Seeds", "Micro-F1"]
    assert list(table(opened(filled, task="goemotions", columns="none")).columns) == ["Rank", "Model"]


def test_choices_go_into_the_address_and_usual_ones_out_of_it(filled: Project) -> None:
    app = opened(filled)
    widget(app, "selectbox", "task").select("goemotions").run()
    widget(app, "text_input", "search").input("minilm").run()
    widget(app, "selectbox", "sort").select("Score").run()
    widget(app, "toggle", "descending").set_value(True).run()
    widget(app, "multiselect", "model").select("minilm").run()
    expected = {"task": "goemotions", "search": "minilm", "sort": "Score", "descending": "yes", "model": "minilm"}
    assert {name: app.query_params[name][0] if isinstance(app.query_params[name], list) else app.query_params[name] for name in expected} == expected
    widget(app, "selectbox", "sort").select("Rank").run()
    assert "sort" not in app.query_params


def test_an_address_that_asks_for_what_does_not_exist_opens_the_usual_view(filled: Project) -> None:
    app = opened(filled, task="../../etc", profile="<b>", kind=["x"], model="none", sort="x", columns=["y"], size="z", hide="w")
    assert widget(app, "selectbox", "profile").value == "local"
    assert "Score" in table(app).columns


def test_a_selected_model_leads_to_its_runs_and_to_others(filled: Project) -> None:
    text = words(opened(filled, task="goemotions", model="minilm"))
    assert "Run, seed 0" in text
    assert "Tied with" in text
    assert "Compare these 2 models" in words(opened(filled, task="goemotions", model=["minilm", "emo_pillars"]))


def test_a_task_without_scores_says_why_and_leads_to_where_there_are_some(filled: Project) -> None:
    app = opened(filled, task="iemocap")
    assert "No model of this task was measured in the profile local" in words(app)
    assert "no local path is given" in words(app)
    assert app.expander[0].label == "4 models were not run here, and why"
    app.button(key="go-study").click().run()
    assert len(table(app)) == 1


def test_one_model_is_not_called_a_winner(project: Project) -> None:
    write_record(project.runs, make_record())
    assert "is the only model that was measured" in words(opened(project))


def test_a_metric_where_lower_is_better_says_so(project: Project) -> None:
    for model, value in (("minilm", 0.2), ("emo_pillars", 0.3)):
        metrics = {"expression_error": Score(value=value, low=value - 0.01, high=value + 0.01)}
        write_record(project.runs, make_record(model=model, main_metric="expression_error", metrics=metrics))
    app = opened(project)
    assert list(table(app)["Score"]) == [0.2, 0.3]
    assert "**minilm** is first and alone there" in words(app)


def test_the_chart_of_a_hundred_models_holds_thirty_and_the_table_all(project: Project) -> None:
    for number in range(100):
        write_record(project.runs, make_record(model=f"model_{number}", metrics=make_metrics(0.3 + number / 1000)))
    app = opened(project)
    assert len(table(app)) == 100
    assert "The chart holds the first 30 of 100 models" in words(app)


def test_reported_numbers_stand_apart_with_source_and_confidence(filled: Project) -> None:
    app = opened(filled, task="goemotions")
    assert "Theirs" not in table(app).to_csv()
    assert "◇ **Theirs** · 0\\.900" in words(app)
    assert "**second\\-hand**. a paper." in words(app)
    assert "Theirs" not in words(opened(filled, task="goemotions", hide="reported in papers"))


def test_strangers_text_is_never_markdown(project: Project) -> None:
    report(project, model=HOSTILE, source=HOSTILE, note=HOSTILE)
    write_record(project.runs, make_record())
    write_record(project.runs, make_unavailable(model="absent", reason=HOSTILE))
    app = opened(project, task="goemotions", model="minilm")
    text = words(app) + "".join(one.value.to_csv() for one in app.table)
    assert "](http" not in text
    assert "://" not in text
    assert r"\<img" in text


def test_the_export_is_exactly_what_is_shown() -> None:
    row = Row("measured", "t", "m", "macro_f1", profile="local", metrics={"macro_f1": Estimate(0.5, 0.4, 0.6)}, rank=1, rank_high=2)
    columns = [
        Column("Rank interval", ("rank", "rank_high"), rank_text, rank_text, 1),
        Column("95 % interval", ("low", "high"), rank_text, rank_text, 1),
    ]
    (line,) = csv.DictReader(io.StringIO(rows_to_csv([row], exported([row], columns))))
    assert line == {"status": "measured", "rank": "1", "rank_high": "2", "low": "0.4", "high": "0.6"}
    theirs = Row("reported", "t", "theirs", "macro_f1", source="a paper", confidence="reported")
    assert {"source", "confidence", "comparable"} <= set(exported([row, theirs], columns))


def ranked(*ranks: int | None) -> list[Row]:
    return [Row("measured", "t", f"m{number}", "f", kind="trained", metrics={"f": Estimate(0.5)}, rank=rank) for number, rank in enumerate(ranks)]


def test_neighbours_of_one_rank_are_a_group_and_lines_in_another_order_are_not() -> None:
    assert tie_groups(ranked(1, 1, 3, None)) == (TieGroup(1, 0, 1), TieGroup(3, 2, 2))
    assert tie_groups(ranked(3, 1, 1)) == (TieGroup(3, 0, 0), TieGroup(1, 1, 2))
    assert tie_groups(ranked(1, 2, 1, 1)) == (TieGroup(1, 0, 0), TieGroup(2, 1, 1), TieGroup(1, 2, 2), TieGroup(1, 3, 3))


def test_the_chart_draws_every_line_once_even_where_two_have_one_name() -> None:
    rows = [*ranked(1, 1), Row("reported", "t", "m0", "f", metrics={"f": Estimate(0.6)})]
    (points,) = [data for data in intervals(rows, {"m0": "Mine"}).to_dict()["datasets"].values() if "score" in data[0]]
    assert [(point["place"], point["name"], point["kind"]) for point in points] == [(0, "Mine", "trained"), (1, "m1", "trained"), (2, "m0", "reported")]
    with pytest.raises(ValueError, match="no row"):
        intervals([], {})
