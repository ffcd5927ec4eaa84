"""The exported pages in a real browser, from a disk and without a network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("altair", reason="altair is not installed (pip install emohub[board])")
pytest.importorskip("vl_convert", reason="vl-convert-python is not installed (pip install emohub[board])")

from hub.results.board import write_board
from hub.spec import Registry
from leaderboard.export_board import export_board
from tests.support.app_server import DESKTOP, PHONE, needs_browser, open_browser
from tests.support.exchange import declared_project
from tests.support.records import fill_project

pytestmark = needs_browser
PAGES = ("index.html", "claims.html", "datasets.html", "runs.html", "synthetic.html", "tables/local/goemotions.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project, _ = declared_project(tmp_path_factory.mktemp("project"))
    fill_project(project.root)
    for name in ("emo_pillars_contextless", "emo_pillars_contextual"):
        for path in project.runs.rglob(f"{name}/*/*.json"):
            path.unlink()
    write_board(project, Registry(project))
    export_board(project, project.root / "site")
    return project.root / "site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as found:
        yield found


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport=DESKTOP, offline=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_pages_open_without_a_network_a_complaint_or_a_sideways_scroll(browser: Any, site: Path, size: dict[str, int], scheme: str) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme, offline=True)
    page, heard = context.new_page(), []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("requestfailed", lambda request: heard.append(request.url))
    for name in PAGES:
        page.goto((site / name).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"], name
        assert page.evaluate("getComputedStyle(document.body).fontFamily.length > 0")
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == {"light": "rgb(251, 250, 247)", "dark": "rgb(21, 25, 29)"}[scheme]
    shown = page.evaluate("[...document.querySelectorAll('svg')].filter((one) => one.checkVisibility()).length")
    assert (shown, heard) == (1, [])
    context.close()


def test_tables_are_sorted_by_a_click_and_by_the_keyboard(page: Any, site: Path) -> None:
    page.goto((site / "tables/local/goemotions.html").as_uri())
    head = page.locator("#standings thead th", has_text="Parameters")
    models = page.locator("#standings tbody th")
    before = models.all_inner_texts()
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    first = models.first.inner_text()
    assert first.startswith("TF-IDF")
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert models.first.inner_text() != first
    assert sorted(models.all_inner_texts()) == sorted(before)
    # What has no number stays at the end either way.
    assert page.locator("#standings tbody tr").last.get_attribute("class") == "unavailable"


def test_tables_are_filtered_by_words(page: Any, site: Path) -> None:
    page.goto((site / "runs.html").as_uri())
    page.get_by_label("Only lines with").fill("GOEMOTIONS minilm")
    assert page.locator("#runs tbody tr:visible").count() == 1
    assert "1 of 16" in page.locator("#filter-runs + output").inner_text()


def test_pages_are_whole_without_scripts(browser: Any, site: Path) -> None:
    context = browser.new_context(viewport=DESKTOP, offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "tables/local/goemotions.html").as_uri())
    assert page.locator("#standings tbody tr:visible").count() > 3
    assert page.locator("button, input").count() == 0
    context.close()


def test_the_first_tab_leads_past_the_navigation(page: Any, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
