"""What users type to name a release, and how to get it."""

import errno
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hub.console import say
from hub.errors import EmohubError, nearest
from hub.files import digest
from hub.hugging_face import Hub
from hub.paths import Project
from hub.publish.manifest import MANIFEST, Content, damage, read_manifest
from hub.publish.repositories.folder_repository import FolderRepository
from hub.publish.repositories.hub_repository import HUB_ID, HubRepository
from hub.publish.repositories.repository import MAIN, Repository
from hub.publish.version import newest_matching, tag_of
from hub.spec import Registry

_REVISION = re.compile(r"main|v?\d{1,6}(\.\d{1,6}){0,2}|v?\d{1,6}\.\d{1,6}\.\d{1,6}-[0-9A-Za-z.-]{1,40}|[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Reference:
    """One release, as a user named it."""

    text: str
    place: Literal["project", "hub", "folder"]
    name: str
    """A dataset of the project, `organisation/name`, or the path of a folder."""
    wanted: str = MAIN
    """`main`, a version or the beginning of one (`v1`: the newest that begins so), or a full revision."""


def is_on_hub(to: str, base: Path) -> bool:
    """Whether a text means the Hub: it reads `organisation/name`, does not begin with a dot, and there is no such folder below `base`."""
    return bool(HUB_ID.fullmatch(to)) and not to.startswith(".") and not (base / to).is_dir()


def open_repository(to: str, content: Content, private: bool, project: Project, hub: Hub | None = None) -> Repository:
    """Returns the repository that a text names.

    `organisation/name` is the Hub's, unless there is a folder of that name; anything else is a folder, and a relative one is relative to the project.
    To name a new folder two levels down, write `./a/b`.

    Raises:
        EmohubError: the folder holds something else.
    """
    if is_on_hub(to, project.root):
        return HubRepository(to, content, private, hub)
    return FolderRepository(project.root / Path(to).expanduser())


def parse_reference(text: str, project: Project | None) -> Reference:
    """Reads `emo8@v0.1.0`, `emo8` (what the project's releases hold as `main`), `organisation/name@v1`, or the path of a published folder.

    A bare name is a dataset of the project before it is a folder. A path may name a folder of releases too, with `@` and a version.
    Without one `main` is meant.

    Raises:
        EmohubError: it names nothing.
    """
    datasets = Registry(project).files("dataset") if project else {}
    name, at, wanted = text.rpartition("@")
    if not at or _is_folder(text):
        name, wanted = text, MAIN
    if not _REVISION.fullmatch(wanted):
        raise EmohubError(f"{text!r}: {wanted!r} is no version: write main, v1 or v1.2.0 after the @")
    if name in datasets:
        return Reference(text, "project", name, wanted)
    if _is_folder(name):
        return Reference(text, "folder", name, wanted)
    if is_on_hub(name, Path()):
        return Reference(text, "hub", name, wanted)
    hint = nearest(name, datasets) if datasets else "name a folder that exists, or organisation/name for the Hub"
    raise EmohubError(f"{text!r} names no release: there is no folder and no dataset {name!r}; {hint}")


def _is_folder(text: str) -> bool:
    return bool(text) and Path(text).expanduser().is_dir()


def repository_of(reference: Reference, project: Project | None, content: Content = "dataset", hub: Hub | None = None) -> Repository:
    """Returns where the release of a reference lies."""
    match reference.place:
        case "hub":
            return HubRepository(reference.name, content, hub=hub)
        case "project":
            assert project
            return FolderRepository(project.releases(reference.name))
        case "folder":
            return FolderRepository(Path(reference.name).expanduser())


def resolve(wanted: str, repository: Repository) -> str:
    """Returns the tag, `main` or revision that a user's `wanted` means.

    Raises:
        EmohubError: there is no such version.
    """
    if wanted == MAIN or re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", wanted):
        return wanted
    versions = repository.versions()
    found = newest_matching(wanted, versions)
    if found is None:
        known = ", ".join(tag_of(version) for version in versions) or "none"
        raise EmohubError(f"{repository.address}: there is no version {wanted!r}; there are: {known}")
    return tag_of(found)


def fetch(reference: Reference, into: Path, project: Project | None, content: Content = "dataset", hub: Hub | None = None) -> Path:
    """Returns a folder with the files of a release: its own where it lies on this machine, else `into`, which is filled.

    Raises:
        EmohubError: there is no such release, or it cannot be had.
    """
    if reference.place == "folder":
        folder = Path(reference.name).expanduser()
        if (folder / MANIFEST).is_file() and reference.wanted == MAIN:
            return folder
    repository = repository_of(reference, project, content, hub)
    wanted = resolve(reference.wanted, repository)
    return repository.path(wanted) if isinstance(repository, FolderRepository) else repository.download(wanted, into)


def pull(project: Project | None, text: str, out: Path | None = None, content: Content = "dataset", hub: Hub | None = None) -> Path:
    """Puts a release into a folder, checked byte for byte against its manifest, and returns the folder. What is there already is free.

    A pull that was interrupted goes on from where it was.

    Args:
        out: `./<name>-<version>` when not given.

    Raises:
        EmohubError: there is no such release, it is damaged, or the folder holds something else.
    """
    reference = parse_reference(text, project)
    repository = repository_of(reference, project, content, hub)
    revision = resolve(reference.wanted, repository)
    manifest = repository.manifest(revision)
    if manifest is None:
        raise EmohubError(f"{text}: has no {MANIFEST}, so emohub did not publish it; load it with `datasets` itself")
    folder = out or Path(f"{manifest.name}-{manifest.version}")
    if folder.exists():
        if not (folder / MANIFEST).is_file() or read_manifest(folder) != manifest or damage(folder, manifest):
            raise EmohubError(f"{folder}: exists and is not {text}; delete it or name another folder with --out")
        say(f"{folder}: is {text} already")
        return folder
    # Named by its content, so that what was begun for another version is not gone on with.
    partial = folder.parent / f".{folder.name}.{digest(manifest.model_dump(mode='json'))[:12]}.partial"
    try:
        partial.mkdir(parents=True, exist_ok=True)
        repository.download(revision, partial)
        found = [] if read_manifest(partial) == manifest else [f"{MANIFEST}: changed while it was pulled"]
        found += damage(partial, manifest)
        if found:
            shutil.rmtree(partial)
            raise EmohubError(f"{text}: {found[0]}; the release is damaged or was changed after it was published. Pull again, or tell its publisher")
        partial.replace(folder)
    except OSError as error:
        advice = "make room" if error.errno == errno.ENOSPC else "name a folder that you may write with --out"
        raise EmohubError(f"{folder}: cannot be written ({error.strerror}); {advice}") from error
    say(f"{text}: {len(manifest.sha256)} files in {folder}, as its manifest says")
    return folder
