"""The page Overview, run headless against a project on disk."""

import re

import pytest

from hub.paths import Project
from hub.results.board import write_board
from hub.results.table import Estimate
from hub.spec import Registry
from leaderboard.charts.interval_bar import interval_bar
from tests.support.one_page import open_page, words
from tests.support.records import fill_project
from tests.support.size_records import declared_project

pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = declared_project(tmp_path_factory.mktemp("filled"))
    fill_project(project.root)
    write_board(project, Registry(project))
    return project


def test_the_page_says_what_this_is_and_that_its_data_is_synthetic(shown: Project) -> None:
    said = words(open_page("overview"))
    assert "**The datasets built here are synthetic**" in said and "Last run finished 2026-11-20" in said


def test_what_there_is_is_counted(shown: Project) -> None:
    values = {metric.label: metric.value for metric in open_page("overview").metric}
    assert values["Datasets built"] == "1" and values["Runs"] == "10"
    assert values["Tasks measured"].startswith("3 of ") and values["Models measured"].startswith("4 of ")


def test_every_measured_task_names_its_leader_with_interval_and_ties(shown: Project) -> None:
    said = words(open_page("overview"))
    assert "**GoEmotions**" in said
    assert re.search(r"\*\*0\.\d{3}\*\* :small\[\[0\.\d{3}, 0\.\d{3}\]\]", said)
    assert said.count("models tie") + said.count("alone in front") == 3


def test_a_single_seed_is_said_to_lack_the_noise_of_training(shown: Project) -> None:
    assert "3 of 3 leaders have one seed" in words(open_page("overview"))


def test_what_is_unavailable_is_grouped_by_reason(shown: Project) -> None:
    titles = [expander.label for expander in open_page("overview").expander]
    assert any(title.startswith("Declared for the profile paper only") for title in titles)
    assert any("no local path is given" in title.replace("\\", "") and "on 3 tasks" in title for title in titles)


def test_links_lead_to_the_table_of_each_task(shown: Project) -> None:
    said = words(open_page("overview"))
    assert all(f"Table of {task}" in said for task in ("goemotions", "emo_pillars_contextless", "emo_pillars_contextual"))


def test_latest_runs_come_first(shown: Project) -> None:
    table = next(frame.value for frame in open_page("overview").table if "Finished (UTC)" in frame.value.columns)
    assert len(table) == 8 and list(table["Finished (UTC)"]) == sorted(table["Finished (UTC)"], reverse=True)


def test_broken_files_are_listed_with_their_reasons(changed: Project) -> None:
    path = changed.runs / "local" / "goemotions" / "minilm" / "9.json"
    path.write_text('{"status": "**loud**"}', encoding="utf-8")
    write_board(changed, Registry(changed))
    app = open_page("overview")
    assert any("1 result file left out" in expander.label for expander in app.expander)
    assert "local/goemotions/minilm/9.json" in words(app)


def test_a_broken_file_of_claims_leaves_the_page_standing(changed: Project) -> None:
    (changed.board / "claims.json").write_text("[", encoding="utf-8")
    assert "Who leads" in words(open_page("overview"))


def test_a_profile_in_the_address_that_is_not_there_is_dropped(shown: Project) -> None:
    assert open_page("overview", profile="elsewhere").segmented_control(key="address-profile").value == "local"


def test_the_bar_says_in_words_what_it_shows_and_stays_on_its_line() -> None:
    drawn = interval_bar(Estimate(1.2, 0.5, 1.4), 'Macro-F1 "1.2" <b>')
    assert 'aria-label="Macro-F1 &quot;1.2&quot; &lt;b&gt;"' in drawn
    assert "left:50.00%;width:50.00%" in drawn and "left:100.00%" in drawn
