"""What `dvc.lock` knows of a dataset: which commands made it, from what, with which parameters."""

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.errors import EmohubError
from hub.results.untrusted import first_problem

STEPS = ("generate", "curate", "build")
LOCAL_PATH = "(a path on the machine that ran it)"
_OF_THE_MACHINE = frozenset({"url", "api_key_variable", "interpreter", "command", "arguments", "environment"})
"""Of an engine's declaration: how it was reached or started, which changes no answer and is nobody else's business."""
_IGNORED = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"})
"""What .dvcignore keeps out of DVC's hashes."""
# The C one reads a lock file of a hundred stages in 50 ms, the other in 340.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MD5 = r"^[0-9a-f]{32}(\.dir)?$"


class Artifact(BaseModel):
    """A file or folder that a stage read or wrote, by its content."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    hash: Literal["md5"] = "md5"
    md5: Annotated[str, Field(pattern=_MD5)]
    """Of a folder: DVC's hash over the names and hashes of its files, with `.dir` behind it."""
    size: Annotated[int, Field(ge=0)] = 0
    """Bytes."""
    nfiles: int | None = None
    isexec: bool = False


class _Recorded(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    cmd: str
    deps: tuple[Artifact, ...] = ()
    params: dict[str, dict[str, Any]] = {}
    outs: tuple[Artifact, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One command that was run. `parameters` are by file, without what is of the machine alone: addresses, commands, absolute paths."""

    name: str
    command: str
    dependencies: tuple[Artifact, ...]
    outputs: tuple[Artifact, ...]
    parameters: Mapping[str, Mapping[str, Any]]

    def output(self, path: str) -> str | None:
        """The hash of what it wrote to a path; None if it wrote nothing there."""
        return next((artifact.md5 for artifact in self.outputs if artifact.path == path), None)

    def dependency(self, path: str) -> str | None:
        """The hash of what it read at a path; None if it read nothing there."""
        return next((artifact.md5 for artifact in self.dependencies if artifact.path == path), None)


@dataclass(frozen=True, slots=True)
class Lineage:
    """The stages behind a dataset, first to last; or none, and in a sentence why."""

    stages: tuple[Stage, ...]
    missing: str | None = None


def read_lineage(root: Path, dataset: str, built: Path) -> Lineage:
    """Returns the stages that made the files in `built`, as `dvc.lock` in the project's root records them.

    A record is told only if it is of these very files: the last stage's output has their hash, and every stage's input is the output of the one before.

    Raises:
        EmohubError: dvc.lock is there, but not what DVC writes.
    """
    path = root / "dvc.lock"
    if not path.is_file():
        return Lineage((), "there was no `dvc.lock` when it was published")
    names = [f"{step}@{dataset}" for step in STEPS]
    recorded = read_stages(path, names)
    absent = [name for name in names if name not in recorded]
    if absent:
        return Lineage((), f"`dvc.lock` has no record of the stage `{absent[0]}`")
    stages = tuple(recorded.values())
    if stages[-1].output(f"data/published/{dataset}") != folder_md5(built):
        return Lineage((), "the files were built outside DVC, or again since: `dvc.lock` records others")
    for earlier, later in itertools.pairwise(stages):
        read = {artifact.path: artifact.md5 for artifact in later.dependencies}
        if any(artifact.path in read and read[artifact.path] != artifact.md5 for artifact in earlier.outputs):
            return Lineage((), f"in `dvc.lock`, `{later.name}` did not read what `{earlier.name}` wrote last")
    return Lineage(stages)


def read_stages(path: Path, names: Sequence[str]) -> dict[str, Stage]:
    """Returns the stages of these names that a `dvc.lock` records, in the order of the names.

    Raises:
        EmohubError: it cannot be read, or is not what DVC writes.
    """
    recorded = _recorded(path)
    return {name: _stage(path, name, recorded[name]) for name in names if name in recorded}


def dvc_files(folder: Path) -> dict[str, Path]:
    """Returns the files of a folder that DVC hashes, by relative path."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path for name, path in files.items() if path.suffix != ".pyc" and not _IGNORED.intersection(name.split("/"))}


def folder_md5(folder: Path) -> str:
    """Returns DVC's hash of a folder: MD5 over the JSON list of its files' relative paths and MD5s, and `.dir`."""
    files = dvc_files(folder)
    listed = [{"md5": _md5(files[name]), "relpath": name} for name in sorted(files)]
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + ".dir"


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _recorded(path: Path) -> Mapping[str, Any]:
    try:
        lock = _Loader(path.read_text(encoding="utf-8")).get_single_data()
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise EmohubError(f"{path}: is not YAML; restore it with `git checkout dvc.lock` or run `dvc repro`") from error
    if not isinstance(lock, dict) or lock.get("schema") != "2.0" or not isinstance(lock.get("stages"), dict):
        raise EmohubError(f"{path}: expected DVC's schema 2.0 with stages; restore it with `git checkout dvc.lock` or run `dvc repro`")
    stages: Mapping[str, Any] = lock["stages"]
    return stages


def _stage(path: Path, name: str, value: Any) -> Stage:
    try:
        recorded = _Recorded.model_validate(value)
    except ValidationError as error:
        raise EmohubError(f"{path}: stages.{name}: {first_problem(error, 'the stage')}; restore it with `git checkout dvc.lock` or run `dvc repro`") from error
    return Stage(name, recorded.cmd, recorded.deps, recorded.outs, public(recorded.params))


def public(value: Any) -> Any:
    """Returns what may be published of a value: nothing of the machine that ran it, neither addresses and commands nor absolute paths."""
    if isinstance(value, dict):
        return {key: public(item) for key, item in value.items() if key not in _OF_THE_MACHINE}
    if isinstance(value, list):
        return [public(item) for item in value]
    absolute = isinstance(value, str) and (value.startswith(("/", "~", "file:")) or PureWindowsPath(value).is_absolute())
    return LOCAL_PATH if absolute else value
