"""The rating page, run headless by Streamlit's own test driver."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hub.annotate.annotate import export_sample
from hub.annotate.question import NONE, Sample, read_sample
from hub.annotate.rating_table import read_ratings, standing
from hub.paths import Project
from tests.support.annotation import publish_texts
from tests.support.app_test import open_script

testing = pytest.importorskip("streamlit.testing.v1", reason="streamlit is not installed (pip install emohub[board])")
PAGE = str(Path(__file__).parents[2] / "leaderboard" / "rate.py")
opened = partial(open_script, PAGE)


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    export_sample(Project(tmp_path), publish_texts(tmp_path / "feelings"), tmp_path / "out", configuration="rewritten", items=5)
    (tmp_path / "out" / "key.csv").rename(tmp_path / "key.csv")
    monkeypatch.setenv("EMOHUB_QUESTIONS", str(tmp_path / "out" / "questions.json"))
    return tmp_path / "out"


def pressed(page: Any, label: str) -> Any:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception, page.exception
    return page


def words(page: Any) -> str:
    shown = [*page.title, *page.markdown, *page.caption, *page.subheader, *page.error, *page.warning]
    # What Markdown would take for a sign is escaped.
    return "\n".join(str(element.value) for element in shown).replace("\\", "")


def offered(page: Any) -> list[str]:
    return [button.label for button in page.button if str(button.key).startswith("option-")]


def kept(out: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    sample = read_sample(out / "questions.json")
    return [(one.item_id, one.rater_id, one.value) for one in standing(read_ratings(out, sample)[0]).values()]


def sample_of(out: Path) -> Sample:
    return read_sample(out / "questions.json")


def test_without_questions_the_page_says_how_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMOHUB_QUESTIONS", raising=False)
    assert "No questions are named" in words(opened())


def test_a_file_that_is_no_sample_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "questions.json").write_text("{}")
    monkeypatch.setenv("EMOHUB_QUESTIONS", str(tmp_path / "questions.json"))
    assert "Field required" in words(opened())
    monkeypatch.setenv("EMOHUB_QUESTIONS", str(tmp_path / "missing.json"))
    assert "cannot be read" in words(opened())


def test_the_address_cannot_name_another_file(out: Path) -> None:
    assert "Emotions, in your eyes" in words(opened(questions="/etc/passwd"))


@pytest.mark.parametrize("name", ["../../key", "me@example.org", "a b"])
def test_a_rater_needs_a_plain_name(out: Path, name: str) -> None:
    page = opened(rater=name)
    page.text_input[0].set_value(name)
    assert "Letters, digits" in words(pressed(page, "Begin"))
    assert not (out / "ratings").exists()


def test_a_rater_begins_with_the_first_item_and_its_options_in_order(out: Path) -> None:
    page = opened()
    page.text_input[0].set_value("heron")
    pressed(page, "Begin")
    assert page.query_params["rater"] in ("heron", ["heron"])
    item = sample_of(out).items[0]
    assert [label.replace("\\", "") for label in offered(page)] == list(item.options)
    assert item.passages[0].text in words(page)


def test_an_answer_is_kept_at_once_and_the_next_item_shown(out: Path) -> None:
    page = opened(rater="heron")
    first = sample_of(out).items[0]
    pressed(page, first.options[1])
    pressed(page, first.options[0])
    assert f"Chosen: {first.options[0]}, {first.options[1]}" in words(page)
    assert kept(out) == [], "only a choice that is finished is an answer"
    pressed(page, "Keep and go on")
    assert kept(out) == [(first.item_id, "heron", first.options[:2])]
    assert offered(page) == list(sample_of(out).items[1].options)


def test_none_of_these_takes_back_the_others_and_the_other_way_round(out: Path) -> None:
    page = opened(rater="heron")
    first = sample_of(out).items[0]
    for choice in (first.options[0], NONE):
        pressed(page, choice)
    assert f"Chosen: {NONE}" in words(page)
    pressed(page, first.options[1])
    assert f"Chosen: {first.options[1]}" in words(page)
    pressed(page, first.options[1])
    assert next(button for button in page.button if button.label == "Keep and go on").disabled


def test_no_more_than_five_can_be_chosen(out: Path) -> None:
    page = opened(rater="heron")
    first = sample_of(out).items[0]
    for choice in first.options[:5]:
        pressed(page, choice)
    disabled = [button.label for button in page.button if button.disabled and str(button.key).startswith("option-")]
    assert disabled == [first.options[5]]


def test_a_rater_goes_on_where_they_stopped_and_raters_do_not_see_each_other(out: Path) -> None:
    items = sample_of(out).items
    pressed(pressed(opened(rater="heron"), items[0].options[0]), "Keep and go on")
    assert offered(opened(rater="heron")) == list(items[1].options)
    assert offered(opened(rater="owl")) == list(items[0].options)


def test_an_earlier_answer_can_be_changed_and_the_last_counts(out: Path) -> None:
    first = sample_of(out).items[0]
    page = pressed(pressed(opened(rater="heron"), first.options[0]), "Keep and go on")
    pressed(page, "Back")
    assert f"Chosen: {first.options[0]}" in words(page)
    for choice in first.options[:2]:
        pressed(page, choice)
    pressed(page, "Keep and go on")
    assert kept(out) == [(first.item_id, "heron", (first.options[1],))]
    assert offered(page) == list(sample_of(out).items[1].options)


def test_a_skipped_item_comes_again(out: Path) -> None:
    items = sample_of(out).items
    page = pressed(opened(rater="heron"), "Skip")
    assert offered(page) == list(items[1].options)
    assert offered(opened(rater="heron")) == list(items[0].options)


def test_single_choices_are_answers_by_themselves_and_the_end_is_thanks(out: Path) -> None:
    page = opened(rater="heron")
    items = sample_of(out).items
    for item in items:
        pressed(page, item.options[0])
        if item.question == "emotions":
            pressed(page, "Keep and go on")
    assert "Thank you" in words(page)
    assert len(kept(out)) == len(items)


def test_the_rest_of_a_row_is_never_on_the_page(out: Path) -> None:
    page = opened(rater="heron")
    assert not (out / "key.csv").exists(), "the page works without the key"
    assert not any(secret in words(page) for secret in ("expressiveness", "story-", "requested", "/0"))
