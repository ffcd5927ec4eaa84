"""Every page checked by axe-core, in light and dark, and the way to a table by keys alone."""

from collections.abc import Iterator
from typing import Any

import pytest

from hub.paths import Project
from hub.results.board import write_board
from hub.spec import Registry
from tests.support.app_server import needs_browser, open_browser, open_page, serve, settle
from tests.support.exchange import declared_project
from tests.support.records import fill_project

pytestmark = needs_browser
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed (pip install emohub[test])")

VIEWS = ("", "leaderboard?task=goemotions", "compare?task=goemotions", "datasets", "claims", "runs", "runs?run=local/goemotions/minilm/0", "synthetic")
STREAMLITS_OWN = {
    ".token": "the colours of highlighted code are fixed; no option of the theme changes them",
    "[data-testid=stMultiSelect]": "chosen options are written in white on the primary colour, in the dark theme too, where that has to be light elsewhere",
}
"""Elements that break a rule of axe, and why nothing here can mend it."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project, _ = declared_project(tmp_path_factory.mktemp("project"))
    fill_project(project.root, seeds=(0, 1))
    write_board(project, Registry(project))
    return project


@pytest.fixture(scope="module")
def address(project: Project) -> Iterator[str]:
    with serve("app.py", EMOHUB_ROOT=str(project.root)) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as found:
        yield found


@pytest.fixture(scope="module", params=["light", "dark"])
def page(browser: Any, address: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    with open_page(browser, address, color_scheme=request.param) as found:
        yield found


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_serious(page: Any, address: str, view: str) -> None:
    page.goto(f"{address}/{view}")
    page.locator("h1").wait_for()
    settle(page)
    page.wait_for_timeout(300)
    found = axe.Axe().run(page, context={"exclude": [[own] for own in STREAMLITS_OWN]})
    serious = [
        f"{one['id']}: {'; '.join(check['message'] for check in [*node['any'], *node['all'], *node['none']])} {node['html'][:200]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
    assert not serious, "\n".join(serious)


def test_the_keys_alone_lead_to_a_task_and_to_its_table(browser: Any, address: str) -> None:
    with open_page(browser, address) as page:
        page.goto(f"{address}/leaderboard?task=emo_pillars_contextless")
        page.get_by_role("combobox", name="Task").wait_for()
        settle(page)
        reach(page, "[aria-label*='Task'][role=combobox]")
        page.keyboard.type("GoEmotions")
        page.get_by_role("option", name="GoEmotions").first.wait_for()
        page.keyboard.press("Enter")
        page.wait_for_url("**task=goemotions*")
        page.locator("[data-testid=stDataFrame]").first.wait_for()
        settle(page)
        reach(page, "[data-testid=stDataFrame] *, [data-testid=stTable] *, table *")


def reach(page: Any, selector: str, most: int = 120) -> None:
    """Presses Tab until what has the focus fits the selector."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")
