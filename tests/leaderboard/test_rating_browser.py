"""The rating page in a real browser: by keys alone, by touch on a phone, and again where one stopped."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.annotate.annotate import export_sample
from hub.annotate.question import read_sample
from hub.annotate.rating_table import read_ratings
from hub.paths import Project
from tests.support.annotation import publish_texts

REPOSITORY = Path(__file__).parents[2]
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
FLAGS = [f"--{flag}" for flag in ("no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking", "disable-sync", "disable-dev-shm-usage")]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (Debian: apt-get install chromium)")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install emohub[test])")
pytest.importorskip("streamlit", reason="streamlit is not installed (pip install emohub[board])")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rating")
    export_sample(Project(folder), publish_texts(folder / "feelings"), folder / "out", configuration="rewritten", items=4)
    return folder / "out"


@pytest.fixture(scope="module")
def address(out: Path) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", str(REPOSITORY / "leaderboard" / "rate.py")]
    options = ["--server.headless", "true", "--server.address", "127.0.0.1", "--server.port", str(port), "--server.fileWatcherType", "none"]
    environment = {name: value for name, value in os.environ.items() if name != "EMOHUB_QUESTIONS"}
    own = ["--", "--questions", str(out / "questions.json")]
    server = subprocess.Popen([*command, *options, *own], cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(240):
            assert server.poll() is None, "streamlit ended before it answered"
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                    break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def page(address: str) -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        found = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        found.set_default_timeout(60_000)
        found.foreign = []
        found.on("request", lambda request: None if request.url.startswith((address, "data:", "blob:")) else found.foreign.append(request.url))
        yield found
        browser.close()


def settle(page: Any) -> None:
    """Waits until the page is drawn: a key that is pressed before that goes to what is about to disappear, and is lost."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def test_a_rater_answers_all_by_keys_after_giving_a_name(page: Any, address: str, out: Path) -> None:
    sample = read_sample(out / "questions.json")
    page.goto(address)
    page.get_by_role("textbox", name="Nickname").fill("heron")
    page.get_by_role("textbox", name="Nickname").press("Enter")
    page.wait_for_url("**rater=heron*")
    for done, item in enumerate(sample.items):
        page.get_by_text(f"{done} of {len(sample.items)} answered").wait_for()
        page.get_by_role("heading", name=item.passages[0].text).wait_for()
        settle(page)
        page.keyboard.press("1")
        if item.question == "emotions":
            page.get_by_text(f"Chosen: {item.options[0]}", exact=True).wait_for()
            settle(page)
            page.keyboard.press("Enter")
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
    settle(page)
    page.keyboard.press("Enter")
    page.get_by_text(f"1 of {len(sample.items)} answered").wait_for()
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
