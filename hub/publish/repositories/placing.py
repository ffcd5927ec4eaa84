"""What every publication, of data or of a model, does with a repository: look at what is there, refuse what must not be, commit, tag."""

from dataclasses import dataclass
from pathlib import Path

from semver import Version

from hub.errors import EmohubError
from hub.publish.manifest import Content, Manifest
from hub.publish.repositories.repository import MAIN, Head, Repository
from hub.publish.version import tag_of


@dataclass(frozen=True, slots=True)
class Published:
    """What a repository holds before something is published to it."""

    head: Head | None
    versions: dict[Version, str]

    @property
    def newest(self) -> Version | None:
        return max(self.versions, default=None)

    @property
    def label(self) -> str | None:
        """What a new release is compared with: the newest version, else the draft on `main`."""
        return tag_of(self.newest) if self.newest else MAIN if self.head else None

    def is_main(self, manifest: Manifest) -> bool:
        """Whether `main` has this very content."""
        return self.head is not None and self.head.manifest is not None and self.head.manifest.content == manifest.content


def look(repository: Repository, kind: Content, name: str, wanted: Version | None) -> Published:
    """Returns what is there, if `name` may be published beside it as `wanted`.

    Raises:
        EmohubError: the repository holds something else, or a newer version.
    """
    published = Published(repository.head(), repository.versions())
    head, newest = published.head, published.newest
    if head and head.manifest is None:
        raise EmohubError(f"{repository.address}: holds files that emohub did not publish, and would delete; name another repository")
    if head and head.manifest and (head.manifest.kind, head.manifest.name) != (kind, name):
        raise EmohubError(f"{repository.address}: holds the {head.manifest.kind} {head.manifest.name!r}; name another repository for {name!r}")
    if wanted and newest and wanted < newest and wanted not in published.versions:
        raise EmohubError(f"{repository.address}: {tag_of(wanted)} is older than the newest version, {tag_of(newest)}; choose a later one")
    return published


def has_content(repository: Repository, revision: str, manifest: Manifest) -> bool:
    """Whether a revision has this very content."""
    there = repository.manifest(revision)
    return there is not None and there.content == manifest.content


def put(repository: Repository, published: Published, folder: Path, manifest: Manifest, version: Version | None, message: str) -> str:
    """Moves `main` to a staged release, unless it holds it, and tags it; returns the revision."""
    head = published.head
    parent = head.revision if head else None
    revision = parent if parent and published.is_main(manifest) else repository.commit(folder, message, parent)
    if version:
        repository.tag(version, revision, message)
    return revision
