"""Releases in a folder.

`.revisions/<digest>/` holds the files of one revision, `main` and `v1.2.0` are relative symbolic links to revisions, so `load_dataset("<folder>/main")` and
`load_dataset("<folder>/v1.2.0")` just work and the folder can be copied or moved. Files are read-only, so that a released version resists accidents;
directories are not, so that the folder can be deleted.
"""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semver import Version

from hub.durable.storage_errors import ADVICE
from hub.errors import EmohubError
from hub.files import digest, file_digest
from hub.publish.manifest import MANIFEST, Manifest, published_files, read_manifest
from hub.publish.repositories.repository import MAIN, Head
from hub.publish.version import tag_of, versions_among

_REVISIONS = ".revisions"
_LOCK = ".lock"
_UNFINISHED = ".unfinished-"
_DIGEST = re.compile(r"[0-9a-f]{64}")


class FolderRepository:
    """One dataset's or model's releases in a folder; see `Repository`.

    Raises:
        EmohubError: the folder exists and holds something else.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._revisions = folder / _REVISIONS
        if folder.exists() and not folder.is_dir():
            raise EmohubError(f"{folder}: is a file; name a folder for the releases")
        if folder.is_dir() and not self._revisions.is_dir() and any(folder.iterdir()):
            raise EmohubError(f"{folder}: holds other things than releases; name a folder that is empty or does not exist")

    @property
    def address(self) -> str:
        return str(self.folder)

    def head(self) -> Head | None:
        revision = self._target(MAIN)
        return Head(revision, self.manifest(revision)) if revision else None

    def versions(self) -> dict[Version, str]:
        names = [path.name for path in self.folder.iterdir() if path.is_symlink()] if self.folder.is_dir() else []
        found = ((version, self._target(tag_of(version))) for version in versions_among(names))
        return {version: revision for version, revision in found if revision}

    def manifest(self, revision: str) -> Manifest | None:
        folder = self.path(revision)
        return read_manifest(folder) if (folder / MANIFEST).is_file() else None

    def path(self, revision: str) -> Path:
        """Returns the folder that holds the files of a revision.

        Raises:
            EmohubError: there is no such revision.
        """
        found = revision if _DIGEST.fullmatch(revision) else self._target(revision)
        if not found or not (self._revisions / found).is_dir():
            known = ", ".join([*([MAIN] if self._target(MAIN) else []), *map(tag_of, self.versions())])
            raise EmohubError(f"{self.folder}: there is no {revision!r}; " + (f"there are: {known}" if known else "nothing is published there yet"))
        return self._revisions / found

    def commit(self, folder: Path, message: str, parent: str | None) -> str:
        with self._writing():
            current = self._target(MAIN)
            unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=self._revisions))
            try:
                revision = _copy_flushed(folder, unfinished)
                if current not in (parent, revision):
                    raise EmohubError(f"{self.folder}: somebody else has moved {MAIN} meanwhile; run the command again to compare with what is there now")
                if not (self._revisions / revision).exists():
                    unfinished.chmod(0o755)
                    unfinished.rename(self._revisions / revision)
                    _flush(self._revisions)
            finally:
                shutil.rmtree(unfinished, ignore_errors=True)
            if current != revision:
                self._link(MAIN, revision)
            self._remove_unnamed()
            return revision

    def tag(self, version: Version, revision: str, message: str) -> None:
        with self._writing():
            self.path(revision)
            current = self._target(tag_of(version))
            if current is None:
                self._link(tag_of(version), revision)
            elif current != revision:
                raise EmohubError(f"{self.folder}: {tag_of(version)} names another revision already, and a version is immutable; choose the next version")

    def download(self, revision: str, into: Path) -> Path:
        source = self.path(revision)
        with _explained(into):
            for path in sorted(path for path in source.rglob("*") if path.is_file()):
                target = into / path.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        return into

    def _target(self, name: str) -> str | None:
        """The revision that a link names."""
        link = self.folder / name
        if "/" in name or not link.is_symlink():
            return None
        parent, _, revision = str(link.readlink()).rpartition("/")
        if parent != _REVISIONS or not _DIGEST.fullmatch(revision):
            raise EmohubError(f"{link}: leads out of {_REVISIONS}, so emohub did not make it; delete it or name another folder")
        return revision

    def _link(self, name: str, revision: str) -> None:
        # A link cannot be changed, but a new one can take its place at once.
        temporary = self._revisions / f"{_UNFINISHED}{name}"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(f"{_REVISIONS}/{revision}")
        temporary.replace(self.folder / name)
        _flush(self.folder)

    def _remove_unnamed(self) -> None:
        """Removes the revisions that no link names, and what a killed process left behind."""
        links = [path.name for path in self.folder.iterdir() if path.is_symlink()]
        named = {self._target(name) for name in links}
        for path in self._revisions.iterdir():
            if path.name.startswith(_UNFINISHED) and path.is_symlink():
                path.unlink()
            elif path.is_dir() and path.name not in named:
                shutil.rmtree(path)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Keeps other writers out. The lock goes with the process, however that ends."""
        with _explained(self.folder):
            self._revisions.mkdir(parents=True, exist_ok=True)
            with (self._revisions / _LOCK).open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        advice = ADVICE.get(error.errno or 0, "see to the disk")
        raise EmohubError(f"{folder}: cannot be written ({error.strerror}): {advice}; what was there is as it was") from error


def _copy_flushed(source: Path, target: Path) -> str:
    """Copies files to the disk itself, read-only, and returns the digest of all their names and hashes, taken from the copies."""
    files = published_files(source)
    for name, path in files.items():
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        copy.chmod(0o444)
        _flush(copy)
    for folder in [target, *(path for path in target.rglob("*") if path.is_dir())]:
        _flush(folder)
    return digest({name: file_digest(target / name) for name in files})


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
