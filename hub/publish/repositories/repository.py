"""Where releases go. `main` moves; a version, once tagged, is immutable."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from semver import Version

from hub.publish.manifest import Manifest

MAIN = "main"


@dataclass(frozen=True, slots=True)
class Head:
    """What `main` holds: the revision that names it for ever, and its manifest (None: somebody else's files)."""

    revision: str
    manifest: Manifest | None


class Repository(Protocol):
    """One dataset's or model's releases, in a folder or on the Hub.

    Every method raises `EmohubError` with what to do when the place cannot be reached, refuses or is full. After a failure at any point a reader sees
    the old content or the new one, and the same call again goes on from there.
    """

    @property
    def address(self) -> str:
        """What a user types to name it: `org/name`, or a folder."""

    def head(self) -> Head | None:
        """Returns what `main` holds; None while there is nothing."""

    def versions(self) -> dict[Version, str]:
        """Returns the revision of every tagged version, oldest first."""

    def manifest(self, revision: str) -> Manifest | None:
        """Returns the manifest of a revision (a tag, `main` or what `commit` returned), None where the files are somebody else's."""

    def commit(self, folder: Path, message: str, parent: str | None) -> str:
        """Makes `main` exactly the files of `folder`, at once, and returns the new revision.

        Args:
            parent: the revision that `main` was seen at (None: nothing there). If somebody else has moved it since, nothing is written.
        """

    def tag(self, version: Version, revision: str, message: str) -> None:
        """Names a revision for ever. The same tag on the same revision again is no error; on another one it is."""

    def download(self, revision: str, into: Path) -> Path:
        """Puts the files of a revision (a tag, `main` or what `commit` returned) into a folder and returns it."""
