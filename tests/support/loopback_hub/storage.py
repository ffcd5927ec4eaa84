"""What the Hub keeps: blobs named by their content, and repositories that are a log of commits with names for some of them."""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

MAIN = "main"
LARGE_SUFFIXES = (".arrow", ".bin", ".jpg", ".mp4", ".npz", ".onnx", ".parquet", ".png", ".safetensors", ".webp", ".zip")
ATTRIBUTES = "".join(f"*{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LARGE_SUFFIXES).encode()
_BORN = datetime(2026, 1, 1, tzinfo=UTC)


class Refused(Exception):
    """A request that the Hub turns down: the status, the code that clients read and a sentence."""

    def __init__(self, status: int, message: str, code: str | None = None, commit: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.commit = commit
        """The revision that a missing entry was looked for in."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a commit, by the content's SHA-256."""

    sha256: str
    size: int
    large: bool
    """Kept in the large file storage; the tree then holds a pointer."""
    oid: str
    """Git's name of what the tree holds: the file itself or the pointer."""

    @property
    def etag(self) -> str:
        return self.sha256 if self.large else self.oid


@dataclass(frozen=True, slots=True)
class Commit:
    """All files of a repository at one moment."""

    id: str
    parent: str | None
    title: str
    message: str
    date: datetime
    files: Mapping[str, File]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a commit: the path's new file, or none where it is taken out."""

    path: str
    file: File | None
    folder: bool = False


class Blobs:
    """Contents by their SHA-256."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._contents

    def __getitem__(self, sha256: str) -> bytes:
        return self._contents[sha256]

    def put(self, content: bytes, sha256: str | None = None) -> str:
        """Keeps a content and returns its SHA-256.

        Raises:
            Refused: it is not what the name says.
        """
        found = hashlib.sha256(content).hexdigest()
        if sha256 not in (None, found):
            raise Refused(400, f"The content's SHA-256 is {found}, not {sha256}.")
        self._contents[found] = content
        return found

    def file(self, sha256: str, large: bool) -> File:
        """Returns the file that a tree would hold for a content that is here."""
        content = self[sha256]
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {len(content)}\n".encode()
        held = pointer if large else content
        return File(sha256, len(content), large, hashlib.sha1(b"blob %d\0" % len(held) + held).hexdigest())


@dataclass
class Repository:
    """A dataset's or model's commits, branches and tags."""

    kind: str
    """`dataset` or `model`."""
    id: str
    private: bool = False
    gated: str | bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    """The server writes in its thread, a test in its own."""

    def resolve(self, revision: str) -> Commit:
        """Returns the commit that a branch, a tag, `refs/heads/...`, or (the start of) a commit's id names."""
        name = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
        commit = self.branches.get(name) or self.tags.get(name)
        starts = [one for one in self.commits if len(name) >= 7 and one.startswith(name)]
        if commit is None and len(starts) == 1:
            commit = starts[0]
        if commit is None:
            raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return self.commits[commit]

    def log(self, revision: str = MAIN) -> list[Commit]:
        """Returns the commits that led to a revision, newest first."""
        commit: Commit | None = self.resolve(revision)
        found = []
        while commit is not None:
            found.append(commit)
            commit = self.commits[commit.parent] if commit.parent else None
        return found

    def commit(self, branch: str, changes: Sequence[Change], title: str, message: str = "", parent: str | None = None) -> Commit:
        """Puts one commit on a branch: all of its changes or none.

        Raises:
            Refused: no such branch (404); its head is not `parent` (412); a deleted path is not there (404).
        """
        with self._lock:
            if branch not in self.branches:
                raise Refused(404, f"Invalid rev id: {branch}", "RevisionNotFound")
            head = self.commits[self.branches[branch]]
            if parent is not None and parent != head.id:
                raise Refused(412, "A commit has happened since. Please refresh and try again.")
            commit = self._append(changed(head.files, changes), title, message, head)
            self.branches[branch] = commit.id
            return commit

    def begin(self, attributes: File) -> None:
        """Makes the first commit, which the Hub itself makes."""
        self.branches[MAIN] = self._append({".gitattributes": attributes}, "initial commit", "", None).id

    def branch(self, name: str, start: str) -> None:
        if name in self.branches:
            raise Refused(409, f"Reference already exists: {name}")
        self.branches[name] = self.resolve(start).id

    def tag(self, name: str, revision: str) -> None:
        if name in self.tags:
            raise Refused(409, f"Tag already exists: {name}")
        self.tags[name] = self.resolve(revision).id

    def _append(self, files: Mapping[str, File], title: str, message: str, parent: Commit | None) -> Commit:
        count = len(self.commits)
        tree = "\n".join(f"{path} {file.oid}" for path, file in sorted(files.items()))
        text = "\0".join([self.kind, self.id, str(count), parent.id if parent else "", title, message, tree])
        commit = Commit(hashlib.sha1(text.encode()).hexdigest(), parent.id if parent else None, title, message, _BORN + timedelta(seconds=count), files)
        self.commits[commit.id] = commit
        return commit


def changed(files: Mapping[str, File], changes: Sequence[Change]) -> dict[str, File]:
    """Returns the files after the changes; what is deleted goes first, as in git."""
    after = dict(files)
    for change in changes:
        if change.file is None:
            gone = [path for path in files if path == change.path or (change.folder and path.startswith(change.path.rstrip("/") + "/"))]
            if not gone:
                raise Refused(404, f"A file with this name doesn't exist: {change.path}", "EntryNotFound")
            for path in gone:
                after.pop(path, None)
    return after | {change.path: change.file for change in changes if change.file is not None}


class Storage:
    """All repositories and their blobs."""

    def __init__(self) -> None:
        self.blobs = Blobs()
        self.repositories: dict[tuple[str, str], Repository] = {}

    def create(self, kind: str, repository: str, private: bool = False) -> Repository:
        if (kind, repository) in self.repositories:
            raise Refused(409, f"You already created this {kind} repo")
        made = Repository(kind, repository, private)
        made.begin(self.blobs.file(self.blobs.put(ATTRIBUTES), large=False))
        self.repositories[kind, repository] = made
        return made

    def change(self, path: str, content: bytes | None) -> Change:
        """Returns the change that writes a content to a path, or deletes it."""
        if content is None:
            return Change(path, None)
        return Change(path, self.blobs.file(self.blobs.put(content), large=is_large(path, len(content))))


def is_large(path: str, size: int, limit: int = 10 * 2**20) -> bool:
    """Whether the Hub wants a file in the large file storage: by its suffix, or above `limit` bytes."""
    return size > 0 and (size > limit or PurePosixPath(path).suffix in LARGE_SUFFIXES)
