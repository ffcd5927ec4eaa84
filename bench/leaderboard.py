"""How fast the leaderboard is with ten thousand run records: `emohub board`, the first table, every switch between pages, another task.

A project is filled with made-up records of the usual size (20 declared tasks × 100 models × 5 seeds: 1,000 replicates, 28 labels and a curve of 60
points each), `emohub board` is run on it, the app is started and watched in Chromium. A time runs, by the browser's own clock, from the navigation or
click to the moment at which the page's own content is there. An app of two pages with next to nothing on them says what of it is Streamlit's own. "Cold"
is the first visitor after the start of the server, who waits until its modules are imported.

    python bench/leaderboard.py [--records 10000] [--folder /var/tmp/board] [--rounds 5]

The folder is kept if it is named, and used again.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY))

from hub.paths import Project  # noqa: E402
from hub.results import Score  # noqa: E402
from hub.spec import Registry  # noqa: E402
from tests.support.app_server import open_browser, open_page, serve, settle  # noqa: E402
from tests.support.records import make_curve, make_labels, make_record  # noqa: E402

TASKS, SEEDS, RESAMPLES = 20, 5, 1000
FIRST_TABLE, SWITCH = 1.0, 0.3
"""Goals in seconds."""


def fill(root: Path, records: int) -> Project:
    """Writes declarations and records; some models differ, some do not, and the resamples of a task are shared."""
    for folder in ("benchmarks/tasks", "benchmarks/models", "benchmarks/claims", "profiles", "results/datasets"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    shutil.copy(REPOSITORY / "params.yaml", root)
    for declaration in REPOSITORY.glob("builders/*/dataset.yaml"):
        (root / declaration.relative_to(REPOSITORY)).parent.mkdir(parents=True)
        shutil.copy(declaration, root / declaration.relative_to(REPOSITORY))
    project, generator = Project(root), np.random.default_rng(3)
    registry = Registry(project)
    models = -(-records // (TASKS * SEEDS))
    declared = (registry.task(name) for name in registry.files("task"))
    tasks = sorted(declared, key=lambda task: (task.type != "text_classification", task.name))[:TASKS]
    left = records
    for task in tasks:
        rows = generator.normal(0, 0.006, RESAMPLES)
        for model in range(models):
            usual = 0.35 + 0.25 * generator.beta(2, 2)
            own = generator.normal(0, 0.004, RESAMPLES)
            for seed in range(min(SEEDS, left)):
                _write(project, task.name, task.main_metric, f"model_{model:03}", seed, usual + generator.normal(0, 0.004), rows + own, generator)
            left -= min(SEEDS, left)
    return project


def _write(project: Project, task: str, metric: str, model: str, seed: int, score: float, deviations: Any, generator: np.random.Generator) -> None:
    resampled = score + deviations
    low, high = np.quantile(resampled, [0.025, 0.975])
    main = Score(value=round(score, 6), low=round(float(low), 6), high=round(float(high), 6), replicates=tuple(np.round(resampled, 6).tolist()))
    record = make_record(
        task=task,
        model=model,
        seed=seed,
        main_metric=metric,
        metrics={metric: main, "brier_score": Score(value=0.0312), "expected_calibration_error": Score(value=0.0087)},
        per_label=make_labels(generator, score),
        curve=make_curve(generator, 60),
        finished=datetime(2026, 11, 20, tzinfo=UTC) + timedelta(minutes=int(generator.integers(10_000))),
    )
    # Not `write_record`: ten thousand flushes to disk would be most of the time.
    path = project.runs / record.profile / task / model / f"{seed}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Timing:
    what: str
    seconds: list[float]
    goal: float | None = None

    def line(self) -> str:
        middle, worst = statistics.median(self.seconds), max(self.seconds)
        judged = "" if self.goal is None else f"   < {self.goal:.1f}  {'met' if middle < self.goal else 'MISSED'}"
        return f"{self.what:46} {middle:7.3f} {worst:7.3f}{judged}"


PAGES = {
    "Overview": ("Emotion models, measured", "[data-testid=stMetric]"),
    "Leaderboard": ("Leaderboard", "[data-testid=stDataFrame] canvas"),
    "Compare": ("Compare", "[data-testid=stMultiSelect], [data-testid=stVegaLiteChart]"),
    "Datasets": ("Datasets", "[data-testid=stButtonGroup]"),
    "Claims": ("Claims", "[data-testid=stMetric]"),
    "Runs": ("Runs", "[data-testid=stDataFrame] canvas"),
    "Synthetic data": ("Synthetic data", "[data-testid=stMarkdown] p"),
}
"""The heading of every page, and what shows that its content is there."""
TABLE = PAGES["Leaderboard"][1]
START_TABLE = "[data-testid=stTable] table"
"""On the page that opens first."""
ALONE = """
import pandas as pd
import streamlit as st

def table():
    st.title("Table")
    st.dataframe(pd.DataFrame({"score": range(100)}))

def words():
    st.title("Words")
    st.markdown("A paragraph.")

st.set_page_config(layout="wide")
st.navigation([st.Page(table, title="Table", default=True), st.Page(words, title="Words")], position="top").run()
"""
"""The least that Streamlit can be asked for: what no page of ours can be faster than."""
SEEN = """selector => {
    const look = () => document.querySelector(selector) ? (window.seen = performance.now()) : requestAnimationFrame(look);
    look();
}"""
UNTIL = """([link, heading, content]) => new Promise(done => {
    const begun = performance.now();
    link.click();
    const look = () => {
        const main = document.querySelector('[data-testid=stMain]');
        const headed = [...document.querySelectorAll('h1')].some(one => one.innerText.includes(heading));
        const drawn = document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning';
        if (headed && drawn && main.querySelector(content)) done(performance.now() - begun);
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})"""
CHANGED = """() => {
    const words = () => [...document.querySelectorAll('[data-testid=stMain] [data-testid=stMarkdown]')].map(one => one.innerText).join();
    const before = words();
    window.took = undefined;
    document.addEventListener('click', () => {
        const begun = performance.now();
        const look = () => {
            const drawn = document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning';
            if (drawn && words() !== before) window.took = performance.now() - begun;
            else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
    }, {capture: true, once: true});
}"""


def first_table(page: Any, address: str, selector: str) -> float:
    """Seconds from the navigation until the table is there, by the browser's own clock."""
    page.add_init_script(f"({SEEN})({selector!r})")
    page.goto(address, wait_until="commit")
    page.wait_for_function("window.seen !== undefined")
    return float(page.evaluate("window.seen")) / 1000


def first_tables(browser: Any, address: str, selector: str, rounds: int) -> tuple[list[float], list[float]]:
    """Of visitors whose browser has nothing of the app, and of the same visitors once more."""
    new, again = [], []
    for number in range(rounds + 1):
        with open_page(browser, address) as page:
            new.append(first_table(page, address, selector))
            again.append(first_table(page.context.new_page(), address, selector))
        if not number:
            new, again = [], []
    return new, again


def switch(page: Any, name: str, heading: str, content: str) -> float:
    """Seconds from the click in the navigation until the page's heading and content are there and the server has drawn all of it."""
    settle(page)
    page.wait_for_timeout(300)
    link = page.locator("[data-testid=stTopNavLink], [data-testid=stSidebarNavLink]").filter(has_text=name).first.element_handle()
    return float(page.evaluate(UNTIL, [link, heading, content])) / 1000


def changed(page: Any, locator: Any) -> float:
    """Seconds from a click until the words of the page are others and the server has drawn all of it."""
    page.evaluate(CHANGED)
    locator.click()
    page.wait_for_function("window.took !== undefined")
    return float(page.evaluate("window.took")) / 1000


def watch(project: Project, rounds: int) -> Iterator[Timing]:
    with open_browser() as browser:
        yield from _alone(browser, rounds)
        cold = []
        for _ in range(2):
            with serve("app.py", EMOHUB_ROOT=str(project.root)) as address, open_page(browser, address) as page:
                cold.append(first_table(page, address, START_TABLE))
        yield Timing("first table of the start page, server cold", cold, FIRST_TABLE)
        with serve("app.py", EMOHUB_ROOT=str(project.root)) as address:
            for page_name, path, table in (("the start page", "", START_TABLE), ("Leaderboard", "/leaderboard", TABLE)):
                new, again = first_tables(browser, address + path, table, rounds)
                yield Timing(f"first table of {page_name}, a new visitor", new, FIRST_TABLE)
                yield Timing(f"first table of {page_name}, once more", again, FIRST_TABLE)
            with open_page(browser, address) as page:
                yield from _switches(page, address, rounds)
                yield from _choices(page, address, rounds)


def _alone(browser: Any, rounds: int) -> Iterator[Timing]:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "alone.py")
        script.write_text(ALONE, encoding="utf-8")
        with serve(str(script)) as address:
            new, again = first_tables(browser, address, TABLE, rounds)
            yield Timing("Streamlit alone: first table, a new visitor", new)
            yield Timing("Streamlit alone: first table, once more", again)
            with open_page(browser, address) as page:
                page.goto(address)
                page.locator(TABLE).first.wait_for()
                pairs = [(switch(page, "Words", "Words", "p"), switch(page, "Table", "Table", TABLE)) for _ in range(rounds)]
            yield Timing("Streamlit alone: switch to a paragraph", [words for words, _ in pairs])
            yield Timing("Streamlit alone: switch to a table", [table for _, table in pairs])


def _switches(page: Any, address: str, rounds: int) -> Iterator[Timing]:
    page.goto(address)
    page.locator("h1").wait_for()
    first: dict[str, list[float]] = {name: [] for name in PAGES}
    taken: dict[str, list[float]] = {name: [] for name in PAGES}
    for number in range(rounds + 1):
        for name in [*list(PAGES)[1:], "Overview"]:
            (taken if number else first)[name].append(switch(page, name, *PAGES[name]))
    for name in PAGES:
        yield Timing(f"switch to {name}, the first time", first[name], SWITCH)
    for name in PAGES:
        yield Timing(f"switch to {name}, again", taken[name], SWITCH)


def _choices(page: Any, address: str, rounds: int) -> Iterator[Timing]:
    """Another task, and the same task again, on the page Leaderboard."""
    page.goto(f"{address}/leaderboard")
    page.locator(TABLE).first.wait_for()
    taken: dict[str, list[float]] = {"another task, the first time": [], "another task, again": []}
    for number in range(rounds * 2):
        settle(page)
        page.wait_for_timeout(300)
        page.get_by_role("combobox", name="Task").click()
        option = page.get_by_role("option").nth(number % rounds + 1)
        option.wait_for()
        what = "another task, the first time" if number < rounds else "another task, again"
        taken[what].append(changed(page, option))
    for what, seconds in taken.items():
        yield Timing(what, seconds, SWITCH)


@contextmanager
def folder(named: Path | None) -> Iterator[Path]:
    if named is None:
        with tempfile.TemporaryDirectory() as found:
            yield Path(found)
    else:
        yield named


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with folder(given.folder) as root:
        project = Project(root)
        if not project.runs.is_dir():
            fill(root, given.records)
        board = [str(Path(sys.executable).with_name("emohub")), "board"]
        begun = time.perf_counter()
        subprocess.run(board, cwd=root, check=True, env={**os.environ, "EMOHUB_ROOT": str(root)})
        spent = time.perf_counter() - begun
        print(f"emohub board, {sum(1 for _ in project.runs.glob('*/*/*/*.json')):,} records: {spent:.1f} s")
        print(f"{'seconds':46} {'median':>7} {'worst':>7}   goal")
        for timing in watch(project, given.rounds):
            print(timing.line(), flush=True)


if __name__ == "__main__":
    main()
