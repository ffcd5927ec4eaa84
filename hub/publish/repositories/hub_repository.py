"""Releases on the Hub: one commit a release, with what changed and nothing else, and one tag a version."""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from semver import Version

from hub.console import progress, say
from hub.errors import EmohubError
from hub.files import file_digest
from hub.hugging_face import Hub, HubError
from hub.publish.manifest import CARD, LARGEST, MANIFEST, Content, Manifest, published_files, read_manifest
from hub.publish.repositories.repository import MAIN, Head
from hub.publish.version import tag_of, versions_among

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete
    from huggingface_hub.hf_api import RepoFile

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)

_KEPT = ".gitattributes"
"""The Hub's own file: it says which files are large. It is neither published nor deleted nor downloaded."""
_GIVEN = frozenset({_KEPT, CARD})
"""What the Hub's page puts into a repository that was just made there."""
_FILES_AT_ONCE = 16
_CLIENT_NOTES = ".cache"
"""Where the client notes in a folder what it has downloaded, so that it can go on."""


@dataclass(frozen=True)
class _LocalFile:
    path: Path

    @cached_property
    def size(self) -> int:
        return self.path.stat().st_size

    @cached_property
    def sha256(self) -> str:
        return file_digest(self.path)

    @cached_property
    def git_name(self) -> str:
        """The name that git gives to these bytes."""
        return hashlib.sha1(b"blob %d\0" % self.size + self.path.read_bytes(), usedforsecurity=False).hexdigest()

    def is_same(self, there: "RepoFile | None") -> bool:
        if there is None or there.size != self.size:
            return False
        return there.lfs.sha256 == self.sha256 if there.lfs else there.blob_id == self.git_name


class HubRepository:
    """One dataset's or model's releases on the Hub; see `Repository`.

    Args:
        id: `organisation/name`.
        private: a repository made now is private. One that exists and is public is refused.
        hub: which server; the environment's when not given.
    """

    def __init__(self, id: str, content: Content = "dataset", private: bool = False, hub: Hub | None = None) -> None:
        if not HUB_ID.fullmatch(id):
            raise EmohubError(f"{id!r} is no name of a repository: write organisation/name")
        self.id = id
        self._type: Content = content
        self._private = private
        self._hub = hub or Hub()
        self._api = self._hub.api

    @property
    def address(self) -> str:
        return self.id

    def head(self) -> Head | None:
        revision = self._resolve(MAIN)
        files = self._files(revision) if revision else {}
        if revision is None or files.keys() <= _GIVEN:
            return None
        return Head(revision, self._manifest(revision, files))

    def versions(self) -> dict[Version, str]:
        try:
            refs = self._hub.call(self.id, lambda: self._api.list_repo_refs(self.id, repo_type=self._type))
        except HubError as error:
            if error.status == 404:
                return {}
            raise
        found = {tag.name: tag.target_commit for tag in refs.tags}
        return {version: found[tag_of(version)] for version in versions_among(found)}

    def manifest(self, revision: str) -> Manifest | None:
        found = self._existing(revision)
        return self._manifest(found, self._files(found))

    def commit(self, folder: Path, message: str, parent: str | None) -> str:
        local = {name: _LocalFile(path) for name, path in published_files(folder).items()}
        base = self._base(parent, local)
        changes = self._changes(local, self._files(base) if base else {})
        if not changes:
            assert base
            return base
        revision = self._send(local, changes, message, base)
        left_out = self._changes(local, self._files(revision))
        if left_out:
            raise EmohubError(f"{self.id}: the Hub did not take {left_out[0].path_in_repo}: delete its .gitignore, which may name it, and publish again")
        return revision

    def tag(self, version: Version, revision: str, message: str) -> None:
        name = tag_of(version)
        try:
            self._hub.call(self.id, lambda: self._api.create_tag(self.id, tag=name, tag_message=message, revision=revision, repo_type=self._type))
        except HubError as error:
            if error.status != 409:
                raise
            if self._resolve(name) != revision:
                raise EmohubError(f"{self.id}: {name} names another revision already, and a version is immutable; choose the next version") from error

    def download(self, revision: str, into: Path) -> Path:
        found = self._existing(revision)
        self._hub.call(
            self.id,
            lambda: self._api.snapshot_download(self.id, repo_type=self._type, revision=found, local_dir=into, ignore_patterns=[_KEPT], max_workers=4),
        )
        shutil.rmtree(into / _CLIENT_NOTES, ignore_errors=True)
        return into

    def _resolve(self, revision: str) -> str | None:
        """The commit that a branch, tag or commit names; None when it or the repository does not exist."""
        try:
            return self._hub.call(self.id, lambda: self._api.repo_info(self.id, repo_type=self._type, revision=revision)).sha
        except HubError as error:
            if error.status == 404:
                return None
            raise

    def _existing(self, revision: str) -> str:
        found = self._resolve(revision)
        if found is None:
            raise EmohubError(f"{self.id}: there is no {self._type} of this name with {revision!r}, or the token may not see it; check both names and HF_TOKEN")
        return found

    def _files(self, revision: str) -> dict[str, "RepoFile"]:
        from huggingface_hub.hf_api import RepoFile

        listed = self._hub.call(self.id, lambda: list(self._api.list_repo_tree(self.id, recursive=True, revision=revision, repo_type=self._type)))
        return {entry.path: entry for entry in listed if isinstance(entry, RepoFile)}

    def _manifest(self, revision: str, files: Mapping[str, "RepoFile"]) -> Manifest | None:
        if MANIFEST not in files:
            return None
        if files[MANIFEST].size > LARGEST:
            raise EmohubError(f"{self.id}: {MANIFEST} is larger than {LARGEST:,} bytes, so emohub did not write it")
        with tempfile.TemporaryDirectory(prefix="emohub-") as work:
            self._hub.call(self.id, lambda: self._api.hf_hub_download(self.id, MANIFEST, repo_type=self._type, revision=revision, local_dir=work))
            return read_manifest(Path(work))

    def _base(self, parent: str | None, local: Mapping[str, _LocalFile]) -> str | None:
        """The commit to build on: `parent`, or what a new repository begins with. It is also returned when `main` holds the files already."""
        self._ensure()
        current = self._resolve(MAIN)
        files = self._files(current) if current else {}
        untouched = current == parent if parent else files.keys() <= _GIVEN
        if not untouched and self._changes(local, files):
            raise self._moved()
        return current

    def _ensure(self) -> None:
        """Makes the repository where there is none."""
        try:
            info = self._hub.call(self.id, lambda: self._api.repo_info(self.id, repo_type=self._type))
        except HubError as error:
            if error.status != 404:
                raise
            # What an organisation does by default stays its business when nothing is asked for.
            self._hub.call(self.id, lambda: self._api.create_repo(self.id, repo_type=self._type, private=self._private or None, exist_ok=True))
            say(f"{self.id}: a new {'private ' if self._private else ''}{self._type} repository")
            return
        if self._private and not info.private:
            raise EmohubError(f"{self.id}: is public, and was to be private: change it in the repository's settings, or publish without --private")

    def _changes(self, local: Mapping[str, _LocalFile], there: Mapping[str, "RepoFile"]) -> "list[CommitOperationAdd | CommitOperationDelete]":
        """What makes the files there those here."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        gone = sorted(there.keys() - local.keys() - {_KEPT})
        adds = [CommitOperationAdd(name, str(file.path)) for name, file in local.items() if not file.is_same(there.get(name))]
        return [*adds, *(CommitOperationDelete(name, is_folder=False) for name in gone)]

    def _send(self, local: Mapping[str, _LocalFile], changes: "list[CommitOperationAdd | CommitOperationDelete]", message: str, base: str | None) -> str:
        """Sends the files, then makes the commit."""
        from huggingface_hub import CommitOperationAdd

        adds = [change for change in changes if isinstance(change, CommitOperationAdd)]
        size = sum(local[add.path_in_repo].size for add in adds)
        say(f"{self.id}: {len(adds)} files of {len(local)} to send ({size:,} bytes), {len(changes) - len(adds)} to delete")
        with progress(f"{self.id}: sending", len(adds)) as tick:
            for start in range(0, len(adds), _FILES_AT_ONCE):
                some = adds[start : start + _FILES_AT_ONCE]
                self._hub.call(self.id, partial(self._api.preupload_lfs_files, self.id, some, repo_type=self._type))
                tick(len(some))

        def attempt() -> str:
            try:
                return str(self._api.create_commit(self.id, changes, commit_message=message, repo_type=self._type, parent_commit=base).oid)
            except Exception as error:
                made = self._made(local, base)
                if made is None:
                    raise
                say(f"{self.id}: the commit was made although the answer was lost ({type(error).__name__})")
                return made

        # 412: the parent is stale. Where it is not, `_made` has seen that, and the Hub is asked again.
        return self._hub.call(self.id, attempt, also=(412,))

    def _made(self, local: Mapping[str, _LocalFile], base: str | None) -> str | None:
        """After a failure: the revision of `main` if it holds our files, so that the commit was made; None if `main` is as before.

        Raises:
            EmohubError: it holds something else.
        """
        current = self._resolve(MAIN)
        if current == base:
            return None
        if current is None or self._changes(local, self._files(current)):
            raise self._moved()
        return current

    def _moved(self) -> EmohubError:
        return EmohubError(f"{self.id}: somebody else has moved {MAIN} meanwhile; run the command again to compare with what is there now")
