"""A dataset's versions: what was published, whether it is here, and what changed between two."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from semver import Version

from hub.errors import EmohubError
from hub.paths import Project
from hub.publish.inspection.differences import compare
from hub.publish.manifest import write_manifest
from hub.publish.repositories.folder_repository import FolderRepository
from hub.results.browsing.versions import BUILT, difference, folder_of, versions_of
from hub.results.datasets import GateOutcome
from hub.results.releases import ReleaseRecord
from hub.spec import ReleaseChecks
from hub.tables import write_table
from tests.support.annotation import publish_texts


def record(version: str, revision: str, **changes: object) -> ReleaseRecord:
    fields = {
        "profile": "local",
        "dataset": "feelings",
        "version": version,
        "tag": None if "-" in version else f"v{version}",
        "repository": "data/releases/feelings",
        "revision": revision,
        "fingerprint": "b" * 64,
        "rows": {"plain": {"test": 120}},
        "bytes": 10,
        "gates": (GateOutcome(name="rows", passed=False, measured="3", required="5"), GateOutcome(name="licence", passed=True, measured="yes", required="yes")),
    }
    return ReleaseRecord.model_validate({**fields, **changes})


@pytest.fixture
def released(tmp_path: Path) -> tuple[Project, tuple[ReleaseRecord, ...]]:
    """Two versions in a folder of releases, the second without five rows."""
    project = Project(tmp_path)
    built = publish_texts(project.published("feelings"))
    repository = FolderRepository(project.releases("feelings"))
    first = repository.commit(built, "first", None)
    repository.tag(Version.parse("1.0.0"), first, "first")
    path = built / "plain" / "test-00000-of-00001.parquet"
    write_table(path, pq.read_table(path).slice(5))
    (built / "MANIFEST.json").unlink()
    write_manifest(built, "dataset", "feelings", "1.0.1", checks=ReleaseChecks(label="labels.label"))
    second = repository.commit(built, "second", first)
    repository.tag(Version.parse("1.0.1"), second, "second")
    return project, (record("1.0.0", first), record("1.0.1", second), record("1.1.0-dev", "c" * 64), record("0.9.0", "d" * 40, repository="somebody/feelings"))


def test_drafts_come_first_then_versions_from_the_newest(released: tuple[Project, tuple[ReleaseRecord, ...]]) -> None:
    found = versions_of(*released, "feelings", "local")
    assert [one.name for one in found] == ["main", "v1.0.1", "v1.0.0", "v0.9.0"]
    assert [(one.record.row_count, one.failed_gates) for one in found] == [(120, 1)] * 4
    assert versions_of(*released, "feelings", "study") == ()


def test_a_version_is_here_or_says_why_not(released: tuple[Project, tuple[ReleaseRecord, ...]]) -> None:
    main, newer, older, on_hub = versions_of(*released, "feelings", "local")
    assert newer.folder is not None and (newer.folder / "README.md").is_file()
    assert older.folder != newer.folder
    assert main.folder is None and main.missing is not None and "does not hold" in main.missing
    assert on_hub.on_hub and on_hub.folder is None
    assert on_hub.missing is not None and "emohub pull somebody/feelings@v0.9.0" in on_hub.missing


def test_the_difference_is_that_of_the_two_folders(released: tuple[Project, tuple[ReleaseRecord, ...]]) -> None:
    project, _ = released
    versions = versions_of(*released, "feelings", "local")
    found = difference(project, versions, "feelings", "v1.0.0", "v1.0.1")
    assert found == compare(folder_of(project, versions, "feelings", "v1.0.0"), folder_of(project, versions, "feelings", "v1.0.1"))
    assert found.level == "minor"
    assert [(one.configuration, one.removed.count) for one in found.rows] == [("plain", 5)]
    assert difference(project, versions, "feelings", "v1.0.1", BUILT).level is None


@pytest.mark.parametrize(("name", "reason"), [("v0.9.0", "Hub repository"), ("main", "does not hold"), ("../../etc", "has no version")])
def test_what_is_not_here_cannot_be_compared_and_says_why(released: tuple[Project, tuple[ReleaseRecord, ...]], name: str, reason: str) -> None:
    versions = versions_of(*released, "feelings", "local")
    with pytest.raises(EmohubError, match=reason):
        difference(released[0], versions, "feelings", name, "v1.0.1")


def test_a_dataset_that_is_not_built_says_how(tmp_path: Path) -> None:
    with pytest.raises(EmohubError, match="dvc repro build@feelings"):
        folder_of(Project(tmp_path), (), "feelings", BUILT)


def test_a_link_that_leads_out_of_the_project_is_not_followed(
    released: tuple[Project, tuple[ReleaseRecord, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    project, records = released
    outside = tmp_path_factory.mktemp("outside")
    project.releases("feelings").rename(outside / "releases")
    project.releases("feelings").symlink_to(outside / "releases")
    assert all(one.folder is None for one in versions_of(project, records, "feelings", "local"))
