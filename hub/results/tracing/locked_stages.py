"""What dvc.lock says of a few stages, and DVC's hash of a folder; quick enough for a page that somebody waits for."""

import hashlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.publish.lineage import Artifact

_LARGEST_HASHED = 64_000_000
_LARGEST_LOCK = 20_000_000
"""Bytes."""
_MOST_FILES = 5_000
_NOT_DVCS = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"})
"""What .dvcignore keeps out of DVC's hashes."""


class LockedStage(BaseModel):
    """One stage as DVC last ran it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    cmd: Annotated[str, Field(max_length=5_000)]
    deps: tuple[Artifact, ...] = ()
    outs: tuple[Artifact, ...] = ()

    def read(self, path: str) -> str | None:
        """The hash of what it read at a path."""
        return next((artifact.md5 for artifact in self.deps if artifact.path == path), None)

    def wrote(self, path: str) -> str | None:
        """The hash of what it wrote to a path."""
        return next((artifact.md5 for artifact in self.outs if artifact.path == path), None)


def locked_stages(path: Path, names: Collection[str]) -> dict[str, LockedStage]:
    """The stages of that name in dvc.lock. Only their blocks are parsed: the whole file takes a second."""
    try:
        if path.stat().st_size > _LARGEST_LOCK:
            return {}
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError):
        return {}
    blocks: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in lines:
        if line.startswith("  ") and not line.startswith("   "):
            name = line.strip().removesuffix(":")
            current = blocks.setdefault(name, []) if name in names else None
        elif not line.startswith(" "):
            current = None
        elif current is not None:
            current.append(line)
    found = {}
    for name, block in blocks.items():
        try:
            found[name] = LockedStage.model_validate(yaml.safe_load("".join(block)))
        except (yaml.YAMLError, ValidationError):
            continue
    return found


def small_folder_md5(folder: Path) -> str | None:
    """DVC's hash of a folder: MD5 over the JSON list of its files' paths and MD5s; None where there is none or it is large."""
    files = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    if not files or len(files) > _MOST_FILES or sum(path.stat().st_size for path in files.values()) > _LARGEST_HASHED:
        return None
    listed = [{"md5": _md5_of_file(files[name]), "relpath": name} for name in sorted(files)]
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + ".dir"


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc" and not _NOT_DVCS.intersection(path.relative_to(folder).parts))


def _md5_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
