"""The main path in a real browser: open, choose, follow a link, go back, and let a hostile record do nothing."""

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

from hub.results import write_record
from tests.support.records import fill_project, make_record

REPOSITORY = Path(__file__).parents[2]
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
FLAGS = [
    f"--{flag}"
    for flag in (
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "disable-dev-shm-usage",
    )
]
HOSTILE = '<img src=x onerror="document.title=1"> ![x](http://127.0.0.1:1/x.png) [click](http://127.0.0.1:1) **loud**'

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (Debian: apt-get install chromium)")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (pip install emohub[test])")
pytest.importorskip("streamlit", reason="streamlit is not installed (pip install emohub[board])")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app, served for a filled project in which one record is hostile."""
    project = fill_project(tmp_path_factory.mktemp("project"))
    hostile = {"command": HOSTILE, "settings": {HOSTILE: HOSTILE}, "per_label": {HOSTILE: {"f1": 0.5, "support": 3}}, "interval_method": HOSTILE}
    write_record(project.runs, make_record(model="hostile", **hostile))
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(REPOSITORY / "leaderboard" / "app.py")]
    options = ["--server.headless", "true", "--server.address", "127.0.0.1", "--server.port", str(port), "--server.fileWatcherType", "none"]
    environment = {**os.environ, "EMOHUB_ROOT": str(project.root)}
    server = subprocess.Popen([*command, *options], cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert server.poll() is None, "streamlit ended before it answered"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    raise AssertionError("streamlit did not answer")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 1800})
    context.set_default_timeout(60_000)
    found = context.new_page()
    found.foreign = []
    found.on("request", lambda request: None if request.url.startswith((address, "data:", "blob:")) else found.foreign.append(request.url))
    yield found
    context.close()


def test_choosing_a_task_and_a_run_changes_the_view_and_its_address(page: Any, address: str) -> None:
    page.goto(address)
    page.get_by_text("Tasks measured").wait_for()
    page.get_by_role("combobox", name="Task").click()
    page.get_by_role("option", name="goemotions").click()
    page.wait_for_url("**task=goemotions*")
    page.get_by_text("emohub bench goemotions").wait_for()
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name="tfidf_logreg").click()
    page.wait_for_url("**model=tfidf_logreg*")
    page.get_by_text("emohub bench goemotions tfidf_logreg").wait_for()
    assert page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").count() >= 2
    page.go_back()
    page.get_by_text("emohub bench goemotions emo_pillars").wait_for()
    assert page.foreign == []


def test_a_link_opens_the_same_view_on_a_phone(page: Any, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/?task=goemotions&model=minilm&reported=no")
    page.get_by_text("emohub bench goemotions minilm").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_dataset_page_opens_from_the_first_one(page: Any, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Datasets").click()
    page.get_by_role("heading", name="Datasets built here").wait_for()
    page.get_by_text("Label balance").wait_for()


def test_a_hostile_record_is_only_text(page: Any, address: str) -> None:
    page.goto(f"{address}/?task=goemotions&model=hostile")
    page.get_by_text("onerror").first.wait_for()
    page.get_by_text("Settings, machine and versions").click()
    page.get_by_text("System").wait_for()
    assert page.title() == "emohub leaderboard"
    assert page.locator("img[src='x'], img[src*='127.0.0.1:1/'], a[href*='127.0.0.1:1']").count() == 0
    assert page.locator("strong", has_text="loud").count() == 0
    assert not [url for url in page.foreign if "127.0.0.1:1/" in url]
