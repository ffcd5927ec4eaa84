"""The versions of a dataset that were published, where each lies, and what changed from one to another."""

from dataclasses import dataclass
from pathlib import Path

from semver import Version

from hub.errors import EmohubError
from hub.paths import Project
from hub.publish.inspection.differences import Differences, compare
from hub.publish.repositories.folder_repository import FolderRepository
from hub.results.releases import ReleaseRecord

BUILT = "built"
"""The name of what lies in `data/published`, which is the newest build and no release."""


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """One version, or the draft that only `main` names."""

    name: str
    """`v1.2.0`, or `main`."""
    record: ReleaseRecord
    folder: Path | None
    """Its files, where they are on this machine."""
    missing: str | None
    """Why they are not, in a sentence."""

    @property
    def failed_gates(self) -> int:
        return sum(not gate.passed for gate in self.record.gates)

    @property
    def on_hub(self) -> bool:
        """Whether its repository is the Hub's, which names revisions by 40 hexadecimal digits, folders by 64."""
        return len(self.record.revision) == 40


def versions_of(project: Project, records: tuple[ReleaseRecord, ...], dataset: str, profile: str) -> tuple[PublishedVersion, ...]:
    """Returns a dataset's versions in a profile, the newest first; drafts before the versions."""
    found = [_version(project, record) for record in records if (record.dataset, record.profile) == (dataset, profile)]
    return tuple(sorted(found, key=lambda one: (one.record.tag is None, Version.parse(one.record.version)), reverse=True))


def folder_of(project: Project, versions: tuple[PublishedVersion, ...], dataset: str, name: str) -> Path:
    """Returns the folder with the files of a version, or of the newest build.

    Raises:
        EmohubError: there is no such version, or its files are not on this machine.
    """
    if name == BUILT:
        folder = project.published(dataset)
        if not folder.is_dir():
            raise EmohubError(f"{dataset} is not built on this machine; `dvc repro build@{dataset}` makes it")
        return folder
    version = next((one for one in versions if one.name == name), None)
    if version is None:
        raise EmohubError(f"{dataset} has no version {name!r}")
    if version.folder is None:
        raise EmohubError(f"the files of {name} are not on this machine: {version.missing}")
    return version.folder


def difference(project: Project, versions: tuple[PublishedVersion, ...], dataset: str, old: str, new: str) -> Differences:
    """Compares two versions, or one with the newest build, file by file and row by row.

    Raises:
        EmohubError: the files of one are not on this machine, or cannot be read.
    """
    return compare(folder_of(project, versions, dataset, old), folder_of(project, versions, dataset, new))


def _version(project: Project, record: ReleaseRecord) -> PublishedVersion:
    name = record.tag or "main"
    if len(record.revision) == 40:
        missing: str | None = f"they are in the Hub repository {record.repository}; `emohub pull {record.repository}@{name}` fetches them"
        return PublishedVersion(name, record, None, missing)
    repository = project.root / record.repository
    try:
        # A record may be somebody else's, and a folder may hold a link: what lies outside the project is not read for it.
        if not repository.resolve().is_relative_to(project.root.resolve()) or not repository.is_dir():
            raise EmohubError(f"the folder {record.repository} is not in this project; `dvc repro publish@{record.dataset}` publishes here")
        return PublishedVersion(name, record, FolderRepository(repository).path(record.revision), None)
    except EmohubError:
        return PublishedVersion(name, record, None, f"the folder {record.repository} of this project does not hold them")
