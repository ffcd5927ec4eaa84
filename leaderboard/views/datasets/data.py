"""What the views of one dataset read, kept in memory until a file changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from hub.errors import EmohubError
from hub.publish.inspection.differences import Differences
from hub.publish.inspection.published_folder import PublishedFolder, Split
from hub.publish.manifest import CARD, MANIFEST
from hub.results.browsing.published_rows import Facet, Filters, PublishedRow, RowPage, find_row, open_built, read_facets, read_page
from hub.results.browsing.versions import PublishedVersion, difference, versions_of
from hub.results.datasets import DatasetReport
from hub.results.releases import ReleaseRecords, read_releases
from hub.results.tracing.lineage import RowLineage, read_row_lineage, related_rows
from hub.spec import DatasetSpec, Registry
from leaderboard.kept import Stamp, kept, kept_large, stamp, stamps
from leaderboard.project_data import Shown


@dataclass(frozen=True)
class Chosen:
    """A dataset in a profile, with what is known of it."""

    shown: Shown
    dataset: str
    profile: str
    spec: DatasetSpec | None
    """None where it is not declared here, as in a copy of the results alone."""
    report: DatasetReport | None

    @classmethod
    def of(cls, shown: Shown, dataset: str, profile: str) -> "Chosen":
        report = next((one for one in shown.reports().reports if (one.dataset, one.profile) == (dataset, profile)), None)
        return cls(shown, dataset, profile, _spec(shown, dataset), report)

    @property
    def title(self) -> str:
        return self.spec.title if self.spec else self.shown.dataset(self.dataset)

    def folder(self) -> PublishedFolder:
        """The newest build; raises EmohubError where there is none."""
        root = self.shown.project.published(self.dataset)
        return kept(lambda: open_built(self.shown.project, self.dataset), "folder", *_stamp_of(root))

    def versions(self) -> tuple[PublishedVersion, ...]:
        return versions_of(self.shown.project, self.releases().records, self.dataset, self.profile)

    def releases(self) -> ReleaseRecords:
        root = self.shown.project.root / "results" / "releases"
        return kept(lambda: read_releases(self.shown.project), "releases", *stamps(*sorted(root.glob("*/*.json"))))


def all_datasets(shown: Shown) -> dict[str, str]:
    """Every dataset that is declared or has a report, by name, with its title."""
    names = {report.dataset for report in shown.reports().reports} | set(_declared(shown))
    titles = {name: (spec.title if (spec := _spec(shown, name)) else shown.dataset(name)) for name in sorted(names)}
    return dict(sorted(titles.items(), key=lambda item: item[1].casefold()))


def tasks_of(chosen: Chosen) -> dict[str, str]:
    """The tasks that are measured on a dataset, each with its configuration."""
    registry = Registry(chosen.shown.project)
    files = registry.files("task")

    def read() -> dict[str, tuple[str, str]]:
        found = {}
        for name in files:
            try:
                source = registry.task(name).source
            except EmohubError:
                continue
            if source.kind == "published":
                found[name] = (source.dataset, source.configuration)
        return found

    sources = kept(read, "tasks", *stamps(*files.values()))
    return {task: configuration for task, (dataset, configuration) in sources.items() if dataset == chosen.dataset}


def facets(folder: PublishedFolder, configuration: str, split: Split) -> tuple[Facet, ...]:
    return kept(lambda: read_facets(folder, split), "facets", configuration, split.name, *_stamp_of(folder.root))


def page_of(folder: PublishedFolder, configuration: str, split: Split, first: int, count: int, filters: Filters) -> RowPage:
    key = (configuration, split.name, first, count, *(part for pair in filters.equal for part in pair), "search", filters.search, *_stamp_of(folder.root))
    return kept_large(lambda: read_page(folder, split, first, count, filters), "page", *key)


def row_of(folder: PublishedFolder, configuration: str, split: Split, id: str) -> PublishedRow | None:
    return kept_large(lambda: find_row(folder, split, id), "row", configuration, split.name, id, *_stamp_of(folder.root))


def parts_of(folder: PublishedFolder, configuration: str, split: Split, row: PublishedRow) -> Mapping[str, tuple[str, PublishedRow]]:
    """The rows with pictures that a pair names."""
    return kept_large(lambda: related_rows(folder, split.name, row), "parts", configuration, split.name, row.id, *_stamp_of(folder.root))


def lineage_of(chosen: Chosen, configuration: str, row: PublishedRow) -> RowLineage:
    spec = chosen.spec
    if spec is None:
        return RowLineage((), (), (), {}, {}, ("this dataset is not declared here, so its raw tables are not known",))
    project = chosen.shown.project
    raw = project.raw(chosen.dataset)
    sources = stamps(raw / "manifest.json", *sorted((project.work / "stores" / chosen.dataset).glob("*.sqlite*")))
    key = (chosen.dataset, configuration, row.split, row.id, *sources, *_stamp_of(project.published(chosen.dataset)))
    return kept(lambda: read_row_lineage(project, spec, row), "lineage", *key)


def difference_of(chosen: Chosen, old: str, new: str) -> Differences:
    """Raises EmohubError where one of the two is not at hand."""
    project, versions = chosen.shown.project, chosen.versions()
    revisions = [f"{version.name}:{version.record.revision}" for version in versions]
    key = (chosen.dataset, chosen.profile, old, new, *revisions, *_stamp_of(project.published(chosen.dataset)))
    with st.spinner("Comparing the two, row by row"):
        return kept(lambda: difference(project, versions, chosen.dataset, old, new), "difference", *key)


def picture(make: Callable[[], bytes], *key: str | int) -> bytes:
    """A drawn picture; `key` says everything that changes it."""
    return kept(make, "picture", *key)


def folder_stamp(folder: PublishedFolder) -> Stamp:
    return _stamp_of(folder.root)


def _declared(shown: Shown) -> tuple[str, ...]:
    return tuple(Registry(shown.project).files("dataset"))


def _spec(shown: Shown, dataset: str) -> DatasetSpec | None:
    path = Registry(shown.project).files("dataset").get(dataset)
    if path is None:
        return None

    def read() -> DatasetSpec | None:
        try:
            return Registry(shown.project).dataset(dataset)
        except EmohubError:
            # `emohub validate` says what is wrong with a declaration; the page shows what it can without one.
            return None

    return kept(read, "declaration", *stamp(path))


def _stamp_of(root: Path) -> Stamp:
    """Changes when a published folder is written anew: every build writes card and manifest, and each file in it may change alone."""
    return stamps(root / CARD, root / MANIFEST, *sorted(root.glob("*/*.parquet")))
