"""The main paths in a real browser: open, choose, follow links, go back, and let hostile and broken files do nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.paths import Project
from hub.results import write_record
from hub.results.board import write_board
from hub.spec import Registry
from tests.support.app_server import DESKTOP, PHONE, needs_browser, open_browser, open_page, serve, settle
from tests.support.exchange import declared_project
from tests.support.records import fill_project, make_record, make_unavailable, write_report

HOSTILE = '<img src=x onerror="document.title=1"> ![x](http://127.0.0.1:1/x.png) [click](http://127.0.0.1:1) **loud** :red[shout] $\\pi$'
TOKEN = "hf_onlyForThisTestAndNobodyElse"
ELSEWHERE = "/somewhere/private/isear.csv"
PAGES = ("", "leaderboard", "compare", "datasets", "claims", "runs", "synthetic")
VIEWS = {
    "": "",
    "leaderboard": "?task=goemotions",
    "compare": "?task=goemotions&model=hostile&model=minilm",
    "datasets": "?dataset=emo_pillars&view=quality",
    "claims": "",
    "runs": "?run=local/goemotions/hostile/0",
    "synthetic": "",
}
"""An address of every page that shows what the hostile files say, where the page shows such things at all."""

pytestmark = needs_browser


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Declared and filled, with hostile and broken files among the results."""
    project, _ = declared_project(tmp_path_factory.mktemp("project"))
    fill_project(project.root, seeds=(0, 1))
    text = {"command": HOSTILE, "settings": {HOSTILE: HOSTILE, "path": ELSEWHERE}, "interval_method": HOSTILE, "code_revision": HOSTILE}
    write_record(project.runs, make_record(model="hostile", per_label={HOSTILE: {"f1": 0.5, "support": 3}}, **text))
    write_record(project.runs, make_unavailable(model="absent", reason=HOSTILE))
    (project.runs / "local" / "goemotions" / "emo_pillars" / "0.json").write_text("{")
    write_report(project, rejects={HOSTILE: {HOSTILE: 3}})
    write_board(project, Registry(project))
    return project


@pytest.fixture(scope="module")
def address(project: Project) -> Iterator[str]:
    with serve("app.py", EMOHUB_ROOT=str(project.root), HF_TOKEN=TOKEN, EMOHUB_DATA_ISEAR=ELSEWHERE) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as found:
        yield found


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    with open_page(browser, address) as found:
        yield found


@dataclass(frozen=True)
class Visit:
    """What one page was like, seen once by a visitor who opened everything on it."""

    title: str
    text: str
    heading: str
    exceptions: int
    loaded: int
    """Images and links that the hostile text would have made."""
    emphasised: int
    """Words that the hostile text would have made bold or red, or a formula."""
    foreign: tuple[str, ...]
    received: bytes
    phone_width: int


@pytest.fixture(scope="module")
def visits(browser: Any, address: str) -> dict[str, Visit]:
    return {name: _visit(browser, address, name) for name in PAGES}


def _visit(browser: Any, address: str, name: str) -> Visit:
    with open_page(browser, address, {**DESKTOP, "height": 3000}) as page:
        page.goto(f"{address}/{name}{VIEWS[name]}")
        page.locator("h1").wait_for()
        settle(page)
        page.evaluate("document.querySelectorAll('details:not([open]) > summary').forEach(closed => closed.click())")
        page.wait_for_timeout(300)
        settle(page)
        main = page.locator("[data-testid=stMain]")
        found = (page.title(), main.inner_text(), page.locator("h1").inner_text(), page.locator("[data-testid=stException]").count())
        loaded = page.locator("img[src='x'], img[src*='127.0.0.1:1/'], a[href^='http://127.0.0.1:1/'], a[href='http://127.0.0.1:1']")
        emphasised = main.locator("strong:text-is('loud'), span:text-is('shout'), .katex")
        counts = (loaded.count(), emphasised.count())
        page.set_viewport_size(PHONE)
        page.wait_for_timeout(300)
        width = page.evaluate("document.documentElement.scrollWidth")
        received = b"\n".join(frame if isinstance(frame, bytes) else frame.encode() for frame in page.received)
        return Visit(*found, *counts, tuple(page.foreign), received, width)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_by_its_address(visits: dict[str, Visit], name: str) -> None:
    assert visits[name].heading
    assert visits[name].exceptions == 0


@pytest.mark.parametrize("name", PAGES)
def test_hostile_files_are_only_text(visits: dict[str, Visit], name: str) -> None:
    visit = visits[name]
    assert "emohub" in visit.title
    assert visit.loaded == 0
    assert visit.emphasised == 0
    assert not [url for url in visit.foreign if "127.0.0.1:1/" in url]


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_asked_of_another_server(visits: dict[str, Visit], name: str) -> None:
    assert visits[name].foreign == ()


@pytest.mark.parametrize("name", PAGES)
def test_no_path_token_or_value_of_the_environment_reaches_the_browser(visits: dict[str, Visit], project: Project, name: str) -> None:
    visit = visits[name]
    for secret in (str(project.root), str(Path.home()), TOKEN, ELSEWHERE):
        assert secret not in visit.text
        assert secret.encode() not in visit.received, f"the server sent {secret}"


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_a_phone(visits: dict[str, Visit], name: str) -> None:
    assert visits[name].phone_width <= PHONE["width"]


def test_the_hostile_files_are_there_to_be_read(visits: dict[str, Visit]) -> None:
    """Else the tests above would see nothing."""
    assert "onerror" in visits["runs"].text
    assert b"onerror" in visits["datasets"].received


def test_a_broken_file_is_listed_with_its_reason(visits: dict[str, Visit]) -> None:
    assert "local/goemotions/emo_pillars/0.json" in visits[""].text
    assert "Invalid JSON" in visits[""].text


def test_a_choice_goes_into_the_address_back_undoes_it_and_the_address_opens_the_same_view(page: Any, address: str, browser: Any) -> None:
    page.goto(f"{address}/leaderboard?task=emo_pillars_contextless")
    main = page.locator("[data-testid=stMain]")
    page.get_by_role("combobox", name="Task").wait_for()
    settle(page)
    page.get_by_role("combobox", name="Task").click()
    page.get_by_role("option", name="GoEmotions").first.click()
    page.wait_for_url("**task=goemotions*")
    outcome = main.get_by_text("hostile stands first").or_(main.get_by_text("hostile is first")).or_(main.get_by_text("share rank 1"))
    outcome.first.wait_for()
    settle(page)
    said = outcome.first.inner_text()
    with open_page(browser, address) as other:
        other.goto(page.url)
        other.locator("[data-testid=stMain]").get_by_text(said).first.wait_for()
    page.go_back()
    page.wait_for_url("**task=emo_pillars_contextless*")
    main.get_by_text(said).first.wait_for(state="detached")


def test_the_navigation_and_the_links_between_pages_lead_on_and_back(page: Any, address: str) -> None:
    page.goto(address)
    page.get_by_role("heading", name="Who leads").wait_for()
    settle(page)
    page.locator("[data-testid=stMain]").get_by_role("link", name="GoEmotions").first.click()
    page.wait_for_url("**/leaderboard?*task=goemotions*")
    page.get_by_role("heading", name="Leaderboard", level=1).wait_for()
    for title, name in (("Claims", "claims"), ("Runs", "runs"), ("Datasets", "datasets")):
        settle(page)
        page.get_by_role("link", name=title, exact=True).first.click()
        page.wait_for_url(f"**/{name}*")
        page.get_by_role("heading", name=title, level=1).wait_for()
    page.go_back()
    page.get_by_role("heading", name="Runs", level=1).wait_for()


def test_an_address_that_asks_for_what_does_not_exist_opens_the_usual_view(page: Any, address: str) -> None:
    nonsense = "profile=%3Cb%3E&task=../../etc/passwd&model=none&seed=minus&dataset=..&split=x&row=-1&run=../../../x/0&kind=x&sort=y&view=z&columns=q"
    for name in PAGES:
        page.goto(f"{address}/{name}?{nonsense}")
        page.locator("h1").wait_for()
        settle(page)
        assert page.locator("[data-testid=stException]").count() == 0, name
        assert "passwd" not in page.locator("[data-testid=stMain]").inner_text(), name
