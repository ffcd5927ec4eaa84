"""The rating page in a real browser: by keys alone, by touch on a phone, and again where one stopped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.annotate.annotate import export_sample
from hub.annotate.question import read_sample
from hub.annotate.rating_table import read_ratings
from hub.paths import Project
from tests.support.annotation import publish_texts
from tests.support.app_server import needs_browser, open_browser, open_page, press, serve

pytestmark = needs_browser


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rating")
    export_sample(Project(folder), publish_texts(folder / "feelings"), folder / "out", configuration="rewritten", items=4)
    return folder / "out"


@pytest.fixture(scope="module")
def address(out: Path) -> Iterator[str]:
    with serve("rate.py", "--questions", str(out / "questions.json")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as found:
        yield found


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    with open_page(browser, address) as found:
        yield found


def test_a_rater_answers_all_by_keys_after_giving_a_name(page: Any, address: str, out: Path) -> None:
    sample = read_sample(out / "questions.json")
    page.goto(address)
    page.get_by_role("textbox", name="Nickname").fill("heron")
    page.get_by_role("textbox", name="Nickname").press("Enter")
    page.wait_for_url("**rater=heron*")
    page.get_by_role("textbox", name="Nickname").wait_for(state="detached")
    for done, item in enumerate(sample.items):
        page.get_by_role("heading", name=item.passages[0].text).wait_for()
        answered = page.get_by_text(f"{done + 1} of {len(sample.items)} answered")
        if item.question == "emotions":
            press(page, "1", page.get_by_text(f"Chosen: {item.options[0]}", exact=True))
            press(page, "Enter", answered)
        else:
            press(page, "1", answered)
    page.get_by_text("Thank you!").wait_for()
    found, problems = read_ratings(out, sample, "heron")
    assert not problems.counts
    assert [one.value for one in found] == [(item.options[0],) for item in sample.items]
    assert all(one.seconds is not None and one.seconds > 0 for one in found)
    assert page.foreign == []


def test_enter_after_a_click_keeps_the_choice_that_was_clicked(page: Any, address: str, out: Path) -> None:
    sample = read_sample(out / "questions.json")
    page.goto(f"{address}/?rater=owl")
    page.get_by_role("button", name=sample.items[0].options[2]).first.click()
    page.get_by_text(f"Chosen: {sample.items[0].options[2]}", exact=True).wait_for()
    press(page, "Enter", page.get_by_text(f"1 of {len(sample.items)} answered"))
    assert [one.value for one in read_ratings(out, sample, "owl")[0]] == [(sample.items[0].options[2],)]


def test_on_a_phone_a_rater_goes_on_where_they_stopped_and_opens_the_context(page: Any, address: str, out: Path) -> None:
    sample = read_sample(out / "questions.json")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/?rater=wren")
    page.get_by_role("button", name=sample.items[0].options[0]).first.click()
    page.get_by_text(f"Chosen: {sample.items[0].options[0]}", exact=True).wait_for()
    page.get_by_role("button", name="Keep and go on").click()
    page.get_by_text(f"1 of {len(sample.items)} answered").wait_for()
    page.reload()
    page.get_by_text(f"1 of {len(sample.items)} answered").wait_for()
    context = sample.items[1].passages[-1].text
    assert not page.get_by_text(context).is_visible()
    page.get_by_text("Show the context").click()
    page.get_by_text(context).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
