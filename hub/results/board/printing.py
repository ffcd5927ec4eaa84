"""Results for the terminal."""

from hub.console import say
from hub.paths import Project
from hub.results.board.stage import collect
from hub.results.datasets import read_dataset_reports
from hub.results.display import printable
from hub.results.exports import print_table
from hub.results.table import Filters
from hub.spec import Registry


def print_results(project: Project, registry: Registry, task: str | None = None, profile: str | None = None, elsewhere: bool = True) -> None:
    """Prints the lines of one task and profile, or of all, as tables; with `elsewhere` also those that others sent in or report.

    Raises:
        DeclarationError: there is no such task or profile.
    """
    if task is not None:
        registry.task(task)
    if profile is not None:
        registry.profile(profile)
    found = collect(project, registry)
    shown = Filters(profile=profile, task=task, reported=elsewhere, imported=elsewhere).apply(found.rows)
    if not any(row.status in ("measured", "unavailable") for row in shown):
        say("there are no such results yet; run `dvc repro` to make them")
    print_table(shown)
    for broken in (*found.results.broken, *found.imported.broken):
        say(f"not read: {printable(f'{broken.place}: {broken.reason}')}")


def print_summary(project: Project, registry: Registry, profile: str) -> None:
    """Prints what a profile has: its datasets, its measured models by task, what is unavailable, and how to see more."""
    for report in read_dataset_reports(project).reports:
        if report.profile == profile:
            sizes = ", ".join(f"{name} {sum(splits.values()):,}" for name, splits in report.rows.items())
            print(f"Built {report.dataset} {report.version}: {sizes} rows (data/published/{report.dataset})")
    print()
    print_results(project, registry, profile=profile, elsewhere=False)
    print("See it all with `make board`.")
