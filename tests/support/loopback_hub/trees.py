"""What a commit holds, as the Hub lists it."""

import hashlib
from collections.abc import Sequence
from typing import Any

from tests.support.loopback_hub.storage import Commit, File, Repository


def listing(commit: Commit, folder: str, recursive: bool) -> list[dict[str, Any]]:
    """Returns what a folder of a commit holds, as the Hub lists it."""
    start = f"{folder}/" if folder else ""
    below = {path: file for path, file in commit.files.items() if path.startswith(start)}
    folders: dict[str, list[str]] = {}
    for path, file in sorted(below.items()):
        parts = path[len(start) :].split("/")[:-1]
        for depth in range(len(parts)):
            folders.setdefault(start + "/".join(parts[: depth + 1]), []).append(file.oid)
    entries = [{"type": "directory", "path": path, "oid": _tree_id(path, oids), "size": 0} for path, oids in folders.items()]
    entries += [{"type": "file", "path": path} | blob(file, "oid") for path, file in below.items()]
    return sorted((entry for entry in entries if recursive or "/" not in str(entry["path"])[len(start) :]), key=lambda entry: str(entry["path"]))


def blob(file: File, name: str = "blobId") -> dict[str, Any]:
    large = {"oid" if name == "oid" else "sha256": file.sha256, "size": file.size, "pointerSize": 130}
    return {name: file.oid, "size": file.size} | ({"lfs": large} if file.large else {})


def _tree_id(path: str, oids: Sequence[str]) -> str:
    return hashlib.sha1("\n".join([path, *oids]).encode()).hexdigest()


def last_change(repository: Repository, commit: Commit, path: str) -> dict[str, str]:
    """Returns the newest commit in which a file, or anything below a folder, became what it is."""
    log = repository.log(commit.id)

    def below(one: Commit) -> dict[str, File]:
        return {name: file for name, file in one.files.items() if name == path or name.startswith(f"{path}/")}

    changed = next(one for one, before in zip(log, [*log[1:], None], strict=True) if before is None or below(one) != below(before))
    return {"id": changed.id, "title": changed.title, "date": date(changed)}


def date(commit: Commit) -> str:
    return commit.date.strftime("%Y-%m-%dT%H:%M:%S.000Z")
